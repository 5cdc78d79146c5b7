"""What the board shows, as plain values: made by the ward from its state, drawn by `web/`. Times in microseconds (UTC)."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class InputView:
    """One input of a row: what it is in words, its value as shown, when, from which message; or missing, stale or ended."""

    what: str
    value: str = ""
    time: int | None = None
    message: int | None = None
    standing: str = "measured"  # measured, stale, ended, missing, preliminary, not scored, not counted
    note: str = ""
    marks: tuple[str, ...] = ()  # why somebody should look at the value before acting on it
    reference: str = ""  # the reference range that its sender told


@dataclass(frozen=True)
class RowView:
    """One row of a score: its points (None: not known), on what basis, and why in words."""

    name: str
    title: str
    points: int | None
    basis: str
    words: str
    inputs: tuple[InputView, ...] = ()


@dataclass(frozen=True)
class ScoreView:
    """One score now: a total of the known rows, how many are known, and the totals before (time, total)."""

    name: str
    title: str
    total: int | None
    rows_known: int
    of_rows: int
    rows: tuple[RowView, ...]
    trend: tuple[tuple[int, int], ...] = ()
    refused: str = ""  # why this score is not made for this patient
    grave: str = ""  # high or medium, where the total has reached such a band


@dataclass(frozen=True)
class TaskView:
    """One task of a clock: its state, its window, what was done; `by_hand` when a person ticked it."""

    clock: str
    clock_title: str
    arm: str
    trigger: str
    zero: int
    zero_known: int
    task: str
    title: str
    state: str
    due_from: int | None
    due_by: int | None
    done: int | None
    by_hand: int | None
    order: str | None
    reason: str
    evidence: tuple[int, ...] = ()
    manual: bool = False  # no feed shows it: only a person can tick it


@dataclass(frozen=True)
class AimView:
    """Something to be held without a deadline: below, within, above or not known."""

    clock_title: str
    title: str
    standing: str
    value: str = ""
    time: int | None = None
    verified: bool = True


@dataclass(frozen=True)
class SetAsideView:
    """A measurement that a person put down to a chronic condition: why, by whom, until when."""

    concept: str
    label: str
    reason: str
    by: str
    until: int | None


@dataclass(frozen=True)
class StartView:
    """A suspicion of infection that a person stated, and what it started."""

    trigger: str
    title: str
    zero: int
    by: str


@dataclass(frozen=True)
class ReceiptView:
    """What became of a change of an alert at one of those who are told: `taken` when it arrived, else how it stands in words."""

    outlet: str
    taken: int | None
    words: str = ""


@dataclass(frozen=True)
class StepView:
    """One change of an alert."""

    time: int
    state: str
    level: str
    reasons: tuple[str, ...]
    user: str = ""
    words: str = ""
    receipts: tuple[ReceiptView, ...] = ()


@dataclass(frozen=True)
class ReasonView:
    """Why an alert stands, in words, and when the newest value it rests on was measured."""

    words: str
    level: str
    measured: int | None = None


@dataclass(frozen=True)
class AlertView:
    """The alert of a patient as it stands, with its history. `level` is watch, alert or critical."""

    number: int
    state: str
    level: str
    since: int
    reasons: tuple[str, ...]
    until: int | None = None
    history: tuple[StepView, ...] = ()
    step: int = 0  # what an answer names
    changed: int = 0  # and the earliest step that it may name
    why: tuple[ReasonView, ...] = ()  # the gravest first, among equals the newest
    unanswered: bool = False  # a call that waits for somebody


@dataclass(frozen=True)
class NextAct:
    """The one thing to do next for a patient: `acknowledge` the alert, `tick` what no feed shows, or `do` what a feed will show."""

    act: str
    words: str
    due: int | None = None
    task: TaskView | None = None


@dataclass(frozen=True)
class ResponseView:
    """NEWS2's own answer: how often to measure, whom to call, when the next set of observations is due (None: continuously)."""

    band: str
    frequency: str
    response: str
    due: int | None
    source: str
    at_least: bool = False  # rows are not known: the true answer may be a higher one
    missing: tuple[str, ...] = ()  # of the set of observations, never measured


@dataclass(frozen=True)
class PlaceView:
    """Where a patient was: a ward, a bed, and since when."""

    ward: str
    bed: str
    since: int


