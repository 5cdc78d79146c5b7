"""What the text of a culture says, and which specimens are no culture at all: one reading for every source and the ward.

Organisms are looked for first, each with the negation or the question that stands before or after it in its clause: `?MRSA`
is what was asked for, not what grew. What no list has is not known, never grown.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache

from opensepsis.data.intake.culture_bottles import Bottles, no_bottle, read_bottles
from opensepsis.data.intake.culture_lines import said_now, unwrapped
from opensepsis.data.intake.text_codes import has_phrase, plain
from opensepsis.definitions.concepts.culture_wording import CULTURE_WORDS, NO_CULTURES
from opensepsis.definitions.phenotypes.organisms import words_of

SCREENING = "a screening swab or a non-culture test: not a culture"
NOT_PERFORMED = "the culture was not performed"
_SHORTENED = "".join(  # words whose point ends no sentence
    rf"(?<!\b{word}\.)"
    for word in (
        "spp",
        "ssp",
        "subsp",
        "var",
        "staph",
        "strep",
        "coag",
        "neg",
        "pos",
        "klebs",
        "pseud",
        "entero",
        "prob",
        "poss",
    )
)
_CLAUSES = re.compile(
    rf"[;|\n\r]+|\.(?=\s)(?<=[a-z)]{{3}}\.){_SHORTENED}|\b(?:but|however|aber|jedoch|mais|pero|men)\b", re.I
)
_AS_A_WHOLE = "as a whole"  # the end of the kinds of texts that say nothing else
_LONGEST_SCOPE = 7  # words that a negation reaches over
_LONGEST_NAME = 6  # words of an organism with its resistance
_ASKED_SCOPE = 4  # words that a question reaches over
_ASKS_BEHIND = re.compile(r"(?<=[\w)])\s?\?+(?!\s*\w)|(?<=[\w)])\?+(?!\w)")  # MRSA?
_ASKS_AHEAD = re.compile(r"(?<!\w)\?+\s*(?=\w)")  # ?MRSA; within a word it is a letter that was lost
_NO_GROWTH_FOR = re.compile(r"\b(n\.?/?g\.?)\s?(?=[x@]?\s?[0-9])")  # NG5D, NGx48h
_ONLY_PLUS = re.compile(r"\s*\(?\+{1,4}\)?\s*")
_TIME = r"x?[0-9]+(?:[a-z]|hrs?|std|days?|hours?|tagen?|jours?)?|d[0-9]+"
_ENDS_A_QUESTION = re.compile(r"[:=]")
_LINES = re.compile(r"[;\n\r]+")
_LISTED = re.compile(
    r"^(?:(?:organism|isolate)\s*#?\s*[0-9]+\s*[:.)]|#?[0-9]+[.)](?=\s))\s*", re.I
)  # 1. E. coli
_OF = ("of", "for", "von", "de", "av", "af", "di", "van")


class Growth(StrEnum):
    """What a report says of a culture."""

    GREW = "grew"
    NO_GROWTH = "no growth"  # or normal flora only
    UNCLEAR = "mixed or contaminated"
    ASKED = "what was asked for, not what grew"
    SCREEN = SCREENING
    PENDING = "pending"
    NOT_PERFORMED = "not performed"
    NOT_KNOWN = "no list knows these words"


_OF_BOTTLES = {
    Bottles.GREW: Growth.GREW,
    Bottles.NONE_GREW: Growth.NO_GROWTH,
    Bottles.UNCLEAR: Growth.NOT_KNOWN,
}
_NOTHING_NAMED = frozenset(
    (Growth.NO_GROWTH, Growth.UNCLEAR, Growth.PENDING, Growth.NOT_PERFORMED, Growth.ASKED, Growth.SCREEN)
)


@dataclass
class _Said:
    """What the clauses of a report say, taken together."""

    organism: bool = False
    doubtful: bool = False  # an organism beside a "negative" whose subject is not clear
    none_of_them: bool = False
    grown: bool = False
    nothing_grown: bool = False
    asked: bool = False  # an organism or growth that is only asked for
    screen: bool = False  # an organism that is only screened for


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
    >>> read_culture("Rule out MRSA").value, read_culture("NG5D").value, read_culture("1 of 2 bottles positive").value
    ('what was asked for, not what grew', 'no growth', 'grew')
    """
    if _ONLY_PLUS.fullmatch(text):
        return Growth.GREW
    text = said_now(_NO_GROWTH_FOR.sub(r"\1 ", unwrapped(text.casefold())))
    whole = _without_what_follows(plain(text))
    said = _Said()
    for clause in _CLAUSES.split(text):
        _read_clause(clause, said)
    if said.organism:
        return Growth.NOT_KNOWN if said.doubtful or no_bottle(text) else Growth.GREW
    if said.screen and not said.nothing_grown:
        return Growth.SCREEN
    if said.asked:
        return Growth.ASKED
    if bottles := read_bottles(text, _fillers()):
        return _OF_BOTTLES[bottles]
    if _holds(whole, "not performed") and not (said.nothing_grown or _holds(whole, "positive")):
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


