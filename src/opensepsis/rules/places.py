"""Where somebody was discharged to."""

from dataclasses import dataclass

# kinds of place where death in the stay and after it is not known:
DEAD_SOME_TIME = "dead_some_time"  # of who is dead, nobody tells since when
MAYBE_DEAD = "maybe_dead"  # of whom what was said of death cannot be read


@dataclass(frozen=True, eq=False)
class Places:
    """The kind of a place of discharge by words in it: the first that fits."""

    name: str
    kinds: tuple[tuple[str, str], ...]
    verified: bool = True
