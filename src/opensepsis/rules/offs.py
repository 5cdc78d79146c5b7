"""Rows that say of what lasts that it is not there: they begin nothing, and end what was charted before without an end."""

from collections.abc import Sequence

OFF, BETWEEN = "off", "|"


def is_off(text: str | None) -> bool:
    """Whether the text of an interval says that it is not there.

    >>> is_off("off"), is_off("off invasive"), is_off("invasive"), is_off(None)
    (True, True, False, False)
    """
    return text is not None and (text == OFF or text.startswith(f"{OFF} "))


def off_with(words: Sequence[str]) -> str:
    """The text that says that these words of a concept are not there; without any, that nothing of it is.

    >>> off_with(["bipap mask", "cpap mask"]), off_with([])
    ('off bipap mask|cpap mask', 'off')
    """
    return f"{OFF} {BETWEEN.join(words)}" if words else OFF


def words_off(text: str) -> tuple[str, ...]:
    """The words of the concept that are not there; empty where it is none of them.

    >>> words_off("off bipap mask|cpap mask"), words_off("off")
    (('bipap mask', 'cpap mask'), ())
    """
    said = text.removeprefix(OFF).strip()
    return tuple(said.split(BETWEEN)) if said else ()
