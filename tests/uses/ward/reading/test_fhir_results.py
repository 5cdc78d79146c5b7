"""What an Observation or a report says, and what a later version of it leaves."""

import pytest

from opensepsis.uses.ward.model.facts import Charted
from tests.support.ward.feeds import to_microseconds
from tests.support.ward.fhir_said import (
    Feeding,
    bundle,
    entry,
    iso,
    loinc,
    number,
    observation,
    quantity,
)

SCORES = {"9267-6": "gcs_eye", "9268-4": "gcs_motor", "9270-0": "gcs_verbal"}


def one(**more):
    return Feeding().send(observation(**more))


@pytest.mark.parametrize(("sent", "value", "limit"), [
    (quantity(2.4, "mmol/L"), 2.4, None),
    (quantity(2, "mmol/L", comparator="<"), 2, "<"),
    (quantity(18, "mmol/L", comparator=">="), 18, ">="),
    ({"value": 2.4, "unit": "mmol/l"}, 2.4, None),
    ({"value": 2.4, "code": "mmol/L"}, 2.4, None),
])  # fmt: skip
def test_a_quantity_is_read_with_its_limit(sent, value, limit):
    (fact,) = one(valueQuantity=sent).of(Charted)
    assert (fact.event.value, fact.event.text) == (value, limit)


@pytest.mark.parametrize("sent", [
    {"valueQuantity": quantity(2, "mmol/L", comparator="ad")},
    {"valueRange": {"low": quantity(1, "mmol/L"), "high": quantity(3, "mmol/L")}},
    {"valueRatio": {"numerator": quantity(1, "mmol/L"), "denominator": quantity(128, "1")}},
    {"valueSampledData": {"origin": {"value": 0}, "period": 10, "dimensions": 1, "data": "2 3 4"}},
    {"valueString": "10-40"}, {"valueString": "2.0 mmol/L repeat"}, {"valueBoolean": True}, {"valueDateTime": "2026-03-02"},
    {"valueString": "2.1"},  # without a unit
    {"valueQuantity": {"value": 2.1}}, {"valueQuantity": quantity(2.1, "furlong")},
    {"dataAbsentReason": {"coding": [{"code": "unknown"}]}}, {},
    {"valueString": "2.1", "valueInteger": 3},
])  # fmt: skip
def test_what_is_no_number_is_shown_and_not_scored(sent):
    feeding = one(**{"valueQuantity": None} | sent)
    assert not feeding.charted and len(feeding.shown) == 1 and not feeding.dead


@pytest.mark.parametrize(("low", "high", "value"), [
    (quantity(0, "ng/mL"), quantity(500, "ng/mL"), 0.15),
    (quantity(0, "mg/L"), None, 150),
    (quantity(0, "ng/mL"), quantity(0.5, "mg/L"), None),  # of two units neither is the value's
    (None, None, None),
])  # fmt: skip
def test_a_number_sent_as_text_has_the_unit_of_its_reference_range(low, high, value):
    ends = {name: end for name, end in (("low", low), ("high", high)) if end}
    said = {"valueQuantity": None, "valueString": "<150.", "referenceRange": [ends] if ends else None}
    feeding = one(code=loinc("48065-7"), **said)
    if value is None:
        assert not feeding.charted and len(feeding.shown) == 1
    else:
        (fact,) = feeding.of(Charted)
        assert (fact.event.value, fact.event.text) == (value, "<")


@pytest.mark.parametrize(("code", "value", "unit", "concept", "own"), [
    ("44963-7", 3, "s", "capillary_refill", 3.0),
    ("18185-9", 37, "wk", "gestational_age", 37.0),
    ("11884-4", 259, "d", "gestational_age", 37.0),
])  # fmt: skip
def test_signs_and_births_by_their_codes(code, value, unit, concept, own):
    (fact,) = one(code=loinc(code), valueQuantity=quantity(value, unit)).of(Charted)
    assert (fact.event.concept, fact.event.value) == (concept, own)


