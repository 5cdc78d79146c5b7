"""What a text means: the word of a concept, the drug and route of a dose. The only place that reads them.

Case, space and punctuation make no difference; a word that no list has is None, and never guessed.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache

from opensepsis.data.intake.diagnosis_codes import diagnosis_in_words
from opensepsis.data.intake.maps import map_rows
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.definitions.concepts.wording import ABSENT, ROUTES, SALTS, SEXES, SHORT_BUT_CLEAR
from opensepsis.rules import Concept, Places, Way

_JOINED = re.compile(r"\s*(?:/|\+|&|-|,|\band\b)\s*")
_WITH_AMOUNTS = frozenset(("oxygen", "ventilation"))
_AMOUNT = re.compile(
    r"(?<= )(?:fio2 )?[0-9]+(?: [0-9]+)?(?: ?(?:l|lpm|lt|ltr|liters?|litres?))?(?: (?:per )?(?:min|minute|m))?(?: (?:fio2|percent))?(?= )"
)
_JOINING = frozenset(("at", "via", "on", "by", "with", "of", "over", "using", "mit", "über", "avec", "con"))
_SALTS = re.compile(rf"\b(?:{'|'.join(SALTS)})\b")


def plain(text: str) -> str:
    """A text without case and punctuation.

    >>> plain(" Non_Renal "), plain("V-A")
    ('non renal', 'v a')
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(re.findall(r"[^\W_]+", folded))


def has_phrase(said: str, phrases: Iterable[str]) -> bool:
    """Whether one of these phrases stands in a text as whole words, both as `plain` gives them.

    >>> has_phrase("cord blood", ("blood",)), has_phrase("bloody fluid", ("blood",))
    (True, False)
    """
    words = f" {said} "
    return any(f" {phrase} " in words for phrase in phrases)


@cache
def phrases_by(table: str, column: str) -> dict[str, tuple[str, ...]]:
    """The phrases of a list in `data/maps` by what stands in a column, each as `plain` gives it.

    >>> "held" in phrases_by("not_given", "part")["statement"]
    True
    """
    rows = map_rows(table)
    kinds = dict.fromkeys(row[column] for row in rows)
    return {kind: tuple(plain(row["phrase"]) for row in rows if row[column] == kind) for kind in kinds}


@cache
def _words(concept: Concept) -> dict[str, str]:
    return {plain(word): word for word in concept.words} | {plain(s): word for s, word in concept.spelled}


@lru_cache(maxsize=100_000)
def word_of(concept: str, text: str) -> str | None:
    """The word of a concept that a text stands for; the text itself where the concept takes any.

    >>> word_of("oxygen", "Room Air"), word_of("ecmo", "V-A"), word_of("ventilation", "Draeger")
    ('air', 'cardiovascular', None)
    >>> word_of("diagnosis", "ICD10:A419|principal")
    'ICD10:A41.9|principal'
    >>> word_of("oxygen", "2 L/min via nasal cannula"), word_of("oxygen", "no nasal cannula"), word_of("pregnancy", "?pregnant")
    ('nasal cannula', None, None)
    """
    found = CONCEPTS[concept]
    if not found.words:
        return diagnosis_in_words(text) if concept == "diagnosis" else text
    if is_asked(text):
        return None
    said, listed = plain(text), _words(found)
    return listed.get(said) or (_without_amount(said, listed) if concept in _WITH_AMOUNTS else None)


def is_asked(text: str) -> bool:
    """Whether a text asks, and states nothing: `plain` would leave its words alone.

    >>> is_asked("?pregnant"), is_asked("comfort care?"), is_asked("pregnant")
    (True, True, False)
    """
    return "?" in text or "¿" in text or "？" in text


def is_absent(concept: str, text: str) -> bool:
    """Whether a text says of what can only be there that it is not; words of the concept itself come first.

    >>> is_absent("ecmo", "Off"), is_absent("dialysis", "none"), is_absent("oxygen", "none"), is_absent("antibiotic", "none")
    (True, True, False, False)
    """
    absent = CONCEPTS[concept].is_yes_or_no and not is_asked(text) and plain(text) in absent_words()
    return absent and word_of(concept, text) is None


@cache
def absent_words() -> dict[str, str]:
    """What says that something is not there, as `plain` gives it, with the one kind of ventilation that it can be about."""
    return {plain(word): of for word, of in ABSENT.items()}


