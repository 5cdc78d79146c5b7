"""Observation and DiagnosticReport: values with their status, parts of panels, cultures with their specimen."""

from dataclasses import dataclass, replace

from opensepsis.data.decode.facts import Problem, Rejected, Voided
from opensepsis.data.decode.fhir.bundle import Entry
from opensepsis.data.decode.fhir.code_status import is_about_code_status, read_code_status
from opensepsis.data.decode.fhir.context import MessageContext, codings, in_words
from opensepsis.data.decode.fhir.identity import whose
from opensepsis.data.decode.fhir.organisms import (
    OrganismOfCulture,
    is_organism,
    keep_culture,
    read_organism,
)
from opensepsis.data.decode.fhir.ranges import range_sent, unit_of_range
from opensepsis.data.decode.fhir.result_status import (
    NO_RESULT_YET,
    NO_STATUS,
    NO_SUCH_STATUS,
    STATUS,
    filed_version,
)
from opensepsis.data.decode.fhir.specimens import specimen_of
from opensepsis.data.decode.fhir.values import Sent, is_number, value_sent
from opensepsis.data.decode.observations import AGAIN, DecodeResult, Value, chart, filed_as
from opensepsis.data.decode.patient_names import parts_of
from opensepsis.data.intake.airway_words import UNDER_A_TUBE, silenced
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.definitions.concepts.periods import LABORATORY, counts_at_the_end
from opensepsis.rules import Concept, Kind

REJECTED = ("unsatisfactory", "unavailable", "entered-in-error")  # of Specimen.status
NOT_DONE = ("not-performed", "error", "not-applicable", "unsupported")  # of dataAbsentReason
CONTRADICTED = "a value beside a reason for its absence"
WITHOUT_A_CODE = "without a code"  # a text could hold anything
ANOTHERS = "it is about another thing or person (focus)"
NO_PATIENTS_SPECIMEN = "a control or other specimen that was not taken from a patient"
ANOTHERS_SPECIMEN = "its specimen was taken from another patient"
BY_THEMSELVES = "its components are read separately"


@dataclass(frozen=True)
class Whole:
    """An Observation or report with what holds for all of its parts."""

    resource: dict
    patient: str
    scene: MessageContext
    status: str
    known: int
    origin: str
    specimen: dict

    @property
    def received(self) -> int:
        """When its message came."""
        return self.scene.message.received

    @property
    def filed(self) -> int:
        """When this version counts as filed."""
        return filed_as(self.known, self.received, self.status)


def read_observation(resource: dict, scene: MessageContext, into: DecodeResult) -> None:
    """The value of an Observation and of each of its components; a later version takes back whatever it lacks."""
    if is_organism(resource) and not isinstance(resource, OrganismOfCulture):
        read_organism(resource, scene, into, read_observation)
        return
    patient = whose(resource, scene, into)
    if not patient or _is_code_status(resource, patient, scene, into):
        return
    whole = _whole(resource, patient, scene)
    if whole is None:
        into.problems.append(Problem("value", NO_SUCH_STATUS, "status", str(resource.get("status"))))
        return
    if reason := _of_another(whole):
        _about_another(whole, reason, into)
    else:
        _parts(whole, into)
    lacks = (
        bool(resource.get("component"))
        or not resource.get("status")
        or (scene.coded(resource.get("code")) and not _has_value(resource))
    )
    supersede(resource, patient, whole.filed, whole.status in AGAIN, bool(lacks), scene, into)
    coded = scene.coded(resource.get("code"))
    if coded and coded[0].concept == "culture":
        keep_culture(resource, scene, into, read_observation)


def _is_code_status(resource: dict, patient: str, scene: MessageContext, into: DecodeResult) -> bool:
    """Whether an Observation is about the code status; what that says is noted."""
    if not is_about_code_status(resource, scene):
        return False
    status = STATUS.get(str(resource.get("status") or "final"))
    if status is None:
        into.problems.append(Problem("value", NO_SUCH_STATUS, "status", str(resource.get("status"))))
        return True
    filed = filed_as(filed_version(resource, scene), scene.message.received, status)
    says = read_code_status(resource, patient, status, filed, scene, into)
    supersede(resource, patient, filed, status in AGAIN, not says, scene, into)
    return True


def supersede(
    resource: dict,
    patient: str,
    filed: int,
    again: bool,
    lacks: bool,
    scene: MessageContext,
    into: DecodeResult,
) -> None:
    """Takes back what earlier versions said: after a later version, and after one that lacks what it could have said before."""
    later = again or scene.said_again(resource) or (lacks and not scene.version(resource))
    if later and scene.is_named(resource):
        into.facts.append(Voided(patient, scene.origin(resource), filed))


def _has_value(resource: dict) -> bool:
    return any(name.startswith("value") for name in resource)


def _whole(resource: dict, patient: str, scene: MessageContext) -> Whole | None:
    status = STATUS.get(str(resource.get("status") or "final"))
    if status is None:
        return None
    specimen = specimen_of(resource, scene)
    if str(specimen.get("status")) in REJECTED:
        status = "withdrawn"
    return Whole(
        resource, patient, scene, status, filed_version(resource, scene), scene.origin(resource), specimen
    )


