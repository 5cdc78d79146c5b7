"""What stands on a patient's record beside values: code status in an OBX, an advance directive, a bed in isolation. Shown, never scored."""

from opensepsis.data.decode.code_status import code_status, code_status_words, is_code_status
from opensepsis.data.decode.observations import DecodeResult, filed_as, not_ahead
from opensepsis.uses.ward.decode.hl7.context import MessageContext
from opensepsis.uses.ward.decode.hl7.identity import DELETE
from opensepsis.uses.ward.decode.hl7.parser import Segment
from opensepsis.uses.ward.model.facts import Flagged

TAKEN_BACK = frozenset(("D", "W", "X", "N"))  # of OBX-11, table 0085
NOTHING_YET = frozenset(("I", "O"))
NOT_TO_RESUSCITATE, NO_DIRECTIVE = "DNR", "N"  # of table 0435
ISOLATED = "I"  # of table 0116


def read_code_status(
    scene: MessageContext, observed: Segment, asked: Segment | None, number: str, into: DecodeResult
) -> bool:
    """Notes the code status of an OBX, under the OBR before it if there is one; False where it is about something else."""
    codings = [
        (observed.part(3, system), code) for n, system in ((1, 3), (4, 6)) if (code := observed.part(3, n))
    ]
    texts = [text for n in (2, 5) if (text := observed.words(3, n))]
    if not is_code_status(scene.site.local, codings, texts):
        return False
    status, times = observed.part(11).upper(), ((observed, 14), (asked, 7))
    code, text = observed.part(5), observed.words(5, 2)
    said = code_status_words(codings, code, text)
    taken_back = status in TAKEN_BACK or code == DELETE
    if status in NOTHING_YET or (not said and not taken_back):
        return True
    time = scene.first_time(*times)
    since = not_ahead(scene.stated if time is None else time, scene.message.received, into)
    state = "withdrawn" if taken_back else "corrected" if status == "C" else "final"
    filed = filed_as(scene.filed((observed, 19), (asked, 22)), scene.message.received, state)
    origin = f"hl7 {number} code status {observed.part(4)} {time or ''}".strip()
    into.facts.append(code_status(scene.patient, origin, filed, since, said, not taken_back))
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
