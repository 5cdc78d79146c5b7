"""Signs of the bedside are read from words, yes and no, and their codes, whoever sends them."""

import pytest

from opensepsis.data.decode.fhir.values import value_sent
from opensepsis.data.intake.text_codes import word_of
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
