"""Volumes and rates that two ways in may tell of one thing: HL7 and FHIR of one order have no name in common, so both count.

Nothing is merged: two bags of one volume may well be hung together. Whoever looks is told.
"""

from itertools import combinations

from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.engine.live.chart import Event
from opensepsis.rules import Concept, Kind
from opensepsis.uses.ward.state.patient import Patient
from opensepsis.uses.ward.views.values import value_in_words

TOGETHER = 5 * 60 * 1_000_000  # as far as two systems round a time apart
_WAYS = {"hl7": "HL7", "fhir": "FHIR", "row": "a csv folder"}
_ADD_UP = tuple(
    concept
    for concept in CONCEPTS.values()
    if concept.kind is Kind.AMOUNT or (concept.kind is Kind.INTERVAL and concept.unit)
)


def told_twice(patient: Patient, since: int, now: int) -> tuple[str, ...]:
    """What is added up although it may be one thing: the same value at the same time (5 min) from two ways in."""
    found = (_pairs(concept, _charted(patient, concept, since, now)) for concept in _ADD_UP)
    return tuple(dict.fromkeys(mark for marks in found for mark in marks))


def _charted(patient: Patient, concept: Concept, since: int, now: int) -> list[Event]:
    chart = patient.bedside.chart
    if not chart.seen.get(concept.name):
        return []
    return [event for event in chart.standing(concept.name, (since - 1, now)) if event.value and _way(event)]


def _pairs(concept: Concept, events: list[Event]) -> list[str]:
    alike = (
        (one, sorted((_way(one), _way(other))))
        for one, other in combinations(events, 2)
        if one.value == other.value and abs(one.time - other.time) <= TOGETHER and _way(one) != _way(other)
    )
    return [
        f"{concept.label} {value_in_words(one, concept)}: told by {' and '.join(ways)}, counted twice if it is one"
        for one, ways in alike
    ]


def _way(event: Event) -> str:
    return _WAYS.get((event.origin or "").partition(" ")[0], "")