@pytest.mark.parametrize("answer", [{"text": "HIV positive"}, {"coding": [{"code": "86406008"}]}])
def test_hiv_by_its_code_and_answer(answer):
    (fact,) = one(code=loinc("55277-8"), valueQuantity=None, valueCodeableConcept=answer).of(Charted)
    assert (fact.event.concept, fact.event.text) == ("hiv", "positive")


def test_what_is_shown_is_what_was_sent():
    low_and_high = {"low": quantity(1, "mmol/L"), "high": quantity(3, "mmol/L")}
    fact = one(valueQuantity=None, valueRange=low_and_high).facts[0]
    assert (fact.shown, fact.reason) == ("1–3 mmol/L", "a range, not a value")


@pytest.mark.parametrize(("code", "answer", "points"), [
    ("9267-6", "LA6553-7", 1), ("9267-6", "LA6556-0", 4), ("9270-0", "LA6560-2", 4), ("9268-4", "LA6567-7", 6), ("9268-4", "3", 3),
])  # fmt: skip
def test_answers_of_the_coma_scale_are_numbers(code, answer, points):
    said = {
        "coding": [{"system": "http://loinc.org", "code": answer, "display": "Confused"}],
        "text": "Confused",
    }
    assert one(code=loinc(code), valueQuantity=None, valueCodeableConcept=said).charted == [
        ("server ehr|7", SCORES[code], points)
    ]


def test_an_answer_with_an_ordinal_value_is_a_number():
    ordinal = {"url": "http://hl7.org/fhir/StructureDefinition/ordinalValue", "valueDecimal": 4}
    said = {"coding": [{"system": "urn:local", "code": "conf", "extension": [ordinal]}]}
    assert one(code=loinc("9270-0"), valueQuantity=None, valueCodeableConcept=said).charted[0][2] == 4


def test_an_answer_of_another_part_is_no_number():
    said = {"coding": [{"system": "http://loinc.org", "code": "LA6560-2"}]}
    assert not one(code=loinc("9267-6"), valueQuantity=None, valueCodeableConcept=said).charted


def test_an_amount_counts_at_the_end_of_its_period():
    period = {"start": iso(0), "end": iso(480)}
    said = observation("9187-6", 300, "mL", effectiveDateTime=None, effectivePeriod=period)
    (fact,) = Feeding().send(said, 500).of(Charted)
    assert (fact.event.time, fact.event.value) == (to_microseconds(480), 300)
    assert Feeding().send({**said, "effectivePeriod": {"start": iso(0)}}, 500).shown == [
        "no clinical time to the minute"
    ]
    assert one(effectiveDateTime=None, effectivePeriod={"start": iso(5)}).of(Charted)[
        0
    ].event.time == to_microseconds(5)


@pytest.mark.parametrize("times", [
    {"effectiveDateTime": "2026-03-02"}, {"effectiveDateTime": "yesterday"}, {"effectiveDateTime": None},
    {"effectiveDateTime": None, "effectivePeriod": {"start": "2026-03-02"}},
    {"effectiveDateTime": None, "effectiveTiming": {"event": [iso(1), iso(5)]}},
])  # fmt: skip
def test_a_time_that_cannot_be_read_is_not_replaced(times):
    specimen = {"resourceType": "Specimen", "id": "s", "collection": {"collectedDateTime": iso(5)}}
    said = observation(specimen={"reference": "#s"}, contained=[specimen], issued=iso(6), **times)
    feeding = Feeding().send(said)
    if times == {"effectiveDateTime": None}:
        assert feeding.of(Charted)[0].event.time == to_microseconds(
            5
        )  # none was sent: that of the collection
    else:
        assert feeding.shown == ["no clinical time to the minute"]


