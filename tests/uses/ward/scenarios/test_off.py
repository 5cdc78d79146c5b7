"""Support that is charted as off, in HL7 and in FHIR: it ends what runs from then on, in whatever order that comes."""

from dataclasses import replace

import pytest

from opensepsis.data.decode.site import Coded
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.views.inputs import input_view
from tests.support.ward.feeds import SITE
from tests.support.ward.telling import whom

CODED = {f"X-{name}": name for name in ("ventilation", "oxygen", "device", "comfort_care")}
OURS = replace(SITE, codes=SITE.codes | {("", "l", code): Coded(concept) for code, concept in CODED.items()})
STATUS = {"F": "final", "C": "corrected", "D": "entered-in-error"}


@pytest.fixture
def day(new_day):
    day = new_day(site=OURS)
    day.admit(0)
    return day


def charted(
    day, minute: float, concept: str, said: str, status: str = "F", sent: float | None = None
) -> None:
    """A word of a device or a mode, at a minute; another statement of the same minute takes its place."""
    sent = minute if sent is None else sent
    asked = f"OBR|1||n{minute}|x|||{day.stamp(minute)}|||||||||||||||{day.stamp(sent)}\r"
    line = f"OBX|1|ST|X-{concept}^x^L||{said}||||||{status}|||{day.stamp(minute)}\r"
    day.send(sent, day._head("ORU^R01", sent, "1") + asked + line, {
        "resourceType": "Observation", "id": f"{concept}-{minute}", "status": STATUS[status], "subject": whom("1"),
        "code": {"coding": [{"system": "l", "code": f"X-{concept}"}]}, "effectiveDateTime": day.iso(minute),
        "issued": day.iso(sent), "valueString": said,
    })  # fmt: skip


def runs(day, concept: str = "ventilation") -> list[tuple]:
    """From when until when each thing ran, in minutes."""
    zero = day.to_microseconds(0)
    chart = day.patient().bedside.chart
    return [
        (text, (start - zero) / 6e7, None if end == float("inf") else (end - zero) / 6e7)
        for start, end, _, text in chart.intervals(concept)
    ]


@pytest.mark.parametrize(
    "said", ["off", "aus", "discontinued", "extubated", "0", "ventilator off", "not ventilated"]
)
def test_ventilation_ends_where_it_is_said_to_be_off(day, said):
    charted(day, 6, "ventilation", "IMV")
    charted(day, 6, "oxygen", "ETT")
    assert runs(day) == [("invasive", 6, None)]
    charted(day, 60, "ventilation", said)
    assert runs(day) == [("invasive", 6, 60)] and runs(day, "oxygen") == [("endotracheal tube", 6, 60)]
    day.killed()
    assert runs(day) == [("invasive", 6, 60)] and runs(day, "oxygen") == [("endotracheal tube", 6, 60)]


@pytest.mark.parametrize("said", ["extubated", "ETT removed", "off ventilator"])
def test_a_tube_that_is_out_ends_ventilation(day, said):
    charted(day, 6, "ventilation", "IMV")
    charted(day, 60, "oxygen", said)
    assert runs(day) == [("invasive", 6, 60)]


@pytest.mark.parametrize("said", ["off", "room air", "nasal cannula", "NC off", "removed"])
def test_oxygen_that_is_off_ends_no_ventilation(day, said):
    charted(day, 6, "ventilation", "IMV")
    charted(day, 60, "oxygen", said)
    assert runs(day) == [("invasive", 6, None)]


def test_what_is_told_late_counts_from_its_own_time(day):
    charted(day, 60, "ventilation", "off")
    charted(day, 6, "ventilation", "IMV", sent=70)
    charted(day, 80, "ventilation", "BiPAP")
    assert runs(day) == [("invasive", 6, 60), ("noninvasive", 80, None)]
    charted(day, 40, "ventilation", "off", sent=90)
    assert runs(day) == [("invasive", 6, 40), ("noninvasive", 80, None)]


@pytest.mark.parametrize(("status", "said"), [("C", "IMV"), ("D", "off")])
def test_an_off_that_was_wrong_ends_nothing(day, status, said):
    charted(day, 6, "ventilation", "IMV")
    charted(day, 6, "oxygen", "ETT")
    charted(day, 60, "ventilation", "off")
    charted(day, 60, "ventilation", said, status, sent=70)
    last = {"C": [("invasive", 6, 60), ("invasive", 60, None)], "D": [("invasive", 6, None)]}
    assert runs(day) == last[status] and runs(day, "oxygen") == [("endotracheal tube", 6, None)]


def test_a_mode_that_was_charted_for_another_is_corrected(day):
    charted(day, 6, "ventilation", "IMV")
    charted(day, 6, "ventilation", "BiPAP", "C", sent=10)
    assert runs(day) == [("noninvasive", 6, None)]
    charted(day, 6, "ventilation", "off", "C", sent=20)
    assert runs(day) == []


@pytest.mark.parametrize(
    ("concept", "word", "text", "off"),
    [("comfort_care", "ordered", "ordered", "revoked"), ("device", "Foley", "urinary catheter", "Foley removed")],
)  # fmt: skip
def test_other_support_ends_alike(day, concept, word, text, off):
    charted(day, 6, concept, word)
    charted(day, 60, concept, off)
    assert runs(day, concept) == [(text, 6, 60)]


def test_which_device_is_gone_must_be_told(day):
    charted(day, 6, "device", "Foley")
    charted(day, 6.5, "device", "PICC line")
    charted(day, 60, "device", "removed")
    assert [end for *_, end in runs(day, "device")] == [None, None]
    charted(day, 70, "device", "Foley removed")
    assert runs(day, "device") == [("urinary catheter", 6, 70), ("central line", 6.5, None)]


@pytest.mark.parametrize("form", ["fhir"])
def test_a_procedure_without_an_end_ends_with_what_is_charted(day):
    day.send(6, "", {
        "resourceType": "Procedure", "id": "v", "status": "in-progress", "subject": whom("1"),
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "40617009"}]}, "performedPeriod": {"start": day.iso(6)},
        "meta": {"lastUpdated": day.iso(6), "versionId": "1"},
    })  # fmt: skip
    charted(day, 60, "ventilation", "off")
    assert [(start, end) for _, start, end in runs(day)] == [(6, 60)]


def test_the_page_tells_what_runs_no_longer(day):
    def seen(name: str) -> tuple[str, str]:
        view = input_view(day.patient(), CONCEPTS[name], day.to_microseconds(100), AlertPolicy())
        return view.value, view.standing

    charted(day, 6, "ventilation", "IMV")
    day.dose(10, "norepinephrine", amount=0.1, unit="ug/kg/min", end=50)
    day.wait(100)
    assert (seen("ventilation"), seen("norepinephrine")) == (
        ("invasive", "measured"),
        ("0.1 µg/kg/min", "ended"),
    )
    charted(day, 60, "ventilation", "off", sent=101)
    assert seen("ventilation") == ("invasive", "ended")
