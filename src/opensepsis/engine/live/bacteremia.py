"""Bacteremia and the shock event that rests on it, for one stay: the reference for `batch/bacteremia.py`."""

from opensepsis.engine.live.chart import Chart, Event
from opensepsis.engine.live.surveillance_days import (
    blood,
    counted,
    new_starts,
    onset_type,
    too_young,
    windows,
)
from opensepsis.engine.semantics.calendar import Calendar
from opensepsis.engine.semantics.organism_names import Growth, read_growth
from opensepsis.engine.semantics.stays import Episode, Stay
from opensepsis.rules import Bacteremia, BacteremiaShock

PositiveCulture = tuple[int, int]  # when blood was taken that shows growth, and when that could be known


def bacteremias(phenotype: Bacteremia, stay: Stay, chart: Chart) -> list[Episode]:
    """One episode for each run of growth in blood that counts."""
    day_of = chart.calendar.day_of
    first, last = day_of(stay.admitted) - phenotype.days_before_stay, day_of(stay.discharged)
    groups: list[list[PositiveCulture]] = []
    for found in sorted(growths(phenotype, chart)):
        if not first <= day_of(found[0]) <= last:
            continue
        if groups and day_of(found[0]) - day_of(groups[-1][-1][0]) <= phenotype.episode_days:
            groups[-1].append(found)
        else:
            groups.append([found])
    return [Episode(onset=g[0][0], known=g[0][1], suspected=g[0][0]) for g in groups]


def growths(phenotype: Bacteremia, chart: Chart) -> list[PositiveCulture]:
    """Every moment at which blood was taken that shows a pathogen, or a commensal that grew often enough."""
    rows = [(e, *read_growth(phenotype.commensals, e.text)) for e in blood(phenotype, chart)]
    found: dict[int, int] = {}
    for event, name, growth in rows:
        known = None
        if growth is Growth.PATHOGEN:
            known = max(event.time, event.known)
        elif growth is Growth.COMMENSAL:
            known = _often_enough(
                phenotype, event, [e for e, other, _ in rows if other == name], chart.calendar
            )
        if known is not None:
            found[event.time] = min(found.get(event.time, known), known)
    return list(found.items())


def _often_enough(phenotype: Bacteremia, event: Event, same: list[Event], calendar: Calendar) -> int | None:
    """When it was known that a commensal grew in enough specimens on these days; None when it did not."""
    day = calendar.day_of(event.time)
    specimens: dict[tuple[int, str | None], int] = {}
    for other in same:
        if abs(calendar.day_of(other.time) - day) <= phenotype.days_apart:
            key, known = (other.time, other.origin), max(other.time, other.known)
            specimens[key] = min(specimens.get(key, known), known)
    own = specimens.pop((event.time, event.origin))
    others = sorted(specimens.values())
    if len(others) < phenotype.cultures_needed - 1:
        return None
    return max([own, *others[: phenotype.cultures_needed - 1]])


def shock_events(phenotype: BacteremiaShock, stay: Stay, chart: Chart) -> list[Episode]:
    """Blood with a recognised pathogen, and a new vasopressor in the window around it."""
    if too_young(phenotype, stay):
        return []
    calendar = chart.calendar
    grown = [
        e for e in blood(phenotype, chart) if read_growth(phenotype.commensals, e.text)[1] is Growth.PATHOGEN
    ]
    starts = [start for support in phenotype.support for start in new_starts(support, chart)]
    found = []
    for window in windows(phenotype, stay, grown, calendar):
        inside = [(t, max(t, known)) for t, known in starts if window.holds(t)]
        if not inside:
            continue
        reported = min(max(e.time, e.known) for e in grown if calendar.day_of(e.time) == window.culture)
        time, known = min(inside)
        found.append(
            Episode(
                onset=calendar.begins(calendar.day_of(time)),
                known=max(known, reported),
                suspected=window.suspected,
                shock=time,
                onset_type=onset_type(phenotype, window, calendar.day_of(time)),
            )
        )
    return counted(phenotype, found, calendar)
