"""One patient's alert as it stands, what holds at a moment, and how it changes. Times are whole microseconds (UTC)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from hashlib import sha256

from opensepsis.engine.semantics.time import HOUR
from opensepsis.uses.ward.model.transitions import AlertState, Transition
from opensepsis.uses.ward.state.alert_policy import Level

OPEN = frozenset(AlertState) - {AlertState.RESOLVED, AlertState.WITHDRAWN}
CALLING = frozenset((AlertState.ALERT, AlertState.ESCALATED))
ANSWERED = frozenset((AlertState.ACKNOWLEDGED, AlertState.SNOOZED, AlertState.DISMISSED))
SIGN = "sign "  # of what is new: a single sign, not an organ


@dataclass(frozen=True)
class Reason:
    """Something that holds now and that the policy speaks of. `name` stays the same as long as it is the same thing.

    `suppressible` by treatment, for it rests on infection. `breaks_through` answers and lockouts whatever was notified before.
    `measured` is the newest value it rests on, `found` the last moment at which it was seen to hold.
    """

    name: str
    level: Level
    words: str
    suppressible: bool = True
    evidence: tuple[int, ...] = ()
    about: str = ""  # of several reasons about the same thing only the gravest is notified
    breaks_through: bool = False
    measured: int | None = None
    found: int = 0

    @property
    def is_loud(self) -> bool:
        """Whether it is notified in spite of answers and lockouts: shock, a missed deadline."""
        return self.level is Level.CRITICAL or self.breaks_through


def in_order(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """The gravest first, among equals the newest; of several about the same thing only one.

    >>> [r.name for r in in_order([Reason("a", Level.ALERT, "", measured=1), Reason("b", Level.ALERT, "", measured=2)])]
    ['b', 'a']
    """
    gravest: dict[str, Reason] = {}
    for reason in sorted(reasons, key=lambda r: (-r.level, -(r.measured or 0), r.name)):
        gravest.setdefault(reason.about or reason.name, reason)
    return tuple(gravest.values())


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
class Told:
    """The change that notified last because of news: its name, when, and of which scores."""

    name: str
    time: int
    scores: frozenset[str]


@dataclass(frozen=True)
class AlertRecord:
    """The alert of one patient as it stands; `notified` names every reason that was notified."""

    patient: str
    number: int = 0
    step: int = 0
    state: AlertState | None = None
    level: Level = Level.WATCH
    since: int = 0
    held: tuple[Reason, ...] = ()
    notified: frozenset[str] = frozenset()
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
    spoken: bool = False  # whether it was ever notified
    ward: str = ""
    told: Told | None = None
    changed: int = 0  # the last step that was no mere answer or escalation: what an answer must have seen

    @property
    def open(self) -> bool:
        """Whether there is an alert that still stands."""
        return self.state in OPEN

    @property
    def raised(self) -> AlertState:
        """The state of an alert that was raised; ValueError where none was."""
        if self.state is None:
            raise ValueError("no alert was raised")
        return self.state


def level_of(record: AlertRecord) -> Level:
    return max(reason.level for reason in record.held)


def with_lockout(record: AlertRecord, now: AlertInputs) -> AlertRecord:
    """From now on the lockout runs, if anybody was called or would have been; after a watch that of the call before."""
    if record.state is AlertState.WATCH or not (record.spoken or record.state is AlertState.SILENT):
        return record
    return replace(record, ended=now.time, ended_aloud=record.spoken)


def to_state(
    record: AlertRecord,
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
    """The record in another state, and the change itself; what was notified, and how things stood when a person answered, is kept."""
    reasons: Iterable[Reason] = held or record.held
    made = replace(record, step=record.step + 1, state=state)
    if record.held and not user:
        made = replace(made, level=level_of(record), notified=record.notified | {r.name for r in record.held})
    if not user:
        made = replace(made, organs=record.organs | now.organs, points=highest(record.points, now.points))
        made = replace(made, changed=made.step if news else record.changed)
    if state not in ANSWERED:
        made = replace(made, answered=None)
    if state not in OPEN:
        over = with_lockout(record, now) if state is AlertState.RESOLVED else replace(record, ended=None)
        made = replace(
            made, ended=over.ended, ended_aloud=over.ended_aloud, held=(), until=None, clear_since=None
        )
    if state is not AlertState.ALERT:
        made = replace(made, escalate_at=None)
    made = replace(
        made, muted=words if state is AlertState.SUPPRESSED else "", spoken=record.spoken or state in CALLING
    )
    change = Transition(
        name=name_of(record.patient, made.number, made.step, policy.label),
        patient=record.patient,
        alert=made.number,
        step=made.step,
        time=now.time,
        state=state,
        level=made.level.name.lower(),
        reasons=in_words(reasons, now.time),
        evidence=tuple(dict.fromkeys(m for r in reasons for m in r.evidence)),
        user=user,
        words=words,
        ward=now.ward or record.ward,
        policy=policy.label,
        spoken=made.spoken and aloud,
        **links,
    )
    return made, (change,)


def name_of(patient: str, number: int, step: int, rules: str) -> str:
    """The name of a change: the same on every replay under the same rules, and nobody's identifier can be read from it.

    Other rules count other alerts and steps: one of theirs is no change that was written before.
    """
    return f"{sha256(f'{patient}|{rules}'.encode()).hexdigest()[:20]}-{number}-{step}"


def highest(one: tuple, other: tuple) -> tuple:
    found = dict(one)
    for name, total in other:
        found[name] = max(total, found.get(name, total))
    return tuple(sorted(found.items()))
