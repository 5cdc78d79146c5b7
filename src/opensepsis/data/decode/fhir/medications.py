"""MedicationAdministration and MedicationRequest: what was given or ordered, by the drug that a reference leads to."""

from dataclasses import replace

from opensepsis.data.decode.doses import Dose, dose_as_sent
from opensepsis.data.decode.facts import Charted, Ended, Problem, Rejected, Voided
from opensepsis.data.decode.fhir.bundle import Entry, identifiers
from opensepsis.data.decode.fhir.context import MessageContext, codings, in_words
from opensepsis.data.decode.fhir.given import not_given, noted_as_not_given
from opensepsis.data.decode.fhir.identity import whose
from opensepsis.data.decode.fhir.reference import Reference, read_reference
from opensepsis.data.decode.fhir.remembered import (
    remember,
    remember_order,
    said_before,
    stood_before,
    stopped_later,
)
from opensepsis.data.decode.fhir.result_status import NO_STATUS
from opensepsis.data.decode.fhir.values import amount_and_unit
from opensepsis.data.decode.medications import Drug, administer, gives_nothing, lasts, new_rate
from opensepsis.data.decode.mixtures import (
    NO_CONCENTRATION,
    Component,
    millilitres,
    millilitres_per_hour,
    rate_of,
)
from opensepsis.data.decode.observations import DecodeResult
from opensepsis.data.decode.origins import of_resource
from opensepsis.data.intake.medicines import find_medicine, has_local_anaesthetic
from opensepsis.data.intake.not_given import NOTHING_GIVEN
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.rules import Kind

GIVEN = ("completed", "in-progress", "stopped", "on-hold")
HALTED = ("completed", "stopped", "on-hold")
DRUG_SYSTEMS = ("rxnorm", "atc", "whocc.no")
ORDERS = ("order", "original-order", "instance-order", "filler-order")
STANDING = ("active", "completed", "stopped")
ELSEWHERE = frozenset(("discharge", "community"))  # of MedicationRequest.category
STANDS_NO_LONGER = "no order that stands: stopped"
DEEPEST = 4  # a mixture of mixtures


def read_administration(resource: dict, scene: MessageContext, into: DecodeResult) -> None:
    """A drug that was given; what was not done is shown, what was entered in error is taken back."""
    patient, status = whose(resource, scene, into), str(resource.get("status") or "")
    if not patient:
        return
    ordered = scene.entry_of(read_reference(resource.get("request")), ("MedicationRequest",))
    name, codes = _given_or_ordered(resource, ordered, scene)
    period, dosage = resource.get("effectivePeriod") or {}, resource.get("dosage") or {}
    rate, dose = _rate_or_dose(dosage)
    whole = _dose(dosage.get("dose")) if rate else Dose()
    start = scene.first_moment(resource.get("effectiveDateTime"), period.get("start"))
    said = said_before(scene)
    if status == "in-progress" and said.get("status") == "on-hold" and said.get("start") == start:
        start = scene.stated(resource)  # it goes on after a pause
    elif start is not None and said.get("start") == start:
        start = said["since"]
    route = in_words(dosage.get("route")) or (_route(ordered.resource) if ordered else "")
    end = _end(resource, status, start, said, rate, scene)
    drug = Drug(
        patient=patient,
        name=name,
        codes=codes,
        route=route or ("iv" if rate else ""),
        start=start,
        end=end,
        known=scene.stated(resource),
        origin=scene.origin(resource),
        status="withdrawn" if status == "entered-in-error" else "given" if status in GIVEN else "not given",
        amount=dose.amount,
        unit=dose.unit,
        later=scene.said_again(resource) or bool(said),
        unclear=dose.unclear,
        sent=dose.sent,
        dose=whole.exact,
        dose_unit=whole.unit,
        under=_part_of(resource, scene),
        assumed_end=end is not None and "end" not in period,
    )
    nothing = gives_nothing(dose.exact, dose.unit) or gives_nothing(drug.dose, drug.dose_unit)
    why = not_given(resource) or ("" if rate else noted_as_not_given(resource))
    if drug.status == "given" and (why := why or (NOTHING_GIVEN if nothing else "")):
        drug = replace(drug, status="not given", why_not=why)
    before = len(into.facts)
    if not name and not codes:
        into.problems.append(Problem("unmapped", "its Medication is not known", "Medication", "not sent"))
    else:
        administer(_by_concentration(drug, resource, scene), scene.message.received, into, scene.site.local)
    running = [fact for fact in into.facts[before:] if lasts(fact)]
    if drug.status == "given" and (drug.under or scene.is_named(resource)):
        into.facts += _ended_by(drug, running, said, scene)
    wrong, runs = drug.status != "given", rate and not _is_amount(drug, scene)
    if (wrong or (drug.later and not runs)) and scene.is_named(
        resource
    ):  # of one dose the last version stands; of rates each
        filed = drug.filed(scene.message.received) + (drug.status == "not given")
        into.facts.append(Voided(patient, drug.origin, filed))
    _remember(resource, status, start, [fact.event.concept for fact in running], scene, into)


