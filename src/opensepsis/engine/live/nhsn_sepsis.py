"""The NHSN draft of the Adult Sepsis Event for one stay, in plain Python: the reference for `batch/nhsn_sepsis.py`.

Days are calendar days of the chart's zone, counted from 1970.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from opensepsis.engine.live.adult_sepsis_event import DrugRun, drug_runs
from opensepsis.engine.live.chart import Chart
from opensepsis.engine.live.nhsn_dysfunction import first_dysfunction
from opensepsis.engine.live.nhsn_stay import DaysOfStay, days_of_stay
from opensepsis.engine.live.surveillance_days import blood, counted
from opensepsis.engine.semantics.stays import Episode, Stay
from opensepsis.rules import NhsnSepsisEvent

COMMUNITY, HOSPITAL = "community", "hospital"


@dataclass(frozen=True)
class SepsisWindow:
    """The days that count around a blood culture, or around treatment where there is none."""

    centre: int
    suspected: int
    first: int
    last: int
    cultured: bool = True


def nhsn_sepsis_events(phenotype: NhsnSepsisEvent, stay: Stay, chart: Chart) -> list[Episode]:
    """The events of a stay that count: none within the repeat event timeframe of the one before."""
    years = stay.arrived.years
    if stay.arrived.led_on or (years is not None and years < phenotype.lowest_age):
        return []
    days = days_of_stay(phenotype, stay, chart)
    runs = drug_runs(phenotype, chart)
    found = []
    for window in windows(phenotype, days, chart, runs):
        if event := _event(phenotype, days, chart, window, runs):
            found.append(event)
    return counted(phenotype, found, chart.calendar)


def windows(
    phenotype: NhsnSepsisEvent, days: DaysOfStay, chart: Chart, runs: list[DrugRun]
) -> list[SepsisWindow]:
    """One window for each day on which blood was taken, and that of a principal diagnosis of infection."""
    taken: dict[int, int] = {}
    for culture in blood(phenotype, chart):
        day = chart.calendar.day_of(culture.time)
        if days.first <= day <= days.last:
            taken[day] = min(taken.get(day, culture.time), culture.time)
    found = [_around(phenotype, days, day, time) for day, time in sorted(taken.items())]
    found = _merged(found) if phenotype.windows_merge else found
    if days.principal_infection and (phenotype.principal_beside_culture or not found):
        found += _without_culture(phenotype, days, chart, runs)
    return found


def _around(phenotype, days: DaysOfStay, day: int, suspected: int, cultured: bool = True) -> SepsisWindow:
    reach = phenotype.window_days
    return SepsisWindow(day, suspected, max(day - reach, days.first), min(day + reach, days.last), cultured)


def _merged(found: list[SepsisWindow]) -> list[SepsisWindow]:
    """Windows that share a day as one; its culture is the first."""
    merged: list[SepsisWindow] = []
    for window in found:
        if merged and window.first <= merged[-1].last:
            before = merged.pop()
            window = SepsisWindow(before.centre, before.suspected, before.first, window.last)
        merged.append(window)
    return merged


def _without_culture(phenotype, days: DaysOfStay, chart: Chart, runs) -> Iterator[SepsisWindow]:
    """The window of a principal diagnosis: around the first new parenteral drug of the stay, or presentation."""
    if phenotype.centred_on_presentation:
        yield _around(phenotype, days, days.presented, days.presented_at, cultured=False)
        return
    given = [r.parenteral_time for r in runs if r.parenteral and days.first <= r.first <= days.last]
    if given:
        first = min(given)
        yield _around(phenotype, days, chart.calendar.day_of(first), first, cultured=False)


def _event(phenotype, days: DaysOfStay, chart: Chart, window: SepsisWindow, runs) -> Episode | None:
    """The event of one window: its baselines and its number of days are those of the onset they lead to."""
    orders = (HOSPITAL, COMMUNITY) if phenotype.hospital_onset_first else (COMMUNITY, HOSPITAL)
    for kind in orders if window.cultured else (COMMUNITY,):
        treated = qualifying_days(phenotype, days, window, runs, kind)
        failed = first_dysfunction(phenotype, days, chart, window, kind) if treated else None
        if failed is None:
            continue
        marks = [treated[0], chart.calendar.day_of(failed), *([window.centre] if window.cultured else [])]
        onset = min(marks)
        if _kind(phenotype, days, onset) == kind:
            return Episode(
                onset=chart.calendar.begins(onset),
                known=days.stay.discharged,
                suspected=window.suspected,
                organ_failure=failed,
                onset_type=kind,
            )
    return None


def _kind(phenotype: NhsnSepsisEvent, days: DaysOfStay, day: int) -> str:
    return HOSPITAL if day - days.presented + 1 >= phenotype.hospital_from_day else COMMUNITY


def qualifying_days(
    phenotype: NhsnSepsisEvent, days: DaysOfStay, window: SepsisWindow, runs: list[DrugRun], kind: str
) -> list[int]:
    """The qualifying antimicrobial days of a window, enough for that onset; empty when there are not."""
    starts = sorted({r.first for r in runs if window.first <= r.first <= window.last})
    for start in starts[:1] if phenotype.only_first_new else starts:
        given = _in_a_row(days, start, [r for r in runs if r.first >= start])
        parenteral = any(r.parenteral and r.first in given and r.first <= window.last for r in runs)
        if parenteral and (len(given) >= phenotype.days_needed or _enough(phenotype, days, given, kind)):
            return given
    return []


def _in_a_row(days: DaysOfStay, start: int, runs: list[DrugRun]) -> list[int]:
    given, day = [], start
    while day <= days.last and any(r.first <= day <= r.last for r in runs):
        given.append(day)
        day += 1
    return given


def _enough(phenotype: NhsnSepsisEvent, days: DaysOfStay, given: list[int], kind: str) -> bool:
    """Whether fewer days suffice: treatment was cut short, or the patient went home with an infection as principal diagnosis."""
    ends = [day for day in days.ends if day >= given[0]]
    if ends and given[-1] >= min(ends) - 1:
        return True
    home = kind == COMMUNITY and days.principal_infection and days.discharged_alive
    return home and len(given) >= phenotype.days_needed_discharged_alive and given[-1] >= days.last - 1
