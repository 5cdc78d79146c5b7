"""The NHSN draft of bacteremia events for one stay, in plain Python: the reference for `batch/nhsn_bacteremia.py`."""

from collections.abc import Iterable
from dataclasses import dataclass

from opensepsis.engine.live.chart import Chart
from opensepsis.engine.live.surveillance_days import blood
from opensepsis.engine.semantics.calendar import Calendar
from opensepsis.engine.semantics.organism_names import Growth, read_growth
from opensepsis.engine.semantics.organism_taxa import community_associated, taxon
from opensepsis.engine.semantics.stays import Episode, Stay
from opensepsis.rules import NhsnBacteremia

OUTPATIENT, COMMUNITY, HOSPITAL = "outpatient", "community", "hospital"


@dataclass(frozen=True)
class Culture:
    """Blood taken at one moment that grew something: which organisms, when all of them were known, and what event it could be."""

    time: int
    known: int
    organisms: frozenset[str]
    kind: str


def nhsn_bacteremias(phenotype: NhsnBacteremia, stay: Stay, chart: Chart) -> list[Episode]:
    """At most one outpatient, one community and one hospital onset event."""
    if stay.arrived.led_on:
        return []
    cultures = positive_cultures(phenotype, stay, chart)
    before: set[str] = set()
    found = []
    for kind in (OUTPATIENT, COMMUNITY, HOSPITAL):
        mine = [c for c in cultures if c.kind == kind]
        standing = [c for c in mine if _stands(phenotype, c, before)]
        if standing:
            index = standing[0]
            found.append(
                Episode(
                    onset=index.time,
                    known=index.known,
                    suspected=index.time,
                    onset_type=kind,
                    strata=_strata(phenotype, stay, chart, index),
                )
            )
        joined = mine if phenotype.earlier_growth else standing
        before = before.union(*(c.organisms for c in joined))
    return sorted(found, key=lambda e: e.onset)


def positive_cultures(phenotype: NhsnBacteremia, stay: Stay, chart: Chart) -> list[Culture]:
    """The blood of each moment of the stay that grew a bacterium or fungus other than a commensal, in order of time."""
    arrived, calendar = stay.arrived, chart.calendar
    grown: dict[int, list[tuple[str, int]]] = {}
    for row in blood(phenotype, chart):
        name, growth = read_growth(phenotype.commensals, row.text)
        if growth is Growth.PATHOGEN and arrived.presented <= row.time <= stay.discharged:
            known = max(row.time, row.known)
            grown.setdefault(row.time, []).append((taxon(phenotype.taxa, name), known))
    return [
        Culture(
            time,
            max(known for _, known in rows),
            frozenset(organism for organism, _ in rows),
            _kind(phenotype, stay, time, calendar),
        )
        for time, rows in sorted(grown.items())
    ]


def _kind(phenotype: NhsnBacteremia, stay: Stay, time: int, calendar: Calendar) -> str:
    """By the place at the moment of collection, and in an inpatient location by the inpatient day."""
    on_ward = stay.on_ward
    if stay.arrived.by_itself or time < on_ward:
        return OUTPATIENT
    inpatient_day = calendar.day_of(time) - calendar.day_of(on_ward) + 1
    return COMMUNITY if inpatient_day <= phenotype.community_days else HOSPITAL


def _stands(phenotype: NhsnBacteremia, culture: Culture, before: set[str]) -> bool:
    """Whether a culture is none of an earlier event's organisms."""
    if phenotype.each_organism:
        return bool(culture.organisms - before)
    return not culture.organisms & before


def _strata(phenotype: NhsnBacteremia, stay: Stay, chart: Chart, index: Culture) -> str | None:
    """By what an event is counted apart, in words with a stroke between."""
    years = stay.arrived.years
    told = [] if years is None else ["adult" if years >= phenotype.adult_age else "paediatric"]
    told += ["neutropenia"] if _neutropenic(phenotype, chart, index.time) else []
    told += ["community_associated"] if _any_community(phenotype, index.organisms) else []
    return "|".join(told) or None


def _any_community(phenotype: NhsnBacteremia, organisms: Iterable[str]) -> bool:
    return any(community_associated(phenotype.taxa, organism) for organism in organisms)


def _neutropenic(phenotype: NhsnBacteremia, chart: Chart, time: int) -> bool:
    rule, day_of = phenotype.neutropenia, chart.calendar.day_of
    series = chart.high.series[rule.neutrophils.name]  # where limits were given, low for certain
    low = {
        day_of(t)
        for t, value in zip(series.times, series.values, strict=True)
        if value < rule.below and abs(day_of(t) - day_of(time)) <= rule.within_days
    }
    return len(low) >= rule.days
