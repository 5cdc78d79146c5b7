"""ORU and OUL: results and vital signs, with the rules of OBX-11 (table 0085) and OBR-25 (table 0123)."""

from collections.abc import Sequence

from opensepsis.data.decode.facts import Problem
from opensepsis.data.decode.observations import DecodeResult, Value, chart, filed_as
from opensepsis.data.decode.origins import word
from opensepsis.data.intake.airway_words import UNDER_A_TUBE, silenced
from opensepsis.data.intake.culture import NOT_PERFORMED, Growth, read_culture
from opensepsis.data.intake.reference_range import read_range
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.definitions.concepts.periods import LABORATORY, counts_at_the_end
from opensepsis.uses.ward.decode.hl7.context import MessageContext
from opensepsis.uses.ward.decode.hl7.cultures import Found, found_in, reports
from opensepsis.uses.ward.decode.hl7.identity import DELETE
from opensepsis.uses.ward.decode.hl7.observed import (
    CORRECTED_TO_NOTHING,
    NO_RESULT,
    NOT_KNOWN,
    STATUS,
    Places,
    filed,
    when,
    withdraw,
)
from opensepsis.uses.ward.decode.hl7.on_record import read_code_status
from opensepsis.uses.ward.decode.hl7.order_status import is_cancelled
from opensepsis.uses.ward.decode.hl7.parser import Segment
from opensepsis.uses.ward.decode.hl7.requests import Request, requests_of
from opensepsis.uses.ward.decode.hl7.values import Sent, unit_of, value_of
from opensepsis.uses.ward.model.facts import Rejected, Voided

CANCELLED = {"X": "the order was cancelled", "Y": "no such order", "Z": "no such patient"}  # of OBR-25
REJECTED = "the specimen was rejected"
BACKWARDS = "its period ends before it begins"
NOT_A_PATIENTS = "a control or pooled specimen: it is not the patient's"


def read_results(scene: MessageContext, into: DecodeResult) -> None:
    """Every observation under its request, or why it is not used."""
    for request in requests_of(scene):
        reason = _no_result(request)
        if not reason and (codes := _not_performed(scene, request)):
            _take_back(scene, request, NOT_PERFORMED, into, codes)
        elif reason:
            _take_back(scene, request, reason, into)
        else:
            for observed, found, sent in reports(scene, request, into):
                _observation(scene, request, observed, found, sent, into)


def _no_result(request: Request) -> str:
    """Why a whole request has no result: it was cancelled, or its specimen was rejected."""
    if request.asked and (reason := CANCELLED.get(request.asked.part(25).upper())):
        return reason
    if is_cancelled(request.order):
        return CANCELLED["X"]
    if not request.is_of_a_patient:
        return NOT_A_PATIENTS
    return REJECTED if any(s.text(21).replace(DELETE, "") for s in request.specimens) else ""


def _not_performed(scene: MessageContext, request: Request) -> list[str]:
    """The codes of a request that holds nothing but cultures that were not performed."""
    codes = []
    for one in request.observed:
        found = found_in(scene, request, one)
        if found is None or found[0].concept != "culture":
            return []
        codes.append(found[2])
    said = [value_of(one, "culture").text for one in request.observed]
    read = [read_culture(scene.site.local.word("culture", text)) is Growth.NOT_PERFORMED for text in said]
    return codes if all(read) else []


def _take_back(
    scene: MessageContext, request: Request, reason: str, into: DecodeResult, codes: Sequence[str] = ()
) -> None:
    """No result of a request holds, or none of some codes, whatever was charted of it before."""
    known = filed_as(filed(scene, request, None), scene.message.received, "withdrawn")
    named = request.asked.part(4, 2) or request.asked.part(4, 1) if request.asked else ""
    for name in [f"{request.name} {word(code)}" for code in codes] or [request.name]:
        if request.is_numbered:
            into.facts.append(Voided(scene.patient, name, known))
    into.facts.append(Rejected(scene.patient, known, named or "results", reason))


