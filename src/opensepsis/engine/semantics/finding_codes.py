"""Reading texts for the course of a case: codes, organisms, doses, places. Shared by both engines."""

from dataclasses import dataclass
from functools import lru_cache

from opensepsis.data.intake.text_codes import holds, ingredient_key, read_dose, spaced
from opensepsis.engine.semantics.diagnoses import read_diagnosis
from opensepsis.rules import CodeList, Dose, Grew, OrganismKinds, Reading, Spectrum, Way, Words

_ANY = "?"


@lru_cache(maxsize=500_000)
def counts(reading: Reading | None, text: str | None) -> bool:
    """Whether a text counts for a reading; every text does where there is none."""
    match reading:
        case CodeList():
            return _coded(reading, text or "")
        case Words(words=words, left_out=left_out):
            return ((text or "").strip().lower() in words) is not left_out
        case Grew(organisms=organisms, kinds=kinds, specimens=specimens):
            specimen, _, name = (text or "").partition("|")
            kind = kind_of_organism(organisms, name)
            fits = not specimens or any(holds(specimen, word) for word in specimens)
            return kind is not None and fits and (not kinds or kind in kinds)
        case Dose(spectrum=spectrum, at_least=at_least):
            given = rank(spectrum, text)
            return given is not None and given >= at_least
        case _:
            return True


def _coded(listed: CodeList, text: str) -> bool:
    word, system, code = _read(text)
    codes = _codes(listed)
    if word in codes.words:
        return True
    if not code:
        return False
    for of in (system,) if system else codes.systems:
        for length in codes.lengths:
            if (of, code[:length]) in codes.whole:
                return True
    return any(system in ("", of) and _begins(code, low, high) for of, low, high in codes.ranges)


@lru_cache(maxsize=100_000)
def _read(text: str) -> tuple[str, str, str]:
    """A text as a word, and its coding system and code: many lists ask for the same."""
    text = read_diagnosis(text).code
    system, _, code = text.upper().replace(".", "").rpartition(":")
    return text.strip().lower(), system, code.strip()


@dataclass(frozen=True)
class _Codes:
    """The words of a list, its codes (system, beginning), and its ranges (system, low, high)."""

    words: frozenset[str]
    whole: frozenset[tuple[str, str]]
    systems: frozenset[str]
    lengths: frozenset[int]
    ranges: tuple[tuple[str, str, str], ...]


@lru_cache(maxsize=1_000)
def _codes(listed: CodeList) -> _Codes:
    words = frozenset(c.code for c in listed.codes if c.system == "word")
    coded = [(c.system, *c.code.partition("-")[::2]) for c in listed.codes if c.system != "word"]
    whole = frozenset((of, low) for of, low, high in coded if high in ("", low) and _ANY not in low)
    ranges = tuple(
        (of, low, high or low) for of, low, high in coded if (of, low) not in whole or high not in ("", low)
    )
    systems, lengths = frozenset(of for of, _ in whole), frozenset(len(low) for _, low in whole)
    return _Codes(words, whole, systems, lengths, ranges)


def _begins(code: str, low: str, high: str) -> bool:
    start = code[: len(low)]
    if _ANY in low:
        return len(start) == len(low) and all(a in (_ANY, b) for a, b in zip(low, start, strict=True))
    return low <= start <= high


@lru_cache(maxsize=100_000)
def kind_of_organism(organisms: OrganismKinds, name: str) -> str | None:
    """The kind of an organism by its name; empty when no list names it, None when it is no organism."""
    if not spaced(name) or any(holds(name, word) for word in organisms.nothing):
        return None
    return next((kind for kind, word in organisms.kinds if holds(name, word)), "")


@lru_cache(maxsize=100_000)
def rank(spectrum: Spectrum, text: str | None) -> int | None:
    """How broad the drug of a dose (`ingredient|route`) is; 0 when no list says, None when its route does not count."""
    dose = read_dose(text)
    if dose.way in spectrum.ways_left_out:
        return None
    ranks, spelled = _ranks(spectrum)
    if dose.way is Way.ENTERAL and dose.drug in spectrum.stays_in_gut:
        return 1
    return ranks.get(spelled.get(dose.drug, dose.drug), 0)


@lru_cache(maxsize=100)
def _ranks(spectrum: Spectrum) -> tuple[dict[str, int], dict[str, str]]:
    ranks = {ingredient_key(name): number for name, number in spectrum.ranks}
    return ranks, {ingredient_key(other): ingredient_key(name) for other, name in spectrum.spelled}
