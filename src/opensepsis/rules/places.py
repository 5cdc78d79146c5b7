"""Where somebody was discharged to."""

from dataclasses import dataclass

# the kind of place of who is dead, nobody tells since when: it may have been in the stay or after it
DEAD_SOME_TIME = "dead_some_time"


@dataclass(frozen=True, eq=False)
class Places:
    """The kind of a place of discharge by words in it: the first that fits."""

    name: str
    kinds: tuple[tuple[str, str], ...]
    verified: bool = True
