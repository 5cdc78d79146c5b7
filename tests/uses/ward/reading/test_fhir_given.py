"""What was given, ordered or done, by the drug that a reference leads to, and until when it ran."""

import pytest

from opensepsis.uses.ward.model.facts import Charted
from tests.support.ward.feeds import to_microseconds
from tests.support.ward.fhir_given import IV, RATE, given, ordered
from tests.support.ward.fhir_said import Feeding, bundle, entry, iso, number, quantity

URN = "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"


def drug(name: str = "ceftriaxone", **more) -> dict:
    return {"resourceType": "Medication", "id": "d", "code": {"text": name}, **more}


def referring(reference: dict, **more) -> dict:
    dose = {"dose": {"value": 2, "unit": "g"}, **IV}
    said = given(
        medicationCodeableConcept=None, medicationReference=reference, status="completed", dosage=dose
    )
    return {**said, "effectivePeriod": {"start": iso(5), "end": iso(9)}, **more}


@pytest.mark.parametrize("status", ["on-hold", "stopped", "completed"])
@pytest.mark.parametrize("told", [{"lastUpdated": iso(40), "versionId": "2"}, {"lastUpdated": iso(40)}, {}])
def test_an_infusion_ends_or_rests_when_that_was_said(status, told):
    feeding = Feeding().send(given(), 6)
    assert feeding.of(Charted)[0].event.end is None
    (fact,) = feeding.send(given(status=status, meta=told), 40).of(Charted)
    assert (fact.event.time, fact.event.end, fact.event.value) == (
        to_microseconds(5),
        to_microseconds(40),
        0.3,
    )


def test_an_end_that_is_told_counts():
    (fact,) = (
        Feeding()
        .send(given(status="completed", effectivePeriod={"start": iso(5), "end": iso(30)}))
        .of(Charted)
    )
    assert fact.event.end == to_microseconds(30)


def test_after_a_pause_it_goes_on():
    feeding = Feeding().send(given(meta={"lastUpdated": iso(6)}), 6)
    rested = (
        feeding.send(given(status="on-hold", meta={"lastUpdated": iso(40), "versionId": "2"}), 40)
        .of(Charted)[0]
        .event
    )
    again = feeding.send(given(meta={"lastUpdated": iso(60), "versionId": "3"}), 60).of(Charted)[0].event
    over = (
        feeding.send(given(status="completed", meta={"lastUpdated": iso(90), "versionId": "4"}), 90)
        .of(Charted)[0]
        .event
    )
    assert (rested.time, rested.end) == (to_microseconds(5), to_microseconds(40))
    assert (again.time, again.end) == (to_microseconds(60), None) and (over.time, over.end) == (
        to_microseconds(60),
        to_microseconds(90),
    )


def test_what_is_not_done_is_shown():
    feeding = Feeding().send(given(status="not-done"))
    assert not feeding.charted and feeding.shown == ["not given"]


def test_what_was_an_error_is_taken_back():
    feeding = Feeding()
    first = feeding.send(given(), 6).of(Charted)[0].event
    feeding.send(given(status="entered-in-error"), 30)
    assert any(void.covers(first) for void in feeding.voided)


def test_a_rate_as_a_ratio_is_a_rate():
    ratio = {"numerator": {"value": 0.6, "unit": "ug/kg"}, "denominator": {"value": 2, "unit": "min"}}
    assert Feeding().send(given(dosage={"rateRatio": ratio, **IV})).charted == [
        ("server ehr|7", "norepinephrine", 0.3)
    ]


