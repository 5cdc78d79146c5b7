"""HL7 v2 messages as facts: ADT, ORU, RAS, RDE; orders are shown, not scored. Fields: codes.md section 5, HL7 2.x."""

from collections.abc import Callable

from opensepsis.data.decode.facts import Problem, in_visit
from opensepsis.data.decode.observations import DecodeResult
from opensepsis.data.decode.site import Site
from opensepsis.uses.ward.decode.hl7.adt import USED, read_adt, read_person, read_unused, read_whole
from opensepsis.uses.ward.decode.hl7.context import MessageContext, scene_of
from opensepsis.uses.ward.decode.hl7.header import holds_one
from opensepsis.uses.ward.decode.hl7.orm import read_orders
from opensepsis.uses.ward.decode.hl7.oru import read_results
from opensepsis.uses.ward.decode.hl7.parser import read_text
from opensepsis.uses.ward.decode.hl7.patients import Unattributable, by_patient
from opensepsis.uses.ward.decode.hl7.ras import read_given
from opensepsis.uses.ward.decode.hl7.rde import read_ordered
from opensepsis.uses.ward.model.messages import Message

READERS: dict[str, tuple[Callable[[MessageContext, DecodeResult], None], ...]] = {
    "ADT": (read_adt,),
    "ORU": (read_person, read_results),
    "OUL": (read_person, read_results),
    "ORM": (read_person, read_orders, read_ordered),
    "OMG": (read_person, read_orders),
    "OML": (read_person, read_orders),
    "OMP": (read_person, read_ordered),
    "RDE": (read_person, read_ordered),
    "RAS": (read_person, read_given),
}
SEVERAL = "a frame holds one message; this one holds several"


def read_hl7(message: Message, site: Site) -> DecodeResult:
    """What a message says. Kinds that say nothing of use (SIU, MDM, DFT …) are counted; one whose patients are unclear is dead."""
    into = DecodeResult()
    found, note = read_text(message.raw)
    if not found or found[0].name != "MSH":
        into.problems.append(Problem("dead", "this is no HL7 v2 message"))
        return into
    if not holds_one(message.raw):
        into.problems.append(Problem("dead", SEVERAL))
        return into
    scene = scene_of(message, site, found)
    if note:
        into.problems.append(Problem("characters", note, "MSH-18", note))
    if scene.kind not in READERS or (scene.kind == "ADT" and scene.event not in USED):
        named = "^".join(part for part in (scene.kind, scene.event) if part)
        into.problems.append(Problem("unused", "this kind of message is not used", "message", named))
        if scene.kind == "ADT":
            read_unused(scene, into)
        return into
    try:
        if not read_whole(scene, into):
            for patient, segments in by_patient(found, scene.feed):
                _read_part(scene.about(patient, segments), into)
    except Unattributable as problem:
        return DecodeResult(problems=[Problem("dead", str(problem))])
    return into


def _read_part(scene: MessageContext, into: DecodeResult) -> None:
    """What a message says of one patient; what an ADT message charts is coded afterwards as well, and shows nobody in a visit."""
    mine = DecodeResult(problems=into.problems)
    for reader in READERS[scene.kind]:
        reader(scene, mine)
    visit = scene.sent(scene.first("PV1"), 19) if scene.kind != "ADT" else ""
    into.facts += in_visit(mine.facts, visit)
