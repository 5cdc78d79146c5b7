"""Orders that are changed or replaced: what is said of an order last is all that stands of it, under whichever of its numbers."""

import pytest

from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.state.treatment import treatment_of
from tests.support.ward.telling import whom

CEFTRIAXONE, MEROPENEM, PARACETAMOL = "ceftriaxone", "meropenem", "paracetamol"
BOTH, PLACER, FILLER = ("p", "f"), ("p", ""), ("", "f")
COMFORT, COUNT = "133918004^Comfort care^SCT", "58410-2^Full blood count^LN"
hl7 = pytest.mark.parametrize("form", ["hl7"])
fhir = pytest.mark.parametrize("form", ["fhir"])


def asked(
    control: str, numbers: tuple[str, str], drug: str = "", time: str = "", route: str = "IV", code: str = ""
) -> str:
    """An ORC with its RXE; the ORC alone without a drug."""
    order = f"ORC|{control}|{numbers[0]}|{numbers[1]}||||||{time}\r"
    return order + (f"RXE|1|{code or drug}^{drug}|2||g\rRXR|{route}\r" if drug else "")


def tell(day, minute: float, *orders: tuple, kind: str = "RDE^O11", sent: float | None = None) -> None:
    """One message with these orders, each as `asked` takes it."""
    lines = "".join(asked(*one, time=day.stamp(minute)) if len(one) < 4 else asked(*one) for one in orders)
    day.send(minute, day._head(kind, minute if sent is None else sent, "1") + lines, {})


def request(
    day, minute: float, version: int, drug: str, status: str = "active", name: str = "r", prior: str = ""
) -> None:
    before = {"priorPrescription": {"reference": prior}} if prior else {}
    day.send(minute, "", {
        "resourceType": "MedicationRequest", "id": name, "status": status, "intent": "order", "subject": whom("1"),
        "medicationCodeableConcept": {"text": drug}, "authoredOn": day.iso(6), "dosageInstruction": [{"route": {"text": "IV"}}],
        "meta": {"lastUpdated": day.iso(minute), "versionId": str(version)}, **before,
    })  # fmt: skip


def standing(day, concept: str = "antibiotic_order") -> list:
    return [e.value if e.text is None else e.text for e in day.patient().bedside.chart.standing(concept)]


@hl7
@pytest.mark.parametrize("control", ["XO", "XR", "XX", "RO", "SC", "NW", "SN", "OK", "RE"])
@pytest.mark.parametrize(
    ("first", "then"), [(n, m) for n in (BOTH, PLACER, FILLER) for m in (BOTH, PLACER, FILLER)]
)
def test_another_drug_under_one_of_its_numbers_takes_the_place_of_the_first(day, control, first, then):
    """A placer's number and a filler's that were never told together are two orders."""
    day.admit(0)
    tell(day, 6, ("NW", first, CEFTRIAXONE))
    tell(day, 8, (control, then, MEROPENEM))
    parted = {first, then} == {PLACER, FILLER}
    assert standing(day) == [f"{CEFTRIAXONE}|iv"] * parted + [f"{MEROPENEM}|iv"]
    day.killed()
    assert standing(day) == [f"{CEFTRIAXONE}|iv"] * parted + [f"{MEROPENEM}|iv"]


@fhir
def test_another_drug_in_a_later_version_takes_the_place_of_the_first(day):
    day.admit(0)
    request(day, 6, 1, CEFTRIAXONE)
    request(day, 8, 2, MEROPENEM)
    assert standing(day) == [f"{MEROPENEM}|iv"]


@fhir
def test_so_does_a_third_and_the_first_again(day):
    day.admit(0)
    for version, drug in enumerate((CEFTRIAXONE, MEROPENEM, "linezolid", CEFTRIAXONE), 1):
        request(day, 6 + version, version, drug)
        assert standing(day) == [f"{drug}|iv"]


@hl7
@pytest.mark.parametrize("drug", [PARACETAMOL, "an investigational drug", f"{CEFTRIAXONE} - HELD"])
def test_a_drug_that_is_no_antibiotic_takes_its_place_too(day, drug):
    day.admit(0)
    tell(day, 6, ("NW", PLACER, CEFTRIAXONE))
    tell(day, 8, ("XO", PLACER, drug))
    assert standing(day) == []


