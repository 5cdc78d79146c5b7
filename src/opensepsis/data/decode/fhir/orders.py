"""ServiceRequest, Flag and Consent: comfort care and SpO₂ scale 2 by a code or the site's own words; any other order is shown."""

from opensepsis.data.decode.current import listed_order, may_limit_care
from opensepsis.data.decode.facts import Charted, Flagged, Problem, Rejected, Voided
from opensepsis.data.decode.fhir.context import MessageContext, codings, in_words
from opensepsis.data.decode.fhir.identity import whose
from opensepsis.data.decode.fhir.medications import not_ordered
from opensepsis.data.decode.fhir.observations import WITHOUT_A_CODE
from opensepsis.data.decode.observations import DecodeResult
from opensepsis.data.decode.order_times import AS_NEEDED, Held, held
from opensepsis.data.timeline.event import Event

NOTHING_YET = "an order: nothing has been taken or given yet"
A_PERSON = "no code or text on the site's list: a person must decide whether it applies"
ENDED = ("inactive", "completed", "revoked")
WRONG = ("entered-in-error", "rejected")
NOT_IN_FORCE = ("draft", "proposed", "on-hold", "unknown", "")


def read_service_request(resource: dict, scene: MessageContext, into: DecodeResult) -> None:
    """An order that stands; one not to do it, a draft and a proposal are shown."""
    patient = whose(resource, scene, into)
    if not patient:
        return
    reason = not_ordered(resource) if str(resource.get("status")) not in WRONG else ""
    if resource.get("asNeededBoolean") is True or resource.get("asNeededCodeableConcept"):
        reason = reason or AS_NEEDED
    timing = resource.get("occurrenceTiming") or {}
    bounds = resource.get("occurrencePeriod") or (timing.get("repeat") or {}).get("boundsPeriod") or {}
    moments = timing.get("event") or (None,)
    start = bounds.get("start") or resource.get("occurrenceDateTime") or moments[0]
    when = _held(start, bounds.get("end"), resource, scene, resource.get("authoredOn"))
    _order(resource, patient, when, [resource.get("code")], reason, scene, into)


def _held(start, end, resource: dict, scene: MessageContext, written=None) -> Held:
    """When it holds; from when it was written, or said, where it has no start."""
    since = scene.moment(written)
    return held(scene.told(start), scene.told(end), scene.stated(resource) if since is None else since)


def read_flag(resource: dict, scene: MessageContext, into: DecodeResult) -> None:
    """A flag on a patient, by its code."""
    patient, period = whose(resource, scene, into), resource.get("period") or {}
    if patient:
        _flagged(resource, patient, scene, into)
        when = _held(period.get("start"), period.get("end"), resource, scene)
        _order(resource, patient, when, [resource.get("code")], "", scene, into)


def _flagged(resource: dict, patient: str, scene: MessageContext, into: DecodeResult) -> None:
    """What a flag says, while it is active: isolation, code status, a risk; comfort care is shown by itself."""
    concept = resource.get("code")
    words = " ".join(in_words(concept).split())
    if (
        not scene.is_named(resource)
        or not words
        or listed_order(scene.site.local, codings(concept), _texts(concept))
    ):
        return
    period = resource.get("period") or {}
    since, until = scene.moment(period.get("start")), scene.moment(period.get("end"))
    stands = str(resource.get("status") or "") == "active"
    filed = scene.stated(resource) + scene.said_again(resource)  # after what takes back the version before
    said = Flagged(patient, scene.origin(resource), filed, words[:80], stands, until, since=since)
    into.facts.append(said)


def read_consent(resource: dict, scene: MessageContext, into: DecodeResult) -> None:
    """A consent that permits something, by the codes of its provision; what is denied is shown."""
    patient = whose(resource, scene, into)
    if not patient:
        return
    provision = resource.get("provision") or {}
    concepts = [*(provision.get("code") or ()), *(resource.get("category") or ())]
    reason = "" if provision.get("type", "permit") == "permit" else "a consent that denies it"
    if provision.get("provision"):
        reason = reason or "a consent with exceptions"
    period = provision.get("period") or {}
    when = _held(period.get("start"), period.get("end"), resource, scene, resource.get("dateTime"))
    _order(resource, patient, when, concepts, reason, scene, into)


def _order(
    resource: dict,
    patient: str,
    when: Held,
    concepts: list,
    reason: str,
    scene: MessageContext,
    into: DecodeResult,
) -> None:
    """Comfort care or SpO₂ scale 2 as a row; any other order as it is shown. `reason` says why it does not stand."""
    coded = [coding for concept in concepts for coding in codings(concept)]
    texts = [text for concept in concepts for text in _texts(concept)]
    concept = listed_order(scene.site.local, coded, texts)
    status = str(resource.get("status") or "")
    if status in NOT_IN_FORCE:
        reason = reason or f"not in force: {status or 'its status is not stated'}"
    if concept and not reason and when.reason and status not in WRONG:
        reason = when.reason
        into.problems.append(Problem("time", reason, "order", concept))
    if concept and not reason:
        _standing(resource, concept, patient, when, status, scene, into)
        return
    if scene.said_again(resource) and scene.is_named(resource):  # what stood before no longer does
        into.facts.append(Voided(patient, scene.origin(resource), scene.stated(resource) + 1))
    if concept or resource["resourceType"] == "ServiceRequest" or may_limit_care(texts):
        why = reason or (A_PERSON if may_limit_care(texts) else NOTHING_YET)
        named = next(iter(texts), "") or (coded[0][1] if coded else "an order")
        into.facts.append(Rejected(patient, when.start, named, why))
    else:
        system, code = coded[0] if coded else ("", WITHOUT_A_CODE)
        into.problems.append(
            Problem("unmapped", f"no list knows this {resource['resourceType']}", system, code)
        )


def _texts(concept) -> list[str]:
    concept = concept or {}
    said = (concept.get("text"), *(coding.get("display") for coding in concept.get("coding") or ()))
    return [str(text) for text in said if text]


def _standing(
    resource: dict,
    concept: str,
    patient: str,
    when: Held,
    status: str,
    scene: MessageContext,
    into: DecodeResult,
) -> None:
    """An order that holds until it is ended; a wrong one is taken back, a later version takes the place of the earlier."""
    stated, origin = scene.stated(resource), scene.origin(resource)
    if status in WRONG:
        into.facts.append(Voided(patient, origin, stated + 2))
        return
    start, end = when.start, when.end
    if end is None and status in ENDED:
        end = max(start, stated)  # one that was to begin later never held
    if scene.said_again(resource) and scene.is_named(resource):
        into.facts.append(Voided(patient, origin, stated))
    into.facts.append(Charted(patient, Event(concept, start, end, stated, None, "ordered", origin)))
