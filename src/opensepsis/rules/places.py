"""Where somebody was discharged to."""

from dataclasses import dataclass


@dataclass(frozen=True, eq=False)
class Places:
    """The kind of a place of discharge by words in it: the first that fits."""

    name: str
    kinds: tuple[tuple[str, str], ...]
    verified: bool = True