@fhir
@pytest.mark.parametrize("drug", [PARACETAMOL, "an investigational drug", f"{CEFTRIAXONE} - HELD"])
def test_in_fhir_so_does_a_later_version(day, drug):
    day.admit(0)
    request(day, 6, 1, CEFTRIAXONE)
    request(day, 8, 2, drug)
    assert standing(day) == []


@hl7
def test_vancomycin_that_is_changed_to_go_by_mouth_is_no_order_for_the_blood(day):
    day.admit(0)
    tell(day, 6, ("NW", PLACER, "vancomycin"))
    tell(day, 8, ("XO", PLACER, "vancomycin", day.stamp(8), "PO"))
    assert standing(day) == []


@hl7
@pytest.mark.parametrize(
    ("route", "then", "left"),
    [("IV", "OPHT", {"ofloxacin|opht": 8}), ("IV", "IV", {"ofloxacin|iv": 6}), ("IV", "", {"ofloxacin|iv": 6, "ofloxacin|": 8}),
     ("", "IV", {"ofloxacin|": 6, "ofloxacin|iv": 8}), ("IV", "PO", {"ofloxacin|oral": 8})],
)  # fmt: skip
def test_a_change_of_the_route_is_a_change_of_the_order(day, route, then, left):
    """A route that is not told is no other one."""
    day.admit(0)
    tell(day, 6, ("NW", PLACER, "ofloxacin", day.stamp(6), route))
    tell(day, 8, ("XO", PLACER, "ofloxacin", day.stamp(8), then))
    rows = reversed(day.patient().bedside.chart.standing("antibiotic_order"))
    assert {e.text: (e.time - day.to_microseconds(0)) / 6e7 for e in rows} == left


@hl7
def test_numbers_that_are_told_together_later_are_one_order(day):
    """The placer orders, the filler numbers the order, and either may change it by its own number alone."""
    day.admit(0)
    tell(day, 6, ("NW", PLACER, CEFTRIAXONE))
    tell(day, 7, ("NA", BOTH, CEFTRIAXONE))
    tell(day, 8, ("XX", FILLER, MEROPENEM))
    assert standing(day) == [f"{MEROPENEM}|iv"]
    tell(day, 9, ("DC", PLACER, ""))
    assert standing(day) == []


@hl7
def test_two_numbers_that_turn_out_to_be_one_order_end_together(day):
    day.admit(0)
    tell(day, 6, ("NW", FILLER, CEFTRIAXONE))
    tell(day, 7, ("NW", PLACER, CEFTRIAXONE))
    tell(day, 8, ("DC", BOTH, CEFTRIAXONE))
    assert standing(day) == []


@hl7
@pytest.mark.parametrize("then", [BOTH, PLACER, FILLER])
@pytest.mark.parametrize("drug", [CEFTRIAXONE, ""])
@pytest.mark.parametrize("kind", ["RDE^O11", "OMP^O09", "ORM^O01"])
def test_what_began_with_both_numbers_ends_under_either(day, then, drug, kind):
    """Its ORC may be all that is sent of an order that is cancelled."""
    day.admit(0)
    tell(day, 6, ("NW", BOTH, CEFTRIAXONE), kind=kind)
    tell(day, 8, ("CA", then, drug), kind=kind)
    assert standing(day) == []


@hl7
@pytest.mark.parametrize("then", [BOTH, PLACER])
def test_an_end_of_another_number_ends_nothing(day, then):
    day.admit(0)
    tell(day, 6, ("NW", FILLER, CEFTRIAXONE))
    tell(day, 8, ("CA", ("q", "g") if then == BOTH else ("q", ""), CEFTRIAXONE))
    assert standing(day) == [f"{CEFTRIAXONE}|iv"]


@hl7
@pytest.mark.parametrize(
    ("old", "new"),
    [(("p", "f"), ("p", "f2")), (("p", ""), ("p", "")), (("p", ""), ("p2", "")), (("", "f"), ("", "f2"))],
)
@pytest.mark.parametrize(("out", "drug"), [("RU", MEROPENEM), ("RP", CEFTRIAXONE), ("RQ", MEROPENEM)])
def test_an_order_that_is_replaced_in_one_message(day, old, new, out, drug):
    """The order that goes, then the one that comes (RO), with the filler's or the placer's new number or under the same."""
    day.admit(0)
    tell(day, 6, ("NW", old, CEFTRIAXONE))
    tell(day, 8, (out, old, ""), ("RO", new, drug))
    assert [e.time for e in day.patient().bedside.chart.standing("antibiotic_order")] == [
        day.to_microseconds(8)
    ]
    assert standing(day) == [f"{drug}|iv"]


