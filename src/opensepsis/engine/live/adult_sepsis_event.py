"""The CDC Adult Sepsis Event for one stay, in plain Python: the reference for `batch/adult_sepsis_event.py`.

Days are calendar days of the chart's zone, counted from 1970.
"""

from dataclasses import dataclass

from opensepsis.data.intake.text_codes import kind_of_place
from opensepsis.engine.live.chart import Chart
from opensepsis.engine.live.surveillance_days import (
    Window,
    blood,
    counted,
    new_starts,
    onset_type,
    too_young,
    windows,
)
from opensepsis.engine.semantics.doses import listed_dose
from opensepsis.engine.semantics.organism_names import diagnosis_is
from opensepsis.engine.semantics.stays import Episode, Stay
from opensepsis.rules import AdultSepsisEvent, LabFailure, NhsnSepsisEvent


@dataclass(frozen=True)
class DrugRun:
    """One drug from a first dose that was new to its last: days without a dose in between count with it."""

    first: int
    last: int
    parenteral: bool  # given by vein or muscle on its first day
    parenteral_time: int | None = None  # and when first


def adult_sepsis_events(phenotype: AdultSepsisEvent, stay: Stay, chart: Chart) -> list[Episode]:
    """The adult sepsis events of a stay that count."""
    if too_young(phenotype, stay):
        return []
    runs = drug_runs(phenotype, chart)
    found = []
    for window in windows(phenotype, stay, blood(phenotype, chart), chart.calendar):
        treated = qualifying_days(phenotype, stay, chart, window, runs)
        if treated and (event := _event(phenotype, stay, chart, window, treated[0])):
            found.append(event)
    return counted(phenotype, found, chart.calendar)


def drug_runs(phenotype: AdultSepsisEvent | NhsnSepsisEvent, chart: Chart) -> list[DrugRun]:
    """Every run of a qualifying drug: a dose after so many days without the drug begins a new one."""
    days: dict[
        str, dict[int, int | None]
    ] = {}  # of each drug its days, and when it was first given by vein or muscle
    for concept in phenotype.antimicrobials:
        for dose in chart.standing(concept.name):
            if read := listed_dose(phenotype.drugs, dose.text):
                drug, parenteral = read
                given = days.setdefault(drug, {})
                day = chart.calendar.day_of(dose.time)
                times = [t for t in (given.get(day), dose.time if parenteral else None) if t is not None]
                given[day] = min(times, default=None)
    runs = []
    for given in days.values():
        first = last = min(given)
        for day in sorted(given):
            if day - last > phenotype.new_after_days:
                runs.append(_run(first, last, given))
                first = day
            last = day
        runs.append(_run(first, last, given))
    return runs


def _run(first: int, last: int, given: dict[int, int | None]) -> DrugRun:
    return DrugRun(first, last, given[first] is not None, given[first])


def qualifying_days(phenotype, stay: Stay, chart: Chart, window: Window, runs: list[DrugRun]) -> list[int]:
    """The qualifying antimicrobial days that make a presumed infection around a culture; empty when none."""
    starts = sorted({r.first for r in runs if window.first <= r.first <= window.last})
    for start in starts[:1] if phenotype.only_first_new else starts:
        days = _days_in_a_row(window, start, [r for r in runs if r.first >= start])
        parenteral = any(r.parenteral and r.first in days and r.first <= window.last for r in runs)
        if parenteral and (
            len(days) >= phenotype.days_needed or _cut_short(phenotype, stay, chart, start, days[-1])
        ):
            return days
    return []


def _days_in_a_row(window: Window, start: int, runs: list[DrugRun]) -> list[int]:
    days, day = [], start
    while day <= window.stay_last and any(r.first <= day <= r.last for r in runs):
        days.append(day)
        day += 1
    return days


def _cut_short(phenotype: AdultSepsisEvent, stay: Stay, chart: Chart, start: int, last: int) -> bool:
    """Whether treatment went on to the day of, or before, death, transfer or comfort care."""
    ends = [day for day in _ends(phenotype, stay, chart) if day >= start]
    return bool(ends) and last >= min(ends) - 1


def _ends(phenotype: AdultSepsisEvent, stay: Stay, chart: Chart) -> list[int]:
    day_of = chart.calendar.day_of
    left = day_of(stay.discharged)
    ends = [day_of(stay.died)] if stay.died is not None else []
    if (
        phenotype.places
        and kind_of_place(phenotype.places, stay.discharged_to or "") in phenotype.cut_short_by
    ):
        ends.append(left)
    if phenotype.comfort_care:
        ends += [day_of(e.time) for e in chart.standing(phenotype.comfort_care.name)]
    return [day for day in ends if day <= left]


def _event(
    phenotype: AdultSepsisEvent, stay: Stay, chart: Chart, window: Window, treated: int
) -> Episode | None:
    """The event of one window, its baselines chosen so that they fit the onset they lead to."""
    orders = ("hospital", "community") if phenotype.hospital_onset_first else ("community", "hospital")
    for kind in orders:
        failed = organ_failure(phenotype, chart, window, kind)
        if failed is None:
            continue
        onset = min(window.culture, treated, chart.calendar.day_of(failed))
        if onset_type(phenotype, window, onset) == kind:
            return Episode(
                onset=chart.calendar.begins(onset),
                known=stay.discharged,
                suspected=window.suspected,
                organ_failure=failed,
                onset_type=kind,
            )
    return None


def organ_failure(phenotype: AdultSepsisEvent, chart: Chart, window: Window, kind: str) -> int | None:
    """The first moment of new organ failure in the window, by the baselines of that onset."""
    moments = [t for s in phenotype.support for t, _ in new_starts(s, chart) if window.holds(t)]
    for lab in phenotype.labs:
        if not _ruled_out(phenotype, lab, chart, window):
            moments += _failing(lab, chart, window, kind)
    return min(moments, default=None)


def _ruled_out(phenotype: AdultSepsisEvent, lab: LabFailure, chart: Chart, window: Window) -> bool:
    if not lab.not_with or phenotype.diagnosis is None:
        return False
    coded = [e for e in chart.standing(phenotype.diagnosis.name) if diagnosis_is(lab.not_with, e.text)]
    return any(chart.calendar.day_of(e.time) <= window.stay_last for e in coded)


def _failing(lab: LabFailure, chart: Chart, window: Window, kind: str) -> list[int]:
    """The moments in the window at which a value fails against its baseline."""
    hard, easy = (chart.low, chart.high) if lab.rises else (chart.high, chart.low)  # where limits were given
    series, others = hard.series[lab.concept.name], easy.series[lab.concept.name]
    values = list(zip(series.times, series.values, strict=True))
    against = list(zip(others.times, others.values, strict=True))
    inside = [(t, v) for t, v in values if window.holds(t)]
    day_of = window.calendar.day_of
    stay = [v for t, v in against if window.stay_first <= day_of(t) <= window.stay_last]
    base = [v for t, v in against if window.holds(t)] if kind == "hospital" else stay
    if not inside:
        return []
    baseline = min(base) if lab.rises else max(base)
    if lab.baseline_at_least is not None and baseline < lab.baseline_at_least:
        return []
    return [t for t, v in inside if _fails(lab, v, baseline)]


def _fails(lab: LabFailure, value: float, baseline: float) -> bool:
    past, reached = True, True
    if lab.limit is not None:
        past = value >= lab.limit if lab.rises else value < lab.limit
    if lab.times is not None:
        reached = value >= lab.times * baseline if lab.rises else value <= lab.times * baseline
    return past and reached
