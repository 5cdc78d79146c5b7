"""Episodes of one patient's stay, in plain Python: the reference for `batch/phenotypes.py`.

Times are whole microseconds. `ticks` are (time, total of each score in the order of `scores_of`), in order of time.
"""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import replace

from opensepsis.engine.live.adult_sepsis_event import adult_sepsis_events
from opensepsis.engine.live.availability import first_computable_at
from opensepsis.engine.live.bacteremia import bacteremias, shock_events
from opensepsis.engine.live.chart import Chart, Event
from opensepsis.engine.live.criteria import EvaluationTimes, Knowing, criteria_met, worsened
from opensepsis.engine.live.infusions import step_function
from opensepsis.engine.live.nhsn_bacteremia import nhsn_bacteremias
from opensepsis.engine.live.nhsn_sepsis import nhsn_sepsis_events
from opensepsis.engine.live.retractions import withdrawn_suspicions
from opensepsis.engine.semantics.doses import dose_counts
from opensepsis.engine.semantics.limits import ends
from opensepsis.engine.semantics.perspective import Perspective
from opensepsis.engine.semantics.specimens import is_from
from opensepsis.engine.semantics.stays import Episode, Stay, Suspicion
from opensepsis.engine.semantics.time import to_microseconds
from opensepsis.rules import (
    AdultSepsisEvent,
    Bacteremia,
    BacteremiaShock,
    Baseline,
    Concept,
    CriteriaMet,
    Infection,
    NhsnBacteremia,
    NhsnSepsisEvent,
    OrganFailure,
    Shock,
    Worsened,
)

Risen = tuple[
    int, int, int, int
]  # a tick, its total, the baseline, the latest tick that the baseline rests on


def suspicions(infection: Infection, chart: Chart) -> list[Suspicion]:
    """Every moment at which infection was suspected, each with the earliest knowledge of it."""
    read = infection.culture.name, infection.antibiotic.name
    return chart.worked_out(id(infection), read, lambda: _suspicions(infection, chart))


def _suspicions(infection: Infection, chart: Chart) -> list[Suspicion]:
    cultures = [e for e in _first_known(infection.culture, chart) if is_from(infection.specimens, e.text)]
    antibiotics = [
        e for e in _first_known(infection.antibiotic, chart) if dose_counts(infection.given, e.text)
    ]
    found: dict[int, int] = {}
    for time, known in _courses(infection, antibiotics):
        for culture in cultures:
            if _paired(infection, time, culture.time):
                at, when = min(time, culture.time), max(time, known, culture.time, culture.known)
                found[at] = min(found.get(at, when), when)
    return [Suspicion(*item) for item in sorted(found.items())]


def _first_known(concept: Concept, chart: Chart) -> list[Event]:
    return [replace(e, known=chart.first_known(e)) for e in chart.standing(concept.name)]


def _courses(infection: Infection, antibiotics: list[Event]) -> Iterator[tuple[int, int]]:
    """Time and knowledge of the doses that belong to a course with enough doses."""
    course: list[Event] = []
    for dose in [*sorted(antibiotics, key=lambda e: (e.time, e.known)), None]:
        if course and (dose is None or dose.time - course[-1].time > to_microseconds(infection.dose_gap)):
            if len({d.time for d in course}) >= infection.doses:
                enough = sorted(_known_by_time(course).values())[infection.doses - 1]
                yield from ((d.time, max(d.known, enough)) for d in course)
            course = []
        if dose:
            course.append(dose)


def _known_by_time(course: list[Event]) -> dict[int, int]:
    known: dict[int, int] = {}
    for dose in course:
        known[dose.time] = min(known.get(dose.time, dose.known), dose.known)
    return known


def _paired(infection: Infection, antibiotic: int, culture: int) -> bool:
    if antibiotic <= culture:
        return culture - antibiotic <= to_microseconds(infection.culture_within)
    return antibiotic - culture <= to_microseconds(infection.antibiotic_within)


def infections(infection: Infection, stay: Stay, chart: Chart) -> list[list[Suspicion]]:
    """The suspicions that count for a stay, those close to one another together: one list an episode."""
    found = suspicions(infection, chart)
    groups = _grouped(infection, stay, found)
    if stay.judged is not Perspective.NOW:
        gone = withdrawn_suspicions(infection, chart, found, lambda then: _suspicions(infection, then))
        groups += _grouped(infection, stay, gone)
    return groups