ROUTES = {
    "contained": lambda f: f.send(referring({"reference": "#d"}, contained=[drug()])),
    "bundled": lambda f: f.send(
        bundle(entry(drug(id=None), URN), entry(referring({"reference": URN}), "urn:uuid:9"))
    ),
    "beside": lambda f: f.send(bundle(entry(drug()), entry(referring({"reference": "Medication/d"})))),
    "kept": lambda f: f.send(drug()).send(referring({"reference": "Medication/d/_history/1"})),
    "identifier": lambda f: f.send(drug(identifier=number("9", "urn:d"))).send(
        referring({"identifier": {"system": "urn:d", "value": "9"}})
    ),
    "display": lambda f: f.send(referring({"reference": "Medication/x", "display": "ceftriaxone 2 g"})),
    "ingredient": lambda f: f.send(
        referring(
            {"reference": "#d"},
            contained=[drug("", ingredient=[{"itemReference": {"reference": "#i"}}]), drug(id="i")],
        )
    ),
}


@pytest.mark.parametrize("way", ROUTES)
def test_a_drug_is_known_by_its_reference(way):
    assert ROUTES[way](Feeding()).charted == [("server ehr|7", "antibiotic", "ceftriaxone|iv")]


def test_a_drug_that_nobody_told_of_is_counted():
    feeding = Feeding().send(referring({"reference": "Medication/x"}))
    assert feeding.told == [("unmapped", "its Medication is not known")]


def test_an_order_that_stands_is_charted():
    assert Feeding().send(ordered()).charted == [("server ehr|7", "antibiotic_order", "ceftriaxone|iv")]


@pytest.mark.parametrize("said", [
    {"doNotPerform": True}, {"status": "draft"}, {"intent": "proposal"}, {"intent": "plan"}, {"intent": "option"}, {"status": "cancelled"},
    {"status": "entered-in-error"}, {"intent": "reflex-order"}, {"reportedBoolean": True},
    {"category": [{"coding": [{"code": "discharge"}]}]}, {"category": [{"coding": [{"code": "community"}]}]},
])  # fmt: skip
def test_what_is_no_order_is_shown_and_takes_the_order_back(said):
    feeding = Feeding()
    first = feeding.send(ordered(), 6).of(Charted)[0].event
    feeding.send(ordered(**said), 30)
    assert (
        not feeding.charted and len(feeding.shown) == 1 and any(void.covers(first) for void in feeding.voided)
    )


def procedure(**more) -> dict:
    said = {
        "resourceType": "Procedure", "id": "p", "status": "completed", "subject": {"reference": "Patient/7"},
        "category": {"coding": [{"code": "Ventilation"}], "text": "Procedures"}, "code": snomed("40617009"),
        "performedPeriod": {"start": iso(5), "end": iso(30)},
    }  # fmt: skip
    return {**said, **more}


def snomed(code: str) -> dict:
    return {"coding": [{"system": "http://snomed.info/sct", "code": code}]}


def test_a_procedure_with_a_category_is_read():
    feeding = Feeding().send(procedure())
    assert [who for who, concept, _ in feeding.charted if concept == "ventilation"] == [
        "server ehr|7"
    ] and not feeding.dead


@pytest.mark.parametrize(
    "text",
    [
        "No oxygen needed",
        "Weaned from mechanical ventilation",
        "Dialysis catheter removed",
        "ECMO not indicated",
    ],
)
def test_words_of_a_procedure_are_no_support(text):
    feeding = Feeding().send(procedure(code={"text": text}))
    assert not feeding.charted and feeding.told == [("unmapped", "no list knows this procedure")]


@pytest.mark.parametrize(
    ("text", "word"), [("ventilation: invasive", "invasive"), ("dialysis: crrt", None), ("a tube", None)]
)
def test_a_coded_procedure_has_the_word_that_its_text_writes_for_the_same_support(text, word):
    (fact,) = Feeding().send(procedure(code=snomed("40617009") | {"text": text})).of(Charted)
    assert (fact.event.concept, fact.event.text) == ("ventilation", word)


def test_a_procedure_that_was_not_done_is_shown():
    assert Feeding().send(procedure(status="not-done")).shown == ["not done"]


def test_support_that_goes_on_has_no_end():
    (fact,) = Feeding().send(procedure(status="in-progress", performedPeriod={"start": iso(5)})).of(Charted)
    assert fact.event.end is None


