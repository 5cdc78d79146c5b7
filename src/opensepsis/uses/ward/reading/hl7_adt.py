"""ADT: who the patient is, where and since when; merges. Cancellations take back what they cancel."""

from opensepsis.definitions.concepts.person import PREGNANCY
from opensepsis.engine.chart import Event
from opensepsis.uses.ward.effects import Problem
from opensepsis.uses.ward.facts import Charted, Described, Merged, Move, Visited
from opensepsis.uses.ward.reading.charting import Reading, not_ahead
from opensepsis.uses.ward.reading.hl7_scene import Scene, identity
from opensepsis.uses.ward.reading.hl7_text import Segment

MOVES = {
    "A01": Move.ADMIT, "A04": Move.ADMIT, "A02": Move.TRANSFER, "A06": Move.TRANSFER, "A07": Move.TRANSFER,
    "A03": Move.DISCHARGE, "A08": Move.UPDATE, "A10": Move.UPDATE, "A09": Move.UPDATE, "A11": Move.CANCEL_ADMIT,
    "A12": Move.CANCEL_TRANSFER, "A13": Move.CANCEL_DISCHARGE,
    "A05": Move.UPDATE, "A38": Move.CANCEL_ADMIT,  # expected: a visit whose admission an A01 tells, or nobody
}  # fmt: skip
MERGES = frozenset(("A18", "A30", "A34", "A35", "A36", "A39", "A40", "A41", "A42", "A43", "A46", "A47"))
FOR_A_PERSON = {
    "A44": "an account was moved to another patient: which values go with it",
    "A45": "a visit was moved to another patient: which values go with it",
    "A23": "a visit was deleted: whether its values go too",
    "A29": "a person was deleted: whether their values go too",
    "A50": "a visit has another number now: whether two stays are one",
}
LINKS, UNLINKS = frozenset(("A24",)), frozenset(("A37",))
TIMES = {Move.ADMIT: 44, Move.DISCHARGE: 45}  # of PV1
PREGNANT = "B6"  # of PV1-15, table 0009
OUTPATIENT = frozenset(("O", "R", "P"))  # of PV1-2, table 0004: outpatient, recurring, expected
DELETE, DAY = '""', 24 * 3_600_000_000
KINDS = {"E": "emergency", "I": "", "O": "hospital"}


def read_adt(scene: Scene, into: Reading) -> None:
    """Visits, persons and merges of an ADT message; an event that moves nobody only describes."""
    if scene.event in MERGES:
        return _merges(scene, into)
    if scene.event in FOR_A_PERSON:
        into.problems.append(Problem("dead", f"{FOR_A_PERSON[scene.event]}, a person must say"))
    if scene.event in LINKS | UNLINKS:
        return _links(scene, into, undone=scene.event in UNLINKS)
    read_person(scene, into)
    move, visit = MOVES.get(scene.event), scene.first("PV1")
    if move is not None and visit is not None:
        visited = _visited(scene, move, visit, into)
        into.facts.append(visited)
        if any(visit.component(status) == PREGNANT for status in visit.repeats(15)):
            origin = f"hl7 {visited.visit} ambulatory status"
            event = Event(PREGNANCY.name, visited.time, None, scene.stated, None, "pregnant", origin)
            into.facts.append(Charted(scene.patient, event, PREGNANT))
    return None


def read_person(scene: Scene, into: Reading) -> None:
    """Name, birth, sex and death, as far as PID says."""
    person = scene.first("PID")
    if person is None:
        return
    born = scene.stamp(person, 7)
    given, family = person.part(5, 2), person.part(5, 1)
    said = {
        "name": " ".join(n for n in (given, family) if n and n != '""') or None,
        "born": born.time if born else None,
        "sex": person.part(8).replace('""', "").upper() or None,
    } | _death(scene, person)
    if any(v is not None for v in said.values()):
        into.facts.append(Described(scene.patient, scene.stated, **said))


def _death(scene: Scene, person: Segment) -> dict[str, int | bool | None]:
    """What PID-29 and PID-30 say of death; N, or a deleted time, says that the patient lives."""
    died, said = scene.stamp(person, 29), person.part(30).upper()
    if said in ("N", DELETE) or (not said and person.part(29) == DELETE):
        return {"dead": False}
    if died is None:
        return {"dead": True if said == "Y" else None}
    ended = died.time if died.to_the_minute else min(died.time + DAY - 1, max(died.time, scene.stated))
    return {"died": ended}


def _visited(scene: Scene, move: Move, visit: Segment, into: Reading) -> Visited:
    event = scene.first("EVN")
    said = scene.time(visit, TIMES[move]) if move in TIMES else None
    time = said or scene.time(event, 6) or scene.time(event, 2) or scene.stated
    time = not_ahead(time, scene.message.received, into)
    unit, room, bed = (visit.part(3, n) for n in (1, 2, 3))
    ward, kind = scene.site.ward(unit) if unit else ("", KINDS.get(visit.part(2).upper(), ""))
    if kind == "hospital" and KINDS.get(visit.part(2).upper()) == "emergency":
        kind = "emergency"
    return Visited(
        patient=scene.patient,
        visit=visit.part(19) or scene.patient,
        move=move,
        time=time,
        stated=scene.stated,
        kind=kind or "hospital",
        ward=ward,
        bed="-".join(p for p in (room, bed) if p),
        discharged_to=visit.part(36) if move is Move.DISCHARGE else "",
        outpatient=visit.part(2).upper() in OUTPATIENT,
    )


def _merges(scene: Scene, into: Reading) -> None:
    """Each PID with the MRG that follows it: the old identifier goes on as the new one."""
    survivor = ""
    for segment in scene.segments:
        if segment.name == "PID":
            survivor = identity(segment, 3, scene.feed.authority)
        elif segment.name == "MRG" and survivor:
            old = identity(segment, 1, scene.feed.authority)
            if old and old != survivor:
                into.facts.append(Merged(survivor, old, scene.stated))


def _links(scene: Scene, into: Reading, undone: bool) -> None:
    people = [identity(s, 3, scene.feed.authority) for s in scene.segments if s.name == "PID"]
    if len(people) >= 2 and all(people[:2]) and people[0] != people[1]:
        into.facts.append(Merged(people[0], people[1], scene.stated, undone))
