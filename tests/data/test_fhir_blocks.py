"""Resources that say what others said are filled from the reader's first answer: each must come out as the reader itself reads it."""

import pytest

from opensepsis.data.sources.fhir import plain
from opensepsis.data.sources.fhir.reading import Reader
from tests.support.hospitals.bulk_export import (
    UCUM,
    administration,
    coded,
    encounter,
    export,
    iso,
    observation,
    patient,
    read,
    rows,
)

PEOPLE = [patient("p"), patient("q"), encounter("e", "p"), encounter("f", "q")]
LOCAL = {"coding": [{"system": "urn:formulary", "code": "X"}]}
RATE = {"rateQuantity": {"value": 8, "unit": "ug/min", "code": "ug/min", "system": UCUM}}
BESIDE = [
    {"resourceType": "Specimen", "id": "art", "type": {"text": "Arterial blood"}},
    {"resourceType": "Specimen", "id": "ven", "type": {"text": "Venous blood"}},
    {"resourceType": "Specimen", "id": "bad", "type": {"text": "Arterial blood"}, "status": "unsatisfactory"},
    {"resourceType": "Specimen", "id": "urine", "type": {"text": "Urine"}},
    {"resourceType": "Specimen", "id": "control", "type": {"text": "Arterial blood"}, "subject": {"reference": "Substance/c"}},
    {"resourceType": "Medication", "id": "m", "code": {"text": "Meropenem 1 g vial"}},
    {"resourceType": "Medication", "id": "h", "code": {"text": "Housemycin"}},
    {"resourceType": "MedicationRequest", "id": "r", "status": "active", "intent": "order", "subject": {"reference": "Patient/p"},
     "authoredOn": iso(1), "medicationCodeableConcept": {"text": "Cefepime"}, "dosageInstruction": [{"route": {"text": "IV"}}]},
]  # fmt: skip


def mixed(name: str, *ingredients: str, **more) -> dict:
    """A Medication that tells only what it is mixed of."""
    parts = [{"itemReference": {"reference": one}} for one in ingredients]
    return {"resourceType": "Medication", "id": name, "ingredient": parts} | more


def bag(name: str, text: str) -> dict:
    return {"resourceType": "Medication", "id": name, "code": {"text": text}}


MIXTURES = [
    bag("v", "Vancomycin 1 g vial"), bag("s", "Sodium Chloride 0.9%"), bag("m2", "Meropenem 1 g vial"),
    mixed("with-m", "Medication/m", "Medication/s"), mixed("with-m2", "Medication/m2", "Medication/s"),
    mixed("with-v", "Medication/v", "Medication/s"), mixed("with-none", "Medication/none"), mixed("with-other-none", "Medication/other"),
    mixed("loop", "Medication/loop"), mixed("of-mixtures", "Medication/with-v"),
    mixed("holds-v", "#i", contained=[bag("i", "Vancomycin")]), mixed("holds-c", "#i", contained=[bag("i", "Cefepime")]),
    mixed("elsewhere", "https://other.example/Medication/v"),
]  # fmt: skip


def limits(low, high, unit: str) -> list[dict]:
    return [{"low": {"value": low, "unit": unit}, "high": {"value": high, "unit": unit}}]


def pressures(**more) -> dict:
    parts = [
        {"code": coded(c), "valueQuantity": {"value": v, "unit": "mm[Hg]"}}
        for c, v in (("8480-6", 90), ("8462-4", 50))
    ]
    return observation(code="85354-9", valueQuantity=None, component=parts, **more)


def order(**more) -> dict:
    said = {
        "resourceType": "MedicationRequest",
        "id": "x",
        "status": "active",
        "intent": "order",
        "subject": {"reference": "Patient/p"},
    }
    whole = said | {"authoredOn": iso(1), "medicationCodeableConcept": {"text": "Cefepime"}} | more
    return {key: part for key, part in whole.items() if part is not None}


