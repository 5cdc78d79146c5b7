"""One row of the timeline in plain Python."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Event:
    """One row of the timeline for one patient; times in microseconds. Without `known` it was known at its own time."""

    concept: str
    time: int
    end: int | None = None
    known: int = None  # pyright: ignore[reportAssignmentType]  # filled in below
    value: float | None = None
    text: str | None = None
    origin: str | None = None

    def __post_init__(self):
        if self.known is None:
            object.__setattr__(self, "known", self.time)
