"""Patient and Encounter: who it is, where and since when; merges by link."""

from opensepsis.uses.ward.effects import Problem
from opensepsis.uses.ward.facts import Described, Merged, Move, Visited
from opensepsis.uses.ward.reading.charting import Reading, not_ahead
from opensepsis.uses.ward.reading.fhir_scene import Scene

SEX = {"female": "F", "male": "M", "other": "O", "unknown": "U"}
KINDS = {"EMER": "emergency", "ACUTE": "icu"}
OUTPATIENT = ("AMB", "HH", "VR", "PRENC")  # ambulatory, at home, virtual, before admission
HERE = ("arrived", "triaged", "in-progress", "onleave")  # an end that was told before no longer holds
CANCELLED = ("cancelled", "entered-in-error")


def read_patient(resource: dict, scene: Scene, into: Reading) -> None:
    """The person, and the record that replaces it or that it replaces."""
    mine = scene.named(str(resource.get("id", "")))
    if not mine:
        into.problems.append(Problem("dead", "the Patient has no id"))
        return
    stated = scene.stated(resource)
    names = resource.get("name") or [{}]
    name = (
        names[0].get("text")
        or " ".join((*(names[0].get("given") or ()), names[0].get("family") or "")).strip()
    )
    died = scene.day_or_moment(resource.get("deceasedDateTime"))
    born = scene.day_or_moment(resource.get("birthDate"))
    into.facts.append(Described(mine, stated, name or None, born, SEX.get(resource.get("gender", "")), died))
    record = scene.record(resource)
    if record and record != mine:
        into.facts.append(Merged(record, mine, stated))
    for link in resource.get("link") or ():
        other = scene.referred(link.get("other") or {})
        if other and other != mine and link.get("type") == "replaced-by":
            into.facts.append(Merged(other, mine, stated))
        elif other and other != mine and link.get("type") == "replaces":
            into.facts.append(Merged(mine, other, stated))


def read_encounter(resource: dict, scene: Scene, into: Reading) -> None:
    """Admission, every place the patient was at, and discharge. An encounter that is part of another moves within it."""
    patient = scene.patient(resource)
    if not patient:
        into.problems.append(Problem("dead", "the Encounter has no patient"))
        return
    stated, period = scene.stated(resource), resource.get("period") or {}
    start, end = scene.moment(period.get("start")), scene.moment(period.get("end"))
    whole = (resource.get("partOf") or {}).get("reference", "").rsplit("/", 1)[-1]
    visit, code = whole or str(resource.get("id", "")), (resource.get("class") or {}).get("code", "")
    kind, passing = KINDS.get(code, "hospital"), code in OUTPATIENT
    if resource.get("status") in CANCELLED:
        into.facts.append(
            Visited(patient, visit, Move.CANCEL_ADMIT, start or stated, stated, kind, outpatient=passing)
        )
        return
    if start is None or resource.get("status") == "planned":
        return
    start = not_ahead(start, scene.message.received, into)
    first = Move.TRANSFER if whole else Move.ADMIT
    ward = kind if kind != "hospital" else ""
    into.facts.append(Visited(patient, visit, first, start, stated, kind, ward, outpatient=passing))
    for place in resource.get("location") or ():
        _place(place, patient, visit, (start, stated, kind, passing), scene, into)
    if end is not None and not whole and end <= scene.message.received:
        to = (resource.get("hospitalization") or {}).get("dischargeDisposition") or {}
        where = to.get("text") or ((to.get("coding") or [{}])[0].get("code", ""))
        into.facts.append(
            Visited(
                patient, visit, Move.DISCHARGE, end, stated, kind, discharged_to=where, outpatient=passing
            )
        )
    elif end is None and not whole and resource.get("status") in HERE:
        into.facts.append(
            Visited(patient, visit, Move.CANCEL_DISCHARGE, stated, stated, kind, outpatient=passing)
        )


def _place(
    place: dict, patient: str, visit: str, when: tuple[int, int, str, bool], scene: Scene, into: Reading
) -> None:
    start, stated, kind, passing = when
    location = place.get("location") or {}
    name = location.get("display") or location.get("reference", "").rsplit("/", 1)[-1]
    ward, found = scene.site.ward(name)
    at = scene.moment((place.get("period") or {}).get("start")) or start
    at = not_ahead(at, scene.message.received, into)
    bed = name if name != ward else ""
    kind = found if kind == "hospital" else kind
    into.facts.append(Visited(patient, visit, Move.TRANSFER, at, stated, kind, ward, bed, outpatient=passing))
