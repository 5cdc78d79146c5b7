"""What a person's answer makes of an alert, and the alerts of two records that become one: pure functions, as `alerts.py` is."""

from dataclasses import replace

from opensepsis.engine.semantics.time import to_microseconds
from opensepsis.uses.ward.model.transitions import AlertState, Transition
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.state.alert_record import CALLING, AlertInputs, AlertRecord, highest, to_state

CHANGED = "not taken: it changed since it was looked at"
NOT_MY_PATIENT = "not my patient"


def answer(
    record: AlertRecord,
    act: str,
    user: str,
    time: int,
    policy: AlertPolicy,
    words: str = "",
    until: int | None = None,
    ward="",
    alert: int | None = None,
    seen: int | None = None,
) -> tuple[AlertRecord, tuple[Transition, ...]]:
    """The record after a person's answer to step `seen` of an alert; an alert that does not stand, or an unknown act, changes nothing.

    An answer to an alert that has changed since then is not taken, and that is recorded.
    """
    states = {
        "acknowledge": AlertState.ACKNOWLEDGED,
        "snooze": AlertState.SNOOZED,
        "dismiss": AlertState.DISMISSED,
        "escalate": AlertState.ESCALATED,
        "resume": AlertState.ALERT,
    }
    if act not in states or not record.open:
        return record, ()
    if has_changed(record, alert, seen):
        return to_state(
            record, record.raised, AlertInputs(time, ward=ward), policy, words=f"{act} {CHANGED}", user=user, aloud=False
        )  # fmt: skip
    if act == "dismiss" and words.startswith(
        NOT_MY_PATIENT
    ):  # says nothing of the patient: others are called on
        return to_state(
            record, record.raised, AlertInputs(time, ward=ward), policy, words=words, user=user, aloud=False
        )
    organs, points = record.standing  # what was seen is what a rise is measured from
    record = replace(
        record, organs=organs, points=tuple(sorted((dict(record.points) | dict(points)).items()))
    )
    record = replace(record, until=until if act == "snooze" else None, answered=time)
    if act == "resume":
        record = replace(record, escalate_at=time + to_microseconds(policy.escalate_after))
    return to_state(record, states[act], AlertInputs(time, ward=ward), policy, words=words, user=user)


def has_changed(record: AlertRecord, alert: int | None, seen: int | None) -> bool:
    """Whether the alert is another, or says something else, than when somebody looked at it; an answer that names none is taken."""
    return (alert is not None and alert != record.number) or (seen is not None and seen < record.changed)


def merged(
    one: AlertRecord, other: AlertRecord, time: int, policy: AlertPolicy
) -> tuple[AlertRecord, tuple[Transition, ...]]:
    """One record for two halves of one patient: an alert of the half that ends is told as merged into that of the half that goes on.

    Of two open alerts the one that calls goes on, else the older; each half's changes keep the name of their patient.
    """
    kept = other if other.open and (not one.open or _rank(other) < _rank(one)) else one
    number = one.number if one.open or not other.open else one.number + 1
    record = replace(
        kept,
        patient=one.patient,
        number=number,
        step=one.step if one.open else 0 if other.open else one.step,
        since=min((b.since for b in (one, other) if b.open), default=kept.since),
        notified=one.notified | other.notified,
        organs=one.organs | other.organs,
        points=highest(one.points, other.points),
        spoken=one.spoken or other.spoken if one.open else other.spoken if other.open else one.spoken,
        ended=max((b.ended for b in (one, other) if b.ended is not None), default=None),
        ended_aloud=one.ended_aloud or other.ended_aloud,
        told=None,
    )
    if not other.open:
        return record, ()
    into, from_ = (one.patient, number), (other.patient, other.number)
    gone, here = AlertInputs(time, ward=other.ward), AlertInputs(time, ward=kept.ward)
    _, ended = to_state(
        other, AlertState.WITHDRAWN, gone, policy, words="merged into another record", merged_into=into
    )
    muted = record.muted
    record, begun = to_state(
        record, record.raised, here, policy, words="goes on from a merged record", replaces=from_
    )
    return replace(record, muted=muted), (*ended, *begun)


def _rank(record: AlertRecord) -> tuple:
    """What goes on of two open alerts: one that calls, then the older."""
    return record.state not in CALLING, record.since, record.patient
