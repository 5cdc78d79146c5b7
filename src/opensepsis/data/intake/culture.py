"""What the text of a culture says, and which specimens are no culture at all: one reading for every source and the ward.

Organisms are looked for first, each with the negation that stands before or after it in its clause. What no list has is not
known, never grown.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache

from opensepsis.data.intake.text_codes import plain
from opensepsis.definitions.concepts.culture_wording import CULTURE_WORDS, NO_CULTURES
from opensepsis.definitions.phenotypes.organisms import words_of

SCREENING = "a screen or a test that grows nothing: no culture"
NOT_PERFORMED = "the culture was not performed"
_CLAUSES = re.compile(
    r"[;|\n\r]+|\.(?=\s)(?<=[a-z)]{3}\.)|\b(?:but|however|aber|jedoch|mais|pero|men)\b", re.I
)
_LONGEST_SCOPE = 7  # words that a negation reaches over
_OF = ("of", "for", "von", "de", "av", "af", "di", "van")


class Growth(StrEnum):
    """What a report says of a culture."""

    GREW = "grew"
    NO_GROWTH = "no growth"  # or normal flora only
    UNCLEAR = "mixed or contaminated"
    PENDING = "pending"
    NOT_PERFORMED = "not performed"
    NOT_KNOWN = "no list knows these words"


@dataclass
class _Said:
    """What the clauses of a report say, taken together."""

    organism: bool = False
    doubtful: bool = False  # an organism beside a "negative" whose subject is not clear
    none_of_them: bool = False
    grown: bool = False
    nothing_grown: bool = False


def growth_value(growth: Growth) -> float | None:
    """1 for growth, 0 for none, None while it is pending or where it cannot be told.

    >>> growth_value(Growth.GREW), growth_value(Growth.NO_GROWTH), growth_value(Growth.PENDING)
    (1.0, 0.0, None)
    """
    return {Growth.GREW: 1.0, Growth.NO_GROWTH: 0.0}.get(growth)


@lru_cache(maxsize=100_000)
def read_culture(text: str) -> Growth:
    """What a culture's result says.

    >>> read_culture("GRAM NEGATIVE RODS").value, read_culture("No aerobic growth at 48 h").value
    ('grew', 'no growth')
    >>> read_culture("No MRSA isolated").value, read_culture("Pending").value, read_culture("see note").value
    ('no growth', 'pending', 'no list knows these words')
    """
    whole = _without_what_follows(plain(text))
    said = _Said()
    for clause in _CLAUSES.split(text):
        _read_clause(plain(clause).split(), said)
    if said.organism:
        return Growth.NOT_KNOWN if said.doubtful else Growth.GREW
    if _holds(whole, "not performed"):
        return Growth.NOT_PERFORMED
    if said.nothing_grown or _is_only(whole, "negative", "no growth"):
        return Growth.NOT_KNOWN if said.grown else Growth.NO_GROWTH
    if not whole or _holds(whole, "pending"):
        return Growth.PENDING
    if _holds(whole, "normal flora"):
        return Growth.NO_GROWTH
    if _holds(whole, "mixed or contaminated"):
        return Growth.UNCLEAR
    if (said.grown and _is_growth(whole)) or _is_only(whole, "positive"):
        return Growth.GREW
    return Growth.NO_GROWTH if said.none_of_them and not (said.doubtful or said.grown) else Growth.NOT_KNOWN


@lru_cache(maxsize=100_000)
def is_culture(specimen: str) -> bool:
    """Whether a specimen or test is a culture of bacteria or fungi; one that no list has is.

    >>> is_culture("MRSA SCREEN"), is_culture("Blood culture"), is_culture("swab"), is_culture("Influenza A PCR")
    (False, True, True, False)
    """
    said = plain(specimen)
    whole, *parts = _no_cultures()
    return said not in whole and not any(f" {phrase} " in f" {said} " for phrase in parts)


@cache
def _no_cultures() -> tuple:
    parts = [
        plain(p) for kind, phrases in NO_CULTURES.items() if kind != "screen as a whole" for p in phrases
    ]
    return frozenset(plain(p) for p in NO_CULTURES["screen as a whole"]), *parts


@cache
def _phrases(meaning: str) -> tuple[str, ...]:
    return tuple(plain(phrase) for phrase in CULTURE_WORDS[meaning])


def _holds(whole: str, meaning: str) -> bool:
    return any(f" {phrase} " in f" {whole} " for phrase in _phrases(meaning))


def _is_only(whole: str, *meanings: str) -> bool:
    """Whether a text is one of these words and nothing else but times and the name of the test."""
    fillers = _phrases("filler")
    for phrase in {p for meaning in meanings for p in _phrases(meaning)}:
        before, found, after = f" {whole} ".partition(f" {phrase} ")
        rest = f"{before} {after}".split()
        if found and all(word in fillers or re.fullmatch(r"[0-9]+[a-z]?", word) for word in rest):
            return True
    return False


def _without_what_follows(whole: str) -> str:
    """The words without what says that the name or the sensitivities of what grew follow."""
    for phrase in _phrases("told later"):
        whole = f" {whole} ".replace(f" {phrase} ", " ").strip()
    return whole


def _is_growth(whole: str) -> bool:
    """Whether a text that says that something grew has no word whose meaning is not known."""
    known = {w for meaning in ("growth", "quantity", "filler", "positive") for w in _phrases(meaning)}
    return all(word in known or re.fullmatch(r"[0-9]+[a-z]?", word) for word in whole.split())


@cache
def _token_phrases() -> dict[tuple[str, ...], str]:
    """Phrases as words with their meaning; of one phrase with two meanings the first here."""
    order = ("negative attribute", "after", "before", "organism", "generic", "growth", "verb", "negative")
    found: dict[tuple[str, ...], str] = {}
    for meaning in order:
        for phrase in _phrases(meaning):
            found.setdefault(tuple(phrase.split()), meaning)
    return found


@cache
def _organism_stems() -> tuple[str, ...]:
    return tuple(plain(word) for word in words_of("gram_positive", "gram_negative", "fungus"))


@lru_cache(maxsize=50_000)
def _is_organism(word: str, following: str) -> bool:
    return any(
        f"{word} {following}".startswith(s) if " " in s else word.startswith(s) for s in _organism_stems()
    )


def _meaning(words: list[str], place: int) -> tuple[str, int]:
    """What stands at a place, and how many words it takes."""
    listed = _token_phrases()
    for length in range(5, 0, -1):
        found = listed.get(tuple(words[place : place + length]))
        if found and len(words) - place >= length:
            gram = found == "negative attribute" and words[place].startswith(("gram", "coag"))
            return ("organism" if gram else found), length
    following = words[place + 1] if place + 1 < len(words) else ""
    return ("organism", 1) if _is_organism(words[place], following) else ("", 1)


def _read_clause(words: list[str], said: _Said) -> None:
    place, scope, organism, grown = 0, 0, False, False
    while place < len(words):
        meaning, length = _meaning(words, place)
        negated, scope = scope > 0, max(0, scope - length)
        after = words[place + length] if place + length < len(words) else ""
        match meaning:
            case "before" if grown and not organism and not after:
                said.nothing_grown, grown = True, False  # growth: no
            case "before":
                scope = _LONGEST_SCOPE
            case "after":
                said.none_of_them, said.nothing_grown = True, said.nothing_grown or grown
                organism = grown = False
            case "organism" if negated:
                said.none_of_them = True
                scope = _LONGEST_SCOPE  # a list: no Salmonella, Shigella or Campylobacter
            case "organism":
                organism = True
            case "generic" if negated:
                said.none_of_them = True
            case "growth" | "verb" if negated:
                said.nothing_grown |= meaning == "growth"
                scope = scope if after in _OF else 0
            case "growth":
                grown = True
            case "negative" if organism or said.none_of_them:
                said.doubtful = True
            case "negative" if grown:
                said.nothing_grown, grown = True, False
        place += length
    said.organism |= organism
    said.grown |= grown
