"""The Glasgow coma scale and RASS as they are charted: codes, words, and a tube that kept the patient silent; HL7 and FHIR alike."""

import pytest

from tests.support.ward.fhir_said import Feeding, observation
from tests.support.ward.hl7_messages import ANN, charted, order, reasons, result

VERBAL, TOTAL, RASS = "9270-0", "9269-2", "54632-5"
UNDER_A_TUBE = ["intubated: no verbal score"]


def hl7(code: str, value: str, *notes: str, kind: str = "CWE") -> tuple[list, list[str]]:
    lines = (ANN, order(), result(value, f"{code}^x^LN", "", kind), *(f"NTE|1||{note}" for note in notes))
    return [value for _, _, value in charted(*lines)], reasons(*lines)


def fhir(measured: str, code: str, text: str, *notes: str) -> tuple[list, list[str]]:
    said = {"coding": [{"code": code, "display": text}]} if code else {"text": text}
    feeding = Feeding().send(
        observation(
            measured, valueQuantity=None, valueCodeableConcept=said, note=[{"text": note} for note in notes]
        )
    )
    return [value for _, _, value in feeding.charted], feeding.shown


@pytest.mark.parametrize(
    "text",
    ["Intubated", "No response-ETT", "1T", "ET tube", "Tracheostomy", "no verbal response (intubated)"],
)
def test_a_tube_is_no_verbal_score(text):
    assert hl7(VERBAL, f"1^{text}^L") == ([], UNDER_A_TUBE)
    assert hl7(VERBAL, "1", text, kind="NM") == ([], UNDER_A_TUBE)
    assert fhir(VERBAL, "1", text) == ([], UNDER_A_TUBE)
    assert fhir(VERBAL, "1", "none", text) == ([], UNDER_A_TUBE)


def test_a_total_under_a_tube_is_not_that_of_the_brain():
    assert hl7(TOTAL, "3", "Intubated", kind="NM") == ([], UNDER_A_TUBE)


@pytest.mark.parametrize("note", ["extubated at 10:00", "not intubated", "tube feeding", ""])
def test_another_note_changes_nothing(note):
    assert hl7(VERBAL, "1", note, kind="NM") == ([1], [])
    assert hl7(TOTAL, "15", note, kind="NM") == ([15], [])


def test_who_speaks_may_have_had_a_tube():
    assert hl7(TOTAL, "15", "was intubated yesterday", kind="NM") == ([15], [])
    assert hl7(VERBAL, "4", "was intubated yesterday", kind="NM") == ([4], [])


def test_a_note_is_about_the_observation_before_it():
    lines = (
        ANN,
        order(),
        result("5", f"{VERBAL}^x^LN", ""),
        "NTE|1||oriented",
        result("6", "9268-4^x^LN", ""),
        "NTE|1||Intubated",
    )
    assert [value for _, _, value in charted(*lines)] == [5, 6]


@pytest.mark.parametrize(
    ("code", "text", "points"),
    [(VERBAL, "Inappropriate words", 3), (VERBAL, "Confused", 4), (VERBAL, "verwirrt", 4), ("9267-6", "To pain", 2),
     ("9268-4", "Obeys commands", 6),
     ("9268-4", "Withdraws from pain", 4)],
)  # fmt: skip
def test_words_of_the_scale_are_their_points(code, text, points):
    assert hl7(code, f"^{text}^L") == ([points], [])
    assert fhir(code, "", text) == ([points], [])


@pytest.mark.parametrize("text", ["drowsy", "not confused", "None", "Confused at times"])
def test_other_words_are_no_points(text):
    found, why = hl7(VERBAL, f"^{text}^L")
    assert found == [] and why == ["not a number"]


@pytest.mark.parametrize(
    ("said", "points"),
    [
        ("-1^Drowsy", -1),
        ("+1^Restless", 1),
        ("-5^Unarousable", -5),
        ("0^Alert and calm", 0),
        ("−2^Light sedation", -2),
    ],
)
def test_rass_as_a_code(said, points):
    code, text = said.split("^")
    assert hl7(RASS, f"{said}^L") == ([points], [])
    assert fhir(RASS, code, text) == ([points], [])
