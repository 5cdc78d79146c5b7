"""HL7 v2 messages as facts: ADT, ORU, RAS, RDE; orders are shown, not scored. Fields: codes.md section 5, HL7 2.x."""

from collections.abc import Callable

from opensepsis.uses.ward.effects import Problem
from opensepsis.uses.ward.message import Message
from opensepsis.uses.ward.reading.charting import Reading
from opensepsis.uses.ward.reading.hl7_adt import read_adt, read_person
from opensepsis.uses.ward.reading.hl7_medicines import read_given, read_ordered
from opensepsis.uses.ward.reading.hl7_orders import read_orders
from opensepsis.uses.ward.reading.hl7_results import read_results
from opensepsis.uses.ward.reading.hl7_scene import Scene, scene_of
from opensepsis.uses.ward.reading.hl7_text import segments
from opensepsis.uses.ward.reading.site import Site

READERS: dict[str, Callable[[Scene, Reading], None]] = {
    "ADT": read_adt,
    "ORU": read_results,
    "OUL": read_results,
    "ORM": read_orders,
    "OMG": read_orders,
    "OML": read_orders,
    "OMP": read_ordered,
    "RDE": read_ordered,
    "RAS": read_given,
}


def read_hl7(message: Message, site: Site) -> Reading:
    """What a message says. Kinds that say nothing of use (SIU, MDM, DFT …) give nothing, without a complaint."""
    into, found = Reading(), segments(message.raw)
    if not found or found[0].name != "MSH":
        into.problems.append(Problem("dead", "this is no HL7 v2 message"))
        return into
    kind, event = found[0].part(9, 1).upper(), found[0].part(9, 2).upper()
    reader = READERS.get(kind)
    if reader is None:
        return into
    scene = scene_of(message, site, found, event)
    if not scene.patient:
        into.problems.append(Problem("dead", "PID-3 has no identifier: nobody can be told apart"))
        return into
    if kind != "ADT":
        read_person(scene, into)
    reader(scene, into)
    return into