def _of_another(whole: Whole) -> str:
    """Why a value is not the patient's although its subject is; empty where it is."""
    if whole.resource.get("focus"):
        return ANOTHERS
    if _is_another_patients(whole.specimen.get("whose", ""), whole.patient):
        return ANOTHERS_SPECIMEN
    return NO_PATIENTS_SPECIMEN if whole.specimen.get("of") not in (None, "", "Patient") else ""


def _is_another_patients(theirs: str, mine: str) -> bool:
    """Whether two names are of two patients: of names of two spaces it is not known."""
    return bool(theirs) and theirs != mine and parts_of(theirs)[0] == parts_of(mine)[0]


def _about_another(whole: Whole, reason: str, into: DecodeResult) -> None:
    words = in_words(whole.resource.get("code")) or "a value"
    time = _time(whole)[0] or whole.received
    into.facts.append(Rejected(whole.patient, time, words, reason))


def _parts(whole: Whole, into: DecodeResult) -> None:
    resource = whole.resource
    parts = [part for part in resource.get("component") or () if isinstance(part, dict)]
    _one(resource, whole, "", into, gathers=bool(parts) or bool(resource.get("hasMember")))
    for number, part in enumerate(parts):
        _one(part, whole, f" {_name(part, number)}", into)


def _name(part: dict, number: int) -> str:
    """What names a component in every version of its panel: its code, else its place."""
    codings = (part.get("code") or {}).get("coding") or ()
    return next((str(c["code"]) for c in codings if c.get("code")), str(number)).replace(" ", "")


def _one(part: dict, whole: Whole, suffix: str, into: DecodeResult, gathers: bool = False) -> None:
    found = whole.scene.coded(part.get("code"))
    sent = value_sent(part, found[0].concept if found else "")
    if (
        gathers
        and not sent.text
        and not part.get("dataAbsentReason")
        and not (found and found[0].concept == "culture")
    ):
        into.problems.append(Problem("unused", BY_THEMSELVES))
        return
    if found is None:
        into.problems.append(_unmapped(part.get("code"), sent.unit))
        return
    if sent.text and not sent.reason and part.get("dataAbsentReason") and found[0].concept != "culture":
        sent = replace(sent, reason=CONTRADICTED)
    if sent.text and whole.resource.get("status") == "registered" and found[0].concept != "culture":
        sent = replace(sent, reason=sent.reason or NO_RESULT_YET)
    if not whole.resource.get("status"):
        sent = replace(sent, reason=sent.reason or NO_STATUS)
    if is_number(sent.text) and not sent.unit:
        sent = replace(sent, unit=unit_of_range(part))
    concept = CONCEPTS[found[0].concept]
    status, absent = whole.status, part.get("dataAbsentReason")
    if concept.name == "culture" and absent and _code(absent) in NOT_DONE:
        status = "withdrawn"
    time, assumed = _time(whole, concept)
    if status != "withdrawn" and silenced(concept.name, sent.text, _said_beside(whole, part)):
        sent = replace(sent, reason=UNDER_A_TUBE)
    if (status != "withdrawn" and concept.name != "culture" and not sent.text) or sent.reason:
        _not_scored(whole, part, sent, concept.label, time, into)
        return
    reference, usual = range_sent(part, sent.unit)
    value = _value(whole, found, sent, suffix, status, time, assumed)
    value = replace(value, reference=reference, usual=usual, name=_called(whole, part))
    chart(value, whole.received, into, whole.scene.site.local)


def _said_beside(whole: Whole, part: dict) -> list[str]:
    """What was written with a value: notes, its words and the reason for its absence."""
    concepts = [part.get("valueCodeableConcept") or {}, part.get("dataAbsentReason") or {}]
    displays = [coding.get("display") for one in concepts for coding in one.get("coding") or ()]
    return [str(text) for text in (*_comments(whole), *map(in_words, concepts), *displays) if text]


def _comments(whole: Whole) -> tuple[str, ...]:
    notes = [one.get("text") for one in whole.resource.get("note") or () if isinstance(one, dict)]
    return tuple(str(text) for text in notes if text)


def _called(whole: Whole, part: dict) -> str:
    """What the sender calls what was measured: the names of its code, and where and how it was measured."""
    said = (part.get("code"), whole.resource.get("bodySite"), whole.resource.get("method"))
    return " / ".join(name for name in map(_named, said) if name)


def _named(code) -> str:
    """The text of a code and the name of each coding."""
    code = code if isinstance(code, dict) else {}
    said = (code.get("text"), *(coding.get("display") for coding in code.get("coding") or ()))
    return " / ".join(str(name) for name in said if name)


