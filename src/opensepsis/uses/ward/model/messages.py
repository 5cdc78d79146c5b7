"""What a feed sent, exactly as it came. Times are whole microseconds (UTC)."""

from dataclasses import dataclass, field
from hashlib import sha256

from opensepsis.data.decode.message import Message

__all__ = ["AGAIN", "Arrival", "Kept", "Message"]

AGAIN = "|again "  # after a key: what tells one more message under it apart


@dataclass(frozen=True)
class Arrival:
    """One thing that a feed sent, before it is kept.

    `feed` is the configured name of the feed; `form` is hl7, fhir, csv, mqtt, timeline or act (a user's own);
    `key` names the thing for its sender (HL7: MSH-3, MSH-4 and MSH-10), so that it can be told apart from a duplicate.
    With `may_return` the key names no version: what was said before is said again once something else was said since.
    `resources` names, as the key of each alone would, what it speaks of without a version: so that something else that was said
    of one of them in another message is known.
    """

    feed: str
    form: str
    key: str
    raw: bytes
    received: int
    may_return: bool = field(default=False, kw_only=True)
    resources: tuple[str, ...] = field(default=(), kw_only=True)

    @property
    def digest(self) -> bytes:
        """SHA-256 of the content: the same key with another content is no duplicate."""
        return sha256(self.raw).digest()


@dataclass(frozen=True)
class Kept:
    """What became of an arrival: its number; whether it was there before; whether its key came with another content."""

    number: int
    duplicate: bool = False
    clash: bool = False