def drug(name: str) -> dict:
    return {"medicationCodeableConcept": None, "medicationReference": {"reference": f"Medication/{name}"}}


def ran(start: float, end: float | None, **more) -> dict:
    period = {"start": iso(start)} | ({"end": iso(end)} if end is not None else {})
    return administration(
        name="Norepinephrine", effectiveDateTime=None, effectivePeriod=period, **{"dosage": RATE, **more}
    )


VALUES = {
    "plain": observation(),
    "text": observation(valueQuantity=None, valueString="4.5", referenceRange=limits(0, 2, "mmol/L")),
    "text in another unit": observation(valueQuantity=None, valueString="4.5", referenceRange=limits(0, 20, "mg/dL")),
    "no unit": observation("c", "1975-2", valueQuantity={"value": 20}, referenceRange=limits(0, 1.2, "mg/dL")),
    "no unit, another range": observation("c", "1975-2", valueQuantity={"value": 20}, referenceRange=limits(2, 21, "umol/L")),
    "no unit, no range": observation("c", "1975-2", valueQuantity={"value": 20}),
    "null": observation(valueQuantity=None) | {"valueQuantity": None},
    "whole number": observation(valueQuantity=None, valueInteger=4),
    "yes": observation(valueQuantity=None, valueBoolean=True),
    "a day": observation(valueQuantity=None, valueDateTime="2026-03-02"),
    "a day of no list": observation(code="99999-9", valueQuantity=None, valueDateTime="2026-03-02"),
    "a period": observation(valueQuantity=None, valuePeriod={"start": iso(1)}),
    "a range": observation(valueQuantity=None, valueRange={"low": {"value": 1}, "high": {"value": 4}}),
    "a ratio": observation(valueQuantity=None, valueRatio={"numerator": {"value": 1}, "denominator": {"value": 4}}),
    "modified in its category": observation(category=[{"modifierExtension": [{"url": "urn:not"}]}]),
    "two values": observation(valueString="4"),
    "absent": observation(valueQuantity=None, dataAbsentReason=coded("not-performed")),
    "impossible": observation(value=9e9),
    "no such unit": observation(unit="furlong"),
    "a limit": observation(valueQuantity={"value": 15, "comparator": ">", "unit": "mmol/L"}),
    "of no list": observation(code="99999-9"),
    "of no list, without a number": observation(code="99999-9", valueQuantity={"unit": "mmol/L"}),
    "of no list, in a unit that is none": observation(code="99999-9", valueQuantity={"value": 4, "unit": 5}),
    "of no list, not a quantity": observation(code="99999-9", valueQuantity="4"),
    "of no list, later version": observation(code="99999-9", meta={"versionId": "3"}),
    "panel": pressures(),
    "panel, first version": pressures(meta={"versionId": "1"}),
    "panel, later version": pressures(meta={"versionId": "4", "lastUpdated": iso(9)}),
    "panel of a modified part": pressures() | {"component": [{"modifierExtension": [{"url": "urn:not"}], "code": coded("8480-6")}]},
    "no parts": observation(component=[]),
    "version": observation(meta={"versionId": "1", "lastUpdated": iso(2)}),
    "later version": observation(meta={"versionId": "12", "lastUpdated": iso(2)}),
    "version in words": observation(meta={"versionId": "MTY5", "lastUpdated": iso(2)}),
    "version of other digits": observation(meta={"versionId": "\u0663"}),
    "preliminary": observation(status="preliminary"),
    "corrected": observation(status="corrected"),
    "in error": observation(status="entered-in-error"),
    "cancelled": observation(status="cancelled"),
    "no such status": observation(status="done"),
    "no status": observation(status=None),
    "tube": observation("t", "9270-0", 1, "{score}", note=[{"text": "No Response-ETT"}]),
    "no tube": observation("t", "9270-0", 1, "{score}", note=[{"text": "No Response"}]),
    "arterial": observation("g", "11556-8", 60, "mm[Hg]", specimen={"reference": "Specimen/art"}),
    "venous": observation("g", "11556-8", 60, "mm[Hg]", specimen={"reference": "Specimen/ven"}),
    "specimen of urine": observation("g", "2160-0", 1.2, "mg/dL", specimen={"reference": "Specimen/urine"}),
    "specimen of a control": observation("g", "11556-8", 60, "mm[Hg]", specimen={"reference": "Specimen/control"}),
    "specimen that was not good": observation("g", "11556-8", 60, "mm[Hg]", specimen={"reference": "Specimen/bad"}),
    "specimen by its words": observation("g", "11556-8", 60, "mm[Hg]", specimen={"display": "arterial"}),
    "specimen that is in no file": observation("g", "11556-8", 60, "mm[Hg]", specimen={"reference": "Specimen/none"}),
    "no specimen": observation("g", "11556-8", 60, "mm[Hg]"),
    "culture": observation("k", "600-7", valueQuantity=None, valueString="No growth", specimen={"display": "blood"}),
    "air as a flow": observation(code=coded("3151-8"), valueQuantity=None, valueString="Room air"),
    "cannula with its flow": observation(code=coded("3151-8"), valueQuantity=None, valueString="2 L/min NC"),
    "air as a code": observation(code=coded("3150-0"), valueQuantity=None, valueCodeableConcept={"text": "RA"}),
    "saturation on air": observation(code=coded("59408-5"), valueQuantity=None, valueString="98 % RA"),
    "members": observation(hasMember=[{"reference": "Observation/z"}]),
    "about another": observation(focus=[{"reference": "Patient/baby"}]),
    "modified": observation(modifierExtension=[{"url": "urn:not"}]),
    "rules": observation(implicitRules="urn:other"),
    "word": observation(code="80288-4", valueQuantity=None, valueCodeableConcept={"text": "Alert"}),
    "no id": observation() | {"id": ""},
    "odd id": observation("a b|c"),
}  # fmt: skip
TIMES = {
    text: observation(effectiveDateTime=text)
    for text in (
        "2026", "2026-03", "2026-03-02", "2026-03-02T09:00:60Z", "2026-03-02T09:00:00", "2026-03-02T09:00:00.25+01:00",
        "2026-03-02T24:00:00+00:00", "2026-02-30T09:00:00+00:00", "2026-03-02T09:00:00-13:30", "2026-03-02T09:00:00+15:00",
        "2500-01-01T00:00:00+00:00", "1890-01-01T00:00:00+00:00", "yesterday", "2026-03-02T23:59:60+01:00", "2026-03-29T02:30:00",
    )
} | {
    "at an instant": observation(effectiveDateTime=None, effectiveInstant=iso(1)),
    "over a period": observation(effectiveDateTime=None, effectivePeriod={"start": iso(1), "end": iso(2)}),
    "at no time": observation(effectiveDateTime=None),
    "issued earlier": observation(issued=iso(0)),
    "issued on a day": observation(issued="2026-03-03"),
    "issued in words": observation(issued="soon"),
    "filed in words": observation(meta={"lastUpdated": "soon"}),
    "issued in the far future": observation(issued="2600-01-01T00:00:00Z"),
}  # fmt: skip
SUBJECTS = {
    "absolute": observation(subject={"reference": "https://a.example/fhir/Patient/p"}),
    "with its type": observation(subject={"reference": "Patient/p", "type": "Patient"}),
    "of another type": observation(subject={"reference": "Patient/p", "type": "Group"}),
    "of a version": observation(subject={"reference": "Patient/p/_history/2"}),
    "by identifier": observation(subject={"identifier": {"system": "urn:mrn", "value": "7"}}),
    "a group": observation(subject={"reference": "Group/g"}),
    "nobody": observation(subject=None),
    "by its visit": observation(subject=None, encounter={"reference": "Encounter/e"}),
    "in words": observation(subject={"display": "somebody"}),
    "as a text": observation(subject="Patient/p"),
    "spaced": observation(subject={"display": "A B", "reference": "Patient/p"}),
}  # fmt: skip
DOSES = {
    "dose": administration(),
    "not given": administration(status="not-done"),
    "refused by its reason": administration(statusReason=[{"text": "refused"}]),
    "with another reason": administration(statusReason=[{"text": "sepsis"}]),
    "held by its name": administration(medicationCodeableConcept={"text": "Ceftriaxone - HELD"}),
    "with a condition": administration(medicationCodeableConcept={"text": "Vancomycin 1 g, hold for trough above 20"}),
    "in error": administration(status="entered-in-error"),
    "later version": administration(meta={"versionId": "2"}),
    "of a Medication": administration(**drug("m")),
    "of one that no list has": administration(**drug("h")),
    "of one that no list has, with a dose that is none": administration(**drug("h"), dosage={"dose": "x"}),
    "of one that no list has, with a dose that is a list": administration(**drug("h"), dosage=[5]),
    "of none": administration(**drug("none")),
    "of two": administration(medicationReference={"reference": "Medication/m"}),
    "by its words": administration(medicationCodeableConcept=None, medicationReference={"display": "Meropenem"}),
    "by its order": administration(medicationCodeableConcept=LOCAL, request={"reference": "MedicationRequest/r"}, dosage=None),
    "rate": ran(1, 3),
    "rate of no time": ran(2, 2),
    "rate that ends before": ran(3, 2),
    "rate without an end": ran(1, None),
    "rate by the weight": ran(1, 3, dosage={"rateQuantity": {"value": 0.1, "unit": "ug/kg/min"}}),
    "running": ran(1, None, id="i", status="in-progress"),
    "on hold": ran(1, None, id="i", status="on-hold"),
    "ended": ran(1, 4, id="i"),
    "order": order(),
    "plan": order(intent="plan"),
    "for use at home": order(category=[{"coding": [{"code": "discharge"}]}]),
    "reported": order(reportedBoolean=True),
    "not to be given": order(doNotPerform=True),
    "order in error": order(status="entered-in-error"),
    "order of a day": order(authoredOn="2026-03-02"),
    "later order": order(meta={"versionId": "2"}),
    "order of a Medication": order(medicationReference={"reference": "Medication/m"}) | {"medicationCodeableConcept": None},
    "stopped": order(status="stopped", meta={"lastUpdated": iso(8)}),
}  # fmt: skip


ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"
SUPPORT = coded("40617009", "http://snomed.info/sct")


