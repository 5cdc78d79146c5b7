"""Encounters as spans: the hospital stay, the visit for emergency or observation, and the time in an intensive care unit."""

from dataclasses import dataclass, replace
from datetime import timedelta

from opensepsis.data.decode.facts import Problem
from opensepsis.data.decode.fhir.bundle import Entry, identifiers
from opensepsis.data.decode.fhir.context import MessageContext, codings, in_words
from opensepsis.data.decode.fhir.encounters import (
    CANCELLED,
    INPATIENT,
    KINDS,
    NOT_YET,
    OUTPATIENT,
    class_of,
    visit_name,
    without_anothers,
)
from opensepsis.data.decode.fhir.identity import whose
from opensepsis.data.decode.fhir.places import Place, place_of
from opensepsis.data.decode.fhir.reference import read_reference
from opensepsis.data.decode.observations import DecodeResult
from opensepsis.data.decode.site import kind_of_words

OUTPATIENTS = "an outpatient visit: no stay"
WITHIN = "moves within its visit: no stay of its own"
PLANNED = "the visit is planned: the patient has not arrived yet"
CANCELLED_VISIT = "cancelled or entered in error"
_BEDS = ("wa", "ro", "bd")  # of location-physical-type: who lies there stays
_NEAR = timedelta(hours=1) // timedelta(microseconds=1)  # one unit to the next, in one stay of intensive care


@dataclass(frozen=True)
class Span:
    """One stay. `visit` is the hospital visit that it belongs to; `housed`: one for observation that tells of other places too."""

    patient: str
    stay: str
    visit: str
    kind: str
    start: int | None
    end: int | None
    to: str = ""
    from_places: bool = False
    ward: str = ""
    housed: bool = False


@dataclass(frozen=True)
class At:
    """A place of an Encounter with its times."""

    place: Place
    bed: bool
    start: int | None
    end: int | None


def spans_of(resource: dict, scene: MessageContext, into: DecodeResult) -> list[Span]:
    """The stays that an Encounter tells of; why it tells none is added to `into`."""
    patient = whose(resource, scene, into)
    if not patient:
        return []
    if reason := _no_stay(resource):
        into.problems.append(Problem("unused", reason))
        return []
    resource = without_anothers(resource, scene)
    whole = resource.get("partOf")
    name = (
        scene.entry.name or next((value for _, value in identifiers(resource)), "") or scene.origin(resource)
    )
    visit = visit_name(whole, scene) if whole else name
    period = resource.get("period") or {}
    start, end = scene.moment(period.get("start")), scene.moment(period.get("end"))
    to = in_words((resource.get("hospitalization") or {}).get("dischargeDisposition"))
    places = _places(resource, scene)
    kind = _kind(resource, places, scene)
    housed = any(at.bed and at.place.kind != "observation" for at in places)
    ward = places[0].place.ward if kind == "icu" and places else ""
    spans = [Span(patient, name, visit, kind, start, end, to, ward=ward, housed=housed)] if kind else []
    if kind == "hospital":
        before = _earlier_classes(resource, scene, patient, name, visit)
        told = {span.kind for span in before}
        spans += before
        for door in (one for one in KINDS.values() if one not in told):
            spans += _in_units(door, places, patient, name, visit, end)
    if kind != "icu":
        spans += _in_units("icu", places, patient, name, visit, end)
    if not spans:
        into.problems.append(Problem("unused", WITHIN if whole else OUTPATIENTS))
    return spans


def _no_stay(resource: dict) -> str:
    status = str(resource.get("status") or "")
    if status in CANCELLED:
        return CANCELLED_VISIT
    return PLANNED if status == "planned" else ""


def _kind(resource: dict, places: list[At], scene: MessageContext) -> str:
    """hospital, icu, emergency, observation, or empty where an Encounter is no stay of its own."""
    code, whole = class_of(resource), resource.get("partOf")
    named = kind_of_words(" ".join(_words(resource)))
    if whole:
        if named == "icu" or (places and all(at.place.kind == "icu" for at in places)):
            return "icu"
        if code in INPATIENT and _class_of_whole(whole, scene) in (*KINDS, *OUTPATIENT):
            return "hospital"
        return KINDS.get(code) or (named if named in KINDS.values() else "")
    if KINDS.get(code) == "emergency":  # of somebody who was admitted from there it only says how
        wards = [at for at in places if at.bed and at.place.kind not in KINDS.values()]
        return "hospital" if wards else "emergency"
    if code in OUTPATIENT:
        bed = any(at.bed and at.start is not None for at in places)
        return "hospital" if bed else "observation" if named == "observation" else ""
    return KINDS.get(code, "hospital")


def _class_of_whole(whole, scene: MessageContext) -> str:
    """The class of the Encounter that another is part of, where it is at hand."""
    entry = scene.entry_of(read_reference(whole), ("Encounter",))
    return class_of(entry.resource) if entry else ""


def _earlier_classes(
    resource: dict, scene: MessageContext, patient: str, name: str, visit: str
) -> list[Span]:
    """The times in which an Encounter was a visit for emergency or observation, before it became an admission."""
    found = []
    for number, was in enumerate(resource.get("classHistory") or (), 1):
        period = was.get("period") or {}
        start, end = scene.moment(period.get("start")), scene.moment(period.get("end"))
        kind = KINDS.get(str((was.get("class") or {}).get("code") or ""))
        if kind and start is not None and end is not None:
            found.append(Span(patient, f"{name}/{kind}-{number}", visit, kind, start, end))
    return found


def _words(resource: dict) -> list[str]:
    """What an Encounter calls itself: its service, its types, and the systems of its identifiers."""
    concepts = [resource.get("serviceType"), *(resource.get("type") or ())]
    systems = [system.rstrip("/").rpartition("/")[2].replace("-", " ") for system, _ in identifiers(resource)]
    return [*map(in_words, concepts), *systems]


def _places(resource: dict, scene: MessageContext) -> list[At]:
    told = [p for p in resource.get("location") or () if p.get("status") not in NOT_YET]
    return [_at(place, scene) for place in told]


def _at(place: dict, scene: MessageContext) -> At:
    period, said = place.get("period") or {}, place.get("location")
    entry: Entry | None = scene.entry_of(read_reference(said), ("Location",))
    kinds = [code for _, code in codings(entry.resource.get("physicalType"))] if entry else []
    found = place_of(said, scene)
    bed = found.kind != "hospital" or any(kind in _BEDS for kind in kinds)
    return At(found, bed, scene.moment(period.get("start")), scene.moment(period.get("end")))


def _in_units(
    kind: str, places: list[At], patient: str, name: str, visit: str, left: int | None
) -> list[Span]:
    """The times in units of a kind, those that follow one another as one."""
    started = [(at.start, at) for at in places if at.start is not None]
    told = sorted(started, key=lambda pair: pair[0])
    spans: list[Span] = []
    for number, (start, at) in enumerate(told):
        if at.place.kind != kind:
            continue
        following = told[number + 1][0] if number + 1 < len(told) else left
        end = at.end if at.end is not None else following
        if spans and spans[-1].end is not None and start <= spans[-1].end + _NEAR:
            first = spans.pop()
            spans.append(replace(first, end=end))
        else:
            own, ward = f"{name}/{kind}-{len(spans) + 1}", at.place.ward if kind == "icu" else ""
            spans.append(Span(patient, own, visit, kind, start, end, from_places=True, ward=ward))
    return spans
