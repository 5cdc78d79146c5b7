"""How one patient's alert goes on: a pure function of how it stood, what holds now, and the policy.

An alert is one conversation about one patient. It is raised once, answered by a person, and raised again only for news: a new
organ, a set rise, shock, a missed deadline, or the end of a snooze. Times are whole microseconds (UTC).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from hashlib import sha256

from opensepsis.engine.moment import micro
from opensepsis.uses.ward.effects import AlertState, Transition
from opensepsis.uses.ward.policy import AlertPolicy, Level

OPEN = frozenset(AlertState) - {AlertState.RESOLVED, AlertState.WITHDRAWN}
CALLING = frozenset((AlertState.ALERT, AlertState.ESCALATED))
ANSWERED = frozenset((AlertState.ACKNOWLEDGED, AlertState.SNOOZED, AlertState.DISMISSED))


@dataclass(frozen=True)
class Reason:
    """Something that holds now and that the policy speaks of. `name` stays the same as long as it is the same thing."""

    name: str
    level: Level
    words: str
    suppressible: bool = True
    evidence: tuple[int, ...] = ()
    about: str = ""  # of several reasons about the same thing only the gravest is told


def in_words(reasons: Iterable[Reason]) -> tuple[str, ...]:
    """The reasons in words, the gravest first; of several about the same score only one.

    >>> in_words([Reason("news2>=5", Level.WATCH, "NEWS2 7", about="news2"), Reason("b", Level.ALERT, "NEWS2 7!", about="news2")])
    ('NEWS2 7!',)
    """
    told: dict[str, str] = {}
    for reason in sorted(reasons, key=lambda r: (-r.level, r.name)):
        told.setdefault(reason.about or reason.name, reason.words)
    return tuple(told.values())


@dataclass(frozen=True)
class Situation:
    """What holds for a patient at a moment.

    `unclear` names reasons that cannot be judged now (a partial score): those stay as they were. `corrected` are words on what
    was corrected since the last look. `organs` are those with enough points, `points` the totals that can rise.
    """

    time: int
    reasons: tuple[Reason, ...] = ()
    unclear: frozenset[str] = frozenset()
    corrected: str = ""
    organs: frozenset[str] = frozenset()
    points: tuple[tuple[str, int], ...] = ()
    treated: bool = False
    lapsed: bool = False  # nothing that treats was given for so long that what was suppressed may speak up
    comfort_care: bool = False
    gone: bool = False
    ward: str = ""


@dataclass(frozen=True)
class Book:
    """The alert of one patient as it stands; `told` is all that it has already spoken of."""

    patient: str
    number: int = 0
    step: int = 0
    state: AlertState | None = None
    level: Level = Level.WATCH
    since: int = 0
    held: tuple[Reason, ...] = ()
    told: frozenset[str] = frozenset()
    organs: frozenset[str] = frozenset()
    points: tuple[tuple[str, int], ...] = ()
    until: int | None = None
    escalate_at: int | None = None
    clear_since: int | None = None
    ended: int | None = None
    muted: str = ""  # why it is suppressed
    spoken: bool = False  # whether it was ever told out loud

    @property
    def open(self) -> bool:
        """Whether there is an alert that still stands."""
        return self.state in OPEN


def step(book: Book, now: Situation, policy: AlertPolicy) -> tuple[Book, tuple[Transition, ...]]:
    """The book after what holds now, and the changes that makes."""
    book, before = _holding(book, now), book
    if now.gone:
        return _left(book, now, policy) if book.open else (book, ())
    if not book.open:
        return _raise(book, now, policy) if book.held else (book, ())
    if now.corrected and (lost := _lost(before, book)):
        return _corrected(book, lost, now, policy)
    if not book.held:
        return _clearing(book, now, policy)
    if book.state is not AlertState.WATCH and _level(book) is Level.WATCH:
        return _settling(book, now, policy)
    return _going_on(replace(book, clear_since=None), now, policy)


def _left(book: Book, now: Situation, policy: AlertPolicy):
    """The patient left: nothing is locked out, for a discharge may be cancelled."""
    book, told = _told(book, AlertState.RESOLVED, now, policy, words="left")
    return replace(book, ended=None), told


def _holding(book: Book, now: Situation) -> Book:
    """What holds: what is found now, and what was held before and cannot be judged."""
    names = {reason.name for reason in now.reasons}
    kept = tuple(r for r in book.held if r.name in now.unclear and r.name not in names)
    return replace(book, held=(*now.reasons, *kept))


def _level(book: Book) -> Level:
    return max(reason.level for reason in book.held)


def _raise(book: Book, now: Situation, policy: AlertPolicy):
    """A first alert, or another one: inside the lockout only for news."""
    locked = book.ended is not None and now.time < book.ended + micro(policy.lockout)
    if locked and _level(book) > Level.WATCH and not _news(book, now, policy):
        return book, ()
    fresh = replace(book, number=book.number + 1, step=0, since=now.time, clear_since=None, spoken=False)
    if not locked:
        fresh = replace(fresh, told=frozenset(), organs=frozenset(), points=())
    return _speak(fresh, now, policy)


def _speak(book: Book, now: Situation, policy: AlertPolicy, words: str = ""):
    """The state in which what holds is told: watch, silent, suppressed or out loud."""
    level = _level(book)
    if level is Level.WATCH:
        return _told(book, AlertState.WATCH, now, policy, words=words)
    if now.comfort_care:
        return _told(book, AlertState.SUPPRESSED, now, policy, words="comfort care")
    treated = now.treated and all(r.suppressible for r in book.held if r.level > Level.WATCH)
    quiet = book.state not in OPEN or book.state is AlertState.WATCH
    if treated and (quiet or not _news(book, now, policy)):
        return _told(book, AlertState.SUPPRESSED, now, policy, words="already treated")
    if policy.is_silent(now.ward):
        return _told(book, AlertState.SILENT, now, policy, words=words)
    book = replace(book, escalate_at=now.time + micro(policy.escalate_after))
    return _told(book, AlertState.ALERT, now, policy, words=words)


def _news(book: Book, now: Situation, policy: AlertPolicy) -> str:
    """What has come that was not told before; empty when nothing."""
    loud = [
        r for r in book.held if r.name not in book.told and (r.level is Level.CRITICAL or not r.suppressible)
    ]
    if loud:
        return loud[0].words
    if book.level < _level(book) and book.level is Level.WATCH:
        return "the level rose"
    if organs := now.organs - book.organs:
        return f"new organ: {', '.join(sorted(organs))}"
    told = dict(book.points)
    for score, total in now.points:
        if score in told and total >= told[score] + policy.rise:
            return f"{score} rose by {total - told[score]}"
    return ""


def _going_on(book: Book, now: Situation, policy: AlertPolicy):
    """An open alert with reasons that hold."""
    if book.state is AlertState.SNOOZED and book.until is not None and now.time >= book.until:
        return _speak(book, now, policy, words="the snooze ended")
    if book.state in CALLING and now.comfort_care:
        return _told(book, AlertState.SUPPRESSED, now, policy, words="comfort care")
    news = _news(book, now, policy)
    if book.state is AlertState.WATCH:
        return _speak(book, now, policy) if _level(book) > Level.WATCH else (book, ())
    if book.state is AlertState.SUPPRESSED:
        none = not now.treated and (now.corrected or now.lapsed)  # taken back, or over
        freed = not now.comfort_care and (news or none or (book.muted == "comfort care" and not now.treated))
        return (
            _speak(
                book, now, policy, words=news or (none and (now.corrected or "no treatment for long")) or ""
            )
            if freed
            else (book, ())
        )
    if news and not now.comfort_care and (book.state in ANSWERED or _level(book) > book.level or _loud(book)):
        return _speak(book, now, policy, words=news)
    late = book.escalate_at is not None and now.time >= book.escalate_at
    if book.state is AlertState.ALERT and late:
        return _told(book, AlertState.ESCALATED, now, policy, words="nobody answered")
    return book, ()


def _loud(book: Book) -> bool:
    """Whether something not yet told breaks in on an alert that is already calling or recorded."""
    return any(
        r.name not in book.told and (r.level is Level.CRITICAL or not r.suppressible) for r in book.held
    )


def _settling(book: Book, now: Situation, policy: AlertPolicy):
    """Only what is worth watching holds: back to watching after a while."""
    book = replace(book, clear_since=now.time if book.clear_since is None else book.clear_since)
    if now.time >= book.clear_since + micro(policy.resolve_after):
        return _told(replace(book, clear_since=None), AlertState.WATCH, now, policy, words="settled")
    return book, ()


def _lost(before: Book, book: Book) -> tuple[Reason, ...]:
    """What was held before and holds no more; a score that only fell to a lower limit still stands for itself."""
    names, about = {r.name for r in book.held}, {(r.about, r.level) for r in book.held if r.about}
    return tuple(r for r in before.held if r.name not in names and (r.about, r.level) not in about)


def _corrected(book: Book, lost: tuple[Reason, ...], now: Situation, policy: AlertPolicy):
    """A correction took away what the alert rested on: withdrawn at once, or amended where something else still calls."""
    if book.state is AlertState.WATCH and book.held:
        return _going_on(book, now, policy)
    if not book.held or _level(book) is Level.WATCH:
        book, told = _told(book, AlertState.WITHDRAWN, now, policy, words=now.corrected, held=lost)
        again, watching = _raise(_holding(book, now), now, policy) if now.reasons else (book, ())
        return again, (*told, *watching)
    muted = book.muted
    book, told = _told(book, book.state, now, policy, words=f"amended: {now.corrected}")
    book, more = _going_on(replace(book, muted=muted), now, policy)
    return book, (*told, *more)


def _clearing(book: Book, now: Situation, policy: AlertPolicy):
    """Nothing holds any more: resolved after a while."""
    since = now.time if book.clear_since is None else book.clear_since
    book = replace(book, clear_since=since)
    if now.time >= since + micro(policy.resolve_after):
        return _told(book, AlertState.RESOLVED, now, policy, words="nothing holds any more")
    return book, ()


def answer(
    book: Book,
    act: str,
    user: str,
    time: int,
    policy: AlertPolicy,
    words: str = "",
    until: int | None = None,
    ward="",
) -> tuple[Book, tuple[Transition, ...]]:
    """The book after a person's answer; an alert that does not stand, or an unknown act, changes nothing."""
    states = {
        "acknowledge": AlertState.ACKNOWLEDGED,
        "snooze": AlertState.SNOOZED,
        "dismiss": AlertState.DISMISSED,
        "escalate": AlertState.ESCALATED,
        "resume": AlertState.ALERT,
    }
    if act not in states or not book.open:
        return book, ()
    book = replace(book, until=until if act == "snooze" else None)
    return _told(book, states[act], Situation(time, ward=ward), policy, words=words, user=user)


