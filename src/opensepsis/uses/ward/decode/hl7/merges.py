"""ADT about two records: merges, links, and what only a person can settle."""

from opensepsis.data.decode.facts import Problem
from opensepsis.data.decode.nobody import names_nobody
from opensepsis.data.decode.observations import DecodeResult
from opensepsis.uses.ward.decode.hl7.context import MessageContext
from opensepsis.uses.ward.decode.hl7.identity import has_no_issuer, patient_of, record_numbers
from opensepsis.uses.ward.decode.hl7.patients import NO_PATIENT, Unattributable
from opensepsis.uses.ward.model.facts import Merged, Move, Visited

MERGES = frozenset(("A18", "A30", "A34", "A35", "A36", "A39", "A40", "A41", "A42", "A43", "A46", "A47"))
VISITS, ACCOUNTS = frozenset(("A42",)), frozenset(("A35", "A41"))
_MOVED = (
    "what was charted before stays with the former patient. End the stay there (A11 or A23), admit the other (A01), withdraw the values "
    "and send them again under the right patient"
)
FOR_A_PERSON = {
    "A44": f"an account was moved to another patient: {_MOVED}",
    "A45": f"a visit was moved to another patient: {_MOVED}",
    "A29": "a person was deleted: nothing was deleted here. Cancel the stay (A11 or A23) and withdraw the values that never were",
}
RENUMBERED = "A50"
OTHER_PERSON = "a merge of accounts or visits names two patients: whether they are one person"
OTHER_BIRTH = "the two patients of a link have different dates of birth: whether they are one person"
NO_ISSUER = "MRG-1 has no issuer and PID-3 has one: whose number the old record has is not known; set `authority` in feeds.csv"
LINKS, UNLINKS = frozenset(("A24",)), frozenset(("A37",))


def read_merges(scene: MessageContext, into: DecodeResult) -> None:
    """Each PID with the MRG that follows it: every old identifier goes on as the new one."""
    survivor, pairs = "", 0
    for segment in scene.segments:
        if segment.name == "PID":
            survivor = patient_of(segment, scene.feed)
            if not survivor:
                raise Unattributable(NO_PATIENT)
        elif segment.name == "MRG":
            if not survivor:
                raise Unattributable("MRG precedes the first PID: the surviving record is not known")
            pairs += 1
            old = [name for name in record_numbers(segment, 1, scene.feed) if name != survivor]
            unknown = any(has_no_issuer(name, scene.feed) for name in old)
            if unknown and not has_no_issuer(survivor, scene.feed):
                raise Unattributable(NO_ISSUER)
            if old and scene.event in VISITS | ACCOUNTS:
                raise Unattributable(f"{OTHER_PERSON}: a person must decide")
            into.facts += [Merged(survivor, name, scene.stated) for name in old]
            if not old:
                _same_patient(scene, segment.part(1).strip(), into)
    if not pairs:
        raise Unattributable("a merge without MRG: the old record is not known")


def read_renumbering(scene: MessageContext, into: DecodeResult) -> None:
    """A visit of one patient that has another number now: MRG-5 is the one before, PV1-19 the new one."""
    person, before, visit = scene.first("PID"), scene.first("MRG"), scene.first("PV1")
    patient = patient_of(person, scene.feed) if person else ""
    old, new = scene.sent(before, 5), scene.sent(visit, 19)
    if not patient or not old or not new:
        raise Unattributable(
            "a visit has another number now: PID-3, MRG-5 and PV1-19 must name whose, the old and the new one"
        )
    others = [name for name in record_numbers(before, 1, scene.feed) if name != patient] if before else []
    if others:
        raise Unattributable(f"a visit has another number now, of two patients: {_MOVED}")
    if old != new:
        into.facts.append(Visited(patient, new, Move.RENUMBER, scene.stated, scene.stated, version_of=old))


def _same_patient(scene: MessageContext, old: str, into: DecodeResult) -> None:
    """A merge that names no other patient: of accounts, of visits, or one that misses its old number."""
    if scene.event in VISITS:
        raise Unattributable("two visits were merged: a person must decide whether the two stays are one")
    if names_nobody(old) and scene.event not in ACCOUNTS:
        raise Unattributable("MRG-1 is empty: the old record is not known")
    words = "a merge of accounts, or of a record with itself"
    into.problems.append(Problem("unused", words, "message", f"ADT^{scene.event}"))


def read_links(scene: MessageContext, into: DecodeResult, undone: bool) -> None:
    """Two PIDs that are one person, or are so no longer."""
    persons = [s for s in scene.segments if s.name == "PID"]
    people = [patient_of(person, scene.feed) for person in persons]
    if len(people) != 2 or not all(people):
        raise Unattributable("a link needs two patients, each with an identifier")
    born = {day.time for person in persons if (day := scene.day(person, 7))}
    if len(born) > 1 and not undone:  # a mother and her child, or two people
        raise Unattributable(f"{OTHER_BIRTH}: a person must decide")
    if people[0] != people[1]:
        into.facts.append(Merged(people[0], people[1], scene.stated, undone))
    else:
        into.problems.append(
            Problem("unused", "a link of a record with itself", "message", f"ADT^{scene.event}")
        )