@dataclass(frozen=True)
class SeriesView:
    """One line of the timeline plot: a vital sign or laboratory value with its unit, or a span of treatment."""

    concept: str
    title: str
    unit: str
    group: str  # vitals, labs, treatments, scores
    times: tuple[int, ...] = ()
    values: tuple[float, ...] = ()
    spans: tuple[tuple[int, int | None, str], ...] = ()
    reference: tuple[float | None, float | None] | None = (
        None  # what is usual in a healthy adult, or the sender's own range
    )
    sent_range: bool = False  # whether it is the range that the sender told with the last value
    thresholds: tuple[tuple[float, str], ...] = ()  # where a definition begins to count it, and which


@dataclass(frozen=True)
class FlagView:
    """What stands on the record, in its words: isolation, code status; since when."""

    words: str
    since: int


@dataclass(frozen=True)
class BedView:
    """One line of the board. `key` is a random token, so that no address holds an identifier."""

    key: str
    name: str
    ward: str
    bed: str
    age: float | None
    sex: str
    admitted: int
    scores: tuple[ScoreView, ...]  # without rows' inputs
    organs: tuple[tuple[str, int | None], ...]  # SOFA row by row
    phenotypes: tuple[str, ...]
    alert: AlertView | None
    next_due: TaskView | None
    tasks_open: int
    comfort_care: bool
    last_heard: int | None
    stale: tuple[str, ...] = ()  # groups of values that are older than they may be
    told: int = 0  # how many facts have come about the patient
    chart: str = ""  # which chart is taken where the age is not known
    record: str = ""  # the number under which the hospital knows the patient
    authority: str = ""  # who gave that number
    born: int | None = None
    same_name: bool = False  # somebody else on the ward has the same name
    pregnant: bool = False
    child: bool = False
    moved_from: PlaceView | None = None  # of a transfer in the last day
    merged: tuple[str, ...] = ()  # other record numbers of the same person
    marks: tuple[str, ...] = ()  # of values that somebody should check
    next_act: NextAct | None = None
    consultant: str = ""  # who attends the visit, where the feed says so
    flags: tuple[FlagView, ...] = ()


@dataclass(frozen=True)
class LetterView:
    """A change of an alert that could not be delivered: to whom, which, of when, and what came of the last of its tries."""

    outlet: str
    number: int
    time: int
    state: str
    ward: str
    tries: int
    words: str


@dataclass(frozen=True)
class PatientView:
    """Everything of one patient's page."""

    bed: BedView
    scores: tuple[ScoreView, ...]
    why_now: tuple[InputView, ...]
    tasks: tuple[TaskView, ...]
    series: tuple[SeriesView, ...]
    rejected: tuple[InputView, ...]
    left: int | None = None
    values_since: int = 0  # measured after the patient left
    aims: tuple[AimView, ...] = ()
    set_aside: tuple[SetAsideView, ...] = ()
    may_set_aside: tuple[tuple[str, str], ...] = ()  # concept and label
    started: tuple[StartView, ...] = ()  # by persons, and not taken back
    response: ResponseView | None = None
    places: tuple[PlaceView, ...] = ()  # of this visit, the first first


@dataclass(frozen=True)
class FeedView:
    """How one feed does: last message, how many, how many dead, silent since when its limit passed."""

    name: str
    last: int | None
    messages: int
    dead: int
    silent_since: int | None
    unmapped: tuple[tuple[str, str, int], ...] = ()  # system, code, how many
    unused: tuple[tuple[str, int], ...] = ()  # kinds of messages and what in them no reader uses, how many


@dataclass(frozen=True)
class IdentityView:
    """Counts of patients whose values may be another's.

    Those who have values and no ward, names and births that stand under two numbers, numbers under which two births came.
    `shared`: feeds whose numbers without an issuer are taken for one another's, as an older version did. `parted`: patients here who
    were one with another until the database was brought up to date. `left`: patients who were discharged and have values measured since,
    `values_since` these values.
    """

    without_ward: int = 0
    twice: int = 0
    two_births: int = 0
    shared: tuple[str, ...] = ()
    parted: int = 0
    left: int = 0
    values_since: int = 0


@dataclass(frozen=True)
class LeftView:
    """Somebody who was discharged and has vital signs since: whose page, and when the last was measured."""

    key: str
    record: str
    left: int
    measured: int


@dataclass(frozen=True)
class Notice:
    """Something about the ward itself that everybody who looks at it must know.

    `kind` is starting, clock, storage, backlog or parted; `healthy` when the ward does its work all the same.
    """

    kind: str
    words: str
    healthy: bool = False


@dataclass(frozen=True)
class ListenerView:
    """What an MLLP listener did since it began: messages by their answer (AA, AE, AR), frames without their end, connections.

    `dropped`: how many connections were ended, by reason.
    """

    feed: str
    answered: Mapping[str, int]
    unended: int
    open: int
    dropped: Mapping[str, int]
