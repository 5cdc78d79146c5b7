"""What was sent, exactly as it came, for a reader. Times are whole microseconds (UTC)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Message:
    """An arrival that is kept; `number` counts from 1 in the order in which they were kept."""

    number: int
    feed: str
    form: str
    key: str
    raw: bytes
    received: int
