"""How one patient's alert goes on: a pure function of how it stood, what holds now, and the policy.

An alert is one conversation about one patient. It is raised once, answered by a person, and raised again only for news: a new
organ, a set rise, shock, a missed deadline, the end of a snooze, or an answer that is too old. Times are whole microseconds (UTC).
"""

from dataclasses import replace

from opensepsis.engine.semantics.time import HOUR, to_microseconds
from opensepsis.uses.ward.model.transitions import AlertState, Transition
from opensepsis.uses.ward.state.alert_policy import AlertPolicy, Level
from opensepsis.uses.ward.state.alert_record import (
    ANSWERED,
    CALLING,
    OPEN,
    SIGN,
    AlertInputs,
    AlertRecord,
    Reason,
    Told,
    level_of,
    to_state,
    with_lockout,
)

COMFORT_CARE, TREATED = "comfort care", "already treated"
COMFORT_CARE_ENDED = "comfort care ended"


def advance(
    record: AlertRecord, now: AlertInputs, policy: AlertPolicy
) -> tuple[AlertRecord, tuple[Transition, ...]]:
    """The record after what holds now, and the changes that makes."""
    record, before = _holding(record, now), record
    if now.gone:
        return _left(record, now, policy) if record.open else (record, ())
    if not record.open:
        return _raise(record, now, policy) if record.held else (record, ())
    record, moved = _moved(record, now, policy)
    record, changes = _standing(record, before, now, policy)
    return record, (*moved, *changes)


def _standing(record: AlertRecord, before: AlertRecord, now: AlertInputs, policy: AlertPolicy):
    """An open alert after what holds now."""
    if now.corrected and (lost := _lost(before, record, now)):
        return _corrected(record, lost, now, policy)
    if not record.held:
        return _clearing(record, now, policy)
    if record.state is not AlertState.WATCH and level_of(record) is Level.WATCH:
        return _settling(record, now, policy)
    return _going_on(record if record.clear_since is None else replace(record, clear_since=None), now, policy)


def _left(record: AlertRecord, now: AlertInputs, policy: AlertPolicy):
    """The patient left: nothing is locked out, for a discharge may be cancelled."""
    record, changes = to_state(record, AlertState.RESOLVED, now, policy, words=now.gone)
    return replace(record, ended=None), changes


def _moved(record: AlertRecord, now: AlertInputs, policy: AlertPolicy):
    """Another ward than before: clinicians already notified are informed, and a ward that is not silent is notified on arrival."""
    from_ = record.ward
    if not now.ward or now.ward == from_:
        return record, ()
    record = replace(record, ward=now.ward)
    if not from_:
        return record, ()
    words = f"moved from {from_} to {now.ward}"
    if record.state is AlertState.SILENT and record.held and not policy.is_silent(now.ward):
        return _speak(record, now, policy, words=words, moved_from=from_)
    if record.spoken and record.state in CALLING | ANSWERED:
        return to_state(record, record.raised, now, policy, words=words, moved_from=from_, news=False)
    return record, ()


def _holding(record: AlertRecord, now: AlertInputs) -> AlertRecord:
    """What holds: what is found now, and what was held before and cannot be judged, unless a correction took it away."""
    names = {reason.name for reason in now.reasons}
    kept = tuple(
        r
        for r in record.held
        if r.name in now.unclear and r.name not in names and not (now.corrected and r.name not in now.stood)
    )
    held, standing = (*now.reasons, *kept), (now.organs, now.points)
    if (held, now.recheck, standing) == (record.held, record.recheck, record.standing):
        return record
    return replace(record, held=held, recheck=now.recheck, standing=standing)


def _locked(record: AlertRecord, now: AlertInputs, policy: AlertPolicy) -> bool:
    """Whether an alert was resolved or settled so lately that only news may call again; one that was only recorded locks no ward that
    speaks."""
    heard = record.ended_aloud or policy.is_silent(now.ward)
    return record.ended is not None and heard and now.time < record.ended + to_microseconds(policy.lockout)


def _raise(record: AlertRecord, now: AlertInputs, policy: AlertPolicy):
    """A first alert, or another one: inside the lockout only for news, else when it is over."""
    locked = _locked(record, now, policy)
    fresh = replace(
        record, number=record.number + 1, step=0, state=None, since=now.time, clear_since=None, spoken=False, ward=now.ward
    )  # fmt: skip
    if not locked:
        return _speak(replace(fresh, notified=frozenset(), organs=frozenset(), points=()), now, policy)
    if level_of(record) > Level.WATCH and not _news(record, now, policy):
        return record, ()
    return _speak(fresh, now, policy)


