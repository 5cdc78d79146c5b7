"""What rules of alerting are worth on the stays of a log: how often they call, how often rightly, how early, and whom they miss."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import quantiles

from opensepsis.engine.semantics.time import HOUR, to_microseconds
from opensepsis.uses.shares import wilson
from opensepsis.uses.ward.model.transitions import AlertState, Transition
from opensepsis.uses.ward.workbench.replay import Replayed, Stay

CALLS = frozenset((AlertState.ALERT, AlertState.SILENT, AlertState.ESCALATED))  # told, or would have been
_DAY = 24 * HOUR


@dataclass(frozen=True)
class Window:
    """A call is right from `before` the onset of an episode to `after` it."""

    before: timedelta = timedelta(hours=24)
    after: timedelta = timedelta(hours=12)


USUAL_WINDOW = Window()


@dataclass(frozen=True)
class Call:
    """One time that somebody was called, or would have been. `new`: the first of its alert."""

    patient: str
    time: int
    ward: str
    new: bool


@dataclass(frozen=True)
class Figures:
    """The figures of one set of rules. `missed` and `found` are stays by patient and visit; hours of lead are before the onset."""

    days: float
    stays: int
    septic: int
    calls: int
    alerts: int
    alerted_stays: int
    suppressed: int
    right: int
    found: frozenset[tuple[str, str]]
    missed: tuple[Stay, ...]
    lead: tuple[float, ...] | None
    ahead: tuple[float, ...] | None  # of when the definition itself was found here

    @property
    def precision(self) -> tuple[float, float, float] | None:
        """The share of calls that were right, with its interval of 95 % (calls of one patient are taken as independent)."""
        return (self.right / self.calls, *wilson(self.right, self.calls)) if self.calls else None

    @property
    def recall(self) -> tuple[float, float, float] | None:
        """The share of septic stays with a right call, with its interval of 95 %."""
        found = self.septic - len(self.missed)
        return (found / self.septic, *wilson(found, self.septic)) if self.septic else None

    @property
    def calls_per_100_days(self) -> float:
        return self.calls / self.days * 100 if self.days else float("nan")

    @property
    def alerts_per_100_days(self) -> float:
        return self.alerts / self.days * 100 if self.days else float("nan")

    def per_nurse_and_shift(self, patients: float, shift: timedelta) -> float:
        """The calls of one nurse with so many patients in one shift, in the mean."""
        return self.calls / self.days * patients * (shift / timedelta(days=1)) if self.days else float("nan")


def calls_of(transitions: Iterable[Transition]) -> list[Call]:
    """The calls among the changes of alerts: what is told out loud, or only recorded because the ward is silent; no answers or updates."""
    found, before = [], set()
    for one in transitions:
        if one.state in CALLS and not one.user and not one.updates:
            alert = one.patient, one.alert
            found.append(Call(one.patient, one.time, one.ward, alert not in before))
            before.add(alert)
    return found


def figures(
    replayed: Replayed, calls: Sequence[Call] | None = None, window: Window = USUAL_WINDOW
) -> Figures:
    """The figures of what was replayed; `calls` are others than those of its alerts, as those of a model.

    A stay is septic when an episode begins in it; it is found when a call comes within the window about the onset.
    """
    calls = calls_of(replayed.transitions) if calls is None else calls
    by_patient: dict[str, list[Stay]] = {}
    for stay in replayed.stays:
        by_patient.setdefault(stay.patient, []).append(stay)
    before, after = to_microseconds(window.before), to_microseconds(window.after)
    right, alerted, found, lead, ahead = 0, set(), set(), {}, {}
    for call in calls:
        stay = _stay_at(by_patient.get(call.patient, ()), call.time)
        if stay is None:
            continue
        name = stay.patient, stay.visit
        alerted.add(name)
        near = [e for e in stay.episodes if e[0] - before <= call.time <= e[0] + after]
        right += bool(near)
        if near and name not in found:
            found.add(name)
            onset, known = near[0]
            lead[name], ahead[name] = (onset - call.time) / HOUR, (known - call.time) / HOUR
    septic = [stay for stay in replayed.stays if stay.episodes]
    return Figures(
        days=sum(stay.end - stay.begin for stay in replayed.stays) / _DAY,
        stays=len(replayed.stays),
        septic=len(septic),
        calls=len(calls),
        alerts=sum(call.new for call in calls),
        alerted_stays=len(alerted),
        suppressed=sum(t.state is AlertState.SUPPRESSED for t in replayed.transitions),
        right=right,
        found=frozenset(found),
        missed=tuple(stay for stay in septic if (stay.patient, stay.visit) not in found),
        lead=_quartiles(lead.values()),
        ahead=_quartiles(ahead.values()),
    )


def _stay_at(stays: Sequence[Stay], time: int) -> Stay | None:
    """The stay in which a moment lies, or that had begun last."""
    place = bisect_right(stays, time, key=lambda stay: stay.begin)
    return stays[place - 1] if place else None


def _quartiles(hours: Iterable[float]) -> tuple[float, ...] | None:
    told = sorted(hours)
    if not told:
        return None
    return tuple(quantiles(told, n=4, method="inclusive")) if len(told) > 1 else (told[0],) * 3