@fhir
@pytest.mark.parametrize(
    ("prior", "status", "left"),
    [("MedicationRequest/r", "active", [MEROPENEM]), ("MedicationRequest/r", "draft", [CEFTRIAXONE]),
     ("MedicationRequest/q", "active", [CEFTRIAXONE, MEROPENEM]),
     ("https://other.example/MedicationRequest/r", "active", [CEFTRIAXONE, MEROPENEM])],
)  # fmt: skip
def test_an_order_that_names_the_one_it_replaces(day, prior, status, left):
    day.admit(0)
    request(day, 6, 1, CEFTRIAXONE)
    request(day, 8, 1, MEROPENEM, status, "r2", prior)
    assert sorted(standing(day)) == [f"{drug}|iv" for drug in left]
    day.killed()
    assert sorted(standing(day)) == [f"{drug}|iv" for drug in left]


@hl7
@pytest.mark.parametrize("control", ["RO", "XX", "CA"])
def test_a_new_number_of_the_filler_is_about_the_order_of_the_placer(day, control):
    day.admit(0)
    tell(day, 6, ("NW", ("p", "f"), CEFTRIAXONE))
    tell(day, 8, (control, ("p", "f2"), MEROPENEM))
    assert standing(day) == [f"{MEROPENEM}|iv"] * (control != "CA")


@hl7
def test_two_orders_of_the_filler_for_one_of_the_placer_both_stand(day):
    day.admit(0)
    tell(day, 6, ("NW", ("p", "f"), CEFTRIAXONE))
    tell(day, 8, ("NW", ("p", "f2"), MEROPENEM))
    assert standing(day) == [f"{CEFTRIAXONE}|iv", f"{MEROPENEM}|iv"]
    tell(day, 9, ("DC", ("p", "f"), ""))
    assert standing(day) == [f"{MEROPENEM}|iv"]
    tell(day, 10, ("DC", ("p", ""), ""))
    assert standing(day) == []


@hl7
def test_several_drugs_of_one_number_in_one_message_all_stand(day):
    day.admit(0)
    both = [("NW", PLACER, CEFTRIAXONE), ("NW", PLACER, "metronidazole")]
    tell(day, 6, *both)
    tell(day, 8, *(("SC", *rest) for _, *rest in both))
    tell(day, 9, ("NW", ("q", ""), MEROPENEM), ("XO", ("q", ""), "linezolid"))
    drugs = {e.text: e.time for e in reversed(day.patient().bedside.chart.standing("antibiotic_order"))}
    assert {name: (time - day.to_microseconds(0)) / 6e7 for name, time in drugs.items()} == {
        "ceftriaxone|iv": 6, "metronidazole|iv": 6, "linezolid|iv": 9,
    }  # fmt: skip


@hl7
@pytest.mark.parametrize("code", ["", "ceftriaxone_2g"])
def test_a_change_of_the_dose_or_the_product_is_no_order_anew(day, code):
    """It counts for 3 h from when it was told first."""
    day.admit(0)
    tell(day, 6, ("NW", PLACER, CEFTRIAXONE))
    day.result(15, rate=21)
    tell(day, 170, ("XO", BOTH, f"{CEFTRIAXONE} 2 g", day.stamp(170), "IV", code))
    day.wait(200)
    found = [
        treatment_of(day.patient(), day.to_microseconds(minute), AlertPolicy()).treated
        for minute in (185, 186)
    ]
    assert found == [True, False]


@hl7
def test_an_order_that_is_told_again_at_a_time_that_cannot_be_read_stands(day):
    day.admit(0)
    tell(day, 6, ("NW", PLACER, CEFTRIAXONE))
    tell(day, 8, ("SC", PLACER, CEFTRIAXONE, "this morning"))
    assert standing(day) == [f"{CEFTRIAXONE}|iv"]


@hl7
@pytest.mark.parametrize("control", ["XO", "DC"])
def test_a_change_that_came_before_its_order_stands(day, control):
    day.admit(0)
    tell(day, 8, (control, PLACER, MEROPENEM))
    day.send(9, day._head("RDE^O11", 6, "1") + asked("NW", BOTH, CEFTRIAXONE, day.stamp(6)), {})
    assert standing(day) == [f"{MEROPENEM}|iv"] * (control == "XO")