@pytest.mark.parametrize("later", [
    {"status": "cancelled"}, {"status": "entered-in-error", "valueQuantity": None, "code": None, "effectiveDateTime": None},
    {"status": "final", "valueQuantity": None}, {"status": "final", "valueQuantity": None, "dataAbsentReason": {"text": "error"}},
    {"status": "final", "effectiveDateTime": iso(9)}, {"status": "final", "code": {"text": "another"}},
    {"status": "final", "valueQuantity": None, "valueString": "haemolysed"}, {"status": "final", "effectiveDateTime": "2026-03-02"},
])  # fmt: skip
def test_the_last_version_alone_stands(later):
    feeding = Feeding()
    first = feeding.send(observation(status="preliminary", meta={"versionId": "1"}), 20).of(Charted)[0]
    feeding.send(observation(**{"meta": {"versionId": "2"}} | later), 30)
    assert any(void.covers(first.event) for void in feeding.voided)
    assert not any(void.covers(fact.event) for void in feeding.voided for fact in feeding.of(Charted))


def test_a_version_without_a_number_and_a_value_takes_the_earlier_back():
    feeding = Feeding()
    first = feeding.send(observation(status="preliminary"), 20).of(Charted)[0]
    feeding.send(observation(valueQuantity=None), 30)
    assert any(void.covers(first.event) for void in feeding.voided)


def test_what_was_said_of_another_resource_stands():
    feeding = Feeding()
    first = feeding.send(observation(id="o1"), 20).of(Charted)[0]
    feeding.send(observation(id="o11", status="cancelled"), 30)
    assert not any(void.covers(first.event) for void in feeding.voided)


@pytest.mark.parametrize("status", ["in-progress", "draft", "FINAL"])
def test_a_status_that_r4_does_not_know_is_not_scored(status):
    feeding = one(status=status)
    assert not feeding.charted and feeding.told == [("value", "R4 has no such status")]


def test_a_panel_gives_its_parts():
    parts = [
        {"code": loinc(code), "valueQuantity": quantity(v, "mm[Hg]")}
        for code, v in (("8480-6", 120), ("8462-4", 70))
    ]
    feeding = one(code=loinc("85354-9"), valueQuantity=None, component=parts)
    assert [value for _, _, value in feeding.charted] == [120, 70]
    assert ("unused", "its components are read separately") in feeding.told


@pytest.mark.parametrize("specimen", [
    {"status": "unsatisfactory"}, {"status": "unavailable"}, {"status": "entered-in-error"},
])  # fmt: skip
def test_a_rejected_specimen_is_no_culture(specimen):
    held = {"resourceType": "Specimen", "id": "s", **specimen}
    said = observation("600-7", valueQuantity=None, specimen={"reference": "#s"}, contained=[held])
    (fact,) = Feeding().send(said).of(Charted)
    assert fact.event.value is None and fact.event.text is None


@pytest.mark.parametrize(("said", "value"), [
    ("Rule out MRSA", None), ("NG5D", 0.0), ("keine Keime", 0.0), ("1 of 2 bottles positive", 1.0),
])  # fmt: skip
def test_a_culture_is_read_by_its_words(said, value):
    (fact,) = one(code=loinc("600-7"), valueQuantity=None, valueString=said).of(Charted)
    assert (fact.event.concept, fact.event.value) == ("culture", value)


@pytest.mark.parametrize(
    ("code", "specimen"), [("600-7", "blood"), ("630-4", "urine"), ("6463-4", "unknown")]
)
def test_a_code_names_the_specimen_of_a_culture_that_came_without_one(code, specimen):
    grown = one(code=loinc(code), valueQuantity=None, valueString="E. coli").of(Charted)
    told = {fact.event.concept: fact.event.text for fact in grown}
    assert told == {"culture": specimen, "organism": f"{specimen}|E. coli"}


def test_a_specimen_of_an_earlier_message_is_known():
    feeding = Feeding().send(
        {
            "resourceType": "Specimen",
            "id": "s",
            "type": {"text": "Blood"},
            "identifier": number("9", "urn:acc"),
        }
    )
    for reference in ({"reference": "Specimen/s"}, {"identifier": {"system": "urn:acc", "value": "9"}}):
        said = observation("600-7", valueQuantity=None, specimen=reference, status="registered")
        assert feeding.send(said).charted == [("server ehr|7", "culture", "blood")]


