"""What stands on a patient's record beside values: code status in an OBX, an advance directive, a bed in isolation. Shown, never scored."""

from opensepsis.data.decode.code_status import ABOUT, code_status, code_status_words, is_code_status
from opensepsis.data.decode.observations import DecodeResult, filed_as, not_ahead
from opensepsis.uses.ward.decode.hl7.context import MessageContext
from opensepsis.uses.ward.decode.hl7.identity import DELETE
from opensepsis.uses.ward.decode.hl7.observed import (
    CORRECTED_TO_NOTHING,
    NO_RESULT,
    NOT_KNOWN,
    STATUS,
    when,
    withdraw,
)
from opensepsis.uses.ward.decode.hl7.parser import Segment
from opensepsis.uses.ward.decode.hl7.requests import Request
from opensepsis.uses.ward.model.facts import Flagged, Rejected, Voided

NOT_TO_RESUSCITATE, NO_DIRECTIVE = "DNR", "N"  # of table 0435
ISOLATED = "I"  # of table 0116


def read_code_status(scene: MessageContext, request: Request, observed: Segment, into: DecodeResult) -> bool:
    """Notes the code status of an OBX, by the rules of results; False where it is about something else."""
    codings = [
        (observed.part(3, system), code) for n, system in ((1, 3), (4, 6)) if (code := observed.part(3, n))
    ]
    texts = [text for n in (2, 5) if (text := observed.words(3, n))]
    if not is_code_status(scene.site.local, codings, texts):
        return False
    sent, code, text = observed.part(11).upper(), observed.part(5), observed.words(5, 2)
    status = "withdrawn" if code == DELETE else STATUS.get(sent)
    said = code_status_words(codings, code, text)
    places = ((observed, 14), (request.asked, 7))
    at = when(scene, request, observed, ABOUT, status or "final", places, ABOUT, into)
    filed, time = filed_as(at.known, scene.message.received, status or "final"), at.time
    since = not_ahead(scene.stated if time is None else time, scene.message.received, into)
    reason = NO_RESULT.get(sent) or ("" if status else NOT_KNOWN)
    if not said and status == "corrected":
        status, reason = "withdrawn", CORRECTED_TO_NOTHING
    if reason:
        into.facts.append(Rejected(scene.patient, since, ABOUT, reason, said))
    if status == "withdrawn" and time is None:
        withdraw(scene, request, ABOUT, at.known, ABOUT, "", into)
    elif status == "withdrawn":
        into.facts.append(Voided(scene.patient, at.origin, filed))
    elif said and not reason:
        into.facts.append(code_status(scene.patient, at.origin, filed, since, said))
    return True


def read_directives(scene: MessageContext, into: DecodeResult) -> None:
    """The advance directive of PD1-15 and PV2-45, and whether the bed is isolated (PV1-40); a field that is not sent says nothing."""
    told = [
        (segment.component(repeat, 1), segment.component(repeat, 2))
        for name, number in (("PD1", 15), ("PV2", 45))
        if (segment := scene.first(name))
        for repeat in segment.repeats(number)
        if segment.component(repeat, 1)
    ]
    if told:
        words = [words for code, text in told if (words := _directive(code, text))]
        _note(
            scene,
            "advance directive",
            f"advance directive: {', '.join(dict.fromkeys(words))}",
            bool(words),
            into,
        )
    visit = scene.first("PV1")
    if visit and (bed := visit.part(40).upper()):
        _note(scene, "bed", "isolation", bed == ISOLATED, into)


def _directive(code: str, text: str) -> str:
    """What a code of table 0435, or a local one, says; empty where there is no directive."""
    if code in (DELETE, NO_DIRECTIVE):
        return ""
    return "do not resuscitate" if code.upper() == NOT_TO_RESUSCITATE else text or code


def _note(scene: MessageContext, origin: str, words: str, stands: bool, into: DecodeResult) -> None:
    into.facts.append(Flagged(scene.patient, f"hl7 {origin}", scene.stated, words[:80], stands))