def _part_of(resource: dict, scene: MessageContext) -> str:
    """What names the order of an administration, else the infusion that it is a part of; empty where neither is told."""
    said = [
        resource.get("request"),
        *(part for part in resource.get("partOf") or () if isinstance(part, dict)),
    ]
    named = (
        (one, ("MedicationRequest",) if one is said[0] else ("MedicationAdministration",))
        for one in said
        if one
    )
    return next(filter(None, (_origin_of(read_reference(one), kinds, scene) for one, kinds in named)), "")


def _origin_of(reference: Reference, kinds: tuple[str, ...], scene: MessageContext) -> str:
    """The origin of a resource of some kinds, by whatever names it for every message; empty where nothing does."""
    if reference.form == "identifier":
        return of_resource(scene.message.feed, f"{kinds[0]}?{reference.system}|{reference.name}")
    if reference.form == "urn":
        found = [one for one in scene.here(reference, kinds) if one.name]
        return (
            scene.at(found[0]).origin(found[0].resource)
            if found
            else of_resource(scene.message.feed, reference.name)
        )
    if reference.form != "literal" or reference.kind not in kinds:
        return ""
    named = {"resourceType": reference.kind, "id": reference.name}
    base = reference.base or scene.entry.base
    address = f"{base}/{reference.kind}/{reference.name}" if base else ""
    return scene.at(replace(scene.entry, resource=named, address=address, holder=None)).origin(named)


def _ended_by(drug: Drug, running: list[Charted], said: dict, scene: MessageContext) -> list[Ended]:
    """What a version of an administration ends: its rate before, also where it is of another drug now."""
    found = [new_rate(fact) for fact in running]
    now, start = {fact.event.concept for fact in running}, drug.start
    others = [] if start is None else [name for name in said.get("runs", ()) if name not in now]
    known = drug.filed(scene.message.received)
    return found + [Ended(drug.patient, name, drug.origin, start or 0, known) for name in others]


def _is_amount(drug: Drug, scene: MessageContext) -> bool:
    """Whether a drug is a fluid, of which the whole volume counts."""
    found = scene.site.local.drug(drug.name) or find_medicine(drug.name, drug.codes)
    return found is not None and CONCEPTS[found.concept].kind is Kind.AMOUNT


def _by_concentration(drug: Drug, resource: dict, scene: MessageContext) -> Drug:
    """A drug whose mixture runs at a rate of volume, at the rate that the strengths of its ingredients tell."""
    per_hour = None if drug.unclear else millilitres_per_hour(drug.amount, drug.unit)
    said = resource.get("medicationReference")
    entry = scene.entry_of(read_reference(said), ("Medication",)) if said and per_hour is not None else None
    parts = [p for p in (entry.resource.get("ingredient") or () if entry else ()) if isinstance(p, dict)]
    if not parts or per_hour is None or entry is None:
        return drug
    mixture = [_component(part, scene.at(entry)) for part in parts]
    meant = find_medicine(drug.name, drug.codes)
    acting = [c for c in mixture if meant and find_medicine(c.name, c.codes) == meant]
    if len(acting) != 1:
        return replace(drug, unclear=NO_CONCENTRATION) if meant else drug
    one = acting[0]
    if one.strength is not None and one.strength_volume > 0:
        rate = per_hour * one.strength / one.strength_volume, f"{one.strength_unit}/h"
    else:
        rate = rate_of(one, mixture, per_hour)
    return (
        replace(drug, unclear=NO_CONCENTRATION)
        if rate is None
        else replace(drug, amount=rate[0], unit=rate[1])
    )


def _component(part: dict, scene: MessageContext) -> Component:
    """An ingredient: its strength where that is one of a volume, else its amount in one of the whole."""
    if part.get("itemCodeableConcept"):
        names, codes = _named(part["itemCodeableConcept"])
    else:
        names, codes, _ = _of_medication(part.get("itemReference"), scene, 1)
    strength = part.get("strength")
    strength = strength if isinstance(strength, dict) else {}
    above, below = (_dose(strength.get(n)) for n in ("numerator", "denominator"))
    known = next((name for name in names if find_medicine(name)), next(iter(names), ""))
    if above.exact is None or below.unclear:
        return Component(known, codes)
    volume = millilitres(below.amount, below.unit)
    if volume is None:
        return Component(known, codes, above.amount, above.unit)
    return Component(known, codes, strength=above.amount, strength_unit=above.unit, strength_volume=volume)