def condition(**more) -> dict:
    said = {"resourceType": "Condition", "id": "d", "code": coded("A41.9", ICD10), "subject": {"reference": "Patient/p"},
            "encounter": {"reference": "Encounter/e"}}  # fmt: skip
    return {name: part for name, part in {**said, **more}.items() if part is not None}


def procedure(**more) -> dict:
    said = {"resourceType": "Procedure", "id": "v", "status": "completed", "code": SUPPORT, "subject": {"reference": "Patient/p"},
            "performedPeriod": {"start": iso(1), "end": iso(5)}}  # fmt: skip
    return {name: part for name, part in {**said, **more}.items() if part is not None}


def checked(word: str) -> dict:
    return {"verificationStatus": coded(word, "urn:checked")}


VISITS = [
    encounter("ranked", "p", diagnosis=[{"condition": {"reference": "Condition/r"}, "rank": 1}]),
    encounter("open", "p", end=None),
]
DIAGNOSES = {
    "at the end of its visit": condition(),
    "recorded": condition(recordedDate=iso(3)),
    "recorded, and begun": condition(recordedDate=iso(3), onsetDateTime=iso(1)),
    "begun": condition(onsetDateTime=iso(1)),
    "recorded on a day": condition(recordedDate="2026-03-02"),
    "begun on a day, recorded at no time": condition(onsetDateTime="2026-03-02"),
    "begun over a period": condition(onsetPeriod={"start": iso(1)}),
    "begun at an age": condition(onsetAge={"value": 50}),
    "of a visit that goes on": condition(encounter={"reference": "Encounter/open"}),
    "of a visit that is in no file": condition(encounter={"reference": "Encounter/none"}),
    "of a visit by its display": condition(encounter={"display": "a visit"}),
    "of a visit at an address": condition(encounter={"reference": "https://a.example/Encounter/e"}),
    "of no visit": condition(encounter=None),
    "principal": condition(id="r", encounter={"reference": "Encounter/ranked"}),
    "of no list": condition(code=coded("1", "urn:own")),
    "of two codes": condition(code={"coding": [{"system": "urn:own", "code": "1"}, {"system": ICD10, "code": "R65.21"}]}),
    "in words": condition(code={"text": "sepsis"}),
    "of no code": condition(code=None),
    "refuted": condition(**checked("refuted")),
    "in error": condition(**checked("entered-in-error"), meta={"lastUpdated": iso(4)}),
    "not confirmed": condition(**checked("provisional")),
    "later version": condition(recordedDate=iso(3), meta={"versionId": "2", "lastUpdated": iso(4)}),
    "pregnant": condition(code=coded("O80", ICD10), recordedDate=iso(3)),
    "no longer pregnant": condition(code=coded("O80", ICD10), clinicalStatus=coded("resolved", "urn:c"), abatementDateTime=iso(4)),
    "no longer pregnant, at no time": condition(code=coded("O80", ICD10), clinicalStatus=coded("resolved", "urn:c")),
    "modified": condition(modifierExtension=[{"url": "urn:not"}]),
    "of nobody": condition(subject=None),
    "of nobody, nor of a visit": condition(subject=None, encounter=None),
    "ventilation": procedure(),
    "ventilation that goes on": procedure(status="in-progress", performedPeriod={"start": iso(1)}),
    "ventilation without an end": procedure(performedPeriod={"start": iso(1)}),
    "ventilation that ended first": procedure(performedPeriod={"start": iso(5), "end": iso(1)}),
    "ventilation to a day": procedure(performedPeriod={"start": iso(1), "end": "2026-03-02"}),
    "at a moment": procedure(performedPeriod=None, performedDateTime=iso(1)),
    "at a moment, status unknown": procedure(performedPeriod=None, performedDateTime=iso(1), status="unknown"),
    "at both": procedure(performedDateTime=iso(2)),
    "at no time": procedure(performedPeriod=None),
    "not done": procedure(status="not-done"),
    "done in error": procedure(status="entered-in-error"),
    "stopped": procedure(status="stopped"),
    "another version": procedure(meta={"versionId": "2"}),
    "in the words of the timeline": procedure(code={"text": "oxygen: mask"}),
    "in words of nobody": procedure(code={"text": "device: magic"}),
    "procedure of no list": procedure(code=coded("1", "urn:own")),
    "procedure of no code": procedure(code=None),
}  # fmt: skip