def _grouped(infection: Infection, stay: Stay, suspicions: list[Suspicion]) -> list[list[Suspicion]]:
    groups: list[list[Suspicion]] = []
    for suspicion in suspicions:
        if not stay.admitted - to_microseconds(infection.before_stay) <= suspicion.time <= stay.discharged:
            continue
        if groups and suspicion.time - groups[-1][-1].time < to_microseconds(infection.apart):
            groups[-1].append(suspicion)
        else:
            groups.append([suspicion])
    return groups


def infection_episodes(infection: Infection, stay: Stay, chart: Chart) -> list[Episode]:
    """Suspected infection: one episode per course."""
    first = [group[0] for group in infections(infection, stay, chart)]
    return [Episode(s.time, s.known, s.time, withdrawn=s.withdrawn) for s in first]


def organ_failures(
    phenotype: OrganFailure, stay: Stay, chart: Chart, ticks: EvaluationTimes
) -> list[Episode]:
    """Infection with organ failure: for each course of infection the first suspicion that has it."""
    found = []
    for group in infections(phenotype.infection, stay, chart):
        risen = ((s, _risen(phenotype, s, ticks)) for s in group)
        suspicion, rise = next(((s, r) for s, r in risen if r), (None, []))
        if suspicion:
            found.append(_organ_failure(phenotype, suspicion, rise, stay, chart))
    return [e for e in found if stood(e)]


def stood(episode: Episode) -> bool:
    """Whether an episode could be found before what it rests on was withdrawn."""
    return episode.withdrawn is None or episode.known < episode.withdrawn


def _organ_failure(
    phenotype: OrganFailure, suspicion: Suspicion, rise: list[Risen], stay: Stay, chart: Chart
) -> Episode:
    time, total, lowest, latest = rise[0]
    known = max(suspicion.known, time, latest)
    if stay.judged is Perspective.IN_RETROSPECT:
        asked = [(t, (low + phenotype.by,)) for t, _, low, _ in rise]
        known = first_computable_at([phenotype.score], chart, asked, known)
    return Episode(
        onset=min(suspicion.time, time),
        known=known,
        suspected=suspicion.time,
        organ_failure=time,
        points=total,
        baseline=lowest,
        withdrawn=suspicion.withdrawn,
    )


def _risen(phenotype: OrganFailure, suspicion: Suspicion, ticks: EvaluationTimes) -> list[Risen]:
    """The ticks in the window at which the score has risen enough."""
    at = suspicion.time
    window = _known_between(
        ticks, at - to_microseconds(phenotype.before), at + to_microseconds(phenotype.after)
    )
    latest, lowest = 0, 0
    if phenotype.baseline is Baseline.LOWEST_AROUND_SUSPICION:
        around = _known_between(
            ticks,
            at - to_microseconds(phenotype.baseline_before),
            at + to_microseconds(phenotype.baseline_after),
        )
        if not around:
            return []
        lowest, latest = min((p, t) for t, p in around)
        window = [(t, p) for t, p in window if t >= at]
    elif phenotype.baseline is Baseline.WINDOW_START and window:
        lowest = window[0][1]
    so_far = phenotype.baseline is Baseline.LOWEST_SO_FAR
    lowest = window[0][1] if so_far and window else lowest
    found = []
    for time, total in window:
        lowest = min(lowest, total) if so_far else lowest
        if total - lowest >= phenotype.by:
            found.append((time, total, lowest, latest))
    return found


def _known_between(ticks: EvaluationTimes, from_: int, to: int) -> list[tuple[int, int]]:
    """The ticks from one moment to another, both included, at which the total is known."""
    first, last = bisect_left(ticks, (from_,)), bisect_left(ticks, (to + 1,))
    return [(time, total) for time, total in ticks[first:last] if total is not None]


def _knowing(stay: Stay, chart: Chart) -> Knowing | None:
    """Tells from when on ticks could be found; None where each is as it was known at its hour."""
    in_retrospect = stay.judged is Perspective.IN_RETROSPECT
    return (
        (lambda scores, asked, from_: first_computable_at(scores, chart, asked, from_))
        if in_retrospect
        else None
    )


def shocks(phenotype: Shock, stay: Stay, chart: Chart, ticks: EvaluationTimes) -> list[Episode]:
    """Sepsis with a vasopressor and a high lactate: at most one shock for each course of sepsis."""
    found, pairs = [], _vasopressors_with_lactate(phenotype, chart)
    for sepsis in organ_failures(phenotype.sepsis, stay, chart, ticks):
        limit = min(sepsis.onset + to_microseconds(phenotype.until), ticks[-1][0])
        first = None
        for pair in pairs:
            if first is not None and _both_there(pair) > first[0]:
                break
            found_here = _shock_moment(phenotype, sepsis.onset, limit, pair, chart)
            first = min((m for m in (first, found_here) if m is not None), default=None)
        if first is not None:
            shock, known, start = first
            known = max(known, sepsis.known)
            if stay.judged is Perspective.IN_RETROSPECT:
                known = first_computable_at([phenotype.supported], chart, [(start, (1,))], known)
            found.append(replace(sepsis, onset=shock, known=known, shock=shock))
    return [e for e in found if stood(e)]


