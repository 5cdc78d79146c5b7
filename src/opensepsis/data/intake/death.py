"""What a column of deaths says without a time: yes or no."""

from functools import cache

from opensepsis.data.intake.text_codes import plain
from opensepsis.definitions.concepts.wording import listed

DEAD_AT_NO_TIME = "dead at a time not told"  # as where somebody went; in the list of places


def is_dead(said: str) -> bool | None:
    """Whether a word says that somebody is dead; None for a time, and for what no list has.

    >>> is_dead("yes"), is_dead("0"), is_dead("2026-03-02"), is_dead("Verstorben")
    (True, False, None, True)
    """
    return _words().get(plain(said))


@cache
def _words() -> dict[str, bool]:
    return {plain(row["word"]): row["dead"] == "1" for row in listed("deaths")}