def _observation(
    scene: MessageContext,
    request: Request,
    observed: Segment,
    found: Found | None,
    sent: Sent | None,
    into: DecodeResult,
) -> None:
    said = observed.part(11).upper()
    if found is None and read_code_status(scene, request, observed, into):
        return
    if found is None:
        system, code = observed.part(3, 3), observed.part(3, 1)
        into.problems.append(Problem("unmapped", "no map knows this code", system, code, observed.text(6)))
        return
    coded, system, code = found
    sent = sent or value_of(observed, coded.concept)
    status = "withdrawn" if sent.text == DELETE else STATUS.get(said)
    unit, differ = unit_of(observed, coded.concept, scene.site.local)
    reason = NO_RESULT.get(said) or (NOT_KNOWN if status is None else sent.reason or differ)
    if status != "withdrawn" and silenced(coded.concept, sent.text, _said_beside(request, observed)):
        reason = reason or UNDER_A_TUBE
    if not sent.text and status == "corrected" and coded.concept != "culture":
        reason = reason or CORRECTED_TO_NOTHING
    if not sent.text and not reason and status != "withdrawn" and coded.concept != "culture":
        into.problems.append(Problem("value", "no value was sent", system, code))
        return
    label = CONCEPTS[coded.concept].label
    places = _places(request, observed, coded.concept)
    reason = reason or _no_period(scene, places)
    at = when(scene, request, observed, code, status or "final", places, label, into)
    reference = observed.words(7, 1)
    value = Value(
        patient=scene.patient, coded=coded, text="" if status == "withdrawn" else sent.text, unit=unit, time=at.time, known=at.known,
        origin=at.origin, status=status or "final", specimen=request.material, specimen_text=request.specimen_text,
        name=_named(observed), site=request.site, comments=tuple(request.notes.get(observed, ())),
        system=system, code=code,
        assumed_time=at.assumed, decimal=scene.feed.decimal, reference=reference, usual=read_range(reference, scene.feed.decimal),
    )  # fmt: skip
    if reason:
        shown = f"{sent.text} {unit}".strip()
        into.facts.append(Rejected(scene.patient, value.time or scene.message.received, label, reason, shown))
        if status != "withdrawn":
            _rejected(value, said, reason, scene, into)
            return
    if status == "withdrawn" and value.time is None:
        withdraw(scene, request, code, value.known, label, system, into)
    else:
        chart(value, scene.message.received, into, scene.site.local)


def _named(observed: Segment) -> str:
    """What the sender calls an observation, in both codings of OBX-3."""
    return " / ".join(text for n in (2, 5) if (text := observed.words(3, n)))


def _said_beside(request: Request, observed: Segment) -> list[str]:
    """What was written with a value: its codes and words, and the notes after it."""
    return [
        *request.notes.get(observed, ()),
        *(text for n in (1, 2, 4, 5, 9) if (text := observed.words(5, n))),
    ]


def _rejected(value: Value, said: str, reason: str, scene: MessageContext, into: DecodeResult) -> None:
    """A version that cannot be read takes the place of the one before it; one that only waits does not."""
    into.problems.append(Problem("value", reason, value.system, value.code, value.unit))
    if value.time is not None and said in STATUS:
        known = filed_as(value.known, scene.message.received, value.status)
        into.facts.append(Voided(value.patient, value.origin, known))


def _places(request: Request, observed: Segment, concept: str) -> Places:
    """Where the time of a value stands: a culture counts from when its specimen was taken, what counts at the end of a period then."""
    taken = ((request.asked, 7), (request.specimen, 17))
    if concept == "culture":
        return (*taken, (observed, 14))
    sampled = bool(request.specimen_text) or _is_of_the_laboratory(request)
    ended = ((request.asked, 8),) if counts_at_the_end(CONCEPTS[concept], sampled) else ()
    return ((observed, 14), *ended, *taken)


def _no_period(scene: MessageContext, places: Places) -> str:
    """Why the end of a period is no time of a value, where it would be; empty where it is."""
    told = next(((segment, n) for segment, n in places if scene.sent(segment, n)), None)
    if told is None or told[1] != 8:
        return ""
    begin, end = scene.time(told[0], 7), scene.time(*told)
    return BACKWARDS if begin is not None and end is not None and end < begin else ""


def _is_of_the_laboratory(request: Request) -> bool:
    return bool(request.asked and request.asked.part(24).upper() in LABORATORY)
