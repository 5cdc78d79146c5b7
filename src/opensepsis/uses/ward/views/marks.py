"""Values that somebody should look at before acting on them: beside the value, and on the board. They never change a point."""

from opensepsis.data.intake.marks import HOUR, is_delta, is_stuck, needs_check
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.definitions.concepts.marks import STUCK
from opensepsis.definitions.printed_units import printed_text
from opensepsis.engine.live.chart import Event, current_versions
from opensepsis.rules import Concept, Kind
from opensepsis.uses.ward.state.patient import Patient
from opensepsis.uses.ward.views.lengths import span
from opensepsis.uses.ward.views.told_twice import told_twice
from opensepsis.uses.ward.views.values import value_in_words

AT_THE_BEDSIDE = "check at the bedside"
MONITORED = (
    "heart_rate",
    "respiratory_rate",
    "spo2",
    "systolic_pressure",
    "diastolic_pressure",
    "mean_pressure",
    "temperature",
)
_NAMES = {concept.label: name for name, concept in CONCEPTS.items()}
SHOWN_FOR = 12 * HOUR  # on the board
STUCK_FOR = int(STUCK.hours * HOUR)
LOOK_BACK = 24 * HOUR
UNCHANGED = f"all vital signs unchanged for {span(STUCK_FOR)} or more: check the device"


def marks_of(patient: Patient, concept: Concept, now: int) -> tuple[str, ...]:
    """Why the last value of a concept should be looked at; empty when it need not be."""
    series = patient.bedside.chart.series.get(concept.name)
    place = series.last(now) if series and concept.kind is Kind.MEASURE else -1
    if series is None or place < 0:
        return ()
    time, value = series.times[place], series.values[place]
    found = [AT_THE_BEDSIDE] if needs_check(concept.name, value) else []
    if place and is_delta(concept.name, (series.times[place - 1], series.values[place - 1]), (time, value)):
        before, earlier = _as_sent(patient, concept, place - 1), span(time - series.times[place - 1])
        found.append(f"was {before} {earlier} before: check the sample")
    if concept.name in MONITORED and _stuck(patient, time):
        found.append(UNCHANGED)
    return tuple(found)


def marks_on_the_board(patient: Patient, now: int) -> tuple[str, ...]:
    """The marks of the last hours' values, and what was rejected as impossible at the bedside since, each once."""
    chart, found = patient.bedside.chart, {}
    for name, last in patient.last_charted.items():
        if name in CONCEPTS and now - last < SHOWN_FOR and chart.seen.get(name):
            for mark in marks_of(patient, CONCEPTS[name], now):
                found.setdefault(mark if mark == UNCHANGED else f"{_last_value(patient, name, now)}: {mark}")
    for _, fact in patient.rejected[-20:]:
        newer = patient.last_charted.get(_NAMES.get(fact.what, ""), fact.time) > fact.time
        if AT_THE_BEDSIDE in fact.reason and now - fact.time < SHOWN_FOR and not newer:
            found.setdefault(f"{fact.what} {fact.shown}: {AT_THE_BEDSIDE}")
    found |= dict.fromkeys(told_twice(patient, now - SHOWN_FOR, now))
    return tuple(found)


def _last_value(patient: Patient, name: str, now: int) -> str:
    concept, series = CONCEPTS[name], patient.bedside.chart.series[name]
    return f"{concept.label} {_as_sent(patient, concept, series.last(now))}"


def _as_sent(patient: Patient, concept: Concept, place: int) -> str:
    """A value of a series as its message wrote it, which is what the laboratory or the monitor will be asked for."""
    chart = patient.bedside.chart
    time, value = chart.series[concept.name].times[place], chart.series[concept.name].values[place]
    versions = current_versions(chart.seen[concept.name][time], concept.kind)
    standing = [event for event in versions if event.value == value] or [
        Event(concept.name, time, value=value)
    ]
    for event in standing:
        source = patient.values.get((concept.name, time, event.origin or ""))
        if source and source.shown:
            return printed_text(source.shown)
    return value_in_words(standing[0], concept)


def _stuck(patient: Patient, last: int) -> bool:
    """Whether the monitor repeats its last set up to that moment."""
    if any(_has_changed(patient, name, last) for name in MONITORED):
        return False
    sets: dict[int, dict[str, float]] = {}
    for name in MONITORED:
        series = patient.bedside.chart.series.get(name)
        if series and series.times:
            here = series.between(last - LOOK_BACK, last)
            for time, value in zip(series.times[here], series.values[here], strict=True):
                sets.setdefault(time, {})[name] = value
    return is_stuck(sorted(sets.items()))


def _has_changed(patient: Patient, name: str, last: int) -> bool:
    """Whether a value of the last set differs from the one before it: then no set repeats itself."""
    series = patient.bedside.chart.series.get(name)
    place = series.last(last) if series else -1
    return (
        series is not None
        and place > 0
        and series.times[place] == last
        and series.values[place] != series.values[place - 1]
    )
