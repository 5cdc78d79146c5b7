"""How one patient's alert goes on: a pure function of how it stood, what holds now, and the policy.

An alert is one conversation about one patient. It is raised once, answered by a person, and raised again only for news: a new
organ, a set rise, shock, a missed deadline, the end of a snooze, or an answer that is too old. Times are whole microseconds (UTC).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from hashlib import sha256

from opensepsis.engine.semantics.time import HOUR, to_microseconds
from opensepsis.uses.ward.model.transitions import AlertState, Transition
from opensepsis.uses.ward.state.alert_policy import AlertPolicy, Level

OPEN = frozenset(AlertState) - {AlertState.RESOLVED, AlertState.WITHDRAWN}
CALLING = frozenset((AlertState.ALERT, AlertState.ESCALATED))
ANSWERED = frozenset((AlertState.ACKNOWLEDGED, AlertState.SNOOZED, AlertState.DISMISSED))
COMFORT_CARE, TREATED = "comfort care", "already treated"
CHANGED = "not taken: it changed since it was looked at"
NOT_MY_PATIENT = "not my patient"
SIGN = "sign "  # of what is new: a single sign, not an organ


@dataclass(frozen=True)
class Reason:
    """Something that holds now and that the policy speaks of. `name` stays the same as long as it is the same thing.

    `suppressible` by treatment, for it rests on infection. `breaks_through` answers and lockouts whatever was told before.
    `measured` is the newest value it rests on, `found` the last moment at which it was seen to hold.
    """

    name: str
    level: Level
    words: str
    suppressible: bool = True
    evidence: tuple[int, ...] = ()
    about: str = ""  # of several reasons about the same thing only the gravest is told
    breaks_through: bool = False
    measured: int | None = None
    found: int = 0

    @property
    def is_loud(self) -> bool:
        """Whether it is told in spite of answers and lockouts: shock, a missed deadline."""
        return self.level is Level.CRITICAL or self.breaks_through


def in_order(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """The gravest first, among equals the newest; of several about the same thing only one.

    >>> [r.name for r in in_order([Reason("a", Level.ALERT, "", measured=1), Reason("b", Level.ALERT, "", measured=2)])]
    ['b', 'a']
    """
    told: dict[str, Reason] = {}
    for reason in sorted(reasons, key=lambda r: (-r.level, -(r.measured or 0), r.name)):
        told.setdefault(reason.about or reason.name, reason)
    return tuple(told.values())


def in_words(reasons: Iterable[Reason], now: int | None = None) -> tuple[str, ...]:
    """The reasons in words and in order. With `now`, how old each of them is.

    >>> in_words([Reason("news2>=5", Level.WATCH, "NEWS2 7", about="news2"), Reason("b", Level.ALERT, "NEWS2 7!", about="news2")])
    ('NEWS2 7!',)
    >>> in_words([Reason("news2>=7", Level.ALERT, "NEWS2 13", measured=0)], 29 * HOUR)
    ('NEWS2 13, 29 h ago',)
    """
    return tuple(f"{reason.words}{_age(reason.measured, now)}" for reason in in_order(reasons))


def _age(measured: int | None, now: int | None) -> str:
    """How long ago, from an hour on."""
    hours = 0 if measured is None or now is None else (now - measured) // HOUR
    return f", {hours} h ago" if hours >= 1 else ""


@dataclass(frozen=True)
class AlertInputs:
    """What holds for a patient at a moment.

    `unclear` names reasons that cannot be judged now (a partial score): those stay as they were. `corrected` are words on what
    was corrected since the last look; `stood` names reasons that held when last found in spite of it. `organs` are those with
    enough points, `points` the totals that can rise.
    """

    time: int
    reasons: tuple[Reason, ...] = ()
    unclear: frozenset[str] = frozenset()
    corrected: str = ""
    stood: frozenset[str] = frozenset()
    organs: frozenset[str] = frozenset()
    points: tuple[tuple[str, int], ...] = ()
    treated: bool = False
    lapsed: str = (
        ""  # why what was suppressed by treatment may speak up: it is over, or the patient got worse
    )
    recheck: int | None = None  # when the treatment is over though nothing comes
    comfort_care: bool = False
    gone: str = ""  # left, or died
    ward: str = ""


@dataclass(frozen=True)
class AlertRecord:
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
    standing: tuple[frozenset[str], tuple[tuple[str, int], ...]] = (
        frozenset(),
        (),
    )  # organs and points at the last look
    clear_since: int | None = None
    ended: int | None = None  # when it was resolved or settled: the lockout runs from there
    ended_aloud: bool = False
    answered: int | None = None
    muted: str = ""  # why it is suppressed
    recheck: int | None = None
    spoken: bool = False  # whether it was ever told out loud
    ward: str = ""
    changed: int = 0  # the last step that was no mere answer or escalation: what an answer must have seen

    @property
    def open(self) -> bool:
        """Whether there is an alert that still stands."""
        return self.state in OPEN


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
    if book.state is not AlertState.WATCH and _level(book) is Level.WATCH:
        return _settling(book, now, policy)
    return _going_on(replace(book, clear_since=None), now, policy)


def _left(book: AlertRecord, now: AlertInputs, policy: AlertPolicy):
    """The patient left: nothing is locked out, for a discharge may be cancelled."""
    book, told = _told(book, AlertState.RESOLVED, now, policy, words=now.gone)
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
        return _told(book, book.state, now, policy, words=words, moved_from=from_, news=False)
    return book, ()


def _holding(book: AlertRecord, now: AlertInputs) -> AlertRecord:
    """What holds: what is found now, and what was held before and cannot be judged, unless a correction took it away."""
    names = {reason.name for reason in now.reasons}
    kept = tuple(
        r
        for r in book.held
        if r.name in now.unclear and r.name not in names and not (now.corrected and r.name not in now.stood)
    )
    return replace(book, held=(*now.reasons, *kept), recheck=now.recheck, standing=(now.organs, now.points))


def _level(book: AlertRecord) -> Level:
    return max(reason.level for reason in book.held)


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
    if _level(book) > Level.WATCH and not _news(book, now, policy):
        return book, ()
    return _speak(fresh, now, policy)


def _speak(book: AlertRecord, now: AlertInputs, policy: AlertPolicy, words: str = "", moved_from: str = ""):
    """The state in which what holds is told: watch, silent, suppressed or out loud."""
    said = {"words": words, "moved_from": moved_from}
    level = _level(book)
    if level is Level.WATCH:
        return _told(book, AlertState.WATCH, now, policy, **said)
    muted = _muted(book, now)
    quiet = book.state not in OPEN or book.state is AlertState.WATCH
    if muted and (quiet or now.comfort_care or not _news(book, now, policy)):
        return _told(book, AlertState.SUPPRESSED, now, policy, words=muted, moved_from=moved_from)
    if policy.is_silent(now.ward):
        return _told(book, AlertState.SILENT, now, policy, **said)
    book = replace(book, escalate_at=now.time + to_microseconds(policy.escalate_after))
    return _told(book, AlertState.ALERT, now, policy, **said)


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
    state = book.state
    if state is AlertState.WATCH:
        return _watched(book, now, policy)
    if state is AlertState.SUPPRESSED:
        return _suppressed(book, now, policy)
    if now.comfort_care and state in CALLING:
        return _told(book, AlertState.SUPPRESSED, now, policy, words=COMFORT_CARE)
    if now.comfort_care:
        return book, ()
    news = _news(book, now, policy)
    if not news and _level(book) > book.level:
        news = "the level rose"
    if state in ANSWERED and (news or (news := _too_old(book, now, policy))):
        return _speak(book, now, policy, words=news)
    late = state is AlertState.ALERT and book.escalate_at is not None and now.time >= book.escalate_at
    if news and state is AlertState.ESCALATED and _is_loud(book):
        return _speak(book, now, policy, words=news)  # another call, which wants an answer of its own
    if news:
        return _told(book, AlertState.ESCALATED if late else state, now, policy, words=news)
    if late:
        return _told(book, AlertState.ESCALATED, now, policy, words="nobody answered", news=False)
    return book, ()


def _watched(book: AlertRecord, now: AlertInputs, policy: AlertPolicy):
    """What is watched calls when it rises; after a call that settled, only for news until the lockout is over."""
    if _level(book) is Level.WATCH:
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


def _ended(book: AlertRecord, now: AlertInputs) -> AlertRecord:
    """From now on the lockout runs, if anybody was called or would have been; after a watch that of the call before."""
    if book.state is AlertState.WATCH or not (book.spoken or book.state is AlertState.SILENT):
        return book
    return replace(book, ended=now.time, ended_aloud=book.spoken)


def _settling(book: AlertRecord, now: AlertInputs, policy: AlertPolicy):
    """Only what is worth watching holds: back to watching after a while; from then on the lockout runs."""
    book = replace(book, clear_since=now.time if book.clear_since is None else book.clear_since)
    if now.time >= book.clear_since + to_microseconds(policy.resolve_after):
        book = replace(_ended(book, now), clear_since=None)
        return _told(book, AlertState.WATCH, now, policy, words="settled")
    return book, ()


def _lost(before: AlertRecord, book: AlertRecord, now: AlertInputs) -> tuple[Reason, ...]:
    """What a correction took away; what only passed, or fell to a lower limit of the same score, is none of it."""
    names, about = {r.name for r in book.held} | now.stood, {(r.about, r.level) for r in book.held if r.about}
    return tuple(r for r in before.held if r.name not in names and (r.about, r.level) not in about)


def _corrected(book: AlertRecord, lost: tuple[Reason, ...], now: AlertInputs, policy: AlertPolicy):
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


def _clearing(book: AlertRecord, now: AlertInputs, policy: AlertPolicy):
    """Nothing holds any more: resolved after a while."""
    since = now.time if book.clear_since is None else book.clear_since
    book = replace(book, clear_since=since)
    if now.time >= since + to_microseconds(policy.resolve_after):
        return _told(book, AlertState.RESOLVED, now, policy, words="nothing holds any more")
    return book, ()


def answer(
    book: AlertRecord,
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
    """The book after a person's answer to step `seen` of an alert; an alert that does not stand, or an unknown act, changes nothing.

    An answer to an alert that has changed since then is not taken, and that is recorded.
    """
    states = {
        "acknowledge": AlertState.ACKNOWLEDGED,
        "snooze": AlertState.SNOOZED,
        "dismiss": AlertState.DISMISSED,
        "escalate": AlertState.ESCALATED,
        "resume": AlertState.ALERT,
    }
    if act not in states or not book.open:
        return book, ()
    if has_changed(book, alert, seen):
        return _told(
            book, book.state, AlertInputs(time, ward=ward), policy, words=f"{act} {CHANGED}", user=user, aloud=False
        )  # fmt: skip
    if act == "dismiss" and words.startswith(
        NOT_MY_PATIENT
    ):  # says nothing of the patient: others are called on
        return _told(
            book, book.state, AlertInputs(time, ward=ward), policy, words=words, user=user, aloud=False
        )
    organs, points = book.standing  # what was seen is what a rise is measured from
    book = replace(book, organs=organs, points=tuple(sorted((dict(book.points) | dict(points)).items())))
    book = replace(book, until=until if act == "snooze" else None, answered=time)
    if act == "resume":
        book = replace(book, escalate_at=time + to_microseconds(policy.escalate_after))
    return _told(book, states[act], AlertInputs(time, ward=ward), policy, words=words, user=user)


def has_changed(book: AlertRecord, alert: int | None, seen: int | None) -> bool:
    """Whether the alert is another, or says something else, than when somebody looked at it; an answer that names none is taken."""
    return (alert is not None and alert != book.number) or (seen is not None and seen < book.changed)


def next_time(book: AlertRecord, policy: AlertPolicy) -> int | None:
    """When the book must be looked at again though nothing came."""
    state, holding = book.state, bool(book.held) and _level(book) > Level.WATCH
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


def _told(
    book: AlertRecord,
    state: AlertState,
    now: AlertInputs,
    policy,
    *,
    words="",
    user="",
    held=None,
    news=True,
    aloud=True,
    **links,
):
    """The change itself; what was told, and how things stood when a person answered, is kept."""
    reasons: Iterable[Reason] = held or book.held
    made = replace(book, step=book.step + 1, state=state)
    if book.held and not user:
        made = replace(made, level=_level(book), told=book.told | {r.name for r in book.held})
    if not user:
        made = replace(made, organs=book.organs | now.organs, points=_highest(book.points, now.points))
        made = replace(made, changed=made.step if news else book.changed)
    if state not in ANSWERED:
        made = replace(made, answered=None)
    if state not in OPEN:
        over = _ended(book, now) if state is AlertState.RESOLVED else replace(book, ended=None)
        made = replace(
            made, ended=over.ended, ended_aloud=over.ended_aloud, held=(), until=None, clear_since=None
        )
    if state is not AlertState.ALERT:
        made = replace(made, escalate_at=None)
    made = replace(
        made, muted=words if state is AlertState.SUPPRESSED else "", spoken=book.spoken or state in CALLING
    )
    change = Transition(
        name=name_of(book.patient, made.number, made.step),
        patient=book.patient,
        alert=made.number,
        step=made.step,
        time=now.time,
        state=state,
        level=made.level.name.lower(),
        reasons=in_words(reasons, now.time),
        evidence=tuple(dict.fromkeys(m for r in reasons for m in r.evidence)),
        user=user,
        words=words,
        ward=now.ward or book.ward,
        policy=policy.label,
        spoken=made.spoken and aloud,
        **links,
    )
    return made, (change,)


def name_of(patient: str, number: int, step: int) -> str:
    """The name of a change: the same on every replay, and nobody's identifier can be read from it."""
    return f"{sha256(patient.encode()).hexdigest()[:20]}-{number}-{step}"


