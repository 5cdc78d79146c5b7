"""ADT: who the patient is, where and since when. Cancellations take back what they cancel."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from opensepsis.data.decode.deaths import UNLISTED, UNREADABLE, death_at
from opensepsis.data.decode.facts import Problem
from opensepsis.data.decode.observations import FUTURE, DecodeResult, not_ahead
from opensepsis.data.intake.death import is_dead
from opensepsis.data.intake.text_codes import sex_of
from opensepsis.definitions.concepts.person import PREGNANCY
from opensepsis.engine.live.chart import Event
from opensepsis.uses.ward.decode.hl7.context import MessageContext
from opensepsis.uses.ward.decode.hl7.dg1 import read_diagnoses
from opensepsis.uses.ward.decode.hl7.identity import DELETE
from opensepsis.uses.ward.decode.hl7.merges import (
    FOR_A_PERSON,
    LINKS,
    MERGES,
    RENUMBERED,
    UNLINKS,
    read_links,
    read_merges,
    read_renumbering,
)
from opensepsis.uses.ward.decode.hl7.on_record import read_code_status, read_directives
from opensepsis.uses.ward.decode.hl7.parser import Segment
from opensepsis.uses.ward.decode.hl7.patients import Unattributable, by_patient
from opensepsis.uses.ward.decode.hl7.requests import Request
from opensepsis.uses.ward.model.facts import Charted, Described, Move, Rejected, Visited

SWAP, UPDATED = "A17", "A08"
DELETED = "A23"
EXPECTED = "A05"  # a visit whose admission an A01 tells, or nobody: until then no stay
MOVES = {
    "A01": Move.ADMIT, "A04": Move.ADMIT, "A02": Move.TRANSFER, "A06": Move.TRANSFER, "A07": Move.TRANSFER, SWAP: Move.TRANSFER,
    "A03": Move.DISCHARGE, "A08": Move.UPDATE, "A10": Move.UPDATE, "A09": Move.UPDATE, "A11": Move.CANCEL_ADMIT,
    "A12": Move.CANCEL_TRANSFER, "A13": Move.CANCEL_DISCHARGE,
    EXPECTED: Move.UPDATE, "A38": Move.CANCEL_ADMIT, DELETED: Move.DELETE,
}  # fmt: skip
PERSONS = frozenset(("A28", "A31"))  # describe a person, not a visit
USED = frozenset((*MOVES, *PERSONS, *MERGES, *FOR_A_PERSON, *LINKS, *UNLINKS, RENUMBERED))
TIMES = {Move.ADMIT: 44, Move.DISCHARGE: 45}  # of PV1
PREGNANT = "B6"  # of PV1-15, table 0009
OUTPATIENT = frozenset(("O", "R", "P"))  # of PV1-2, table 0004: outpatient, recurring, expected
KINDS = {"E": "emergency", "I": "", "O": "hospital"} | dict.fromkeys(
    ("OBS", "OBSENC", "OBSERVATION"), "observation"
)
LEGAL, ALIASES = "L", frozenset(("A", "M", "N", "S"))  # of XPN.7, table 0200: alias, maiden, nickname, coded


def read_whole(scene: MessageContext, into: DecodeResult) -> bool:
    """Reads the messages about several patients as one; False for all others, which are read patient by patient."""
    if scene.kind != "ADT":
        return False
    if scene.event in FOR_A_PERSON:
        raise Unattributable(f"{FOR_A_PERSON[scene.event]}: a person must decide")
    if scene.event in MERGES:
        read_merges(scene, into)
    elif scene.event in LINKS | UNLINKS:
        read_links(scene, into, undone=scene.event in UNLINKS)
    elif scene.event == SWAP:
        _swap(scene, into)
    elif scene.event == RENUMBERED:
        read_renumbering(scene, into)
    else:
        return False
    return True


def read_adt(scene: MessageContext, into: DecodeResult) -> None:
    """The person and the visit of an ADT message; an event that moves nobody only describes."""
    read_person(scene, into)
    move, visit = MOVES.get(scene.event), scene.first("PV1")
    if move is not None and visit is None:
        into.problems.append(
            Problem("unused", "a step of a visit without PV1", "message", f"ADT^{scene.event}")
        )
    if move is not None and visit is not None:
        visited = _visited(scene, move, visit, into)
        into.facts += (visited, *_end_in_update(scene, visit, visited, into))
        if visit.raw(7) and not visited.outpatient:
            into.facts.append(Described(scene.patient, scene.stated, consultant=_attends(visit)))
        if any(visit.component(status) == PREGNANT for status in visit.repeats(15)):
            origin = f"hl7 {visited.visit} ambulatory status"
            event = Event(PREGNANCY.name, visited.time, None, scene.stated, None, "pregnant", origin)
            into.facts.append(Charted(scene.patient, event, PREGNANT))
        read_diagnoses(scene, visited.visit, into)
    read_directives(scene, into)
    for segment in scene.segments:
        if segment.name == "OBX" and not read_code_status(
            scene, Request(None, feed=scene.message.feed), segment, into
        ):
            words = "an observation within an ADT message"
            into.problems.append(Problem("unused", words, segment.part(3, 3), segment.part(3, 1)))


def _end_in_update(
    scene: MessageContext, visit: Segment, visited: Visited, into: DecodeResult
) -> Iterator[Visited]:
    """What an update says of the discharge (PV1-45): when it was, or, where that is deleted, that there is none.

    A time alone, without where the patient went (PV1-36), may be when that is planned: it silences nobody.
    """
    if scene.event != UPDATED or not visit.part(45):
        return
    if visit.part(45) == DELETE:
        yield replace(visited, move=Move.CANCEL_DISCHARGE)
        return
    left, came = scene.time(visit, 45), scene.time(visit, 44)
    is_told = bool(scene.sent(visit, 36))
    if left is None or not is_told or left > scene.stated + FUTURE or (came is not None and left < came):
        words = (
            "a discharge in an update without a disposition, or at a time that cannot be read or cannot be"
        )
        into.problems.append(Problem("time", words, "PV1-45", "not used"))
        return
    yield replace(visited, move=Move.DISCHARGE, time=left, discharged_to=scene.sent(visit, 36))


def _swap(scene: MessageContext, into: DecodeResult) -> None:
    """Two patients change beds: each has a place of its own, or nobody moves."""
    parts = [scene.about(name, segments) for name, segments in by_patient(scene.segments, scene.feed)]
    places = [visit for part in parts if (visit := part.first("PV1")) and visit.text(3)]
    if len(parts) != 2 or len(places) != 2:
        raise Unattributable("a swap of beds needs two patients, each with a place in PV1-3")
    for part in parts:
        read_adt(part, into)


def read_unused(scene: MessageContext, into: DecodeResult) -> None:
    """The person, where an event has no other use and names one."""
    try:
        for patient, segments in by_patient(scene.segments, scene.feed):
            read_person(scene.about(patient, segments), into)
    except Unattributable:
        return


def read_person(scene: MessageContext, into: DecodeResult) -> None:
    """Name, birth, sex and death, as far as PID says."""
    person = scene.first("PID")
    if person is None:
        return
    born = scene.day(person, 7)
    if born is None and scene.sent(person, 7):
        into.problems.append(Problem("time", "a date of birth that cannot be read", "PID-7", "unreadable"))
    said: dict[str, Any] = {
        "name": _name(person) or None,
        "born": born.time if born else None,
        "sex": (sex_of(sex) or sex.upper()) if (sex := scene.sent(person, 8)) else None,
    } | _death(scene, person, into)
    if any(v is not None for v in said.values()):
        into.facts.append(Described(scene.patient, scene.stated, **said))


def _attends(visit: Segment) -> str:
    """Who attends the visit (PV1-7), with the title; empty where that is deleted, an id without a name as it is."""
    parts = [visit.part(7, n).replace(DELETE, "") for n in (6, 3, 2)]
    return " ".join(part for part in parts if part) or visit.part(7).replace(DELETE, "")


def _name(person: Segment) -> str:
    """The legal name, else the first that is no alias."""
    kinds = [person.component(text, 7).upper() for text in person.repeats(5)]
    usual = [n for n, kind in enumerate(kinds) if kind not in ALIASES]
    chosen = kinds.index(LEGAL) if LEGAL in kinds else usual[0] if usual else 0
    parts = (person.part(5, 2, chosen), person.part(5, 1, chosen))
    return " ".join(n for n in parts if n and n != DELETE)


def _death(scene: MessageContext, person: Segment, into: DecodeResult) -> dict[str, int | bool | None]:
    """What PID-29 and PID-30 say of death; N, or a deleted time, says that the patient lives."""
    died, said = scene.stamp(person, 29), person.part(30)
    dead = False if said == DELETE else is_dead(said)
    if died is None and scene.sent(person, 29):
        into.problems.append(Problem("time", UNREADABLE, "PID-29", "unreadable"))
    if dead is None and said.upper() not in ("", "U"):
        into.problems.append(Problem("unmapped", UNLISTED, "PID-30"))
    if dead is False or (not said and person.part(29) == DELETE):
        if died is not None:
            words = "PID-30 states that the patient is alive, but PID-29 has a time of death"
            into.facts.append(Rejected(scene.patient, scene.stated, "death", words))
        return {"dead": False}
    return {"dead": dead} if died is None else {**death_at(died, scene.stated)}


def _visited(scene: MessageContext, move: Move, visit: Segment, into: DecodeResult) -> Visited:
    unit, room, bed = (visit.part(3, n).replace(DELETE, "") for n in (1, 2, 3))
    sort = KINDS.get(visit.part(2).upper(), "")
    ward, kind = scene.site.ward(unit) if unit else ("", sort)
    if kind == "hospital" and sort in ("emergency", "observation"):
        kind = sort
    return Visited(
        patient=scene.patient,
        visit=scene.sent(visit, 19) or scene.patient,
        move=move,
        time=_time_of(scene, move, visit, into),
        stated=scene.stated,
        kind=kind or "hospital",
        ward=ward,
        bed="-".join(p for p in (room, bed) if p),
        discharged_to=scene.sent(visit, 36) if move is Move.DISCHARGE else "",
        outpatient=scene.event == EXPECTED or visit.part(2).upper() in OUTPATIENT,
    )


def _time_of(scene: MessageContext, move: Move, visit: Segment, into: DecodeResult) -> int:
    """PV1-44 or PV1-45, then EVN-6, then EVN-2; one that was sent and cannot be read is as of the receipt."""
    event = scene.first("EVN")
    places = [(event, 6), (event, 2)]
    if move in TIMES:
        places.insert(0, (visit, TIMES[move]))
    for segment, number in places:
        if not scene.sent(segment, number):
            continue
        stamp = scene.stamp(segment, number)
        if stamp is None:
            words = "a time of a visit that cannot be read; as of its receipt"
            place = f"{segment.name}-{number}" if segment else ""
            into.problems.append(Problem("time", words, place, "unreadable"))
            return scene.message.received
        if stamp.to_the_minute:
            return not_ahead(stamp.time, scene.message.received, into)
    return scene.stated
