"""Procedure: support as an interval, by its code or as the timeline names it; never by words within a text."""

from opensepsis.data.decode.facts import Charted, Problem, Rejected, Voided
from opensepsis.data.decode.fhir.context import MessageContext, codings, in_words
from opensepsis.data.decode.fhir.identity import whose
from opensepsis.data.decode.fhir.observations import WITHOUT_A_CODE
from opensepsis.data.decode.fhir.result_status import NO_STATUS
from opensepsis.data.decode.observations import AHEAD, FUTURE, DecodeResult, in_own_word
from opensepsis.data.intake.code_systems import SNOMED
from opensepsis.data.timeline.event import Event

SUPPORT = {
    "40617009": "ventilation",
    "302497006": "dialysis",
    "57485005": "oxygen",
    "233573008": "ecmo",
}
NAMED = frozenset((*SUPPORT.values(), "device", "labour"))  # by a site's code, or as the timeline writes it
NOT_DONE = {"not-done": "not done", "preparation": "not begun yet", "": NO_STATUS}
OVER = ("completed", "stopped", "on-hold")


def read_procedure(resource: dict, scene: MessageContext, into: DecodeResult) -> None:
    """Ventilation, dialysis, oxygen, ECMO, lines and catheters, labour; what no map knows is counted."""
    patient = whose(resource, scene, into)
    if not patient:
        return
    status, stated, origin = str(resource.get("status") or ""), scene.stated(resource), scene.origin(resource)
    wrong = status == "entered-in-error"
    if (wrong or scene.said_again(resource)) and scene.is_named(resource):
        into.facts.append(Voided(patient, origin, stated + 2 * wrong))
    if wrong:
        return
    concept, word = supported(resource.get("code"), scene)
    if not concept:
        into.problems.append(_unmapped(resource.get("code")))
        return
    period = resource.get("performedPeriod") or {}
    start = scene.first_moment(resource.get("performedDateTime"), period.get("start"))
    named, received = in_words(resource.get("code")), scene.message.received
    if status in NOT_DONE or start is None or start > received + FUTURE:
        reason = NOT_DONE.get(status) or ("no time to the minute" if start is None else AHEAD)
        into.facts.append(Rejected(patient, start or received, named, reason))
        return
    end = _end(resource, status, start, scene)
    if word and (word := in_own_word(concept, word, patient, start, into)) is None:
        return
    event = Event(concept, start, end, stated, None, word or None, origin)
    into.facts.append(Charted(patient, event))


def _end(resource: dict, status: str, start: int, scene: MessageContext) -> int | None:
    """When it ended: as told; at once where it was done at a moment; else when it was said to be over."""
    end = (resource.get("performedPeriod") or {}).get("end")
    if end:
        return scene.moment(end)
    if status not in OVER:
        return None
    return (
        max(start, scene.stated(resource))
        if "performedPeriod" in resource or scene.said_again(resource)
        else start
    )


def supported(concept, scene: MessageContext) -> tuple[str, str]:
    """The concept of a procedure and its word: by a code, by the site's list, or as the timeline writes it (`oxygen: mask`)."""
    named, word = _as_written(concept)
    for system, code in codings(concept):
        if system == SNOMED and code in SUPPORT:
            return SUPPORT[code], word if named == SUPPORT[code] else ""
        found = scene.site.coded(scene.message.feed, system, code)
        if found and found.concept in NAMED:
            return found.concept, found.word
    return named, word


def _as_written(concept) -> tuple[str, str]:
    """The concept and the word of a text such as `ventilation: invasive`; both empty where it is no such text."""
    name, colon, word = str((concept or {}).get("text") or "").partition(": ")
    name = name.strip().lower()
    if name not in NAMED or not colon:
        return "", ""
    return name, "" if word.strip().lower() == name else word


def _unmapped(concept) -> Problem:
    coding = next((c for c in (concept or {}).get("coding") or () if c.get("code")), {})
    code = str(coding.get("code") or WITHOUT_A_CODE)
    return Problem("unmapped", "no list knows this procedure", str(coding.get("system") or ""), code)
