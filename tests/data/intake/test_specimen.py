import pytest

from opensepsis.data.intake.specimen import ANOTHERS, NOT_ARTERIAL, NOT_BLOOD, wrong_specimen


@pytest.mark.parametrize(
    "specimen",
    [
        "Venous blood", "BLDV", "BLDMV / Blood mixed venous", "VEN.", "gemischtvenös", "zentralvenös", "sang veineux",
        "Blood, central line",
        "Capillary blood", "Kapillarblut", "finger stick", "umbilical", "arterial / venous", "arteriovenous fistula",
    ],
)  # fmt: skip
@pytest.mark.parametrize("concept", ["pao2", "sao2"])
def test_other_blood_is_not_arterial(concept, specimen):
    assert wrong_specimen(concept, specimen) == NOT_ARTERIAL


@pytest.mark.parametrize(
    "specimen",
    [
        "",
        "Blood",
        "ABLD",
        "ART.",
        "arterial",
        "umbilical artery, arterial",
        "ward 3, Avenue Road",
        "Steven",
        "invented",
    ],
)
def test_blood_that_nothing_calls_another_may_be_arterial(specimen):
    assert wrong_specimen("pao2", specimen) == ""


@pytest.mark.parametrize(
    "specimen",
    [
        "Urine",
        "UR",
        "24 hour urine",
        "Drain fluid",
        "Ascites",
        "Pleurapunktat",
        "CSF",
        "Liquor",
        "Peritoneal fluid",
        "Dialysate",
        "stool",
        "BAL",
    ],
)
@pytest.mark.parametrize(
    "concept", ["creatinine", "bilirubin", "lactate", "wbc", "glucose", "ph", "potassium"]
)
def test_what_is_measured_in_another_fluid_is_not_of_blood(concept, specimen):
    assert wrong_specimen(concept, specimen) == NOT_BLOOD


@pytest.mark.parametrize(
    "specimen",
    [
        "Blood",
        "Serum",
        "Plasma",
        "Venous blood",
        "Capillary blood",
        "blood from dialysis patient, drain",
        "tube 7",
        "gold top",
        "Burned",
    ],
)
def test_any_blood_will_do_for_what_is_not_a_gas(specimen):
    assert wrong_specimen("creatinine", specimen) == ""


@pytest.mark.parametrize(
    ("concept", "specimen"), [("urine_output", "urine"), ("culture", "Urine"), ("heart_rate", "drain")]
)
def test_what_is_not_of_blood_may_be_of_anything(concept, specimen):
    assert wrong_specimen(concept, specimen) == ""


@pytest.mark.parametrize(
    "specimen",
    [
        "Cord blood",
        "BLDCO",
        "Nabelschnurblut arteriell",
        "umbilical cord, venous",
        "Fetal scalp blood",
        "donor blood",
        "BPU",
    ],
)
@pytest.mark.parametrize("concept", ["lactate", "ph", "pao2", "bilirubin", "platelets"])
def test_blood_of_another_is_not_the_patients(concept, specimen):
    """Gases of the cord and of the scalp are filed under the mother or under the child."""
    assert wrong_specimen(concept, specimen) == ANOTHERS
