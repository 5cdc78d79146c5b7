"""ORU: results and vital signs, with the rules of OBX-11 (table 0085)."""

from dataclasses import replace

from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.rules import Kind
from opensepsis.uses.ward.effects import Problem
from opensepsis.uses.ward.reading.charting import Reading, Value, chart, worded
from opensepsis.uses.ward.reading.hl7_scene import Scene
from opensepsis.uses.ward.reading.hl7_text import Segment
from opensepsis.uses.ward.reading.site import LOINC, Coded

STATUS = {
    "": "final", "F": "final", "U": "final", "B": "corrected", "V": "corrected", "A": "corrected", "C": "corrected",
    "P": "preliminary", "R": "preliminary", "S": "preliminary", "D": "withdrawn", "W": "withdrawn",
}  # fmt: skip
SYSTEMS = {"LN": LOINC, "LOINC": LOINC, "2.16.840.1.113883.6.1": LOINC}
DELETE = '""'


def read_results(scene: Scene, into: Reading) -> None:
    """Every observation under its request; the specimen of a request may follow its results."""
    request: Segment | None = None
    pending: list[tuple[Segment | None, Segment]] = []
    specimens: dict[int, Segment] = {}
    for segment in scene.segments:
        if segment.name == "OBR":
            request = segment
        elif segment.name == "OBX":
            pending.append((request, segment))
        elif segment.name == "SPM":
            specimens[id(request)] = segment
    for asked, observed in pending:
        _observation(scene, asked, observed, specimens.get(id(asked)), into)


def _observation(scene: Scene, request, observed: Segment, specimen, into: Reading) -> None:
    status = STATUS.get(observed.part(11).upper())
    if status is None:
        return  # I, O, X, N: never a value
    found = coded_in(scene, observed, 3) or (coded_in(scene, request, 4) if request else None)
    if found is None:
        system, code = observed.part(3, 3), observed.part(3, 1)
        into.problems.append(Problem("unmapped", "no map knows this code", system, code, observed.part(6)))
        return
    coded, system, code = found
    text = observed.part(5, 2) if observed.part(2) == "SN" else observed.text(5)
    if observed.part(2) in ("CE", "CWE", "CNE", "CF"):
        text = observed.part(5, 2) or observed.part(5, 1)
        if CONCEPTS[coded.concept].kind is Kind.WORD and observed.part(5, 1):
            text = worded(coded.concept, observed.part(5, 1), text)
    elif observed.part(2) == "SN":
        text = f"{observed.part(5, 1)}{observed.part(5, 2)}"
    if text == DELETE:
        status, text = "withdrawn", ""
    if not text and status != "withdrawn" and coded.concept != "culture":
        return
    time = _clinical_time(scene, request, observed, specimen)
    assumed = time is None and scene.feed.message_time
    value = Value(
        patient=scene.patient,
        coded=coded,
        text=text,
        unit=observed.part(6, 1),
        time=scene.stated if assumed else time,
        known=_filed(scene, request, observed),
        origin=_origin(request, observed, code, time),
        status=status,
        specimen=_specimen(request, specimen),
        system=system,
        code=code,
        assumed_time=assumed,
    )
    chart(_arterial_only(value, into), scene.message.received, into, scene.site.local)


def coded_in(scene: Scene, segment: Segment, number: int) -> tuple[Coded, str, str] | None:
    """The first of a field's two codings that is known."""
    for code, system in ((1, 3), (4, 6)):
        name = segment.part(number, system).strip()
        system_name = SYSTEMS.get(name.upper(), name.lower())
        value = segment.part(number, code)
        found = scene.site.coded(scene.message.feed, system_name, value) if value else None
        if found:
            return found, system_name, value
    return None


def _clinical_time(scene: Scene, request, observed, specimen) -> int | None:
    """OBX-14, then OBR-7, then SPM-17; never the time of the message unless the site says so."""
    for segment, number in ((observed, 14), (request, 7), (specimen, 17)):
        stamp = scene.stamp(segment, number)
        if stamp:
            return stamp.time if stamp.to_the_minute else None
    return None


def _filed(scene: Scene, request, observed) -> int:
    return scene.filed(observed, 19) or scene.filed(request, 22) or scene.stated


def _origin(request, observed: Segment, code: str, time: int | None) -> str:
    """What a later correction names again: filler order, code, sub-id, time."""
    order = (request.part(3) or request.part(2)) if request else ""
    return f"hl7 {order} {code} {observed.part(4)} {time or ''}".strip()


def _specimen(request, specimen) -> str:
    if specimen is not None:
        return specimen.part(4, 2) or specimen.part(4, 1)
    return request.part(15, 1) if request else ""


def _arterial_only(value: Value, into: Reading) -> Value:
    """A gas from a specimen that is called venous is no arterial pressure of oxygen."""
    if value.coded.concept == "pao2" and "ven" in value.specimen.lower():
        return replace(value, text="venous specimen")
    return value
