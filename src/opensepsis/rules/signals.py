"""Signals: a number, known or not, for one patient at one moment. A closed set of nodes; each engine knows them all.

Windows are half-open: `over=hours(24)` at m is (m − 24 h, m].
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from opensepsis.rules.concepts import Concept
from opensepsis.rules.conditions import Compare, Condition, Flag, OneOf, leaves
from opensepsis.rules.doses import DoseRule


@dataclass(frozen=True, eq=False, kw_only=True)
class Signal:
    """A number at a moment. Comparing it with a limit gives a condition."""

    name: str
    label: str
    unit: str = ""

    def __lt__(self, limit: float) -> Condition:
        return Compare(self, "<", limit)

    def __le__(self, limit: float) -> Condition:
        return Compare(self, "≤", limit)

    def __gt__(self, limit: float) -> Condition:
        return Compare(self, ">", limit)

    def __ge__(self, limit: float) -> Condition:
        return Compare(self, "≥", limit)

    def one_of(self, *words: str) -> OneOf:
        """A condition on a word signal."""
        return OneOf(self, words)

    @property
    def holds(self) -> Condition:
        """A yes or no: true while the signal is above zero."""
        return Flag(self)

    def __repr__(self) -> str:
        return f"<signal {self.name}>"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Latest(Signal):
    """The last measurement in (m − valid, m]; without `valid`, the one made at this very moment.

    Of something done it is 1 when it was done, else not known. Observed when it is less than an hour old, else carried.
    """

    concept: Concept
    valid: timedelta | None = None


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Lowest(Signal):
    """The lowest measurement in the window; known only when it holds `at_least` so many."""

    concept: Concept
    over: timedelta
    at_least: int = 1


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Highest(Signal):
    """The highest measurement in the window."""

    concept: Concept
    over: timedelta


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Total(Signal):
    """The sum over the window, known only when charting covers the whole of it.

    A record covers the time back to the one before if that is at most `longest_gap` away. A record without one covers the
    time back to the last event of `since` (an admission) if that is at most `longest_gap` away, and at least
    `first_covers`. Amounts below zero went in and are taken off; the total is not known where the last record is below
    zero, as nothing came out since, or where it is itself below zero.
    """

    concept: Concept
    over: timedelta
    first_covers: timedelta
    longest_gap: timedelta
    since: Concept | None = None


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class MeanRate(Signal):
    """A total per hour of its window and, when `per` is given, per unit of that signal (kg)."""

    total: Total
    per: Signal | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class RoomAir:
    """The share of oxygen while a patient is charted as breathing air.

    That is so at m when, of the intervals of `device`, those that began last up to m are all charted as `word` and one
    of them still runs, nothing of `unless` runs, and neither a share above `value` nor a `flow` above 0 was measured last
    since they began.
    """

    device: Concept
    word: str
    value: float
    unless: Running
    flow: Concept


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Ratio(Signal):
    """Numerator by denominator, paired in time: the denominator measured last in [n − paired_within, n],
    n being the moment of the numerator. On `room_air` the denominator is that of air."""

    numerator: Latest
    denominator: Concept
    paired_within: timedelta
    room_air: RoomAir | None = None


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Denominator(Signal):
    """What a ratio divides by, at the moments of its numerator."""

    ratio: Ratio


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Plus(Signal):
    """The sum of its parts; not known when one of them is not."""

    parts: tuple[Signal, ...]


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Running(Signal):
    """The rate of what runs now; 1 for things without a rate; 0 when nothing runs.

    When several run, the rates of different origins add up, each at its highest; with `highest` the highest of all counts.

    It counts from `for_at_least` after the start of the merged run, gaps up to `bridging` included. A rate of 0 is
    no infusion. A running infusion of unknown rate counts as just above 0. `words`: only intervals with these texts.
    With `unknown_unless_charted`, nothing running is not known, unless an interval with another text runs. It counts
    on for `lingers` after its end. `salts`: a rate with this text ("" for none) is divided by this number.
    """

    concept: Concept
    for_at_least: timedelta = timedelta(0)
    bridging: timedelta = timedelta(0)
    words: tuple[str, ...] = ()
    not_words: tuple[str, ...] = ()
    unknown_unless_charted: bool = False
    lingers: timedelta = timedelta(0)
    salts: tuple[tuple[str, float], ...] = ()
    highest: bool = False


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Rise(Signal):
    """The measurement less the lowest in the window that ends with it, which must hold `at_least` so many."""

    measured: Latest
    over: timedelta
    at_least: int = 1


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Count(Signal):
    """How many were recorded in the window; 0 when none."""

    concept: Concept
    over: timedelta


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class CountDoses(Count):
    """At how many moments in the window a dose (`ingredient|route`) of one of these drugs counts; 0 when at none."""

    drugs: tuple[str, ...]
    doses: DoseRule


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Since(Signal):
    """Hours since the last record; not known when there is none."""

    concept: Concept


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class FirstKnown(Signal):
    """The first of several signals that is known."""

    parts: tuple[Signal, ...]


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class CarriedDuringInterval(Signal):
    """The signal itself; while `during` runs, its last value within `back` before that run began (carried), if any."""

    signal: Signal
    during: Running
    back: timedelta


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Assumed(Signal):
    """The signal itself; while `during` runs, a value taken by policy (assumed)."""

    signal: Signal
    during: Running
    value: float


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Rounded(Signal):
    """The signal rounded half up to so many decimals."""

    signal: Signal
    decimals: int


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ValueBeforeInterval(Signal):
    """While `during` runs: the signal's last value within `back` before that run began (carried), else `otherwise`
    (assumed). Not known while it does not run. It speaks for as long as the run lasts."""

    signal: Signal
    during: Running
    back: timedelta
    otherwise: float | None = None


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class WithinLast(Signal):
    """The last known value of the signal at its own moments in (m − within, m]."""

    signal: Signal
    within: timedelta


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class HighestWithin(Signal):
    """The highest value of the signal at its own moments in (m − over, m]; known only where the signal itself is."""

    signal: Signal
    over: timedelta


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Linear(Signal):
    """The signal × times ÷ by + plus."""

    signal: Signal
    times: float = 1.0
    by: float = 1.0
    plus: float = 0.0


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Quotient(Signal):
    """top × times ÷ bottom, of the same moment; not known when either is not, or the bottom is 0."""

    top: Signal
    bottom: Signal
    times: float = 1.0


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class CountActive(Signal):
    """How many of these run."""

    parts: tuple[Running, ...]


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Age(Signal):
    """Whole calendar months since birth, by the days of the hospital; not known before it."""

    concept: Concept


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class BackCalculated(Signal):
    """The creatinine (mg/dL) at which the MDRD equation gives `egfr` for this age and sex, race left out:
    eGFR = `factor` × creatinine^-1.154 × years^-0.203 × 0.742 (female). Not known without both, or below 18 years."""

    age: Age
    sex: Latest
    egfr: float
    factor: float


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class LogisticRisk(Signal):
    """A risk per `per`: the odds e^(intercept + terms), times those of `odds`. A term is its coefficient × (signal + plus)^power,
    or the coefficient of the word. Not known without every term; odds whose word is not known are left out."""

    intercept: float
    terms: tuple[tuple[Signal, float, float, float], ...]  # signal, coefficient, plus, power
    words: tuple[tuple[Signal, tuple[tuple[str, float], ...]], ...] = ()
    odds: tuple[tuple[Signal, tuple[tuple[str, float], ...]], ...] = ()
    per: float = 1000


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class SinceAmount(Signal):
    """Hours since the amounts recorded from m − over on, both ends included, added up to `amount`, per unit of `per` (kg);
    not known when they do not, or `per` is not."""

    concept: Concept
    amount: float
    per: Signal
    over: timedelta


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class InARow(Signal):
    """How many readings in a row met the condition, the last at this moment and none before `since` was reached.

    A reading is a moment at which something of the condition was recorded and tells whether it holds; 0 at one that
    does not meet it. Not known between readings, or as long as `since` is not.
    """

    condition: Condition
    since: SinceAmount

    @property
    def read(self) -> tuple[Signal, ...]:
        """The signals the condition compares."""
        return tuple(dict.fromkeys(leaf.signal for leaf in leaves(self.condition)))
