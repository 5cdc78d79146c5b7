"""Whether a patient is treated already, from when to when, and whether the patient got worse since. Times in whole microseconds (UTC)."""

from dataclasses import dataclass
from typing import cast

from opensepsis.definitions.scores import SCORES
from opensepsis.engine.live.chart import current_versions
from opensepsis.engine.semantics.doses import dose_counts
from opensepsis.engine.semantics.time import to_microseconds
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.state.patient import Patient

DOSE, ORDER = "antibiotic", "antibiotic_order"


@dataclass(frozen=True)
class Treatment:
    """`treated` suppresses a first call; `over` says why one that is suppressed may speak up; `until` when that is if nothing comes."""

    treated: bool = False
    over: str = "not treated"
    until: int | None = None


def treatment_of(patient: Patient, now: int, policy: AlertPolicy) -> Treatment:
    """What a dose that counts, or an order that nobody is late with, makes of the calls that rest on infection."""
    doses, orders = (_times(patient, name, now, policy) for name in (DOSE, ORDER))
    dose = max(doses, default=None)
    waiting = [t for t in orders if dose is None or t > dose]
    order = min(
        (t for t in waiting if dose is not None or t > now - to_microseconds(policy.treated_within)),
        default=None,
    )
    overdue = None if order is None else order + to_microseconds(policy.ordered_within)
    ends = [
        t
        for t in (overdue, None if dose is None else dose + to_microseconds(policy.lapsed_after))
        if t is not None and t > now
    ]
    if not ends:
        return Treatment(
            over="an order was not carried out"
            if dose is None and order is not None
            else "no treatment for long"
        )
    since = dose if dose is not None else cast(int, order)
    if worse := _worse(patient, since, now, policy):
        return Treatment(over=worse)
    fresh = (dose is not None and now < dose + to_microseconds(policy.treated_within)) or (
        overdue is not None and now < overdue
    )
    return Treatment(fresh, "", max(ends))


def _times(patient: Patient, name: str, now: int, policy: AlertPolicy) -> list[int]:
    """When doses that count were given, or ordered, in the time that can matter."""
    chart, found = patient.bedside.chart, list[tuple[str, int]]()
    if name not in chart.series:
        return []
    times = chart.series[name].times
    for time in reversed(times[: chart.series[name].last(now) + 1]):
        if now - time >= 2 * to_microseconds(policy.lapsed_after):
            break
        doses = current_versions(chart.seen[name][time], chart.concepts[name].kind)
        found += [
            (dose.origin or str(time), time) for dose in doses if dose_counts(policy.treating, dose.text)
        ]
    if name == ORDER:  # one that is said again was ordered when it was said first
        return list(dict(found).values())
    return [time for _, time in found]


def _worse(patient: Patient, since: int, now: int, policy: AlertPolicy) -> str:
    """What rose since a dose; where a score was not known then, since it was first known."""
    refused = patient.refusals(now)
    for name in policy.rise_of:
        score = SCORES[name]
        if score not in patient.watching.shown or name in refused:
            continue
        total = patient.bedside.points(score, now).total
        before = _total_from(patient, score, since, now)
        if total is not None and before is not None and total >= before + policy.rise:
            return f"{name} rose by {total - before} since the treatment"
    return ""


def _total_from(patient: Patient, score, since: int, now: int) -> int | None:
    """A score's total at a moment, else the first that is known after it."""
    total = patient.bedside.points(score, since).total
    if total is not None or patient.ticks is None:
        return total
    return next((t for time, t in patient.ticks.of((score,), now) if time >= since and t is not None), None)