def _value(
    whole: Whole, found, sent: Sent, suffix: str, status: str, time: int | None, assumed: bool
) -> Value:
    coded, system, code = found
    return Value(
        patient=whole.patient,
        coded=coded,
        text=sent.text,
        unit=sent.unit,
        time=time,
        known=whole.known,
        origin=whole.origin + suffix,
        status=status,
        specimen=whole.specimen.get("words", ""),
        specimen_text=whole.specimen.get("said", ""),
        site=f"{whole.specimen.get('site', '')} {_named(whole.resource.get('bodySite'))}".strip(),
        comments=_comments(whole),
        system=system,
        code=code,
        assumed_time=assumed,
        decimal=sent.decimal,
        is_name=isinstance(whole.resource, OrganismOfCulture),
    )


def _not_scored(
    whole: Whole, part: dict, sent: Sent, label: str, time: int | None, into: DecodeResult
) -> None:
    """A concept that is known without a value that can be read."""
    reason = sent.reason
    if not reason:
        why = in_words(part.get("dataAbsentReason"))
        reason = f"no value: {why}" if why else "no value was sent"
    into.facts.append(
        Rejected(whole.patient, time or whole.received, label, reason, f"{sent.text} {sent.unit}".strip())
    )


def _unmapped(concept, unit: str) -> Problem:
    codings = (concept or {}).get("coding") or ()
    coding = next((c for c in codings if c.get("code")), {})
    code = str(coding.get("code") or WITHOUT_A_CODE)
    return Problem("unmapped", "no map knows this code", str(coding.get("system") or ""), code, unit)


def _code(concept) -> str:
    return next((str(c["code"]) for c in (concept or {}).get("coding") or () if c.get("code")), "")


def _time(whole: Whole, concept: Concept | None = None) -> tuple[int | None, bool]:
    """The clinical time, and whether it is that of the message; of a period the moment for which its concept stands."""
    resource, scene = whole.resource, whole.scene
    period = resource.get("effectivePeriod")
    if period:
        return _of_period(period, whole, concept), False
    timing = (resource.get("effectiveTiming") or {}).get("event") or ()
    if resource.get("effectiveTiming"):
        return (scene.moment(timing[0]) if len(timing) == 1 else None), False
    said = (
        resource.get("effectiveDateTime"),
        resource.get("effectiveInstant"),
        whole.specimen.get("collected"),
    )
    if any(said):
        return scene.first_moment(*said), False
    return (whole.known, True) if scene.feed.message_time else (None, False)


def _of_period(period: dict, whole: Whole, concept: Concept | None) -> int | None:
    """Its end or its begin; None of one that ends before it begins. A measure without an end is of the begin, an amount of no time."""
    start, end = whole.scene.moment(period.get("start")), whole.scene.moment(period.get("end"))
    if concept is None or not counts_at_the_end(concept, _is_of_a_specimen(whole)):
        return start
    if start is not None and end is not None and end < start:
        return None
    return start if concept.kind is not Kind.AMOUNT and not period.get("end") else end


def _is_of_a_specimen(whole: Whole) -> bool:
    """Whether the sender says that a specimen or the laboratory told it."""
    category = whole.resource.get("category") or ()
    said = [
        code for one in (category if isinstance(category, list) else [category]) for _, code in codings(one)
    ]
    return bool(whole.resource.get("specimen")) or any(code.upper() in LABORATORY for code in said)


def read_report(resource: dict, scene: MessageContext, into: DecodeResult) -> None:
    """A report of a culture without an Observation of its own; any other report only gathers Observations."""
    patient = whose(resource, scene, into)
    if not patient:
        return
    results = [one for one in resource.get("contained") or () if one.get("resourceType") == "Observation"]
    for one in results:
        _contained(one, resource, scene, into)
    whole = _whole(_with_conclusion(resource), patient, scene)
    if whole is None:
        into.problems.append(Problem("value", NO_SUCH_STATUS, "status", str(resource.get("status"))))
        return
    found = scene.coded(resource.get("code"))
    if found and found[0].concept == "culture" and not resource.get("result") and not results:
        _one(whole.resource, whole, " report", into)
    elif resource.get("result") or results:
        into.problems.append(Problem("unused", BY_THEMSELVES))
    else:
        into.problems.append(_unmapped(resource.get("code"), ""))
    supersede(
        resource,
        patient,
        filed_as(whole.known, whole.received, "final"),
        whole.status in AGAIN,
        True,
        scene,
        into,
    )


def _with_conclusion(report: dict) -> dict:
    conclusions = [in_words(concept) for concept in report.get("conclusionCode") or ()]
    return {**report, "valueString": report.get("conclusion") or ", ".join(conclusions)}


def _contained(resource: dict, report: dict, scene: MessageContext, into: DecodeResult) -> None:
    """An Observation that lies within its report is of the report's patient and time unless it says otherwise."""
    shared = (
        "subject",
        "effectiveDateTime",
        "effectivePeriod",
        "issued",
        "meta",
        "specimen",
        "category",
        "status",
    )
    times = any(name.startswith("effective") for name in resource)
    given = {n: report[n] for n in shared if n in report and not (times and n.startswith("effective"))}
    if STATUS.get(str(report.get("status"))) == "withdrawn":
        given["status"], resource = report["status"], {k: v for k, v in resource.items() if k != "status"}
    entry: Entry = replace(scene.entry, resource=resource, holder=report)
    read_observation({**given, **resource}, scene.at(entry), into)