def _without_amount(said: str, listed: dict[str, str]) -> str | None:
    """The word of a device that is charted with its flow or share of oxygen: 2 L/min via nasal cannula."""
    amounts = _AMOUNT.findall(f" {said} ")
    left = " ".join(word for word in _AMOUNT.sub(" ", f" {said} ").split() if word not in _JOINING)
    if not amounts or not left:
        return None
    found = listed.get(left) or listed.get(left.removeprefix("oxygen ").removeprefix("o2 "))
    of_air = found == "air" and any(
        amount.strip().removeprefix("fio2 ") not in ("21", "0 21", "0", "0 l") for amount in amounts
    )
    return None if of_air else found


@cache
def _sexes() -> dict[str, str]:
    return {plain(spelling): sex for spelling, sex in SEXES}


def sex_of(text: str) -> str | None:
    """F, M, O (other) or U (unknown) for a sex as it is charted; None where no list has it.

    >>> sex_of("Male"), sex_of("weiblich"), sex_of("2"), sex_of("Smith")
    ('M', 'F', 'F', None)
    """
    return _sexes().get(plain(text))


@dataclass(frozen=True)
class Dose:
    """A dose as its text says: the ingredient, the route in one word and its way; None: not recorded, or not known."""

    drug: str
    route: str | None
    way: Way | None


@lru_cache(maxsize=100_000)
def read_dose(text: str | None) -> Dose:
    """A dose from `ingredient|route`.

    >>> read_dose("Vancomycin HCl|PO")
    Dose(drug='vancomycin', route='oral', way=<Way.ENTERAL: 'enteral'>)
    """
    name, _, route = (text or "").partition("|")
    known, way = _route(route) or (None, None)
    return Dose(ingredient_key(name), known, way)


def unknown_route(text: str | None) -> str | None:
    """The route of a dose that no list has; None where it is known, or not recorded."""
    said = (text or "").partition("|")[2].strip()
    return said if plain(said) and read_dose(text).way is None else None


def route_of(said: str) -> str | None:
    """A route in one word.

    >>> route_of("IV piggyback"), route_of("Orally"), route_of("by drone")
    ('iv', 'oral', None)
    """
    found = _route(said)
    return found[0] if found else None


@lru_cache(maxsize=10_000)
def ingredient_key(name: str) -> str:
    """An ingredient whatever its case, salt, joint and order.

    >>> ingredient_key("Tazobactam-Piperacillin sodium") == ingredient_key("piperacillin/tazobactam")
    True
    """
    parts = (" ".join(_SALTS.sub(" ", part).split()) for part in _JOINED.split(name.lower().strip()))
    return "/".join(sorted(part for part in parts if part))


@cache
def _routes() -> dict[str, tuple[str, Way]]:
    return {plain(spelling): (route, way) for spelling, route, way in ROUTES}


@lru_cache(maxsize=10_000)
def _route(said: str) -> tuple[str, Way] | None:
    key, listed = plain(said), _routes()
    if not key or key in listed:
        return listed.get(key)
    return _only_way([found for spelling, found in listed.items() if _stands_in(spelling, key)])


def _stands_in(spelling: str, key: str) -> bool:
    clear = len(spelling) > 2 or spelling in SHORT_BUT_CLEAR
    return clear and f" {spelling} " in f" {key} "


def _only_way(found: list[tuple[str, Way]]) -> tuple[str, Way] | None:
    """What several words of one route say: local whatever else, a vein rather than just an injection, else none if they differ."""
    local = [route for route in found if route[1] is Way.LOCAL]
    clear = local or [route for route in found if route[0] != "injection"] or found
    return clear[0] if len({way for _, way in clear}) == 1 else None


def holds(text: str, word: str) -> bool:
    """Whether a word, or several, stand in a text, from the start of a word.

    >>> holds("NON-FERMENTER, NOT PSEUDOMONAS", "pseudomonas"), holds("Lactobacillus", "bacillus")
    (True, False)
    """
    return f" {word}" in f" {spaced(text)}"


@lru_cache(maxsize=100_000)
def spaced(text: str) -> str:
    """A name in lower case with single spaces between its words."""
    return " ".join(re.split(r"[\s,;_/()-]+", text.lower())).strip()


@lru_cache(maxsize=10_000)
def kind_of_place(places: Places, text: str) -> str:
    """The kind of a place of discharge; empty when no list names it."""
    return next((kind for kind, word in places.kinds if holds(text, word)), "")
