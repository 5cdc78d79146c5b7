"""Signs of the bedside are read from words, yes and no, and their codes, whoever sends them."""

import pytest

from opensepsis.data.decode.fhir.values import value_sent
from opensepsis.data.intake.text_codes import word_of
from opensepsis.data.intake.units import convert
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.rules import Kind

SIGNS = [name for name, c in CONCEPTS.items() if c.words == ("absent", "present")]


@pytest.mark.parametrize("concept", SIGNS)
@pytest.mark.parametrize(
    "said, word",
    [
        ("Yes", "present"),
        ("present", "present"),
        ("52101004", "present"),  # SNOMED CT: present
        ("373067005", "absent"),  # SNOMED CT: no
        ("LA33-6", "present"),  # LOINC answer: yes
        ("LA32-8", "absent"),
        ("not present", "absent"),
        ("maybe", None),
        ("", None),
        ("presents with it sometimes", None),
    ],
)
def test_a_sign_in_words_and_codes(concept, said, word):
    assert word_of(concept, said) == word


def test_there_are_signs_and_none_of_them_is_a_number():
    assert len(SIGNS) >= 19
    assert {CONCEPTS[name].kind for name in SIGNS} == {Kind.WORD}


@pytest.mark.parametrize("value, word", [(True, "present"), (False, "absent")])
def test_a_boolean_of_fhir_is_a_sign(value, word):
    sent = value_sent({"valueBoolean": value}, "cyanosis")
    assert (sent.text, sent.reason) == (word, "")


@pytest.mark.parametrize("concept", ["lactate", "consciousness", "behaviour", ""])
def test_a_boolean_of_anything_else_is_no_value(concept):
    assert value_sent({"valueBoolean": True}, concept).reason == "not a number"


@pytest.mark.parametrize(
    "concept, said, word",
    [
        ("behaviour", "Less active", "reduced"),
        ("behaviour", "no response to social cues", "altered"),
        ("behaviour", "responds", None),
        ("respiratory_distress", "Moderate distress", "moderate"),
        ("respiratory_distress", "some", None),
        ("hiv", "HIV positive", "positive"),
        ("hiv", "not known", None),
    ],
)
def test_words_of_grades(concept, said, word):
    assert word_of(concept, said) == word


@pytest.mark.parametrize(
    "concept, value, unit, own",
    [
        ("gestational_age", 273, "d", 39.0),
        ("gestational_age", 39, "weeks", 39.0),
        ("hours_without_urine", 720, "min", 12.0),
        ("membranes_ruptured", 1080, "minutes", 18.0),
        ("maternal_temperature", 101.3, "[degF]", 38.5),
        ("capillary_refill", 2500, "ms", 2.5),
        ("fdp", 5, "mg/L", 5.0),
        ("fdp_upper_limit", 5000, "ng/mL", 5.0),
    ],
)
def test_units_in_which_they_come(concept, value, unit, own):
    assert convert(concept, unit, value) == pytest.approx(own)