def growth_named(organism: str) -> float | None:
    """Whether something grew by a column that names organisms: a name that no list has is one all the same.

    >>> growth_named("Housea unlisted"), growth_named("no growth in 3 days"), growth_named("mixed flora"), growth_named("")
    (1.0, 0.0, None, 0.0)
    """
    if not organism.strip():
        return 0.0
    growth = read_culture(organism)
    return 1.0 if growth in (Growth.GREW, Growth.NOT_KNOWN) else growth_value(growth)


@lru_cache(maxsize=100_000)
def organism_in_words(text: str) -> str:
    """An organism row's `specimen|organism`, without an organism where its text says that none was found.

    >>> organism_in_words("blood|E. coli"), organism_in_words("blood|kein Keimnachweis"), organism_in_words("blood|?MRSA")
    ('blood|E. coli', 'blood|', 'blood|')
    >>> organism_in_words("urine|MIXED BACTERIAL FLORA")
    'urine|'
    """
    specimen, bar, name = text.partition("|")
    return specimen + bar if name and read_culture(name) in _NOTHING_NAMED else text


def organisms_named(report: str) -> list[str]:
    """What grew by a report, one after another; nothing where it does not name it: a stain or a sentence is no name.

    >>> organisms_named("E. coli; Candida albicans"), organisms_named("Positive"), organisms_named("No growth"), organisms_named("?MRSA")
    (['E. coli', 'Candida albicans'], [], [], [])
    >>> organisms_named("Gram positive cocci in clusters"), organisms_named("This culture contains many species, see the report")
    ([], [])
    >>> organisms_named("two of four bottles positive"), organisms_named("2/4 bottles positive")
    ([], [])
    >>> organisms_named("1. Heavy growth of E. coli\\n2. >100,000 CFU/mL Klebsiella oxytoca")
    ['E. coli', 'Klebsiella oxytoca']
    """
    parts = [_LISTED.sub("", part.strip()) for part in _LINES.split(report)]
    grew = [part for part in parts if read_culture(part) is Growth.GREW and _is_name(part)]
    return list(dict.fromkeys(_without_quantity(part) for part in grew))


def _without_quantity(name: str) -> str:
    """A name without how much of it grew: `Heavy growth of` names nothing."""
    amounts = {w for meaning in ("growth", "quantity", "filler") for w in _phrases(meaning)}
    words = name.split()
    while len(words) > 1 and all(w in amounts or w in _OF or w.isdigit() for w in plain(words[0]).split()):
        del words[0]
    return " ".join(words)


def _is_name(said: str) -> bool:
    if read_bottles(said, _fillers()):
        return False
    whole = plain(said)
    words = whole.split()
    return len(words) <= _LONGEST_NAME and "gram" not in words and not _is_growth(whole)


@lru_cache(maxsize=100_000)
def is_culture(specimen: str) -> bool:
    """Whether a specimen or test is a culture of bacteria or fungi; one that no list has is.

    >>> is_culture("MRSA SCREEN"), is_culture("Blood culture"), is_culture("swab"), is_culture("Influenza A PCR")
    (False, True, True, False)
    """
    said = plain(specimen)
    whole, *parts = _no_cultures()
    return said not in whole and not has_phrase(said, parts)


@cache
def _no_cultures() -> tuple:
    listed = [
        (kind.endswith(_AS_A_WHOLE), plain(phrase)) for kind, told in NO_CULTURES.items() for phrase in told
    ]
    return frozenset(said for whole, said in listed if whole), *(said for whole, said in listed if not whole)


@cache
def _phrases(meaning: str) -> tuple[str, ...]:
    return tuple(plain(phrase) for phrase in CULTURE_WORDS[meaning])


@cache
def _fillers() -> frozenset[str]:
    return frozenset(_phrases("filler"))


def _holds(whole: str, meaning: str) -> bool:
    return has_phrase(whole, _phrases(meaning))


def _is_only(whole: str, *meanings: str) -> bool:
    """Whether a text is one of these words and nothing else but times and the name of the test."""
    fillers = _phrases("filler")
    for phrase in {p for meaning in meanings for p in _phrases(meaning)}:
        before, found, after = f" {whole} ".partition(f" {phrase} ")
        rest = f"{before} {after}".split()
        if found and all(word in fillers or re.fullmatch(_TIME, word) for word in rest):
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
    return all(word in known or re.fullmatch(_TIME, word) for word in whole.split())