_MIXED = [*(one["id"] for one in MIXTURES), "none", "other"]
_ORDERS = [order(id=f"order-of-{name}", **drug(name)) for name in _MIXED]
OF_MIXTURES = {f"given {name}": administration(name="", **drug(name)) for name in _MIXED}
OF_MIXTURES |= {f"ordered {one['id']}": one for one in _ORDERS}
OF_MIXTURES |= {
    f"given for {one['id']}": administration(
        name="", medicationCodeableConcept=LOCAL, request={"reference": f"MedicationRequest/{one['id']}"}
    )
    for one in _ORDERS
}


def repeated(resources: dict[str, dict]) -> list[dict]:
    """Each resource, then each again of another patient under another id, and once more later under its first id."""
    first = [one | {"id": one["id"] and f"{one['id']}-{n}"} for n, one in enumerate(resources.values())]
    second = [one | {"id": one["id"] and f"{one['id']}-2"} | _of_q(one) for one in first]
    return [
        *first,
        *second,
        *(one | {"meta": {**(one.get("meta") or {}), "lastUpdated": iso(30)}} for one in first[::3]),
    ]


def _of_q(one: dict) -> dict:
    return {"subject": {"reference": "Patient/q"}} if one.get("subject") == {"reference": "Patient/p"} else {}


