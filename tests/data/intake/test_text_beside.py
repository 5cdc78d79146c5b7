"""Texts beside a measured number: a statement of its specimen, the name of another measurement, or a remark."""

import pytest

from opensepsis.data.intake.clumped import CLUMPED
from opensepsis.data.intake.specimen import ANOTHER_BY_NAME, ANOTHERS, ANOTHERS_NAME, NOT_ARTERIAL, NOT_BLOOD
from opensepsis.data.intake.text_beside import why_no_value, why_not_by_comment


@pytest.mark.parametrize(
    ("concept", "comment", "why"),
    [
        ("pao2", "VERIFIED.  NO CALLS MADE - NOT ARTERIAL BLOOD.", NOT_ARTERIAL),
        ("pao2", "PERIPHERAL VENOUS.  GREEN TOP.", NOT_ARTERIAL),
        ("pao2", "Drawn by RN from left femoral vein", NOT_ARTERIAL),
        ("pao2", "This is not an arterial sample.", NOT_ARTERIAL),
        ("pao2", "taken from central line", NOT_ARTERIAL),
        ("pao2", "Blood gas, mixed venous", NOT_ARTERIAL),
        ("pao2", "Probe: venös", NOT_ARTERIAL),
        ("pao2", "V", NOT_ARTERIAL),
        ("sao2", "MIXED VENOUS.", NOT_ARTERIAL),
        ("lactate", "PERIPHERAL VENOUS", ""),
        ("lactate", "CSF tube 1", NOT_BLOOD),
        ("creatinine", "Specimen type: pleural fluid, left", NOT_BLOOD),
        ("creatinine", "Serum/Urine", ""),
        ("creatinine", "PER", NOT_BLOOD),
        ("lactate", "Cord blood", ANOTHERS),
        ("platelets", "Unable to estimate due to platelet clumps", CLUMPED),
    ],
)  # fmt: skip
def test_a_comment_that_names_the_specimen(concept, comment, why):
    assert why_not_by_comment(concept, comment) == why_no_value(concept, None, comment) == why


@pytest.mark.parametrize(
    ("concept", "comment"),
    [
        ("pao2", "Arterial line, not venous"),
        ("pao2", "Reference range for arterial blood; for venous blood see handbook"),
        ("pao2", "If venous, 30 to 50"),
        ("pao2", "Sample mixed well"),
        ("pao2", "Provider notified per current lab policy"),
        ("d_dimer", "D-dimer <500 can be used to exclude venous thromboembolic disease."),
        ("creatinine", "eGFR 52 mL/min/1.73 m2 by CKD-EPI"),
        ("creatinine", "eGFR: see separate line"),
        ("creatinine", "If clinically indicated, submit urine for PEP"),
        ("creatinine", "Patient is a living kidney donor"),
        ("creatinine", "Spinal cord injury"),
        ("lactate", "CSF also sent"),
        ("lactate", "CSF culture pending"),
        ("bilirubin", "Direct bilirubin added"),
        ("platelets", "MPV not available"),
        ("glucose", "IF FASTING, 70-100 NORMAL, >125 PROVISIONAL DIABETES."),
        ("creatinine", "___"),
        ("creatinine", "HEMOLYSIS FALSELY ELEVATES K.."),
        ("creatinine", "no urine"),
    ],
)  # fmt: skip
def test_a_remark_that_only_mentions_one(concept, comment):
    assert why_not_by_comment(concept, comment) == ""


@pytest.mark.parametrize(
    ("concept", "text", "why"),
    [
        ("mean_pressure", "MAP goal", ANOTHER_BY_NAME),
        ("mean_pressure", "goal 65-75", ""),
        ("mean_pressure", "at goal since the evening, titrated down", ""),
        ("heart_rate", "Fetal heart rate", ANOTHERS_NAME),
        ("bilirubin", "direct", ANOTHER_BY_NAME),
        ("bilirubin", "Direct bilirubin added", ""),
        ("temperature", "warmer applied", ""),
        ("temperature", "incubator", ANOTHER_BY_NAME),
        ("weight", "weight loss noted", ""),
        ("creatinine", "eGFR 52", ""),
        ("urine_output", "stool", ""),  # what an amount is of is not told in words beside it
    ],
)  # fmt: skip
def test_a_name_of_another_measurement_beside_a_number(concept, text, why):
    assert why_no_value(concept, 60.0, text) == why


def test_a_comment_by_itself_says_nothing_of_a_tube():
    assert why_not_by_comment("gcs_verbal", "intubated") == ""
    assert why_no_value("gcs_verbal", 1.0, "intubated") != ""
