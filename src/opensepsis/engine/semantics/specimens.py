"""Which specimens count for a definition, by the words in which a site names them. Shared by both engines."""

from functools import cache, lru_cache

from opensepsis.data.intake.text_codes import has_phrase, plain
from opensepsis.definitions.concepts.culture_wording import NO_CULTURES, SPECIMENS


@lru_cache(maxsize=100_000)
def is_from(kinds: tuple[str, ...], text: str | None) -> bool:
    """Whether a culture or organism row (`specimen` or `specimen|organism`) is of one of these kinds; of any where none is named.

    >>> is_from(("blood",), "Venous blood|E. coli"), is_from(("blood",), "Bloody fluid"), is_from((), None)
    (True, False, True)
    """
    specimen = plain((text or "").partition("|")[0])
    return not kinds or any(_is(kind, specimen) for kind in kinds)


def of_specimen(wanted: tuple[str, ...], left_out: tuple[str, ...], text: str | None) -> bool:
    """Whether a culture or organism row is from a specimen that counts."""
    return is_from(wanted, text) and not (left_out and is_from(left_out, text))


def _is(kind: str, specimen: str) -> bool:
    phrases, others = _phrases(kind), _phrases(f"not {kind}")
    return has_phrase(specimen, phrases or (kind,)) and not has_phrase(specimen, others)


@cache
def _phrases(kind: str) -> tuple[str, ...]:
    return tuple(plain(phrase) for phrase in SPECIMENS.get(kind) or NO_CULTURES.get(kind, ()))