def _highest(one: tuple, other: tuple) -> tuple:
    found = dict(one)
    for name, total in other:
        found[name] = max(total, found.get(name, total))
    return tuple(sorted(found.items()))


def merged(
    one: AlertRecord, other: AlertRecord, time: int, policy: AlertPolicy
) -> tuple[AlertRecord, tuple[Transition, ...]]:
    """One book for two halves of one patient: an alert of the half that ends is told as merged into that of the half that goes on.

    Of two open alerts the one that calls goes on, else the older; each half's changes keep the name of their patient.
    """
    kept = other if other.open and (not one.open or _rank(other) < _rank(one)) else one
    number = one.number if one.open or not other.open else one.number + 1
    book = replace(
        kept,
        patient=one.patient,
        number=number,
        step=one.step if one.open else 0 if other.open else one.step,
        since=min((b.since for b in (one, other) if b.open), default=kept.since),
        told=one.told | other.told,
        organs=one.organs | other.organs,
        points=_highest(one.points, other.points),
        spoken=one.spoken or other.spoken if one.open else other.spoken if other.open else one.spoken,
        ended=max((b.ended for b in (one, other) if b.ended is not None), default=None),
        ended_aloud=one.ended_aloud or other.ended_aloud,
    )
    if not other.open:
        return book, ()
    into, from_ = (one.patient, number), (other.patient, other.number)
    gone, here = AlertInputs(time, ward=other.ward), AlertInputs(time, ward=kept.ward)
    _, ended = _told(
        other, AlertState.WITHDRAWN, gone, policy, words="merged into another record", merged_into=into
    )
    muted = book.muted
    book, begun = _told(book, book.state, here, policy, words="goes on from a merged record", replaces=from_)
    return replace(book, muted=muted), (*ended, *begun)


def _rank(book: AlertRecord) -> tuple:
    """What goes on of two open alerts: one that calls, then the older."""
    return book.state not in CALLING, book.since, book.patient