def next_time(book: Book, policy: AlertPolicy) -> int | None:
    """When the book must be looked at again though nothing came."""
    if not book.open:
        return None
    times = [
        book.until if book.state is AlertState.SNOOZED else None,
        book.escalate_at if book.state is AlertState.ALERT else None,
        None if book.clear_since is None else book.clear_since + micro(policy.resolve_after),
    ]
    return min((t for t in times if t is not None), default=None)


def _told(book: Book, state: AlertState, now: Situation, policy, *, words="", user="", held=None):
    """The change itself; what was told, and how things stood when a person answered, is kept."""
    reasons: Iterable[Reason] = held or book.held
    made = replace(book, step=book.step + 1, state=state)
    if book.held:
        made = replace(made, level=_level(book), told=book.told | {r.name for r in book.held})
    if not user:
        made = replace(made, organs=book.organs | now.organs, points=_highest(book.points, now.points))
    if state not in OPEN:
        ended = now.time if state is AlertState.RESOLVED else None  # what was withdrawn locks nothing out
        made = replace(made, ended=ended, held=(), until=None, clear_since=None)
    if state is not AlertState.ALERT:
        made = replace(made, escalate_at=None)
    made = replace(
        made, muted=words if state is AlertState.SUPPRESSED else "", spoken=book.spoken or state in CALLING
    )
    change = Transition(
        name=f"{sha256(book.patient.encode()).hexdigest()[:20]}-{made.number}-{made.step}",
        patient=book.patient,
        alert=made.number,
        step=made.step,
        time=now.time,
        state=state,
        level=made.level.name.lower(),
        reasons=in_words(reasons),
        evidence=tuple(dict.fromkeys(m for r in reasons for m in r.evidence)),
        user=user,
        words=words,
        ward=now.ward,
        policy=policy.label,
        spoken=made.spoken,
    )
    return made, (change,)


def _highest(one: tuple, other: tuple) -> tuple:
    found = dict(one)
    for name, total in other:
        found[name] = max(total, found.get(name, total))
    return tuple(sorted(found.items()))


def merged(one: Book, other: Book, time: int, policy: AlertPolicy) -> tuple[Book, tuple[Transition, ...]]:
    """One book for two halves of one patient: the older open alert goes on, the other says that it was merged."""
    kept, left = (one, other) if one.open or not other.open else (other, one)
    if one.open and other.open and (other.since, other.patient) < (one.since, one.patient):
        kept, left = other, one
    told: tuple[Transition, ...] = ()
    if left.open:
        _, told = _told(
            left, AlertState.WITHDRAWN, Situation(time), policy, words="merged with another record"
        )
    book = replace(
        kept,
        patient=one.patient,
        number=max(one.number, other.number),
        told=one.told | other.told,
        organs=one.organs | other.organs,
        points=_highest(one.points, other.points),
        step=kept.step + left.step if kept.open else kept.step,
    )
    return book, told
