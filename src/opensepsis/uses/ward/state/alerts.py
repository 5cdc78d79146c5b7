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
    level_of,
    tell,
    with_lockout,
)

COMFORT_CARE, TREATED = "comfort care", "already treated"


def step(
    book: AlertRecord, now: AlertInputs, policy: AlertPolicy
) -> tuple[AlertRecord, tuple[Transition, ...]]:
    """The book after what holds now, and the changes that makes."""
    book, before = _holding(book, now), book
    if now.gone:
        return _left(book, now, policy) if book.open else (book, ())
    if not book.open:
        return _raise(book, now, policy) if book.held else (book, ())
    book, moved = _moved(book, now, policy)
    book, told = _standing(book, before, now, policy)
    return book, (*moved, *told)


def _standing(book: AlertRecord, before: AlertRecord, now: AlertInputs, policy: AlertPolicy):
    """An open alert after what holds now."""
    if now.corrected and (lost := _lost(before, book, now)):
        return _corrected(book, lost, now, policy)
    if not book.held:
        return _clearing(book, now, policy)
    if book.state is not AlertState.WATCH and level_of(book) is Level.WATCH:
        return _settling(book, now, policy)
    return _going_on(replace(book, clear_since=None), now, policy)


def _left(book: AlertRecord, now: AlertInputs, policy: AlertPolicy):
    """The patient left: nothing is locked out, for a discharge may be cancelled."""
    book, told = tell(book, AlertState.RESOLVED, now, policy, words=now.gone)
    return replace(book, ended=None), told


def _moved(book: AlertRecord, now: AlertInputs, policy: AlertPolicy):
    """Another ward than before: whoever was told hears of it, and a ward that is not silent is told on arrival."""
    from_ = book.ward
    if not now.ward or now.ward == from_:
        return book, ()
    book = replace(book, ward=now.ward)
    if not from_:
        return book, ()
    words = f"moved from {from_} to {now.ward}"
    if book.state is AlertState.SILENT and book.held and not policy.is_silent(now.ward):
        return _speak(book, now, policy, words=words, moved_from=from_)
    if book.spoken and book.state in CALLING | ANSWERED:
        return tell(book, book.raised, now, policy, words=words, moved_from=from_, news=False)
    return book, ()


def _holding(book: AlertRecord, now: AlertInputs) -> AlertRecord:
    """What holds: what is found now, and what was held before and cannot be judged, unless a correction took it away."""
    names = {reason.name for reason in now.reasons}
    kept = tuple(
        r
        for r in book.held
        if r.name in now.unclear and r.name not in names and not (now.corrected and r.name not in now.stood)
    )
    held, standing = (*now.reasons, *kept), (now.organs, now.points)
    if (held, now.recheck, standing) == (book.held, book.recheck, book.standing):
        return book
    return replace(book, held=held, recheck=now.recheck, standing=standing)


def _locked(book: AlertRecord, now: AlertInputs, policy: AlertPolicy) -> bool:
    """Whether an alert was resolved or settled so lately that only news may call again; one that was only recorded locks no ward that
    speaks."""
    heard = book.ended_aloud or policy.is_silent(now.ward)
    return book.ended is not None and heard and now.time < book.ended + to_microseconds(policy.lockout)


def _raise(book: AlertRecord, now: AlertInputs, policy: AlertPolicy):
    """A first alert, or another one: inside the lockout only for news, else when it is over."""
    locked = _locked(book, now, policy)
    fresh = replace(
        book, number=book.number + 1, step=0, state=None, since=now.time, clear_since=None, spoken=False, ward=now.ward
    )  # fmt: skip
    if not locked:
        return _speak(replace(fresh, told=frozenset(), organs=frozenset(), points=()), now, policy)
    if level_of(book) > Level.WATCH and not _news(book, now, policy):
        return book, ()
    return _speak(fresh, now, policy)


