"""A result of another patient: its status takes it back, from every kind of message; free text never changes a value."""

import pytest

from tests.support.ward.telling import loinc, whom


def send(
    day,
    minute: float,
    value="8.0",
    status="F",
    fhir: str = "final",
    asked="F",
    orc="",
    note="",
    kind="NM",
    **more,
):
    """Lactate of minute 10, in a version said at a minute."""
    notes = f"NTE|1||{note}\r" if note else ""
    order = f"ORC|{orc}|o1\r" if orc else ""
    hl7 = day._head("ORU^R01", minute, "1") + order
    hl7 += f"OBR|1||o1|x|||{day.stamp(10)}" + "|" * 15 + f"{day.stamp(minute)}|||{asked}\r"
    hl7 += f"OBX|1|{kind}|2524-7^Lactate^LN||{value}|mmol/L|||||{status}|||{day.stamp(10)}\r{notes}"
    quantity = (
        {"valueQuantity": {"value": float(value), "unit": "mmol/L", "code": "mmol/L"}}
        if kind == "NM" and value
        else {}
    )
    if kind == "ST":
        quantity = {"valueString": value}
    day.send(minute, hl7, {
        "resourceType": "Observation", "id": "l", "status": fhir, "subject": whom("1"), "code": loinc("2524-7"),
        "effectiveDateTime": day.iso(10), "issued": day.iso(minute), **quantity, **({"note": [{"text": note}]} if note else {}), **more,
    })  # fmt: skip


def lactates(day) -> list[float]:
    chart = day.patient().bedside.chart
    return [e.value for e in chart.standing("lactate") if e.value is not None]


@pytest.fixture
def charted(day):
    day.admit(0)
    send(day, 11)
    assert lactates(day) == [8.0]
    return day


NOTES = (
    "WRONG PATIENT",
    "Wrong patient, please disregard",
    "result belongs to another patient",
    "falscher Patient",
    "mislabelled specimen",
)


@pytest.mark.parametrize("note", NOTES)
def test_a_note_changes_nothing(charted, note):
    send(charted, 20, note=note)
    assert lactates(charted) == [8.0]
    send(charted, 30, value="1.1", status="C", fhir="corrected", note=note)
    assert lactates(charted) == [1.1]


@pytest.mark.parametrize("value", ["8.0", ""])
@pytest.mark.parametrize(
    ("status", "fhir"),
    [("W", "entered-in-error"), ("D", "entered-in-error"), ("X", "cancelled"), ("w", "entered-in-error")],
)
def test_a_status_takes_it_back(charted, value, status, fhir):
    send(charted, 20, value=value, status=status, fhir=fhir)
    assert lactates(charted) == []
    send(charted, 30, value="2.2", status="C", fhir="corrected")
    assert lactates(charted) == [2.2]


@pytest.mark.parametrize(
    ("asked", "orc"),
    [("X", "RE"), ("Z", "RE"), ("Y", ""), ("F", "OC"), ("F", "CA"), ("F", "CR"), ("F", "RE||||CA")],
)
def test_a_cancelled_order_takes_its_results_back(charted, asked, orc):
    orc = "RE|o1|||CA" if "CA" in orc and "RE" in orc else orc
    send(charted, 20, asked=asked, orc=orc, fhir="cancelled")
    assert lactates(charted) == []


@pytest.mark.parametrize("orc", ["RE", "SC", "DC", "OD", "NW", "OK"])
def test_an_order_that_goes_on_or_was_discontinued_keeps_its_results(charted, orc):
    send(charted, 20, orc=orc)
    assert lactates(charted) == [8.0]


def test_the_alert_goes_with_it(charted):
    charted.result(10, rate=22, systolic=98, pulse=112)
    before = charted.alerts()
    send(charted, 20, status="W", fhir="entered-in-error")
    assert lactates(charted) == [] and charted.alerts()[: len(before)] == before


def test_a_correction_to_words_leaves_no_value(charted):
    send(charted, 20, value="Wrong patient", kind="ST", status="C", fhir="corrected")
    assert lactates(charted) == []
