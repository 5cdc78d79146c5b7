"""Reading texts for the course of a case: codes, organisms, doses, places. Shared by both engines."""

from functools import lru_cache

from opensepsis.data.intake.text_codes import holds, ingredient_key, read_dose, spaced
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
    return True


def _coded(listed: CodeList, text: str) -> bool:
    system, _, code = text.upper().replace(".", "").rpartition(":")
    code, words = code.strip(), text.strip().lower()
    for of, low, high in _codes(listed):
        if of == "word":
            if words == low:
                return True
        elif system in ("", of) and code and _begins(code, low, high):
            return True
    return False


@lru_cache(maxsize=1_000)
def _codes(listed: CodeList) -> tuple[tuple[str, str, str], ...]:
    return tuple(
        (c.system, low, high or low)
        for c in listed.codes
        for low, _, high in [(c.code, "", "") if c.system == "word" else c.code.partition("-")]
    )


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