def _speak(book: AlertRecord, now: AlertInputs, policy: AlertPolicy, words: str = "", moved_from: str = ""):
    """The state in which what holds is told: watch, silent, suppressed or out loud."""
    level = level_of(book)
    if level is Level.WATCH:
        return tell(book, AlertState.WATCH, now, policy, words=words, moved_from=moved_from)
    muted = _muted(book, now)
    quiet = book.state not in OPEN or book.state is AlertState.WATCH
    if muted and (quiet or now.comfort_care or not _news(book, now, policy)):
        return tell(book, AlertState.SUPPRESSED, now, policy, words=muted, moved_from=moved_from)
    if policy.is_silent(now.ward):
        return tell(book, AlertState.SILENT, now, policy, words=words, moved_from=moved_from)
    book = replace(book, escalate_at=now.time + to_microseconds(policy.escalate_after))
    return tell(book, AlertState.ALERT, now, policy, words=words, moved_from=moved_from)


def _muted(book: AlertRecord, now: AlertInputs) -> str:
    """Why a call is suppressed: comfort care, or a treatment where everything that calls rests on infection."""
    if now.comfort_care:
        return COMFORT_CARE
    infection_only = all(r.suppressible for r in book.held if r.level > Level.WATCH)
    going_on = book.state is AlertState.SUPPRESSED and book.muted == TREATED and not now.corrected
    treated = not now.lapsed and (now.treated or going_on)
    return TREATED if infection_only and treated else ""


def _news(book: AlertRecord, now: AlertInputs, policy: AlertPolicy) -> str:
    """What has come that was not told before; empty when nothing."""
    loud = [r for r in book.held if r.is_loud and r.name not in book.told]
    if loud:
        return loud[0].words
    new = sorted(now.organs - book.organs)
    organs, signs = (
        [o.removeprefix(SIGN) for o in new if o.startswith(SIGN) is sign] for sign in (False, True)
    )
    if new:
        said = ("new organ", organs), ("new sign", signs)
        return "; ".join(f"{kind}: {', '.join(names)}" for kind, names in said if names)
    told = dict(book.points)
    for score, total in now.points:
        if score in told and total >= told[score] + policy.rise:
            return f"{score} rose by {total - told[score]}"
    return ""


def _going_on(book: AlertRecord, now: AlertInputs, policy: AlertPolicy):
    """An open alert with reasons that hold."""
    state = book.raised
    if state is AlertState.WATCH:
        return _watched(book, now, policy)
    if state is AlertState.SUPPRESSED:
        return _suppressed(book, now, policy)
    if now.comfort_care and state in CALLING:
        return tell(book, AlertState.SUPPRESSED, now, policy, words=COMFORT_CARE)
    if now.comfort_care:
        return book, ()
    news = _news(book, now, policy)
    if not news and level_of(book) > book.level:
        news = "the level rose"
    if state in ANSWERED and (news or (news := _too_old(book, now, policy))):
        return _speak(book, now, policy, words=news)
    late = state is AlertState.ALERT and book.escalate_at is not None and now.time >= book.escalate_at
    if news and state is AlertState.ESCALATED and _is_loud(book):
        return _speak(book, now, policy, words=news)  # another call, which wants an answer of its own
    if news:
        return tell(book, AlertState.ESCALATED if late else state, now, policy, words=news)
    if late:
        return tell(book, AlertState.ESCALATED, now, policy, words="nobody answered", news=False)
    return book, ()


def _watched(book: AlertRecord, now: AlertInputs, policy: AlertPolicy):
    """What is watched calls when it rises; after a call that settled, only for news until the lockout is over."""
    if level_of(book) is Level.WATCH:
        return book, ()
    if not _locked(book, now, policy):
        if book.ended is not None:
            book = replace(book, ended=None, told=frozenset(), organs=frozenset(), points=())
        return _speak(book, now, policy)
    news = _news(book, now, policy)
    return _speak(book, now, policy, words=news) if news else (book, ())


def _suppressed(book: AlertRecord, now: AlertInputs, policy: AlertPolicy):
    """What was suppressed speaks when nothing suppresses it any more, or in spite of a treatment when there is news."""
    muted = _muted(book, now)
    if now.comfort_care or (muted and muted == book.muted and not _news(book, now, policy)):
        return book, ()
    words = _news(book, now, policy) or now.corrected or now.lapsed
    return _speak(book, now, policy, words=words)