def _rate_or_dose(dosage: dict) -> tuple[bool, Dose]:
    """Whether a rate was sent, and that rate, else the dose."""
    if dosage.get("rateQuantity"):
        return True, _dose(dosage["rateQuantity"])
    ratio = dosage.get("rateRatio") or {}
    above, below = _dose(ratio.get("numerator")), _dose(ratio.get("denominator"))
    unclear = above.unclear or below.unclear
    if above.amount is not None and below.amount:
        sent = f"{above.sent or above.amount} / {below.sent or below.unit}" if unclear else ""
        return True, Dose(above.amount / below.amount, f"{above.unit}/{below.unit}", unclear, sent)
    return False, _dose(dosage.get("dose"))


def _dose(quantity) -> Dose:
    """A Quantity as it was sent, with its comparator."""
    number, unit = amount_and_unit(quantity)
    return dose_as_sent(number, unit, ".", str((quantity or {}).get("comparator") or ""))


def _end(
    resource: dict, status: str, start: int | None, said: dict, rate: bool, scene: MessageContext
) -> int | None:
    """When it ended. What is stopped, paused or completed without an end ended when that was said; a single dose, at once."""
    end = (resource.get("effectivePeriod") or {}).get("end")
    if end:
        told = scene.moment(end)
        runs = status == "in-progress" and rate and told is not None and start is not None and told <= start
        return None if runs else told
    if status not in HALTED or start is None:
        return None
    ran = bool(said) or scene.said_again(resource) or status != "completed"
    if "effectiveDateTime" in resource and not (rate and ran):
        return None if not rate else start
    return max(start, scene.stated(resource))


def _remember(
    resource: dict, status: str, start: int | None, runs: list[str], scene: MessageContext, into: DecodeResult
) -> None:
    """That it runs or rests and what runs, for the version that stops it, lets it go on or is of another drug."""
    if start is None or status not in ("in-progress", "on-hold"):
        return
    told = scene.first_moment(
        resource.get("effectiveDateTime"), (resource.get("effectivePeriod") or {}).get("start")
    )
    said = {
        "resourceType": "MedicationAdministration",
        "status": status,
        "start": told,
        "since": start,
        "runs": runs,
    }
    remember(said, scene, into)


def read_request(resource: dict, scene: MessageContext, into: DecodeResult) -> None:
    """A drug that was ordered: an order that stands. A plan, a draft and an order not to give are shown."""
    patient = whose(resource, scene, into)
    if not patient:
        return
    name, codes = drug_named(resource, scene)
    stopped = stopped_later(resource, scene)
    reason = not_ordered(resource) or (STANDS_NO_LONGER if stopped or _is_stopped(resource, scene) else "")
    time = scene.moment(resource.get("authoredOn"))
    drug = Drug(
        patient=patient,
        name=name,
        codes=codes,
        route=_route(resource),
        start=time,
        end=None,
        known=scene.stated(resource),
        origin=scene.origin(resource),
        status="ordered",
        later=scene.said_again(resource),
    )
    if reason:
        into.facts.append(Rejected(patient, time or scene.message.received, name or "a drug", reason))
    elif not name and not codes:
        into.problems.append(Problem("unmapped", "its Medication is not known", "Medication", "not sent"))
    else:
        administer(drug, scene.message.received, into, scene.site.local)
    if not reason and (before := _replaced(resource, scene)):
        into.facts.append(Voided(patient, before, drug.known + 1))
    if (reason or drug.later) and scene.is_named(resource):
        filed = drug.filed(scene.message.received) + bool(reason)
        into.facts.append(Voided(patient, drug.origin, filed if stopped is None else max(filed, stopped + 2)))
    matters = resource.get("status") == "active" or _is_known(name, codes, scene)
    if said_before(scene) or (not reason and matters):
        remember_order(resource, scene, into)


def _replaced(resource: dict, scene: MessageContext) -> str:
    """The origin of the order that an order takes the place of; empty where it names none."""
    reference = read_reference(resource.get("priorPrescription"))
    return _origin_of(reference, ("MedicationRequest",), scene) if reference.form == "literal" else ""


