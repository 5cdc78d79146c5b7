"""Organ dysfunction of the NHSN draft in a window, as community and as hospital onset ask it. Plain Python."""

from collections.abc import Iterator
from itertools import pairwise

from opensepsis.engine.live.chart import Chart
from opensepsis.engine.live.nhsn_stay import DaysOfStay
from opensepsis.engine.live.surveillance_days import new_starts
from opensepsis.engine.semantics.time import to_microseconds
from opensepsis.rules import LabDysfunction, LowPressure, NhsnSepsisEvent

Ran = list[tuple[int, float]]  # start and end of what ran


def first_dysfunction(
    phenotype: NhsnSepsisEvent, days: DaysOfStay, chart: Chart, window, kind: str
) -> int | None:
    """The first moment of organ dysfunction in the window by the rules of that onset."""
    day_of = chart.calendar.day_of
    moments = [*_circulation(phenotype, chart, kind), *_lungs(phenotype, chart, window, kind)]
    moments = [moment for moment in moments if window.first <= day_of(moment) <= window.last]
    for lab in phenotype.labs:
        if not days.coded(lab.not_with, phenotype.excluded_only_on_admission):
            moments += _failing(phenotype, lab, days, chart, window, kind)
    return min(moments, default=None)


def _circulation(phenotype: NhsnSepsisEvent, chart: Chart, kind: str) -> Iterator[int]:
    """Low pressures and new vasopressors; in hospital only those that are new or follow hypotension."""
    day_of = chart.calendar.day_of
    low = low_pressures(phenotype.pressure, chart)
    low_days = {day_of(moment) for moment in low}
    running = [run for drug in phenotype.support for run in ran(chart, drug.concept.name)]

    def treated(day: int) -> bool:
        return ran_on(chart, running, day)

    for moment in low:
        day = day_of(moment) - 1
        if kind == "community" or not (day in low_days or treated(day)):
            yield moment
    for drug in phenotype.support:
        for start, _ in new_starts(drug, chart):
            if kind == "community" or phenotype.added_vasopressor or not treated(day_of(start) - 1):
                yield start


def low_pressures(rule: LowPressure, chart: Chart) -> list[int]:
    """The moments that complete two low readings; with `from_first` those that begin them."""
    low: dict[int, bool] = {}
    for concept, limit in ((rule.systolic, rule.systolic_below), (rule.mean, rule.mean_below)):
        series = chart.high.series[concept.name]  # where limits were given, low for certain
        for moment, value in zip(series.times, series.values, strict=True):
            low[moment] = low.get(moment, False) or value < limit
    asked = sorted(low) if rule.in_a_row else sorted(moment for moment in low if low[moment])
    pairs = [
        (one, other)
        for one, other in pairwise(asked)
        if low[one] and low[other] and other - one <= to_microseconds(rule.within)
    ]
    return [pair[0 if rule.from_first else 1] for pair in pairs]


def ran(chart: Chart, concept: str, words: tuple[str, ...] = ()) -> Ran:
    """Start and end of what ran, at a rate above 0 where one is told."""
    there = [
        (e.time, chart.end_of(e))
        for e in chart.standing(concept)
        if (not words or e.text in words) and (e.value is None or e.value > 0)
    ]
    return [(start, end) for start, end in there if start < end]


def ran_on(chart: Chart, runs: Ran, day: int) -> bool:
    """Whether something ran on a calendar day."""
    from_, to = chart.calendar.begins(day), chart.calendar.begins(day + 1)
    return any(start < to and end > from_ for start, end in runs)


def _lungs(phenotype: NhsnSepsisEvent, chart: Chart, window, kind: str) -> Iterator[int]:
    """When invasive ventilation ran on a day of the window, or support by mask or high flow began on two days in a row."""
    rule = phenotype.ventilated
    tube = ran(chart, rule.ventilation.name, rule.invasive)
    mask = ran(chart, rule.ventilation.name, rule.noninvasive) + ran(chart, rule.oxygen.name, rule.devices)
    for day in range(window.first, window.last + 1):
        intubated_before = ran_on(chart, tube, day - 1)
        if ran_on(chart, tube, day) and (kind == "community" or not intubated_before):
            yield _first_on(chart, tube, day)
        new = ran_on(chart, mask, day) and not ran_on(chart, mask, day - 1)
        if new and ran_on(chart, mask, day + 1) and (kind == "community" or not intubated_before):
            yield _first_on(chart, mask, day)


def _first_on(chart: Chart, runs: Ran, day: int) -> int:
    from_, to = chart.calendar.begins(day), chart.calendar.begins(day + 1)
    return min(max(start, from_) for start, end in runs if start < to and end > from_)


def _failing(
    phenotype: NhsnSepsisEvent, lab: LabDysfunction, days: DaysOfStay, chart: Chart, window, kind: str
) -> list[int]:
    """The moments in the window at which a value fails against the baseline of that onset."""
    hard, easy = (chart.low, chart.high) if lab.rises else (chart.high, chart.low)  # where limits were given
    series, others = hard.series[lab.concept.name], easy.series[lab.concept.name]
    day_of, sex = chart.calendar.day_of, days.stay.arrived.sex
    inside = [
        (t, v)
        for t, v in zip(series.times, series.values, strict=True)
        if window.first <= day_of(t) <= window.last
    ]
    if lab.times is None:
        return [t for t, v in inside if _past(lab, v, sex)]
    first, last = _baseline_days(phenotype, days, window, kind)
    against = [v for t, v in zip(others.times, others.values, strict=True) if first <= day_of(t) <= last]
    baseline = _baseline(phenotype, lab, days, against, kind)
    if baseline is None or (
        kind in lab.asked_of and lab.baseline_at_least is not None and baseline < lab.baseline_at_least
    ):
        return []
    reached = lab.times * baseline
    return [t for t, v in inside if _past(lab, v, sex) and (v >= reached if lab.rises else v <= reached)]


def _baseline_days(phenotype: NhsnSepsisEvent, days: DaysOfStay, window, kind: str) -> tuple[int, int]:
    """The days whose best value is the baseline."""
    if kind == "community":
        return days.first, days.last
    before = phenotype.hospital_baseline_before
    return (window.first, window.last) if before is None else (days.first, window.centre - before)


def _baseline(
    phenotype, lab: LabDysfunction, days: DaysOfStay, measured: list[float], kind: str
) -> float | None:
    """The best value measured, or the assumed one where that is better; None when there is neither."""
    best = min if lab.rises else max
    assumed = lab.assumed_of(days.stay.arrived.sex)
    spared = days.coded(lab.assumed_unless, only_on_admission=True)
    if kind == "community" and (days.dead or days.hospice) and assumed is not None and not spared:
        return assumed if phenotype.assumed_replaces else best([*measured, assumed])
    return best(measured) if measured else None


def _past(lab: LabDysfunction, value: float, sex: str | None) -> bool:
    limit = lab.limit_of(sex)
    if not lab.rises:
        return value < limit
    return value > limit if lab.strictly else value >= limit