@cache
def _token_phrases() -> dict[tuple[str, ...], str]:
    """Phrases as words with their meaning; of one phrase with two meanings the first here."""
    order = (
        *("negative attribute", "after", "before", "except", "asked before", "screen before"),
        *("organism", "generic", "growth", "verb", "negative", "positive"),
    )
    found: dict[tuple[str, ...], str] = {}
    for meaning in order:
        for phrase in _phrases(meaning):
            found.setdefault(tuple(phrase.split()), meaning)
    # mixed gram positive flora is no gram positive organism
    mixed = [tuple(phrase.split()) for phrase in _phrases("mixed or contaminated")]
    return found | {words: "mixed or contaminated" for words in mixed if "gram" in words}


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
    for length in range(_longest_phrase(), 0, -1):
        found = listed.get(tuple(words[place : place + length]))
        if found and len(words) - place >= length:
            gram = found == "negative attribute" and words[place].startswith(("gram", "coag"))
            return ("organism" if gram else found), length
    following = words[place + 1] if place + 1 < len(words) else ""
    return ("organism", 1) if _is_organism(words[place], following) else ("", 1)


@cache
def _longest_phrase() -> int:
    return max(map(len, _token_phrases()))


def _is_screen(words: list[str], following: int) -> bool:
    """Whether what follows an organism makes it one that is screened for: MRSA screen."""
    return following < len(words) and words[following] in _phrases("screen after")


def _is_test(words: list[str], following: int) -> bool:
    """Whether an organism is the name of a test whose result follows: Legionella culture: no growth."""
    if following >= len(words) or words[following] not in _phrases("test after"):
        return False
    rest = " ".join(words[following + 1 :])
    told = {_meaning(words, n)[0] for n in range(following + 1, len(words))}
    return (
        not told.isdisjoint(("before", "after", "negative"))
        or _holds(rest, "pending")
        or _holds(rest, "not performed")
    )


def _says_growth(words: list[str], place: int) -> bool:
    return any(_meaning(words, n)[0] in ("growth", "verb", "positive") for n in range(place, len(words)))


def _words(clause: str) -> tuple[list[str], set[int]]:
    """The words of a clause, its question marks among them as words, and the places at which a question is over."""
    marked = _ASKS_AHEAD.sub(" query ", _ASKS_BEHIND.sub(" queried ", clause))
    words, ends = [], set()
    for part in _ENDS_A_QUESTION.split(marked):
        words += plain(part).split()
        ends.add(len(words))
    return words, ends


def _read_clause(clause: str, said: _Said) -> None:
    words, ends = _words(clause)
    place, scope, asked, screened, organism, grown = 0, 0, 0, False, False, False
    meaning = ""
    while place < len(words):
        asked = 0 if place in ends and meaning != "asked before" else asked  # r/o MRSA: positive; r/o: MRSA
        meaning, length = _meaning(words, place)
        meaning = "test" if meaning == "organism" and _is_test(words, place + length) else meaning
        negated, scope = scope > 0, max(0, scope - length)
        following = place + length
        after = words[following] if following < len(words) else ""
        in_question, asked = asked > 0 or _is_asked(words, following, meaning), max(0, asked - length)
        screen = meaning == "organism" and ((in_question and screened) or _is_screen(words, following))
        match meaning:
            case "asked before" | "screen before":
                asked, screened = _ASKED_SCOPE, meaning == "screen before"
            case "before" if grown and not organism and not after:
                said.nothing_grown, grown = True, False  # growth: no
            case "before":
                scope = _LONGEST_SCOPE
            case "except" | "test":  # no growth except E. coli
                asked = scope = 0
            case "after":
                said.none_of_them, said.nothing_grown = True, said.nothing_grown or grown
                organism = grown = said.asked = False
            case "organism" if negated:
                said.none_of_them = True
                scope = _LONGEST_SCOPE  # a list: no Salmonella, Shigella or Campylobacter
            case "organism" | "growth" | "positive" if screen or in_question:
                said.asked, said.screen = True, said.screen or screen
                asked = 0 if _says_growth(words, following) else _ASKED_SCOPE  # a list: ?MRSA, VRE
            case "organism":
                organism = True
            case "generic" if negated:
                said.none_of_them = True
            case "growth" | "verb" if negated:
                said.nothing_grown |= meaning == "growth"
                scope = scope if after in _OF else 0
            case "growth":
                grown = True
            case "negative" if said.asked and not organism:
                said.none_of_them, said.asked = True, False  # rule out MRSA: negative
            case "negative" if organism or said.none_of_them:
                said.doubtful = True
            case "negative" if grown:
                said.nothing_grown, grown = True, False
        place = following
    said.organism |= organism
    said.grown |= grown


def _is_asked(words: list[str], following: int, meaning: str) -> bool:
    """Whether what follows makes a word a question: MRSA pending, growth?"""
    if meaning not in ("organism", "growth", "positive") or following == len(words):
        return False
    if words[following] == "queried":
        return True
    return meaning == "organism" and " ".join(words[following:]) in _phrases("asked after")