@pytest.mark.parametrize(
    "resources",
    [VALUES, TIMES, SUBJECTS, DOSES, DIAGNOSES, OF_MIXTURES],
    ids=["values", "times", "subjects", "doses", "diagnoses", "mixtures"],
)
def test_each_comes_out_as_the_reader_itself_reads_it(tmp_path, monkeypatch, resources):
    weight = observation("w", "29463-7", 80, "kg", hours=0)
    folder = export(
        tmp_path, a=[weight, *repeated(resources)], y=[*BESIDE, *MIXTURES, *_ORDERS, *VISITS], z=PEOPLE
    )
    together = read(folder, timezone="Europe/Berlin")
    monkeypatch.setattr(plain, "is_plain", lambda said: False)
    monkeypatch.setattr(plain, "patient_of", lambda subject: "")
    by_itself = read(folder, timezone="Europe/Berlin")
    columns = [c for c in by_itself[1].columns if c in together[1].columns]
    order_of = ["table", "row", "origin", "known", "concept", "time", "end", "value", "reason"]
    mine, readers = (
        one[1].select(columns).sort([c for c in order_of if c in columns]) for one in (together, by_itself)
    )
    assert mine.rows() == readers.rows() and readers.height
    assert together[2] == by_itself[2]


@pytest.fixture
def asked(monkeypatch) -> list[int]:
    """The numbers of the lines that the reader itself is asked for."""
    numbers = []
    monkeypatch.setattr(
        Reader,
        "in_full",
        lambda self, line, number, full=Reader.in_full: numbers.append(number) or full(self, line, number),
    )
    return numbers