def _vasopressors_with_lactate(phenotype: Shock, chart: Chart) -> list[tuple[int, float, int, int]]:
    """All pairs of a vasopressor with a high lactate, in the order in which both were there."""
    read = phenotype.lactate.name, *(drug.concept.name for drug in phenotype.vasopressors)
    return chart.worked_out(
        ("pairs", id(phenotype)),
        read,
        lambda: sorted(_vasopressor_and_lactate(phenotype, chart), key=_both_there),
    )


def _both_there(pair: tuple[int, float, int, int]) -> int:
    start, _, lactate, _ = pair
    return max(start, lactate)


def _vasopressor_and_lactate(phenotype: Shock, chart: Chart) -> Iterator[tuple[int, float, int, int]]:
    """Start and end of each stretch of vasopressor with each high lactate near it: start, end, lactate, known."""
    lactates = [
        (e.time, max(e.time, e.known))
        for e in chart.standing_measures(phenotype.lactate.name)
        if e.value is not None and ends(phenotype.lactate, e.value, e.text)[0] > phenotype.lactate_above
    ]
    near = to_microseconds(phenotype.paired_within)
    for drug in phenotype.vasopressors:
        times, values, _ = step_function(drug, chart)
        for i, (start, value) in enumerate(zip(times, values, strict=True)):
            end = times[i + 1] if i + 1 < len(times) else float("inf")
            if value:
                yield from (
                    (start, end, at, known)
                    for at, known in lactates
                    if start - at <= near and at - end <= near
                )


def _shock_moment(
    phenotype: Shock, onset: int, limit: int, pair, chart: Chart
) -> tuple[int, int, int] | None:
    """When the shock began by one pair, when its lactate was known, and since when its vasopressor counted."""
    start, end, lactate, known = pair
    near = to_microseconds(phenotype.paired_within)
    if end + near < onset or lactate + near < onset:
        return None
    first = max(start, lactate, onset)
    last = min(end + near, lactate + near, limit)
    candidates = [first]
    if phenotype.fluid:
        times = chart.series[phenotype.fluid.name].times
        candidates += [t for t in times if first < t <= last]
    for moment in candidates:
        if moment <= limit and _fluids_given(phenotype, moment, chart):
            return moment, max(moment, known), start
    return None


def _fluids_given(phenotype: Shock, moment: int, chart: Chart) -> bool:
    if not phenotype.fluid or not phenotype.weight:
        return True
    weights = chart.series[phenotype.weight.name]
    last = weights.last(moment)
    if last < 0:
        return False
    given = chart.series[phenotype.fluid.name]
    volume = sum(given.values[given.between(moment - to_microseconds(phenotype.fluid_over), moment)])
    return volume / 1000 / weights.values[last] >= phenotype.fluid_at_least


def episodes(phenotype, stay: Stay, chart: Chart, ticks: EvaluationTimes) -> list[Episode]:
    """Every episode of a phenotype in a stay."""
    match phenotype:
        case Infection():
            return infection_episodes(phenotype, stay, chart)
        case OrganFailure():
            return organ_failures(phenotype, stay, chart, ticks)
        case Shock():
            return shocks(phenotype, stay, chart, ticks)
        case AdultSepsisEvent():
            return adult_sepsis_events(phenotype, stay, chart)
        case NhsnBacteremia():
            return nhsn_bacteremias(phenotype, stay, chart)
        case NhsnSepsisEvent():
            return nhsn_sepsis_events(phenotype, stay, chart)
        case CriteriaMet():
            groups = infections(phenotype.infection, stay, chart)
            return [e for e in criteria_met(phenotype, groups, ticks, _knowing(stay, chart)) if stood(e)]
        case Worsened():
            groups = infections(phenotype.after.infection, stay, chart)
            return [e for e in worsened(phenotype, groups, ticks, _knowing(stay, chart)) if stood(e)]
        case Bacteremia():
            return bacteremias(phenotype, stay, chart)
        case BacteremiaShock():
            return shock_events(phenotype, stay, chart)
    raise TypeError(f"no live form of {phenotype!r}")
