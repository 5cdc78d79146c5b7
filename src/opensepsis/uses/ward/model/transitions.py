"""What follows from a fact: changes of alerts, and what is to be sent because of them. Times in microseconds (UTC)."""

from dataclasses import dataclass
from enum import StrEnum

from opensepsis.data.decode.facts import Problem
from opensepsis.uses.ward.model.facts import Entry


class AlertState(StrEnum):
    """How an alert stands."""

    SILENT = "silent"
    SUPPRESSED = "suppressed"
    WATCH = "watch"
    ALERT = "alert"
    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"
    DISMISSED = "dismissed"
    ESCALATED = "escalated"
    RESOLVED = "resolved"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Transition:
    """One change of one alert. `name` is the same on every replay, so nothing is written or sent twice.

    `alert` counts the alerts of a patient from 1, `step` the changes of that alert from 1. `reasons` are in words without
    identifiers; `evidence` names the messages (by number) that it rests on. `spoken` once the alert has been told out loud:
    nobody outside hears of one that was only recorded. `merged_into` and `replaces` name the patient and alert on the other side
    of a merge, `moved_from` the ward that the patient left. `updates` names the change that this one brings up to
    date, where a set of measurements that came one by one only went on: no other call.
    """

    name: str
    patient: str
    alert: int
    step: int
    time: int
    state: AlertState
    level: str
    reasons: tuple[str, ...]
    evidence: tuple[int, ...] = ()
    user: str = ""
    words: str = ""
    ward: str = ""
    policy: str = ""
    spoken: bool = True
    moved_from: str = ""
    merged_into: tuple[str, int] | None = None
    replaces: tuple[str, int] | None = None
    updates: str = ""


@dataclass(frozen=True)
class Settled:
    """All that came of some messages, written in one transaction with them marked as read.

    `problems` by message number; `horizon` is the moment up to which timers have run.
    """

    messages: tuple[int, ...]
    entries: tuple[Entry, ...]
    problems: tuple[tuple[int, Problem], ...]
    transitions: tuple[Transition, ...]
    horizon: int