def test_most_are_read_together(tmp_path, asked):
    many = [observation(str(n), hours=n / 10) for n in range(200)] + [
        pressures(id=f"b{n}", hours=n / 10) for n in range(200)
    ]
    many += [condition(id=f"d{n}") for n in range(200)] + [procedure(id=f"v{n}") for n in range(200)]
    assert len(rows(export(tmp_path, a=many, z=PEOPLE))) == 1000 and len(asked) == 4


def test_drugs_with_an_id_for_each_order_are_read_together(tmp_path, asked):
    drugs, orders, given = [], [], []
    for n in range(50):
        drugs += [
            bag(f"v{n}", "Vancomycin"),
            bag(f"s{n}", "Saline"),
            mixed(f"x{n}", f"Medication/v{n}", f"Medication/s{n}"),
        ]
        orders.append(order(id=f"o{n}", **drug(f"x{n}")))
        by_order = {"medicationCodeableConcept": LOCAL, "request": {"reference": f"MedicationRequest/o{n}"}}
        given.append(administration(f"g{n}", hours=n / 10, **by_order))
    found = rows(export(tmp_path, a=[*orders, *given], y=drugs, z=PEOPLE))
    assert len(found) == 100 and len(asked) == 2


def test_a_number_without_a_unit_has_that_of_its_own_range(tmp_path):
    said = [
        VALUES["no unit"] | {"id": "a"},
        VALUES["no unit, another range"] | {"id": "b"},
        VALUES["no unit"] | {"id": "d"},
    ]
    _, events, _ = read(export(tmp_path, a=said, z=PEOPLE))
    assert events.sort("origin", nulls_last=True).select("origin", "value", "reason").rows() == [
        ("fhir export/Observation/a", 20.0, None),
        ("fhir export/Observation/d", 20.0, None),
        (None, None, "the unit contradicts the code (MCnc)"),
    ]
