"""How an event is named in evidence. Plain Python."""

from datetime import UTC, datetime
from typing import Protocol


class Named(Protocol):
    """What an event says of itself, whichever engine holds it."""

    @property
    def concept(self) -> str: ...
    @property
    def time(self) -> int: ...
    @property
    def origin(self) -> str | None: ...


def named(event: Named) -> str:
    """The origin of an event, or its concept and time where it has none."""
    if event.origin is not None:
        return event.origin
    return f"{event.concept} at {datetime.fromtimestamp(event.time // 1_000_000, UTC):%Y-%m-%dT%H:%M:%SZ}"
