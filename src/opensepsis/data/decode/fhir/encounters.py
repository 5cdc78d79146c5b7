"""Encounter: admission, every place the patient was at, and discharge. One that is part of another moves within it."""

from dataclasses import dataclass, replace

from opensepsis.data.decode.facts import Described, Move, Problem, Visited
from opensepsis.data.decode.fhir.bundle import identifiers
from opensepsis.data.decode.fhir.context import MessageContext, codings, in_words
from opensepsis.data.decode.fhir.identity import whose
from opensepsis.data.decode.fhir.places import place_of
from opensepsis.data.decode.fhir.reasons import CANCELLED, read_reason
from opensepsis.data.decode.fhir.reference import read_reference
from opensepsis.data.decode.observations import DecodeResult, not_ahead

KINDS = {"EMER": "emergency", "OBSENC": "observation"}
INPATIENT = ("IMP", "ACUTE", "NONAC")  # acute and non-acute are inpatients: an intensive care unit is a place
OUTPATIENT = (
    "AMB",
    "HH",
    "VR",
    "PRENC",
    "FLD",
)  # ambulatory, at home, virtual, before admission, in the field
HERE = ("arrived", "triaged", "in-progress", "onleave")  # an end that was told before no longer holds
VISIT_NUMBER = "VN"  # of table 0203
NOT_YET = ("planned", "reserved")  # of a location within the visit


@dataclass(frozen=True)
class Visit:
    """An Encounter as far as all of its steps need it."""

    patient: str
    name: str
    kind: str
    outpatient: bool
    stated: int
    origin: str

    def step(
        self, move: Move, time: int, ward: str = "", bed: str = "", kind: str = "", to: str = ""
    ) -> Visited:
        """A step of the visit."""
        kind = kind if kind and self.kind == "hospital" else self.kind
        return Visited(
            self.patient, self.name, move, time, self.stated, kind, ward, bed, to, self.outpatient, origin=self.origin
        )  # fmt: skip


def read_encounter(resource: dict, scene: MessageContext, into: DecodeResult) -> None:
    """The steps of a visit."""
    patient = whose(resource, scene, into)
    if not patient:
        return
    resource = without_anothers(resource, scene)
    code, status = class_of(resource), str(resource.get("status") or "")
    whole = resource.get("partOf")
    name = visit_name(whole, scene) if whole else _own_name(resource, scene)
    visit = Visit(
        patient,
        name,
        KINDS.get(code, "hospital"),
        code in OUTPATIENT,
        scene.stated(resource),
        scene.origin(resource),
    )
    period = resource.get("period") or {}
    start = scene.moment(period.get("start"))
    read_reason(resource, patient, scene, into)
    if status in CANCELLED:
        into.facts.append(_never_was(visit, start or visit.stated, bool(whole), scene.origin(resource)))
        return
    if status == "planned":
        into.problems.append(Problem("unused", "the visit is planned: the patient has not arrived yet"))
        return
    _begins(visit, start, status, scene.origin(resource) if whole else "", scene, into)
    _places(resource, visit, start, scene, into)
    if not whole and not visit.outpatient and (attends := _attends(resource)):
        into.facts.append(Described(patient, visit.stated, consultant=attends))
    if not whole:
        numbers = (number for number in _visit_numbers(resource) if number != visit.name)
        into.facts += [
            replace(visit.step(Move.ALSO_CALLED, 0), stated=0, version_of=number) for number in numbers
        ]
        _ends(resource, visit, status, scene, into)


def _never_was(visit: Visit, time: int, part: bool, origin: str) -> Visited:
    """The step that takes a visit back, or one part of it alone."""
    step = visit.step(Move.CANCEL_PART if part else Move.CANCEL_ADMIT, time)
    return replace(step, version_of=origin) if part else step


def _begins(
    visit: Visit, start: int | None, status: str, part: str, scene: MessageContext, into: DecodeResult
) -> None:
    """The admission; of a part, by its origin, a step within the visit."""
    ward = visit.kind if visit.kind != "hospital" else ""
    if start is not None:
        start = not_ahead(start, scene.message.received, into)
        begun = visit.step(Move.TRANSFER if part else Move.ADMIT, start, ward)
        into.facts.append(replace(begun, version_of=part))
        return
    into.problems.append(Problem("time", "the visit has no start to the minute"))
    if status in HERE:  # somebody is here, since nobody knows when
        into.facts.append(visit.step(Move.UPDATE, visit.stated, ward))


