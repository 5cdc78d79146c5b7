"""Doses of HL7 that are updated (RXA-21 U) or deleted (D): of several that were given under one order, the one that is told anew."""

import pytest

from tests.support.ward.telling import whom

CEFTRIAXONE, METRONIDAZOLE, MEROPENEM = "ceftriaxone", "metronidazole", "meropenem"
hl7 = pytest.mark.parametrize("form", ["hl7"])


def given(
    day, minute: float, drug: str, action: str = "A", part: str = "1", sent: float = 60, *more: str
) -> None:
    """A dose of order `d`; `more` are other RXA of the message."""
    lines = rxa(day, minute, drug, action, part) + "".join(more)
    day.send(sent, day._head("RAS^O17", sent, "1") + "ORC|RE||d\r" + lines, {})


def rxa(day, minute: float, drug: str, action: str = "A", part: str = "1") -> str:
    return f"RXA|0|{part}|{day.stamp(minute)}||{drug}|1|g|||||||||||||CP|{action}\rRXR|IV\r"


def standing(day) -> list[tuple]:
    rows = day.patient().bedside.chart.standing("antibiotic")
    return sorted(((e.time - day.to_microseconds(0)) // 60_000_000, e.text.partition("|")[0]) for e in rows)


def holds(day, *right) -> None:
    assert standing(day) == sorted(right)
    day.killed()
    assert standing(day) == sorted(right)


@hl7
@pytest.mark.parametrize("part", ["1", "2"])
def test_an_update_of_one_of_two_drugs_leaves_the_other(day, part):
    day.admit(0)
    given(day, 10, CEFTRIAXONE, "A", "1", 60, rxa(day, 10, METRONIDAZOLE, "A", part))
    given(day, 10, CEFTRIAXONE, "U", "1", 70)
    holds(day, (10, CEFTRIAXONE), (10, METRONIDAZOLE))
    given(day, 10, METRONIDAZOLE, "U", part, 80)
    holds(day, (10, CEFTRIAXONE), (10, METRONIDAZOLE))


@hl7
def test_of_two_drugs_the_count_tells_which_is_another_now(day):
    day.admit(0)
    given(day, 10, CEFTRIAXONE, "A", "1", 60, rxa(day, 10, METRONIDAZOLE, "A", "2"))
    given(day, 10, MEROPENEM, "U", "1", 70)
    holds(day, (10, MEROPENEM), (10, METRONIDAZOLE))


@hl7
def test_without_a_count_both_stay_and_that_is_shown(day):
    day.admit(0)
    given(day, 10, CEFTRIAXONE, "A", "1", 60, rxa(day, 10, METRONIDAZOLE))
    given(day, 10, MEROPENEM, "U", "1", 70)
    holds(day, (10, CEFTRIAXONE), (10, MEROPENEM), (10, METRONIDAZOLE))
    assert [fact.what for _, fact in day.patient().rejected if "which one is not known" in fact.reason] == [
        MEROPENEM
    ]


@hl7
def test_what_the_message_says_again_beside_is_not_what_is_another_now(day):
    day.admit(0)
    given(day, 10, CEFTRIAXONE, "A", "1", 60, rxa(day, 10, METRONIDAZOLE))
    given(day, 10, CEFTRIAXONE, "U", "1", 70, rxa(day, 10, MEROPENEM, "U"))
    holds(day, (10, CEFTRIAXONE), (10, MEROPENEM))


@hl7
@pytest.mark.parametrize("late", [False, True])
def test_an_update_of_the_only_dose_to_another_drug_takes_its_place(day, late):
    day.admit(0)
    told = [(CEFTRIAXONE, "A", 60), (MEROPENEM, "U", 70)]
    for at, (drug, action, filed) in enumerate(reversed(told) if late else told):
        line = rxa(day, 10, drug, action)
        day.send(80 + at, day._head("RAS^O17", filed, "1") + "ORC|RE||d\r" + line, {})
    holds(day, (10, MEROPENEM))


@hl7
@pytest.mark.parametrize(("action", "left"), [("U", [(12, CEFTRIAXONE)]), ("D", [])])
def test_a_dose_whose_time_is_corrected_is_one(day, action, left):
    day.admit(0)
    given(day, 10, CEFTRIAXONE)
    given(day, 12, CEFTRIAXONE, action, "1", 70)
    holds(day, *left)


@hl7
def test_of_several_doses_the_count_tells_whose_time_is_corrected(day):
    day.admit(0)
    given(day, 10, CEFTRIAXONE, part="1", sent=15)
    given(day, 40, CEFTRIAXONE, part="2", sent=45)
    given(day, 42, CEFTRIAXONE, "U", "2", 70)
    holds(day, (10, CEFTRIAXONE), (42, CEFTRIAXONE))


@hl7
def test_a_dose_under_another_order_stays(day):
    day.admit(0)
    given(day, 10, CEFTRIAXONE)
    other = "ORC|RE||e\r" + rxa(day, 10, MEROPENEM, "U")
    day.send(70, day._head("RAS^O17", 70, "1") + other, {})
    holds(day, (10, CEFTRIAXONE), (10, MEROPENEM))


@hl7
def test_an_update_may_name_the_order_by_its_other_number(day):
    day.admit(0)
    told = [
        (("P", "F"), CEFTRIAXONE, "A", 20),
        (("P", ""), MEROPENEM, "U", 30),
        (("P", "G"), METRONIDAZOLE, "A", 40),
    ]
    for numbers, drug, action, sent in told:
        order = f"ORC|RE|{numbers[0]}|{numbers[1]}\r"
        day.send(sent, day._head("RAS^O17", sent, "1") + order + rxa(day, 10, drug, action), {})
    holds(day, (10, MEROPENEM), (10, METRONIDAZOLE))
    day.send(50, day._head("RAS^O17", 50, "1") + "ORC|RE||F\r" + rxa(day, 10, MEROPENEM, "D"), {})
    holds(day, (10, METRONIDAZOLE))


@hl7
def test_an_update_of_a_rate_leaves_the_doses_of_its_order(day):
    day.admit(0)
    given(day, 10, CEFTRIAXONE)
    line = f"RXA|0|2|{day.stamp(10)}||norepinephrine|0.1|ug/kg/min|||||||||||||CP|U\rRXR|IV\r"
    day.send(70, day._head("RAS^O17", 70, "1") + "ORC|RE||d\r" + line, {})
    holds(day, (10, CEFTRIAXONE))


@pytest.mark.parametrize("form", ["fhir"])
def test_in_fhir_each_dose_is_a_resource(day):
    day.admit(0)
    for name, drug, version in (("a", CEFTRIAXONE, "1"), ("b", METRONIDAZOLE, "1"), ("a", MEROPENEM, "2")):
        day.send(60 + int(version), "", {
            "resourceType": "MedicationAdministration", "id": name, "status": "completed", "subject": whom("1"),
            "medicationCodeableConcept": {"text": drug}, "effectiveDateTime": day.iso(10),
            "request": {"reference": "MedicationRequest/d"}, "dosage": {"route": {"text": "IV"}, "dose": {"value": 1, "unit": "g"}},
            "meta": {"versionId": version},
        })  # fmt: skip
    holds(day, (10, MEROPENEM), (10, METRONIDAZOLE))


def dose_of_feed(day, feed: str, number: str, drug: str, action: str = "A", sent: float = 60) -> None:
    order = day._head("RAS^O17", sent, "1") + f"ORC|RE||{number}\r"
    day.send(sent, order + rxa(day, 10, drug, action), {}, feed=feed)


@hl7
@pytest.mark.parametrize(("number", "left"), [("7", [(10, CEFTRIAXONE)]), ("7^PHARM", [])])
def test_a_number_without_an_issuer_is_one_of_its_feed(day, number, left):
    """Two feeds number what they gave alike: one takes nothing of the other's back, unless the issuer says that it is one order."""
    day.admit(0)
    dose_of_feed(day, "mar", number, CEFTRIAXONE)
    dose_of_feed(day, "icu", number, CEFTRIAXONE, "D", sent=70)
    holds(day, *left)
    dose_of_feed(day, "mar", number, CEFTRIAXONE, "D", sent=80)
    holds(day)
