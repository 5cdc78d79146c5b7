"""What is said of a death without a time: a word of one list that tells that somebody is dead, or alive. No other word tells either."""

from functools import cache

from opensepsis.data.intake.text_codes import plain
from opensepsis.definitions.concepts.wording import listed

# as where somebody went; in the list of places
DEAD_AT_NO_TIME = "dead at a time not told"
NOT_TOLD_WHETHER_DEAD = "not told whether dead"


def is_dead(said: str) -> bool | None:
    """Whether a word says that somebody is dead; None for a time, and for what no list has.

    >>> is_dead("yes"), is_dead("0"), is_dead("2026-03-02"), is_dead("Verstorben")
    (True, False, None, True)
    >>> is_dead("alive at discharge"), is_dead("not dead"), is_dead("died?")
    (False, False, None)
    """
    return (
        None if "?" in said else _words().get(plain(said.removesuffix(".0")))
    )  # databases write whole numbers so


@cache
def _words() -> dict[str, bool]:
    return {plain(row["word"]): row["dead"] == "1" for row in listed("deaths")}