def _places(
    resource: dict, visit: Visit, start: int | None, scene: MessageContext, into: DecodeResult
) -> None:
    told = [p for p in resource.get("location") or () if p.get("status") not in NOT_YET]
    for place in told:
        since = (place.get("period") or {}).get("start")
        at = scene.moment(since) if since else start
        if not since and len(told) > 1 and place.get("status") == "active":
            at = visit.stated
        if at is None:
            into.problems.append(Problem("time", "a place of the visit has no start to the minute"))
            continue
        found = place_of(place.get("location"), scene)
        at = not_ahead(at, scene.message.received, into)
        moved = visit.step(Move.TRANSFER, at, found.ward, found.bed, found.kind)
        into.facts.append(replace(moved, version_of=scene.origin(resource)))


def _attends(resource: dict) -> str:
    """Who attends the visit, by the last participant of that type whose time is not over; empty where none is named."""
    named = ""
    for one in resource.get("participant") or ():
        kinds = {code for kind in one.get("type") or () for _, code in codings(kind)}
        if "ATND" in kinds and not (one.get("period") or {}).get("end"):
            named = read_reference(one.get("individual")).display or named
    return named


def _ends(resource: dict, visit: Visit, status: str, scene: MessageContext, into: DecodeResult) -> None:
    """The discharge; a visit that is finished has ended, when its end is not told at the latest when that was said."""
    said, received = (resource.get("period") or {}).get("end"), scene.message.received
    end = scene.moment(said)
    if said and end is None:
        into.problems.append(Problem("time", "the visit has no end to the minute"))
    if status == "finished" and (end is None or end > received):
        end = visit.stated
    if end is not None and end <= received:
        to = in_words((resource.get("hospitalization") or {}).get("dischargeDisposition"))
        into.facts.append(visit.step(Move.DISCHARGE, end, to=to))
    elif end is None and status in HERE:
        into.facts.append(visit.step(Move.CANCEL_DISCHARGE, visit.stated))


def class_of(resource: dict) -> str:
    """The code of the class of an Encounter; empty without one.

    >>> class_of({"class": {"code": "OBSENC"}}), class_of({})
    ('OBSENC', '')
    """
    return str((resource.get("class") or {}).get("code") or "")


def without_anothers(resource: dict, scene: MessageContext) -> dict:
    """An Encounter as one of its own where it is part of another patient's: a newborn's is often part of the mother's."""
    held = scene.find(resource["partOf"], "Encounter") if resource.get("partOf") else None
    mine, theirs = (read_reference((one or {}).get("subject")) for one in (resource, held))
    both = (mine.form, theirs.form) == ("literal", "literal") and mine.base == theirs.base
    if not both or mine.name == theirs.name:
        return resource
    return {name: part for name, part in resource.items() if name != "partOf"}


def deleted_visit(said, patient: str, now: int, scene: MessageContext) -> Visited:
    """The step that takes back an Encounter that its sender deleted, or the part of another that it was."""
    entry = scene.entry_of(read_reference(said), ("Encounter",))
    resource = without_anothers(entry.resource, scene.at(entry)) if entry else {}
    if entry is None:
        return Visited(patient, visit_name(said, scene), Move.CANCEL_ADMIT, now, now)
    origin = scene.at(entry).origin(resource)
    if not resource.get("partOf"):
        return Visited(patient, visit_name(said, scene), Move.CANCEL_ADMIT, now, now, origin=origin)
    whole = visit_name(resource["partOf"], scene.at(entry))
    return Visited(patient, whole, Move.CANCEL_PART, now, now, version_of=origin, origin=origin)


def visit_name(said, scene: MessageContext) -> str:
    """The name of the visit that a reference to an Encounter leads to."""
    entry = scene.entry_of(read_reference(said), ("Encounter",))
    return _own_name(entry.resource, scene.at(entry)) if entry else read_reference(said).name


def visit_of(resource: dict, scene: MessageContext) -> str:
    """The visit in which something was measured, asked for or given; empty where none is named."""
    said = resource.get("encounter") or resource.get("context")
    if not said or read_reference(said).kind not in ("", "Encounter"):
        return ""
    entry = scene.entry_of(read_reference(said), ("Encounter",))
    if entry is None:
        return read_reference(said).name
    there = scene.at(entry)
    held = without_anothers(entry.resource, there)
    return visit_name(held["partOf"], there) if held.get("partOf") else _own_name(held, there)


def _visit_numbers(resource: dict) -> list[str]:
    """The identifiers of an Encounter that are visit numbers, as HL7 has them in PV1-19."""
    said = [one for one in resource.get("identifier") or () if isinstance(one, dict)]
    numbered = [one for one in said if VISIT_NUMBER in {code for _, code in codings(one.get("type"))}]
    return [value for _, value in identifiers({"identifier": numbered})]


def _own_name(resource: dict, scene: MessageContext) -> str:
    number = next((value for _, value in identifiers(resource)), "")
    return scene.entry.name or number or scene.origin(resource)
