"""The values behind a score: what was measured, when, in which message; what is stale and what is missing."""

from collections.abc import Iterable

from opensepsis.definitions.concepts import drugs, gases, labs, support, vitals
from opensepsis.definitions.concepts.person import ADMISSION, BORN, SEX
from opensepsis.definitions.printed_units import printed_text
from opensepsis.engine.live.chart import Event
from opensepsis.engine.semantics.time import to_microseconds
from opensepsis.rules import CompositeRow, Concept, Kind, Row, concepts_of
from opensepsis.uses.ward.model.views import InputView
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.state.patient import Patient
from opensepsis.uses.ward.views.marks import marks_of
from opensepsis.uses.ward.views.values import value_in_words

GROUPS = {
    concept.name: group
    for group, modules in {"vitals": (vitals,), "labs": (labs, gases), "treatments": (drugs, support)}.items()
    for module in modules
    for concept in vars(module).values()
    if isinstance(concept, Concept)
}
OF_THE_STAY = tuple(
    concept.name for concept in (ADMISSION, BORN, SEX)
)  # shown with the patient, not among what was charted


def input_view(patient: Patient, concept: Concept, now: int, policy: AlertPolicy) -> InputView:
    """The last value of a concept: measured, or stale, or missing."""
    if concept.name in patient.set_aside and patient.bedside.chart.series[concept.name].last(now) < 0:
        return _set_aside(patient, concept)
    series = patient.bedside.chart.series.get(concept.name)
    place = series.last(now) if series else -1
    if series is None or place < 0:
        return InputView(concept.label, standing="missing")
    lasting = concept.kind is Kind.INTERVAL
    running = _running(patient, concept, now) if lasting else None
    event = running or _last_standing(patient, concept, series.times[place])
    if event is None:
        return InputView(concept.label, standing="missing")
    source = patient.values.get((concept.name, event.time, event.origin or ""))
    limit = policy.stale_labs if GROUPS.get(concept.name) == "labs" else policy.stale_vitals
    stale = not lasting and now - event.time >= to_microseconds(limit)
    preliminary = source is not None and source.preliminary
    return InputView(
        what=concept.label,
        value=value_in_words(event, concept),
        time=event.time,
        message=source.message if source else None,
        standing="stale"
        if stale
        else "preliminary"
        if preliminary
        else "ended"
        if lasting and not running
        else "measured",
        note=f"sent as {printed_text(source.shown)}" if source and source.shown else "",
        marks=marks_of(patient, concept, now),
        reference=printed_text(source.reference) if source else "",
    )


def _set_aside(patient: Patient, concept: Concept) -> InputView:
    """The last value of what a person put down to a chronic condition."""
    event = max(patient.set_aside[concept.name], key=lambda e: (e.time, e.known))
    act = patient.attributed[concept.name]
    source = patient.values.get((concept.name, event.time, event.origin or ""))
    message = source.message if source else None
    note = f"chronic: {act.reason} ({act.user})"
    return InputView(concept.label, value_in_words(event, concept), event.time, message, "not counted", note)


def _running(patient: Patient, concept: Concept, now: int) -> Event | None:
    """What began last of what runs."""
    chart = patient.bedside.chart
    running = (e for e in chart.standing(concept.name) if e.time <= now < chart.end_of(e))
    return max(running, key=lambda e: (e.time, e.value or 0.0), default=None)


def _last_standing(patient: Patient, concept: Concept, time: int) -> Event | None:
    standing = [e for e in patient.bedside.chart.standing(concept.name) if e.time == time]
    valued = [e for e in standing if e.value is not None] or standing
    if not valued:
        return None
    low = concept.worse == "low"
    return sorted(valued, key=lambda e: (e.value or 0.0) * (1 if low else -1))[0]


def row_inputs(
    patient: Patient, row: Row | CompositeRow, now: int, policy: AlertPolicy
) -> tuple[InputView, ...]:
    """The last values of everything that a row reads; of alternatives that were never charted only the first."""
    every = {c.name: c for signal in row.signals.values() for c in concepts_of(signal)}
    concepts = {name: c for name, c in every.items() if name not in OF_THE_STAY}
    views = [input_view(patient, c, now, policy) for c in concepts.values()]
    there = [v for v in views if v.standing != "missing"]
    return tuple(there or views[:1])


def stale_groups(patient: Patient, concepts: Iterable[str], now: int, policy: AlertPolicy) -> tuple[str, ...]:
    """The groups of values in which even the newest is older than it may be, or in which there is none."""
    newest: dict[str, int | None] = {"vitals": None, "labs": None}
    for name in concepts:
        group = GROUPS.get(name)
        if group in newest and (last := patient.last_charted.get(name)) is not None:
            newest[group] = max(last, newest[group] or last)
    limits = {"vitals": policy.stale_vitals, "labs": policy.stale_labs}
    return tuple(g for g, last in newest.items() if last is None or now - last >= to_microseconds(limits[g]))
