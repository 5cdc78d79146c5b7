"""One row of the timeline in plain Python."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Event:
    """One row of the timeline for one patient; times in microseconds."""

    concept: str
    time: int
    end: int | None = None
    known: int | None = None
    value: float | None = None
    text: str | None = None
    origin: str | None = None