def test_a_report_gives_the_observations_that_it_contains():
    held = observation("2160-0", 2.0, "mg/dL", id="obs1", subject=None, effectiveDateTime=None)
    report = {
        "resourceType": "DiagnosticReport", "id": "r", "status": "final", "code": {"text": "labs"}, "subject": {"reference": "Patient/7"},
        "effectiveDateTime": iso(5), "contained": [held], "result": [{"reference": "#obs1"}],
    }  # fmt: skip
    feeding = Feeding().send(report)
    assert feeding.charted == [("server ehr|7", "creatinine", 2.0)]
    first = feeding.of(Charted)[0].event
    feeding.send(report | {"status": "entered-in-error", "meta": {"versionId": "2"}}, 70)
    assert any(void.covers(first) for void in feeding.voided) and not [
        c for c in feeding.charted if c[2] is not None
    ]


def test_a_venous_gas_is_no_arterial_pressure():
    assert not one(
        code=loinc("2703-7"), valueQuantity=quantity(40, "mm[Hg]"), specimen={"display": "Venous blood"}
    ).charted


@pytest.mark.parametrize(
    ("unit", "code", "charted"),
    [("mg/dL", "mmol/L", False), ("millimoles per litre", "mmol/L", True), ("mmol/l", "mmol/L", True), ("mEq/L", "mmol/L", True),
     ("", "mmol/L", True),
     ("furlong", "mmol/L", True)],
)  # fmt: skip
def test_the_unit_that_people_read_and_the_coded_one_must_agree(unit, code, charted):
    said = {"value": 4, "unit": unit, "system": "http://unitsofmeasure.org", "code": code}
    feeding = Feeding().send(observation(valueQuantity=said))
    assert bool(feeding.charted) is charted and feeding.shown == ([] if charted else ["its two units differ"])


def test_a_value_beside_a_reason_for_its_absence_is_shown():
    feeding = Feeding().send(observation(dataAbsentReason={"coding": [{"code": "error"}]}))
    assert not feeding.charted and feeding.shown == ["a value beside a reason for its absence"]


@pytest.mark.parametrize(
    ("kind", "charted"),
    [
        ({"text": "Urine"}, False),
        ({"coding": [{"code": "DRN", "display": "Drain"}]}, False),
        ({"text": "Serum"}, True),
        (None, True),
    ],
)
def test_what_was_measured_in_another_fluid_is_not_of_blood(kind, charted):
    taken = {"resourceType": "Specimen", "id": "s", **({"type": kind} if kind else {})}
    feeding = Feeding().send(
        bundle(
            entry(taken, "urn:uuid:s"), entry(observation(specimen={"reference": "urn:uuid:s"}), "urn:uuid:o")
        )
    )
    assert bool(feeding.charted) is charted and bool(feeding.shown) is not charted


@pytest.mark.parametrize(
    ("taken_of", "charted"),
    [("Patient/7", True), ("Substance/c", False), ("Device/gas", False), ("Location/7", False)],
)
def test_a_control_is_not_the_patients(taken_of, charted):
    control = {"resourceType": "Specimen", "id": "s", "subject": {"reference": taken_of}}
    feeding = Feeding().send(
        bundle(
            entry(control, "urn:uuid:s"),
            entry(observation(specimen={"reference": "urn:uuid:s"}), "urn:uuid:o"),
        )
    )
    assert bool(feeding.charted) is charted and bool(feeding.shown) is not charted


def test_a_history_bundle_ends_with_its_last_version():
    versions = [
        entry(
            observation(value=v, meta={"versionId": str(v), "lastUpdated": iso(10 + v)}),
            method="PUT",
            url="Observation/o1",
        )
        for v in (3, 2)
    ]
    feeding = Feeding().send(bundle(*versions, kind="history"))
    last = max(feeding.of(Charted), key=lambda f: f.event.known).event
    assert last.value == 3 and not any(void.covers(last) for void in feeding.voided)


LOW, HIGH = quantity(60, "umol/L"), quantity(110, "umol/L")
MEN = {"low": LOW, "high": HIGH, "appliesTo": [{"text": "men"}]}