@pytest.mark.parametrize("status", ["completed", "stopped"])
def test_support_that_is_over_has_ended(status):
    (fact,) = (
        Feeding()
        .send(procedure(status=status, performedPeriod={"start": iso(5)}, meta={"lastUpdated": iso(40)}))
        .of(Charted)
    )
    assert fact.event.end == to_microseconds(40)


def condition(**more) -> dict:
    code = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "A41.9"}]}
    return {
        "resourceType": "Condition",
        "id": "c",
        "subject": {"reference": "Patient/7"},
        "code": code,
        "recordedDate": iso(5),
        **more,
    }


def test_a_diagnosis_counts_by_its_code():
    assert Feeding().send(condition()).charted == [("server ehr|7", "diagnosis", "ICD10:A41.9")]


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("Z33.1", "pregnant"),
        ("O14.1", "pregnant"),
        ("O9A.211", "pregnant"),
        ("Z3A.32", "pregnant"),
        ("O86.4", "recently pregnant"),
        ("Z39.0", "recently pregnant"),
        ("N80.0", None),
    ],
)
def test_a_code_of_pregnancy_tells_of_it_beside_the_diagnosis(code, word):
    said = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": code}]}
    charted = Feeding().send(condition(code=said)).charted
    assert [text for _, concept, text in charted if concept == "pregnancy"] == ([word] if word else [])
    assert ("server ehr|7", "diagnosis", f"ICD10:{code}") in charted


@pytest.mark.parametrize("status", ["unconfirmed", "provisional", "differential"])
def test_a_diagnosis_that_is_not_confirmed_is_shown(status):
    feeding = Feeding().send(condition(verificationStatus={"coding": [{"code": status}]}))
    assert not feeding.charted and feeding.shown == [f"not confirmed: {status}"]


def test_a_diagnosis_without_a_code_is_counted():
    assert Feeding().send(condition(code={"text": "Sepsis"})).told == [
        ("unmapped", "no ICD-9 or ICD-10 code")
    ]


def test_infusions_of_two_bundles_with_one_passing_id_are_two():
    feeding, found = Feeding(), []
    for n, address in enumerate((URN, URN[:-1] + "1")):
        said = given(
            effectivePeriod={"start": iso(5)},
            meta={"lastUpdated": iso(20 + n)},
            status=("on-hold", "in-progress")[n],
        )
        feeding.send(bundle(entry(said, address, "POST", "MedicationAdministration")), 30)
        found += [(fact.event.time, fact.event.end) for fact in feeding.of(Charted)]
    assert found == [(to_microseconds(5), to_microseconds(20)), (to_microseconds(5), None)]


def mixture(*ingredients: str, name: str | None = None, **more) -> dict:
    """An administration of a contained Medication that is mixed of several drugs."""
    parts = [{"itemCodeableConcept": {"text": one}} for one in ingredients]
    mixed = {
        "resourceType": "Medication",
        "id": "x",
        "ingredient": parts,
        **({"code": {"text": name}} if name else {}),
    }
    return given(
        medicationCodeableConcept=None, contained=[mixed], medicationReference={"reference": "#x"}, **more
    )


@pytest.mark.parametrize(
    "ingredients", [("sodium chloride 0.9 %", "ceftriaxone"), ("ceftriaxone", "sodium chloride 0.9 %")]
)
def test_a_mixture_is_what_it_acts_by_and_not_what_it_is_dissolved_in(ingredients):
    assert [(what, text) for _, what, text in Feeding().send(mixture(*ingredients)).charted] == [
        ("antibiotic", "ceftriaxone|iv")
    ]


def test_a_coded_mixture_is_what_it_acts_by():
    coded = [
        {
            "itemCodeableConcept": {
                "coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": c}]
            }
        }
        for c in ("313002", "2193")
    ]
    held = {"resourceType": "Medication", "id": "x", "ingredient": coded}
    said = given(medicationCodeableConcept=None, contained=[held], medicationReference={"reference": "#x"})
    assert [what for _, what, _ in Feeding().send(said).charted] == ["antibiotic"]


