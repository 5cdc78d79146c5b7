"""Observation and DiagnosticReport: values with their status, parts of panels, cultures with their specimen."""

from opensepsis.uses.ward.effects import Problem
from opensepsis.uses.ward.facts import Voided
from opensepsis.uses.ward.reading.charting import AGAIN, Reading, Value, chart, filed_as, worded
from opensepsis.uses.ward.reading.fhir_scene import Scene, in_words

STATUS = {
    "final": "final", "unknown": "final", "preliminary": "preliminary", "registered": "preliminary", "partial": "preliminary",
    "amended": "corrected", "corrected": "corrected", "appended": "corrected",
    "entered-in-error": "withdrawn", "cancelled": "withdrawn",
}  # fmt: skip


def read_observation(resource: dict, scene: Scene, into: Reading) -> None:
    """The value of an observation and of each of its components."""
    patient = scene.patient(resource)
    if not patient:
        into.problems.append(Problem("dead", "the Observation has no patient"))
        return
    parts = resource.get("component") or ()
    _one(resource, resource, patient, "", scene, into, quiet=bool(parts) or bool(resource.get("hasMember")))
    for number, part in enumerate(parts):
        _one(part, resource, patient, f" {_name(part, number)}", scene, into)
    status = STATUS.get(resource.get("status", "final"), "final")
    if status in AGAIN:
        known = filed_as(_known(resource, scene), scene.message.received, status)
        into.facts.append(Voided(patient, _origin(resource), known))


def _name(part: dict, number: int) -> str:
    """What names a component in every version of its panel: its code, else its place."""
    codings = (part.get("code") or {}).get("coding") or ()
    return next((str(c["code"]) for c in codings if c.get("code")), str(number)).replace(" ", "")


def _origin(resource: dict) -> str:
    return f"fhir Observation/{resource.get('id', '')}"


def _one(
    part: dict, whole: dict, patient: str, suffix: str, scene: Scene, into: Reading, quiet: bool = False
) -> None:
    found = scene.coded(part.get("code"))
    text, unit = _value(part, found[0].concept if found else "")
    if found is None:
        if not quiet:
            coding = ((part.get("code") or {}).get("coding") or [{}])[0]
            words, system = "no map knows this code", coding.get("system", "")
            into.problems.append(Problem("unmapped", words, system, str(coding.get("code", "")), unit))
        return
    coded, system, code = found
    status = STATUS.get(whole.get("status", "final"), "final")
    culture = coded.concept == "culture"
    if not text and status == "corrected" and not culture:
        status = "withdrawn"  # corrected to no value at all
    if not text and status != "withdrawn" and not culture:
        return
    specimen, collected = _specimen(whole, scene)
    period = whole.get("effectivePeriod") or {}
    said = (whole.get("effectiveDateTime"), whole.get("effectiveInstant"), period.get("start"), collected)
    time = next((scene.moment(t) for t in said if t), None)
    value = Value(
        patient=patient,
        coded=coded,
        text=text,
        unit=unit,
        time=time,
        known=_known(whole, scene),
        origin=_origin(whole) + suffix,
        status=status,
        specimen=specimen,
        system=system,
        code=code,
        decimal="" if "valueString" in part else ".",  # a JSON number has a point
    )
    chart(value, scene.message.received, into, scene.site.local)


def _known(resource: dict, scene: Scene) -> int:
    """When a version was filed; of versions filed at the same moment the higher is later."""
    version = str((resource.get("meta") or {}).get("versionId", ""))
    return _filed(resource, scene) + (int(version) if version.isdigit() and len(version) < 6 else 0)


def _filed(resource: dict, scene: Scene) -> int:
    """The last that the sender says of when it said so."""
    said = (
        scene.moment(resource.get("issued")),
        scene.moment((resource.get("meta") or {}).get("lastUpdated")),
    )
    return max((t for t in said if t is not None), default=scene.message.received)


def _value(part: dict, concept_name: str) -> tuple[str, str]:
    """The value as text and its unit: the UCUM code where the unit is coded, else as it is written."""
    if "valueQuantity" in part:
        quantity = part["valueQuantity"]
        if quantity.get("value") is None:
            return "", ""
        coded = quantity.get("code") if "unitsofmeasure" in quantity.get("system", "") else None
        return f"{quantity.get('comparator', '')}{quantity['value']}", coded or quantity.get("unit") or ""
    if "valueCodeableConcept" in part:
        concept = part["valueCodeableConcept"]
        codes = [str(c.get("code", "")) for c in concept.get("coding") or ()]
        said = [s for s in (concept.get("text"), *codes, in_words(concept)) if s]
        return worded(concept_name, *said), ""
    for name in ("valueString", "valueInteger", "valueDecimal"):
        if part.get(name) is not None:
            return str(part[name]), ""
    return "", ""


def _specimen(resource: dict, scene: Scene) -> tuple[str, str]:
    """The specimen in words, and when it was collected, as far as the message says."""
    said = resource.get("specimen") or {}
    said = said[0] if isinstance(said, list) and said else said
    if not said:
        return "", ""
    held = scene.specimens.get(said.get("reference", ""), {})
    collected = (held.get("collection") or {}).get("collectedDateTime", "")
    return said.get("display") or in_words(held.get("type")), collected


def read_report(resource: dict, scene: Scene, into: Reading) -> None:
    """A report of a culture without an observation of its own; any other report only gathers observations."""
    found = scene.coded(resource.get("code"))
    if found is None or found[0].concept != "culture" or resource.get("result"):
        return
    said = {**resource, "valueString": resource.get("conclusion") or ""}
    _one(said, said, scene.patient(resource), " report", scene, into)
