"""What was given in HL7: routes of the standards, amounts by a time, and doses that were refused or of nothing."""

import pytest

from tests.support.ward.hl7_doses import LEVOPHED, dose, given
from tests.support.ward.hl7_messages import ANN, reasons


@pytest.mark.parametrize(
    ("amount", "unit", "time", "rate"),
    [("0.1", "mcg/kg", "M1", 0.1), ("6", "mcg/kg", "H1", 0.1), ("48", "mcg/kg", "H8", 0.1), ("6", "mcg/kg", "hr", 0.1),
     ("0.1", "mcg/kg", "/min", 0.1),
     ("0.1", "mcg/kg/min", "M1", 0.1), ("0.1", "mcg/kg/min", "", 0.1)],
)  # fmt: skip
def test_an_amount_by_a_time_is_a_rate(amount, unit, time, rate):
    """RXA-12, HL7 2.5.1, 4.14.7.12."""
    assert [e.value for e in given(dose(LEVOPHED, amount, unit, rate=time), "RXR|IV")] == [
        pytest.approx(rate)
    ]


@pytest.mark.parametrize("time", ["", "L1", "X", "M0", "BID"])
def test_an_amount_by_no_time_is_a_dose(time):
    assert given(dose(LEVOPHED, "0.1", "mcg/kg", rate=time), "RXR|IV") == []


def test_a_fluid_by_the_hour_is_not_that_volume():
    line = dose("S^Sodium chloride 0.9 %^L", "125", "mL", rate="H1")
    assert given(line, "RXR|IV") == [] and reasons(ANN, "ORC|RE||77", line, "RXR|IV", kind="RAS^O17")


REFUSED = dose(status="").replace("|" * 8 + "|A", "|" * 6 + "00^Parental decision" + "|" * 3 + "A")


@pytest.mark.parametrize(
    ("line", "told"),
    [(dose(amount="0"), "zero"), (dose(amount="0.0"), "zero"), (dose(amount="0", status=""), "zero"), (REFUSED, "refusal"),
     (dose(status="RE"), "")],
)  # fmt: skip
def test_what_was_not_given_is_shown(line, told):
    assert given(line, "RXR|IV") == []
    (reason,) = reasons(ANN, "ORC|RE||77", line, "RXR|IV", kind="RAS^O17")
    assert reason.startswith("not given") and told in reason


def test_a_pump_that_stands_still_is_a_rate_of_zero():
    assert [e.value for e in given(dose(LEVOPHED, "0", "mcg/kg/min"), "RXR|IV")] == [0]


@pytest.mark.parametrize(
    ("route", "way"),
    [("AP^Apply Externally", "topical"), ("IO^Intraocular", "eye"), ("IO^Intraosseous", "io"), ("IO", "io"), ("OT", "ear"),
     ("ET", "inhaled"),
     ("TRA^Tracheostomy", "inhaled"), ("GTT", "tube"), ("IU^Intrauterine", "vaginal"), ("IS^Intrasynovial", "cavity"), ("EP", "spinal"),
     ("SD^Soaked Dressing", "topical"), ("WND", "topical"), ("IA^Intra-arterial", "artery"), ("20045000^Intravenous use", "iv"),
     ("20053000", "oral"),
     ("20051000^Ocular use", "eye"), ("54485002^Ophthalmic route^SCT", "eye"), ("C38288^ORAL^NCIT", "oral"),
     ("7^intravenöse Anwendung^L", "iv")],
)  # fmt: skip
def test_routes_of_the_standards(route, way):
    """Table 0162 of HL7 2.5.1, EDQM's standard terms, SNOMED CT, NCI Thesaurus."""
    assert [e.text for e in given(dose(), f"RXR|{route}")] == [f"ceftriaxone|{way}"]
