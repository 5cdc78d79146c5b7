"""The lines of a patient's plots: each value with what is usual, and where a definition begins to count it."""

from collections.abc import Iterator

from opensepsis.definitions.concepts.reference_ranges import reference_range
from opensepsis.definitions.printed_units import printed
from opensepsis.rules import Compare, Concept, Kind, Score, Shock, concepts_of, leaves
from opensepsis.uses.ward.model.views import SeriesView
from opensepsis.uses.ward.state.alert_inputs import SHORT
from opensepsis.uses.ward.state.patient import Patient
from opensepsis.uses.ward.state.versions import Source
from opensepsis.uses.ward.views.inputs import GROUPS
from opensepsis.uses.ward.views.person import is_adult, is_pregnant


def series_of(patient: Patient, now: int) -> Iterator[SeriesView]:
    """Every line of the plots: what was measured, what was given and what runs, and the scores."""
    chart, ranges = patient.bedside.chart, _sent_ranges(patient)
    for name, concept in chart.concepts.items():
        group = GROUPS.get(name)
        if group is None or not chart.seen[name]:
            continue
        if concept.kind is Kind.INTERVAL:
            spans = tuple(
                (s, None if e == float("inf") else int(e), t or "") for s, e, _, t in chart.intervals(name)
            )
            yield SeriesView(name, concept.label, printed(concept.unit), "treatments", spans=spans)
        elif concept.kind is Kind.EVENT:
            events = chart.standing(name)
            spans = tuple((e.time, e.time, (e.text or "").split("|")[0]) for e in events)
            yield SeriesView(name, concept.label, "", "treatments", spans=spans)
        elif concept.kind in (Kind.MEASURE, Kind.AMOUNT):
            yield _measured(patient, concept, group, ranges.get(name) if group == "labs" else None, now)
    hours = patient.ticks
    for score in patient.watching.shown if hours else ():
        totals = hours.of((score,), now) if hours else []
        known = [(t, total) for t, total in totals if total is not None]
        if known:
            times, values = zip(*known, strict=True)
            yield SeriesView(score.name, score.title, "", "scores", times, tuple(float(v) for v in values))


def _measured(
    patient: Patient,
    concept: Concept,
    group: str,
    sent: tuple[float | None, float | None] | None,
    now: int,
) -> SeriesView:
    series = patient.bedside.chart.series[concept.name]
    scale = 1000.0 if concept.kind is Kind.AMOUNT else 1.0  # amounts are kept in whole thousandths
    values = tuple(v / scale for v in series.values)
    shown = "treatments" if concept.name == "crystalloid" else group
    usual = is_adult(patient, now) and not is_pregnant(patient, now)
    common = reference_range(concept.name, patient.person.sex) if usual and shown == "labs" else None
    return SeriesView(
        concept.name,
        concept.label,
        printed(concept.unit),
        shown,
        tuple(series.times),
        values,
        reference=sent or common,
        sent_range=sent is not None,
        thresholds=_thresholds(patient, concept, now) if shown == "labs" else (),
    )


def _sent_ranges(patient: Patient) -> dict[str, tuple[float | None, float | None]]:
    """The reference range that was sent with the last value of each concept that has one."""
    last: dict[str, Source] = {}
    for (name, _, _), source in patient.values.items():
        if (source.low, source.high) == (None, None):
            continue
        held = last.get(name)
        if held is None or (source.time, source.known) > (held.time, held.known):
            last[name] = source
    return {name: (source.low, source.high) for name, source in last.items()}


def _thresholds(patient: Patient, concept: Concept, now: int) -> tuple[tuple[float, str], ...]:
    """Where the scores of this patient and septic shock begin to count a concept's own value, and what that gives."""
    found: dict[float, str] = {}
    refused = patient.refusals(now)
    for score in patient.watching.shown:
        if score.name not in refused:
            for limit, points in limits_of(score, concept):
                found.setdefault(limit, f"{SHORT.get(score.name, score.title)} {points}")
    for phenotype in patient.watching.looked_for:
        if isinstance(phenotype, Shock) and phenotype.lactate is concept and is_adult(patient, now):
            found.setdefault(phenotype.lactate_above, "septic shock")
    return tuple(sorted(found.items()))


def limits_of(score: Score, concept: Concept) -> list[tuple[float, int]]:
    """The limits to which a score compares the concept alone, each with the points from there on.

    >>> from opensepsis.definitions.concepts.labs import PLATELETS
    >>> from opensepsis.definitions.scores.sofa import SOFA
    >>> limits_of(SOFA, PLATELETS)
    [(150, 1), (100, 2), (50, 3), (20, 4)]
    """
    return [
        (leaf.limit, points)
        for row in score.rows
        for part in row.parts
        for points, condition in sorted(part.cells.items())
        for leaf in leaves(condition)
        if isinstance(leaf, Compare) and _is_its_own(leaf, concept)
    ]


def _is_its_own(leaf: Compare, concept: Concept) -> bool:
    """Whether the concept's very value is compared: not a rise of it, nor a sum with others."""
    own = getattr(leaf.signal, "concept", None) is concept or list(concepts_of(leaf.signal)) == [concept]
    return own and leaf.signal.unit == concept.unit and leaf.signal.label == concept.label
