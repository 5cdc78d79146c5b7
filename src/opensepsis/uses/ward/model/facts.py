"""What messages say and users do, in the ward's own words: what is written to the event log.

The facts of a message are those of `data/decode/facts.py`; an act of a user is one here.
"""

from dataclasses import MISSING, dataclass, fields
from functools import cache
from sys import intern

import orjson

from opensepsis.data.decode.facts import (
    Charted,
    Corrected,
    Described,
    Ended,
    Flagged,
    Heard,
    Merged,
    Move,
    Rejected,
    Resource,
    Said,
    Visited,
    Voided,
)
from opensepsis.data.timeline.event import Event

__all__ = [
    "Acted",
    "Charted",
    "Corrected",
    "Described",
    "Ended",
    "Entry",
    "Fact",
    "Flagged",
    "Heard",
    "Merged",
    "Move",
    "Rejected",
    "Resource",
    "Visited",
    "Voided",
    "packed",
    "unpacked",
]


@dataclass(frozen=True)
class Acted:
    """What a user did: acknowledge, snooze, dismiss, escalate, resume, start, retract, tick, untick, attribute or count.

    `attribute`: a `concept` measured before `until` is put down to a chronic condition and not counted; `count` ends that.
    `retract` takes back the `start` of a trigger at `zero`, `untick` a `tick`. An answer names the `alert` and the `step` that was seen.
    """

    patient: str
    act: str
    user: str
    time: int
    reason: str = ""
    until: int | None = None
    clock: str = ""
    trigger: str = ""
    zero: int | None = None
    task: str = ""
    concept: str = ""
    alert: int | None = None
    step: int | None = None


Fact = Said | Acted
_KINDS = {
    kind.__name__: kind
    for kind in (
        Charted,
        Ended,
        Voided,
        Corrected,
        Resource,
        Heard,
        Visited,
        Described,
        Merged,
        Rejected,
        Flagged,
        Acted,
    )
}
_KINDS["NotScored"] = Rejected  # as logs before version 0.3 name it


@dataclass(frozen=True)
class Entry:
    """One line of the event log: a fact, the message it came from, when that was received, and from which feed."""

    number: int
    message: int
    received: int
    fact: Fact
    feed: str = ""


def packed(fact: Fact) -> bytes:
    """A fact as one line of JSON; unset fields are left out.

    >>> packed(Merged("A|1", "A|2", 5))
    b'{"fact":"Merged","patient":"A|1","old":"A|2","stated":5,"undone":false}'
    """
    said: dict[str, object] = {"fact": type(fact).__name__}
    for name in _names(type(fact)):
        value = getattr(fact, name)
        if value not in (None, "", ()):
            said[name] = value
    return orjson.dumps(said)


@cache
def _empty(kind: type) -> dict[str, str]:
    """The texts that a fact must have, as they are where a line leaves them out."""
    return {field.name: "" for field in fields(kind) if field.default is MISSING}


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def unpacked(line: bytes | str) -> Fact:
    """The fact of a line of JSON.

    >>> unpacked(packed(Merged("A|1", "A|2", 5))).survivor
    'A|1'
    >>> type(unpacked(packed(Rejected("A|1", 5, "x", "y")).replace(b"Rejected", b"NotScored"))).__name__
    'Rejected'
    >>> voids = Voided("", "fhir lab/Observation/7", 9), Voided("A|1", "hl7 order 7", 9, but=("hl7 order 7 meropenem",))
    >>> [unpacked(packed(void)) == void for void in voids]
    [True, True]
    """
    said = orjson.loads(line)
    kind = _KINDS[said.pop("fact")]
    if patient := said.get("patient"):
        said["patient"] = intern(patient)  # one in memory for all facts, as where they came in one message
    if kind is Charted:
        event = said["event"]
        event["concept"] = intern(event["concept"])
        said["event"] = Event(*[event.get(name) for name in _names(Event)])
    if kind is Visited:
        said["move"] = Move(said["move"])
    if kind is Voided and "but" in said:
        said["but"] = tuple(said["but"])
    return kind(**{**_empty(kind), **said})