@pytest.mark.parametrize(("ranges", "said", "low", "high"), [
    ([{"low": LOW, "high": HIGH}], "60 - 110", 0.68, 1.24),
    ([{"high": HIGH}], "<= 110", None, 1.24),
    ([{"text": "60-110"}], "60-110", 0.68, 1.24),
    ([{"low": LOW, "high": HIGH, "type": {"coding": [{"code": "treatment"}]}}], "", None, None),
    ([MEN, {"low": LOW, "high": quantity(90, "umol/L"), "appliesTo": [{"text": "women"}]}], "60 - 110 (men); 60 - 90 (women)", None, None),
    ([{"low": quantity(0.7, "mg/dL"), "high": quantity(1.2, "mg/dL")}], "0.7 - 1.2 mg/dL", None, None),
    ([{"text": "see report"}], "see report", None, None),
    ("no list", "", None, None),
])  # fmt: skip
def test_a_reference_range_is_kept_beside_its_value(ranges, said, low, high):
    (fact,) = one(code=loinc("14682-9"), valueQuantity=quantity(88, "umol/L"), referenceRange=ranges).of(
        Charted
    )
    assert fact.reference == said and round(fact.event.value, 2) == 1.0, "it is never scored by"
    assert [None if end is None else round(end, 2) for end in (fact.low, fact.high)] == [low, high]


MIMIC = "http://mimic.mit.edu/fhir/mimic/CodeSystem/mimic-microbiology-organism"


def taken(**more) -> dict:
    return observation(id="c", code=loinc("600-7"), valueQuantity=None, valueString="see below", **more)


def organism(name: str = "ESCHERICHIA COLI", own: str = "g", of: str = "c", **more) -> dict:
    code = {"coding": [{"system": MIMIC, "code": own, "display": name}]}
    derived = [{"reference": f"Observation/{of}"}]
    return observation(
        id=own, code=code, valueQuantity=None, effectiveDateTime=None, derivedFrom=derived, **more
    )


def grown(feeding) -> list[tuple]:
    events = [fact.event for fact in feeding.of(Charted)]
    return [(e.value, e.text, e.time) for e in events if e.concept in ("culture", "organism")]


NAMED = [(1.0, "blood", to_microseconds(5)), (None, "blood|ESCHERICHIA COLI", to_microseconds(5))]
NOT_SAID = (None, "blood", to_microseconds(5))


def test_an_organism_of_its_own_counts_with_its_culture_whichever_came_first():
    feeding = Feeding()
    assert grown(feeding.send(taken())) == [NOT_SAID]
    assert grown(feeding.send(organism())) == NAMED
    feeding = Feeding()
    assert grown(feeding.send(organism())) == []
    assert ("unused", "an organism: it counts with the culture in which it grew") in feeding.told
    assert grown(feeding.send(taken())) == [NOT_SAID, *NAMED]
    both = Feeding().send(bundle(entry(organism()), entry(taken())))
    assert grown(both) == [*NAMED, NOT_SAID]


def test_an_organism_that_was_withdrawn_or_is_of_another_patient_did_not_grow():
    feeding = Feeding().send(taken())
    assert grown(feeding.send(organism(status="entered-in-error"))) == [(None, None, to_microseconds(5))]
    other = organism(subject={"reference": "Patient/8"})
    assert grown(feeding.send(other)) == [] and feeding.told == [
        ("dead", "an organism whose culture is another patient's")
    ]
    assert grown(feeding.send(organism("CANCELLED"))) == [(None, None, to_microseconds(5))]


def test_a_code_alone_names_its_organism():
    snomed = {"coding": [{"system": "http://snomed.info/sct", "code": "112283007"}]}
    found = one(code=loinc("600-7"), valueQuantity=None, valueCodeableConcept=snomed)
    assert grown(found)[1][1] == "blood|Escherichia coli"
    none = {"coding": [{"system": "http://snomed.info/sct", "code": "264868006"}]}
    assert [
        row[0] for row in grown(one(code=loinc("600-7"), valueQuantity=None, valueCodeableConcept=none))
    ] == [0.0]