@hl7
def test_a_change_within_the_second_of_its_order_stands(day):
    day.admit(0)
    tell(day, 6, ("NW", BOTH, CEFTRIAXONE))
    tell(day, 6 + 0.9 / 60, ("XX", BOTH, MEROPENEM))
    assert standing(day) == [f"{MEROPENEM}|iv"]


@hl7
def test_one_order_in_the_records_of_two_numbers_of_the_patient_is_one_after_their_merge(day):
    day.admit(0)
    day.admit(1, who="2")
    day.send(6, day._head("RDE^O11", 6, "2") + asked("NW", BOTH, CEFTRIAXONE, day.stamp(6)), {})
    day.merge(7, "1", "2")
    tell(day, 8, ("XO", PLACER, MEROPENEM))
    assert standing(day) == [f"{MEROPENEM}|iv"]


def rate(day, minute: float, numbers: tuple[str, str], value: float, control: str = "RE") -> None:
    line = f"RXA|0|1|{day.stamp(minute)}||norepinephrine|{value}|ug/kg/min|||||||||||||CP|A\rRXR|IV\r"
    day.send(
        minute, day._head("RAS^O17", minute, "1") + f"ORC|{control}|{numbers[0]}|{numbers[1]}\r" + line, {}
    )


@hl7
@pytest.mark.parametrize("then", [BOTH, PLACER, FILLER])
def test_a_rate_takes_the_place_of_the_one_before_under_any_number_of_its_order(day, then):
    """Two orders of one drug are two pumps, and their rates add up."""
    day.admit(0)
    rate(day, 6, BOTH, 0.1)
    rate(day, 16, then, 0.2)
    chart = day.patient().bedside.chart
    runs = [(e.value, e.end) for e in chart.standing("norepinephrine")]
    assert runs == [(0.1, day.to_microseconds(16)), (0.2, None)]
    rate(day, 26, then, 0.2, "DC")
    assert [e for e in chart.standing("norepinephrine") if e.end is None] == []


@hl7
def test_two_pumps_of_one_order_of_the_placer_are_two(day):
    day.admit(0)
    rate(day, 6, ("p", "f"), 0.1)
    rate(day, 16, ("p", "f2"), 0.2)
    assert [(e.value, e.end) for e in day.patient().bedside.chart.standing("norepinephrine")] == [
        (0.1, None),
        (0.2, None),
    ]


def care(day, minute: float, control: str, numbers: tuple[str, str], code: str = "") -> None:
    line = f"ORC|{control}|{numbers[0]}|{numbers[1]}||||||{day.stamp(minute)}\r" + (
        f"OBR|1|||{code}\r" if code else ""
    )
    day.send(minute, day._head("ORM^O01", minute, "1") + line, {})


def limits(day) -> list:
    return [
        (e.time - day.to_microseconds(0)) / 6e7 if e.end is None else "ended"
        for e in day.patient().bedside.chart.standing("comfort_care")
    ]


@hl7
@pytest.mark.parametrize("code", [COMFORT, ""])
@pytest.mark.parametrize("then", [BOTH, PLACER, FILLER])
def test_comfort_care_that_began_with_both_numbers_ends_under_either(day, then, code):
    day.admit(0)
    care(day, 6, "NW", BOTH, COMFORT)
    assert limits(day) == [6]
    care(day, 8, "DC", then, code)
    assert limits(day) == ["ended"]


@hl7
@pytest.mark.parametrize(
    ("control", "code", "found"),
    [("XO", COUNT, "ended"), ("XO", "X^Not for comfort care: full escalation^L", "ended"), ("NW", "O2S2^SpO2 scale 2^L", "ended"),
     ("SC", "X^Not for comfort care: full escalation^L", "ended"), ("SC", COMFORT, 6), ("CA", "", "ended"), ("UX", COUNT, 6)],
)  # fmt: skip
def test_comfort_care_whose_order_is_changed_to_another_ends(day, control, code, found):
    day.admit(0)
    care(day, 6, "NW", PLACER, COMFORT)
    care(day, 8, control, BOTH, code)
    assert limits(day)[0] == found


@hl7
def test_an_order_of_a_drug_ends_no_comfort_care(day):
    """Two systems may give the same number to orders of two kinds."""
    day.admit(0)
    care(day, 6, "NW", PLACER, COMFORT)
    tell(day, 8, ("NW", PLACER, CEFTRIAXONE), kind="ORM^O01")
    tell(day, 9, ("DC", PLACER, CEFTRIAXONE), kind="ORM^O01")
    assert limits(day) == [6] and standing(day) == []
