"""Specimens and corrections in HL7: whose the specimen is, of what, and what a result is corrected to."""

import pytest

from opensepsis.uses.ward.model.facts import Charted, Voided
from tests.support.ward.hl7_messages import ANN, MINUTE, NOON, charted, found, order, result


@pytest.mark.parametrize("text", ["", "QNS", "haemolysed"])
def test_a_correction_to_no_value_takes_the_value_back(text):
    first = found(ANN, order(), result("4"))[0][0].event
    facts, _ = found(ANN, order(), result(text, status="C"), received=NOON + MINUTE)
    assert [f for f in facts if isinstance(f, Voided) and f.covers(first)] and not [
        f for f in facts if isinstance(f, Charted)
    ]


@pytest.mark.parametrize("status", ["F", "P", ""])
def test_an_empty_value_that_is_no_correction_says_nothing(status):
    facts, said = found(ANN, order(), result("", status=status))
    assert facts == [] and [p.kind for p in said] == ["value"]


@pytest.mark.parametrize(
    ("role", "charted"),
    [
        ("", 1),
        ("P^Patient^HL70369", 1),
        ("R^Replicate^HL70369", 1),
        ('""', 1),
        *((role, 0) for role in ("Q^Control specimen^HL70369", "B", "C", "E", "L", "O", "V")),
    ],
)
def test_a_control_is_not_the_patients(role, charted):
    assert len(numbers_of("SPM|1|||BLD^Blood|||||||" + role)) == charted
    assert len(numbers_of(more=f"||||||||BLD^^^^^^{role.partition('^')[0]}")) == charted


@pytest.mark.parametrize(
    ("specimen", "charted"),
    [
        ("BLD^Blood", 1),
        ("BLDV^Venous blood", 1),
        ("UR^Urine", 0),
        ("DRN", 0),
        ("7^^L^PLR^Pleural fluid", 0),
        ("ASC^Ascites", 0),
        ("^Serum", 1),
    ],
)
def test_what_was_measured_in_another_fluid_is_not_of_blood(specimen, charted):
    assert len(numbers_of("SPM|1|||" + specimen)) == charted
    assert len(numbers_of(more="||||||||" + specimen.replace("^", "&"))) == charted


def numbers_of(*lines: str, more: str = "") -> list[tuple]:
    asked = "OBR|1||o1|x|||20260302115500+0000" + more
    return charted(ANN, asked, "OBX|1|NM|1975-2^x^LN||12|mg/dL|||||F", *lines)


@pytest.mark.parametrize(
    ("texts", "grew"),
    [(("No Salmonella, Shigella or", "Campylobacter isolated"), 0), (("Salmonella spp.", "not isolated"), 0),
     (("CULTURE RESULT:", "NO GROWTH"), 0),
     (("No MRSA isolated", "E. coli isolated"), 1), (("See note", "E. coli"), 1)],
)  # fmt: skip
def test_the_lines_of_a_report_are_one_text(texts, grew):
    lines = (result(text, "600-7^Blood culture^LN", "", "TX") for text in texts)
    assert [
        v
        for _, concept, v in charted(ANN, order("B1", "600-7^Blood culture^LN"), *lines)
        if concept == "culture"
    ] == [grew]