def _speak(record: AlertRecord, now: AlertInputs, policy: AlertPolicy, words: str = "", moved_from: str = ""):
    """The state in which what holds is notified: watch, silent, suppressed or active."""
    level = level_of(record)
    if level is Level.WATCH:
        return to_state(record, AlertState.WATCH, now, policy, words=words, moved_from=moved_from)
    muted = _muted(record, now)
    quiet = record.state not in OPEN or record.state is AlertState.WATCH
    if muted and (quiet or now.comfort_care or not _news(record, now, policy)):
        return to_state(record, AlertState.SUPPRESSED, now, policy, words=muted, moved_from=moved_from)
    if policy.is_silent(now.ward):
        return _notify(record, AlertState.SILENT, now, policy, words=words, moved_from=moved_from)
    record = replace(record, escalate_at=now.time + to_microseconds(policy.escalate_after))
    return _notify(record, AlertState.ALERT, now, policy, words=words, moved_from=moved_from)


def _notify(record: AlertRecord, state: AlertState, now: AlertInputs, policy: AlertPolicy, **links):
    """A change that calls because of news; for a few seconds a further rise of what it tells of belongs to it."""
    scores = {r.about for r in record.held if r.about} | _risen(record, now, policy.rise).keys()
    record, changes = to_state(record, state, now, policy, **links)
    told = Told(changes[0].name, now.time, frozenset(scores))
    return replace(record, told=told), changes


def _muted(record: AlertRecord, now: AlertInputs) -> str:
    """Why a call is suppressed: comfort care, or a treatment where everything that calls rests on infection."""
    if now.comfort_care:
        return COMFORT_CARE
    infection_only = all(r.suppressible for r in record.held if r.level > Level.WATCH)
    going_on = record.state is AlertState.SUPPRESSED and record.muted == TREATED and not now.corrected
    treated = not now.lapsed and (now.treated or going_on)
    return TREATED if infection_only and treated else ""


def _news(record: AlertRecord, now: AlertInputs, policy: AlertPolicy) -> str:
    """What has come that was not notified before; empty when nothing."""
    if new := _new(record, now):
        return new
    return next((f"{score} rose by {by}" for score, by in _risen(record, now, policy.rise).items()), "")


def _new(record: AlertRecord, now: AlertInputs) -> str:
    """A reason that is loud, an organ or a sign that was not notified before; empty when there is none."""
    loud = [r for r in record.held if r.is_loud and r.name not in record.notified]
    if loud:
        return loud[0].words
    new = sorted(now.organs - record.organs)
    organs, signs = (
        [o.removeprefix(SIGN) for o in new if o.startswith(SIGN) is sign] for sign in (False, True)
    )
    said = ("new organ", organs), ("new sign", signs)
    return "; ".join(f"{kind}: {', '.join(names)}" for kind, names in said if names)


def _risen(record: AlertRecord, now: AlertInputs, least: int) -> dict[str, int]:
    """The scores that rose by so many points since they were notified, and by how many."""
    notified = dict(record.points)
    return {
        score: total - notified[score]
        for score, total in now.points
        if score in notified and total >= notified[score] + least
    }


def _of_same_set(record: AlertRecord, now: AlertInputs, policy: AlertPolicy) -> str:
    """What the call of a moment ago is updated with: its scores rose further, and nothing is more urgent or another thing; else empty."""
    if record.told is None or now.time - record.told.time > to_microseconds(policy.same_set):
        return ""
    calling = {r.name for r in record.held if r.level > Level.WATCH}
    if _new(record, now) or not calling <= record.notified or level_of(record) > record.level:
        return ""
    risen = _risen(record, now, 1)
    if not record.told.scores.issuperset(risen):
        return ""
    return next((f"{score} rose by {by}" for score, by in risen.items()), "")


def _going_on(record: AlertRecord, now: AlertInputs, policy: AlertPolicy):
    """An open alert with reasons that hold."""
    state = record.raised
    if state is AlertState.WATCH:
        return _watched(record, now, policy)
    if state is AlertState.SUPPRESSED:
        return _suppressed(record, now, policy)
    if now.comfort_care and state in CALLING:
        return to_state(record, AlertState.SUPPRESSED, now, policy, words=COMFORT_CARE)
    if now.comfort_care:
        return record, ()
    news = _news(record, now, policy)
    if not news and level_of(record) > record.level:
        news = "the level rose"
    if state in ANSWERED and (news or (news := _too_old(record, now, policy))):
        return _speak(record, now, policy, words=news)
    late = state is AlertState.ALERT and record.escalate_at is not None and now.time >= record.escalate_at
    if news and state is AlertState.ESCALATED and _is_loud(record):
        return _speak(record, now, policy, words=news)  # another call, which wants an answer of its own
    if record.told and not late and (more := _of_same_set(record, now, policy)):
        return to_state(record, state, now, policy, words=more, updates=record.told.name)
    if news:
        return _notify(record, AlertState.ESCALATED if late else state, now, policy, words=news)
    if late:
        return to_state(record, AlertState.ESCALATED, now, policy, words="nobody answered", news=False)
    return record, ()


def _watched(record: AlertRecord, now: AlertInputs, policy: AlertPolicy):
    """What is watched calls when it rises; after a call that settled, only for news until the lockout is over."""
    if level_of(record) is Level.WATCH:
        return record, ()
    if not _locked(record, now, policy):
        if record.ended is not None:
            record = replace(record, ended=None, notified=frozenset(), organs=frozenset(), points=())
        return _speak(record, now, policy)
    news = _news(record, now, policy)
    return _speak(record, now, policy, words=news) if news else (record, ())


