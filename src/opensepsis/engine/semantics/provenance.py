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


OF_AN_ITEM = "/"  # the end of an origin that names a table and an item in it, as MIMIC's charted values: the time tells the row


def named(event: Named) -> str:
    """The origin of an event, with its time where that names an item only, or its concept and time where it has none."""
    if event.origin is not None and not event.origin.endswith(OF_AN_ITEM):
        return event.origin
    time = f"{datetime.fromtimestamp(event.time // 1_000_000, UTC):%Y-%m-%dT%H:%M:%SZ}"
    return f"{event.concept} at {time}" if event.origin is None else event.origin + time