def _too_old(book: AlertRecord, now: AlertInputs, policy: AlertPolicy) -> str:
    """Why an answer no longer counts; empty while it does."""
    if book.state is AlertState.SNOOZED:
        return "the snooze ended" if book.until is not None and now.time >= book.until else ""
    ends = _answer_ends(book, policy)
    hours = 0 if book.answered is None else (now.time - book.answered) // HOUR
    return f"{book.state} {hours} h ago, still holds" if ends is not None and now.time >= ends else ""


def _answer_ends(book: AlertRecord, policy: AlertPolicy) -> int | None:
    """Until when an acknowledgement or a dismissal counts."""
    if book.answered is None or book.state not in ANSWERED:
        return None
    if not any(r.level > Level.WATCH and not r.breaks_through for r in book.held):
        return None  # a missed deadline was told, and is told once
    lasting = policy.dismissed_for if book.state is AlertState.DISMISSED else policy.acknowledged_for
    return book.answered + to_microseconds(lasting)


def _is_loud(book: AlertRecord) -> bool:
    """Whether something not yet told breaks in on whatever was told before."""
    return any(r.is_loud and r.name not in book.told for r in book.held)


def _settling(book: AlertRecord, now: AlertInputs, policy: AlertPolicy):
    """Only what is worth watching holds: back to watching after a while; from then on the lockout runs."""
    since = now.time if book.clear_since is None else book.clear_since
    book = replace(book, clear_since=since)
    if now.time >= since + to_microseconds(policy.resolve_after):
        book = replace(with_lockout(book, now), clear_since=None)
        return tell(book, AlertState.WATCH, now, policy, words="settled")
    return book, ()


def _lost(before: AlertRecord, book: AlertRecord, now: AlertInputs) -> tuple[Reason, ...]:
    """What a correction took away; what only passed, or fell to a lower limit of the same score, is none of it."""
    names, about = {r.name for r in book.held} | now.stood, {(r.about, r.level) for r in book.held if r.about}
    return tuple(r for r in before.held if r.name not in names and (r.about, r.level) not in about)


def _corrected(book: AlertRecord, lost: tuple[Reason, ...], now: AlertInputs, policy: AlertPolicy):
    """A correction took away what the alert rested on: withdrawn at once, or amended where something else still calls."""
    if book.state is AlertState.WATCH and book.held:
        return _going_on(book, now, policy)
    if not book.held or level_of(book) is Level.WATCH:
        book, told = tell(book, AlertState.WITHDRAWN, now, policy, words=now.corrected, held=lost)
        again, watching = _raise(_holding(book, now), now, policy) if now.reasons else (book, ())
        return again, (*told, *watching)
    muted = book.muted
    book, told = tell(book, book.raised, now, policy, words=f"amended: {now.corrected}")
    book, more = _going_on(replace(book, muted=muted), now, policy)
    return book, (*told, *more)


def _clearing(book: AlertRecord, now: AlertInputs, policy: AlertPolicy):
    """Nothing holds any more: resolved after a while."""
    since = now.time if book.clear_since is None else book.clear_since
    book = replace(book, clear_since=since)
    if now.time >= since + to_microseconds(policy.resolve_after):
        return tell(book, AlertState.RESOLVED, now, policy, words="nothing holds any more")
    return book, ()


def next_time(book: AlertRecord, policy: AlertPolicy) -> int | None:
    """When the book must be looked at again though nothing came."""
    state, holding = book.state, bool(book.held) and level_of(book) > Level.WATCH
    locked = book.ended + to_microseconds(policy.lockout) if holding and book.ended is not None else None
    if not book.open:
        return locked
    times = [
        book.until if state is AlertState.SNOOZED else _answer_ends(book, policy) if holding else None,
        book.escalate_at if state is AlertState.ALERT else None,
        book.recheck if state is AlertState.SUPPRESSED else None,
        locked if state is AlertState.WATCH else None,
        None if book.clear_since is None else book.clear_since + to_microseconds(policy.resolve_after),
    ]
    return min((t for t in times if t is not None), default=None)