def _suppressed(record: AlertRecord, now: AlertInputs, policy: AlertPolicy):
    """What was suppressed speaks when nothing suppresses it any more, or in spite of a treatment when there is news."""
    muted = _muted(record, now)
    if now.comfort_care or (muted and muted == record.muted and not _news(record, now, policy)):
        return record, ()
    news = _news(record, now, policy)
    if record.muted == COMFORT_CARE:
        ended = "; ".join(words for words in (COMFORT_CARE_ENDED, now.corrected) if words)
        return _speak(record, now, policy, words=news or ended)
    return _speak(record, now, policy, words=news or now.corrected or now.lapsed)


def _too_old(record: AlertRecord, now: AlertInputs, policy: AlertPolicy) -> str:
    """Why an answer no longer counts; empty while it does."""
    if record.state is AlertState.SNOOZED:
        return "the snooze ended" if record.until is not None and now.time >= record.until else ""
    ends = _answer_ends(record, policy)
    hours = 0 if record.answered is None else (now.time - record.answered) // HOUR
    return f"{record.state} {hours} h ago, still holds" if ends is not None and now.time >= ends else ""


def _answer_ends(record: AlertRecord, policy: AlertPolicy) -> int | None:
    """Until when an acknowledgement or a dismissal counts."""
    if record.answered is None or record.state not in ANSWERED:
        return None
    if not any(r.level > Level.WATCH and not r.breaks_through for r in record.held):
        return None  # a missed deadline was notified, and is notified once
    lasting = policy.dismissed_for if record.state is AlertState.DISMISSED else policy.acknowledged_for
    return record.answered + to_microseconds(lasting)


def _is_loud(record: AlertRecord) -> bool:
    """Whether something not yet notified breaks in on whatever was notified before."""
    return any(r.is_loud and r.name not in record.notified for r in record.held)


def _settling(record: AlertRecord, now: AlertInputs, policy: AlertPolicy):
    """Only what is worth watching holds: back to watching after a while; from then on the lockout runs."""
    since = now.time if record.clear_since is None else record.clear_since
    record = replace(record, clear_since=since)
    if now.time >= since + to_microseconds(policy.resolve_after):
        record = replace(with_lockout(record, now), clear_since=None)
        return to_state(record, AlertState.WATCH, now, policy, words="settled")
    return record, ()


def _lost(before: AlertRecord, record: AlertRecord, now: AlertInputs) -> tuple[Reason, ...]:
    """What a correction took away; what only passed, or fell to a lower limit of the same score, is none of it."""
    names, about = (
        {r.name for r in record.held} | now.stood,
        {(r.about, r.level) for r in record.held if r.about},
    )
    return tuple(r for r in before.held if r.name not in names and (r.about, r.level) not in about)


def _corrected(record: AlertRecord, lost: tuple[Reason, ...], now: AlertInputs, policy: AlertPolicy):
    """A correction took away what the alert rested on: withdrawn at once, or amended where something else still calls."""
    if record.state is AlertState.WATCH and record.held:
        return _going_on(record, now, policy)
    if not record.held or level_of(record) is Level.WATCH:
        record, changes = to_state(record, AlertState.WITHDRAWN, now, policy, words=now.corrected, held=lost)
        again, watching = _raise(_holding(record, now), now, policy) if now.reasons else (record, ())
        return again, (*changes, *watching)
    muted = record.muted
    record, changes = to_state(record, record.raised, now, policy, words=f"amended: {now.corrected}")
    record, more = _going_on(replace(record, muted=muted), now, policy)
    return record, (*changes, *more)


def _clearing(record: AlertRecord, now: AlertInputs, policy: AlertPolicy):
    """Nothing holds any more: resolved after a while."""
    since = now.time if record.clear_since is None else record.clear_since
    record = replace(record, clear_since=since)
    if now.time >= since + to_microseconds(policy.resolve_after):
        return to_state(record, AlertState.RESOLVED, now, policy, words="nothing holds any more")
    return record, ()


def next_time(record: AlertRecord, policy: AlertPolicy) -> int | None:
    """When the record must be looked at again though nothing came."""
    state, holding = record.state, bool(record.held) and level_of(record) > Level.WATCH
    locked = record.ended + to_microseconds(policy.lockout) if holding and record.ended is not None else None
    if not record.open:
        return locked
    times = [
        record.until if state is AlertState.SNOOZED else _answer_ends(record, policy) if holding else None,
        record.escalate_at if state is AlertState.ALERT else None,
        record.recheck if state is AlertState.SUPPRESSED else None,
        locked if state is AlertState.WATCH else None,
        None if record.clear_since is None else record.clear_since + to_microseconds(policy.resolve_after),
    ]
    return min((t for t in times if t is not None), default=None)