def _is_stopped(resource: dict, scene: MessageContext) -> bool:
    """Whether an order that stood here stands no longer; one of which only the end is told was an order, as in an export."""
    return resource.get("status") == "stopped" and stood_before(scene)


def _route(request: dict) -> str:
    """The first route of an order; empty where it names none."""
    told = request.get("dosageInstruction") or ()
    return next((in_words(one["route"]) for one in told if isinstance(one, dict) and one.get("route")), "")


def _given_or_ordered(
    resource: dict, ordered: Entry | None, scene: MessageContext
) -> tuple[str, tuple[str, ...]]:
    """The drug as it was given; where no list knows that, as of the order that it was given for."""
    name, codes = drug_named(resource, scene)
    if not ordered or _is_known(name, codes, scene):
        return name, codes
    other = drug_named(ordered.resource, scene.at(ordered))
    return other if _is_known(*other, scene) or not (name or codes) else (name, codes)


def _is_known(name: str, codes: tuple[str, ...], scene: MessageContext) -> bool:
    return bool(scene.site.local.drug(name) or find_medicine(name, codes))


def not_ordered(resource: dict) -> str:
    """Why a request is no order that stands; empty for one that does.

    >>> not_ordered({"intent": "order", "status": "active"}), not_ordered({"intent": "order", "doNotPerform": True})
    ('', 'an order not to do it')
    """
    status, intent = str(resource.get("status") or ""), str(resource.get("intent") or "")
    if resource.get("doNotPerform") is True:
        return "an order not to do it"
    kinds = {code for concept in resource.get("category") or () for _, code in codings(concept)}
    if resource.get("resourceType") == "MedicationRequest" and kinds and kinds <= ELSEWHERE:
        return "for use at home, not in the hospital"
    if resource.get("reportedBoolean") is True:
        return "reported, not ordered here"
    if intent not in ORDERS:
        return f"no order yet: {intent or 'its intent is not stated'}"
    if not status:
        return NO_STATUS
    if status not in STANDING and status != "revoked":
        return f"no order that stands: {status}"
    return ""


def drug_named(resource: dict, scene: MessageContext) -> tuple[str, tuple[str, ...]]:
    """The name and the RxNorm and ATC codes of a drug: coded in the resource, or of the Medication that it refers to."""
    concept, said = resource.get("medicationCodeableConcept"), resource.get("medicationReference")
    if concept:
        names, codes, mixed = *_named(concept), []
    else:
        names, codes, mixed = _of_medication(said, scene, 0)
        names.append(read_reference(said).display)
    mixture = " / ".join(mixed)
    names = [name for name in (*names, mixture, *mixed) if name]
    known = (name for name in names if scene.site.local.drug(name) or find_medicine(name))
    name = next(known, next(iter(names), ""))
    return (f"{name} ({mixture})" if mixture not in name and has_local_anaesthetic(mixture) else name), codes


def _of_medication(said, scene: MessageContext, depth: int) -> tuple[list[str], tuple[str, ...], list[str]]:
    """Names and codes of a Medication, what it is dissolved in last, and the names of what it is mixed of.

    Some know it by its identifier only.
    """
    entry = scene.entry_of(read_reference(said), ("Medication",)) if said else None
    if entry is None or depth >= DEEPEST:
        return [], (), []
    names, own = _named(entry.resource.get("code"))
    names += [value for _, value in identifiers(entry.resource)]
    mixed: list[str] = []
    codes: list[str] = []
    for part in entry.resource.get("ingredient") or ():
        if part.get("itemCodeableConcept"):
            found, more = _named(part["itemCodeableConcept"])
            mixed += found[:1]
        else:
            found, more, inner = _of_medication(part.get("itemReference"), scene.at(entry), depth + 1)
            mixed += found[:1] or inner
        codes += more
    return names, (*own, *sorted(codes, key=_is_fluid)), mixed


def _is_fluid(code: str) -> bool:
    found = find_medicine("", (code,))
    return found is not None and CONCEPTS[found.concept].kind is Kind.AMOUNT


def _named(concept) -> tuple[list[str], tuple[str, ...]]:
    """The text, displays and codes of a drug, and those of its codes that the list of medicines knows."""
    concept = concept or {}
    coded = [c for c in concept.get("coding") or () if isinstance(c, dict)]
    codes = tuple(
        str(c["code"]) for c in coded if c.get("code") and any(s in str(c.get("system") or "").lower() for s in DRUG_SYSTEMS)
    )  # fmt: skip
    said = (concept.get("text"), *(c.get("display") for c in coded), *(c.get("code") for c in coded))
    return [str(name) for name in said if name], codes