@pytest.mark.parametrize("name", [None, "Epinephrine", "Dental cartridge"])
def test_a_mixture_with_a_local_anaesthetic_does_not_run(name):
    feed = Feeding().send(mixture("lidocaine", "epinephrine", name=name))
    assert feed.charted == [] and len(feed.shown) == 1


def bag(
    numerator: dict | None, denominator: dict | None, rate: float = 15, carrier: dict | None = None
) -> dict:
    """Norepinephrine in a carrier that runs at a rate of volume."""
    parts = [
        {"itemCodeableConcept": {"text": name}, **({"strength": strength} if strength else {})}
        for name, strength in (
            ("sodium chloride 0.9 %", carrier),
            ("Norepinephrine", numerator and {"numerator": numerator, "denominator": denominator}),
        )
    ]
    held = {"resourceType": "Medication", "id": "x", "code": {"text": "Perfusor"}, "ingredient": parts}
    dosage = {"rateQuantity": quantity(rate, "mL/h"), **IV}
    reference = {"reference": "#x"}
    return given(
        medicationCodeableConcept=None, contained=[held], medicationReference=reference, dosage=dosage
    )


@pytest.mark.parametrize("said", [
    bag(quantity(4, "mg"), quantity(250, "mL")),
    bag(quantity(16, "ug"), quantity(1, "mL")),
    bag(quantity(4, "mg"), {"value": 1, "unit": "bag"}, carrier={"numerator": quantity(250, "mL"), "denominator": {"value": 1}}),
    bag(quantity(4, "mg"), quantity(0.25, "L")),
])  # fmt: skip
def test_a_drug_in_a_carrier_runs_at_its_own_rate(said):
    (fact,) = Feeding().send(said).of(Charted)
    assert fact.event.concept == "norepinephrine" and fact.whole == pytest.approx(4.0)  # 0.24 mg/h


@pytest.mark.parametrize("said", [
    bag(None, None), bag(quantity(4, "mg"), {"value": 1, "unit": "bag"}), bag(quantity(4, "mL"), quantity(250, "mL")),
])  # fmt: skip
def test_a_rate_that_the_strengths_do_not_tell_is_shown(said):
    feed = Feeding().send(said)
    assert [value for _, _, value in feed.charted] == [None] and len(feed.shown) == 1


def test_what_is_in_progress_runs_whatever_end_stands_at_its_start():
    same = {"effectivePeriod": {"start": iso(5), "end": iso(5)}}
    assert [f.event.end for f in Feeding().send(given(**same)).of(Charted)] == [None]
    assert Feeding().send(given(status="completed", **same)).charted == []


MODIFIED = {"modifierExtension": [{"url": "urn:not-done", "valueBoolean": True}]}


@pytest.mark.parametrize("more", [MODIFIED, {"dosage": RATE | IV | MODIFIED}, {"implicitRules": "urn:rules"}])
def test_what_a_modifier_changes_is_not_read(more):
    """FHIR R4, extensibility: a resource with a modifier extension that is not known must not be processed."""
    feed = Feeding().send(given(meta={"versionId": "1"}))
    assert feed.charted
    feed.send(given(meta={"versionId": "2"}, **more))
    assert feed.dead and not feed.charted and feed.voided
    order = {
        "resourceType": "ServiceRequest",
        "id": "s",
        "status": "active",
        "intent": "order",
        "subject": {"reference": "Patient/7"},
    }
    assert Feeding().send({**order, "code": snomed("133918004"), "authoredOn": iso(5)}).charted
    assert (
        not Feeding().send({**order, "code": snomed("133918004"), "authoredOn": iso(5), **MODIFIED}).charted
    )


def test_a_usual_extension_changes_nothing():
    assert Feeding().send(given(extension=[{"url": "urn:x", "valueString": "y"}])).charted
