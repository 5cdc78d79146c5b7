"""DG1: the coded diagnoses of a visit, which is the principal one, and which were present on admission."""

import re

from opensepsis.data.decode.facts import Charted, Problem, Voided
from opensepsis.data.decode.observations import DecodeResult, not_ahead
from opensepsis.data.intake.diagnosis_codes import diagnosis_in_words
from opensepsis.engine.live.chart import Event
from opensepsis.uses.ward.decode.hl7.context import MessageContext
from opensepsis.uses.ward.decode.hl7.identity import DELETE
from opensepsis.uses.ward.decode.hl7.parser import Segment

# names of coding systems (table 0396) as senders write them; those of procedures (I9CP, I10P) are none
ICD9 = frozenset(("I9", "I9C", "I9CDX", "ICD9", "ICD9CM"))
ICD10 = re.compile(r"(?:I10C?|ICD10(?:CM|WHO|AM|CA|GM(?:20\d\d)?)?)$")
FINAL = ("F", "")  # of DG1-6, table 0052: an admitting or a working diagnosis is not yet the principal one
FIRST = "1"  # of DG1-15, table 0359
ON_ADMISSION = {"Y": "|poa", "W": "|poa", "N": "|not_poa"}  # of DG1-26, table 0895; else not known
GONE = "D"  # of DG1-21, table 0206
LATER = 2  # microseconds, so that it comes after what was stated at the same time


def read_diagnoses(scene: MessageContext, visit: str, into: DecodeResult) -> None:
    """The diagnoses of a message: all of them take the place of those sent before, unless each says what is to be done with it."""
    told = [segment for segment in scene.segments if segment.name == "DG1"]
    if not told:
        return
    whole = f"hl7 {visit}/diagnoses"
    one_by_one = any(scene.sent(segment, 21) for segment in told)
    if not one_by_one:
        into.facts.append(Voided(scene.patient, whole, scene.stated))
    for segment in told:
        code, gone = _code(scene, segment), scene.sent(segment, 21).upper() == GONE
        number = scene.sent(segment, 20) or code
        origin = f"{whole} {number}"
        if one_by_one and number:
            into.facts.append(Voided(scene.patient, origin, scene.stated + LATER * gone))
        if code and not gone:
            event = Event(
                "diagnosis",
                _time(scene, segment, into),
                None,
                scene.stated,
                None,
                code + _marks(segment),
                origin,
            )
            into.facts.append(Charted(scene.patient, event))
        elif not code and not gone and segment.part(3) != DELETE:
            system, said = segment.part(3, 3) or segment.part(2), segment.part(3, 1)
            into.problems.append(Problem("unmapped", "no ICD-9 or ICD-10 code", system, said))


def _code(scene: MessageContext, segment: Segment) -> str:
    """The code of either coding with its system before it, as `ICD10:A41.9`; empty where there is none."""
    for first in (1, 4):
        code = segment.part(3, first)
        named = segment.part(3, first + 2) or (segment.part(2) if first == 1 else "")
        system = re.sub(r"[\s-]", "", named).upper()
        version = "ICD9" if system in ICD9 else "ICD10" if ICD10.match(system) else ""
        if code and code != DELETE and version:
            return diagnosis_in_words(f"{version}:{code}")
    return ""


def _marks(segment: Segment) -> str:
    principal = segment.part(15) == FIRST and segment.part(6).upper() in FINAL
    return ("|principal" if principal else "") + ON_ADMISSION.get(segment.part(26).upper(), "")


def _time(scene: MessageContext, segment: Segment, into: DecodeResult) -> int:
    """DG1-5, else the admission (PV1-44), so that a diagnosis sent again without a time does not move; else as of the message."""
    found = scene.first_time((segment, 5))
    if found is None:
        found = scene.first_time((scene.first("PV1"), 44))
    return scene.stated if found is None else not_ahead(found, scene.message.received, into)
