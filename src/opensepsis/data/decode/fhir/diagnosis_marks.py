"""What an Encounter says of one of its Conditions: whether it is the principal diagnosis, and present on admission."""

from opensepsis.data.decode.fhir.context import MessageContext
from opensepsis.data.decode.fhir.reference import read_reference

# diagnosis-role: of discharge, or for billing; an Encounter that names no role ranks its diagnoses all the same
FINAL = ("", "DD", "billing")
# as QI-Core has it; indicators of the UB-04: yes and clinically undetermined, no
ON_ADMISSION = "/qicore-encounter-diagnosisPresentOnAdmission"
INDICATORS = {"Y": "|poa", "W": "|poa", "N": "|not_poa"}


def diagnosis_marks(resource: dict, scene: MessageContext) -> str:
    """`|principal` of the first-ranked diagnosis of its Encounter, `|poa` or `|not_poa` where that is told; else empty."""
    visit = scene.find(resource.get("encounter"), "Encounter") or {}
    told = [one for one in visit.get("diagnosis") or () if _leads_to(one.get("condition"), resource, scene)]
    first = any(one.get("rank") == 1 and _code(one.get("use")) in FINAL for one in told)
    indicators = {mark for one in told if (mark := _on_admission(one))}
    return ("|principal" if first else "") + (indicators.pop() if len(indicators) == 1 else "")


def _leads_to(said, resource: dict, scene: MessageContext) -> bool:
    """Whether a reference names this Condition: by its id, or by its address in the Bundle."""
    reference = read_reference(said)
    if reference.form == "literal":
        return reference.kind == "Condition" and reference.name == str(resource.get("id") or "")
    return any(entry.resource == resource for entry in scene.here(reference, ("Condition",)))


def _on_admission(said: dict) -> str:
    """The mark of a present-on-admission indicator; empty where there is none, or it is neither yes nor no."""
    for extension in said.get("extension") or ():
        if str(extension.get("url") or "").endswith(ON_ADMISSION):
            return INDICATORS.get(_code(extension.get("valueCodeableConcept")), "")
    return ""


def _code(concept) -> str:
    return next((str(c["code"]) for c in (concept or {}).get("coding") or () if c.get("code")), "")
