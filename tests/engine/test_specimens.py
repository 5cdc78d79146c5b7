"""Which specimens are blood, by the words in which hospitals name them."""

import pytest

from opensepsis.engine.semantics.specimens import is_from, of_specimen

BLOOD = ("blood",)


@pytest.mark.parametrize(
    "text",
    [
        "blood", "BLOOD CULTURE",
        "Blood culture ( myco/f lytic bottle)", "Blood, Venipuncture", "Venous blood specimen", "central-line blood",
        "BLD", "Blut", "Blutkultur", "Hémoculture", "hemocultivo", "blood|STAPHYLOCOCCUS AUREUS",
    ],
)  # fmt: skip
def test_blood(text):
    assert is_from(BLOOD, text)


@pytest.mark.parametrize(
    "text",
    [
        "bloody pleural fluid",
        "blood-stained sputum", "cord blood", "Blood bag", "fluid received in blood culture bottles", "non-blood fluid",
        "urine", "unknown", "", None, "urine|grew in blood too",
    ],
)  # fmt: skip
def test_no_blood(text):
    assert not is_from(BLOOD, text)


def test_every_specimen_counts_where_no_kind_is_named():
    assert is_from((), "urine")
    assert is_from((), None)


def test_a_kind_without_a_list_is_its_own_word():
    assert is_from(("urine",), "URINE,KIDNEY")
    assert not is_from(("urine",), "urinal swab")


@pytest.mark.parametrize(
    "text",
    ["Blood (CMV AB)", "blood, viral culture", "BLOOD-Cytomegalovirus", "Blut, Virologie", "blood EBV load"],
)
def test_a_virus_is_left_out(text):
    assert not of_specimen(BLOOD, ("virus",), text)


@pytest.mark.parametrize(
    "text", ["blood", "blood|herpes", "blood, on antiviral treatment", "Blood H influenzae"]
)
def test_a_word_that_holds_the_name_of_a_virus_is_none(text):
    assert of_specimen(BLOOD, ("virus",), text)
