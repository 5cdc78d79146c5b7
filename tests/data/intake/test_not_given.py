"""Words beside a drug: a statement that it was not given, or anything else."""

import pytest

from opensepsis.data.intake.medicines import find_medicine
from opensepsis.data.intake.not_given import NO_DOSE, NOTHING_NAMED, why_dose_not_given, why_not_given
from opensepsis.data.intake.offs import says_nothing
from tests.support.ward.fhir_given import IV
from tests.support.ward.fhir_given import given as fhir_given
from tests.support.ward.fhir_said import Feeding
from tests.support.ward.hl7_doses import given as hl7_given

NOT_GIVEN = (
    "NOT GIVEN ceftriaxone", "Vancomycin - HOLD", "Ceftriaxone 2 g - HELD", "[HELD] ceftriaxone 1 g", "Vancomycin 1 g (refused)",
    "Ceftriaxone 1 g IV; REFUSED BY PATIENT", "Ceftriaxone: not given - pt NPO", "Hold ceftriaxone", "Cefepime 2 g missed dose",
    "Vancomycin *NOT ADMINISTERED*", "Ceftriaxone 2 g withheld per surgeon", "Vancomycin 1 g, held pending trough",
    "Ceftriaxone was held", "Ceftriaxone, dose held for surgery", "Vancomycin: patient refused", "ON HOLD: meropenem",
    "Meropenem 1 g discontinued", "Discontinued ceftriaxone", "Meropenem | cancelled", "Ceftriaxone (omitted)", "Canceled - cefazolin 2 g",
    "Ceftriaxon 2 g nicht gegeben", "Vancomycin pausiert", "Ceftriaxon - abgesetzt", "Cefazolin vom Patienten verweigert",
    "Ceftriaxone non administrée", "Vancomycine: refusé par le patient", "Méropénem arrêté", "Ceftriaxona no administrada",
    "Vancomicina rechazada por el paciente", "Meropenem suspendido", "Ceftriaxon ikke gitt", "Declined: vancomycin",
    "Vancomycin entered in error", "Ceftriaxone HOLD x1",
)  # fmt: skip
GIVEN = (
    "Ceftriaxone 2 g", "Vancomycin 1 g, held if trough above 20", "Vancomycin 1 g, hold for trough above 20",
    "Meropenem 1 g replaces discontinued ceftriaxone", "Vancomycin 1 g missed dose makeup", "Ceftriaxone 1 g, missed dose makeup",
    "Ceftriaxone 2 g, not refused", "Ceftriaxone 2 g never held", "Vancomycin not on hold", "Vancomycin 1 g, do not hold",
    "Vancomycin (hold parameters: SBP below 90)", "Vancomycin 1 g - hold unless trough back", "Hold for trough above 20: vancomycin 1 g",
    "Meropenem 1 g after ceftriaxone discontinued", "Meropenem 1 g, ceftriaxone discontinued", "Meropenem, discontinued ceftriaxone",
    "Vancomycin 1 g; refused earlier; given at 14:00", "Vancomycin 1 g, previous dose held", "Vancomycin 1 g HELD - resumed",
    "Tobramycin by hand-held nebuliser", "Household supply vancomycin", "Cefazolin 2 g in place of vancomycin held",
    "Ceftriaxone 2 g, discontinued after this dose", "Vancomycin, if MRSA refused", "Ceftriaxone 2 g switched to IV as patient refused PO",
    "Ceftriaxon 2 g, nicht abgelehnt", "Vancomycin pausieren falls Spiegel über 20", "Meropenem statt Ceftriaxon pausiert",
    "Ceftriaxone 2 g, pas refusé", "Vancomycine 1 g, suspendu si taux élevé", "Ceftriaxona 2 g no rechazada",
    "Meropenem tras ceftriaxona suspendida", "Withholding syndrome vancomycin", "Vancomycin 1 g, once discontinued linezolid",
)  # fmt: skip


@pytest.mark.parametrize(("name", "given"), [(n, False) for n in NOT_GIVEN] + [(n, True) for n in GIVEN])
def test_only_a_statement_of_its_own_says_that_a_dose_was_not_given(name, given):
    assert (why_not_given(name) == "") is given


@pytest.mark.parametrize("name", [name for name in GIVEN if "trough" in name.lower() or "Spiegel" in name])
def test_a_condition_about_a_level_leaves_a_dose_what_it_is(name):
    assert find_medicine(name).ingredient == "vancomycin"


@pytest.mark.parametrize(
    "name",
    [
        "Vancomycin trough level",
        "Vancomycin - trough",
        "Gentamicin level",
        "Talspiegel Vancomycin",
        "Ceftriaxone allergy",
        "Vancomycin level if febrile",
    ],
)
def test_a_level_is_no_dose(name):
    assert find_medicine(name) is None and why_not_given(name) == NO_DOSE


REASONS = [
    ("refused", False),
    ("Patient refused", False),
    ("HELD - NPO", False),
    ("not refused", True),
    ("sepsis", True),
    ("Parental decision", True),
]


@pytest.mark.parametrize(("reason", "was_given"), REASONS)
def test_a_reason_beside_a_completed_dose_may_say_that_it_was_not_given(reason, was_given):
    rxa = f"RXA|0|1|202603021130+0000||ceftriaxone^Ceftriaxone^L|2|g|||||||||||00^{reason}^L||CP|A"
    assert bool(hl7_given(rxa, "RXR|IV")) is was_given
    said = {"statusReason": [{"text": reason}], "dosage": {"dose": {"value": 2, "unit": "g"}} | IV}
    assert bool(Feeding().send(fhir_given("ceftriaxone", status="completed", **said)).charted) is was_given


@pytest.mark.parametrize("text", ["none", "None|", "no|IV", "0", "nil"])
def test_a_word_for_nothing_in_place_of_a_drug_is_no_dose(text):
    assert why_dose_not_given(text) == NOTHING_NAMED


@pytest.mark.parametrize("text", ["", "|IV", "vancomycin|none", "nonesuch"])
def test_a_drug_or_no_name_at_all_is_a_dose(text):
    assert why_dose_not_given(text) != NOTHING_NAMED


@pytest.mark.parametrize(
    ("concept", "said", "nothing"),
    [
        ("norepinephrine", "off", True),
        ("norepinephrine", "0", True),
        ("norepinephrine", "0.1", False),
        ("antibiotic", "none", True),
        ("antibiotic", "none?", False),
        ("antibiotic", "yes", False),
        ("culture", "no", True),
        ("ventilation", "none", True),
        ("ventilation", "CPAP", False),
        ("oxygen", "none", False),  # it means air
        ("lactate", "none", False),
    ],
)
def test_a_cell_may_say_that_nothing_is_given(concept, said, nothing):
    assert says_nothing(concept, said) is nothing
