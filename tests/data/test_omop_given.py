"""What a CDM says was given, ordered, done and found."""

import pytest

from opensepsis.data.intake.not_given import NOT_GIVEN_BY_ACTION, NOTHING_GIVEN
from opensepsis.data.sources.omop import open_omop
from tests.support.hospitals.small_omop import at, dose, lab, moment, read, read_all, texts, values, write

VANCOMYCIN, NOREPINEPHRINE = 1707687, 1321341
ADMINISTERED, ORDER, PRESCRIBED, EHR, HOME = 32818, 32833, 32838, 32817, 32865
IV, ORAL = 4171047, 4132161


def test_an_order_is_no_dose_and_a_home_drug_is_neither(tmp_path):
    kinds = (ADMINISTERED, ORDER, PRESCRIBED, EHR, HOME)
    rows = [dose(VANCOMYCIN, kind, f"{10 + n}:00", route_concept_id=IV) for n, kind in enumerate(kinds)]
    folder = write(tmp_path, drug_exposure=rows)
    assert read(folder, "antibiotic")["time"].to_list() == [moment("10:00")]
    assert read(folder, "antibiotic_order")["time"].to_list() == [moment(f"{h}:00") for h in (11, 12, 13)]
    assert texts(folder, "antibiotic") == ["vancomycin|iv"]


def test_a_hospital_without_a_single_dose_is_told(tmp_path):
    for kind, expected in ((ORDER, 1), (ADMINISTERED, 0)):
        folder = write(tmp_path / str(kind), drug_exposure=[dose(VANCOMYCIN, kind)])
        source = open_omop(folder)
        list(source.events(None))
        assert len(source.counts()["warnings"]) == expected


def test_an_ordered_vasopressor_never_ran(tmp_path):
    end = {"drug_exposure_end_datetime": at("18:00"), "quantity": 4, "dose_unit_source_value": "mg"}
    folder = write(tmp_path, drug_exposure=[dose(NOREPINEPHRINE, ORDER, route_concept_id=IV, **end)])
    assert read_all(folder, "norepinephrine").is_empty()


@pytest.mark.parametrize(
    ("quantity", "unit", "rate"),
    [
        (0.2, "mcg/kg/min", 0.2),
        (4.8, "mg", 0.1),
        (14, "mcg/min", 0.175),
        (20, "mL", None),
        (None, None, None),
    ],
)
def test_an_infusion_runs_at_its_rate_or_at_its_amount_over_its_time(tmp_path, quantity, unit, rate):
    given = {"drug_exposure_end_datetime": at("22:00"), "quantity": quantity, "dose_unit_source_value": unit}
    weight = lab(3025315, "08:30", value_as_number=80, unit_concept_id=9529)
    folder = write(
        tmp_path, measurement=[weight], drug_exposure=[dose(NOREPINEPHRINE, ADMINISTERED, **given)]
    )
    found = read(folder, "norepinephrine")
    assert found.select("time", "end").row(0) == (moment("12:00"), moment("22:00"))
    assert found["value"].item() == pytest.approx(rate) if rate else found["value"].item() is None


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"stop_reason": "Not given"}, NOT_GIVEN_BY_ACTION),
        ({"stop_reason": "Patient refused"}, NOT_GIVEN_BY_ACTION),
        ({"stop_reason": "refused by patient"}, NOT_GIVEN_BY_ACTION),
        ({"stop_reason": "Held"}, NOT_GIVEN_BY_ACTION),
        ({"sig": "MAR Hold"}, NOT_GIVEN_BY_ACTION),
        ({"stop_reason": "Discontinued by provider"}, None),
        ({"stop_reason": "Expired"}, None),
        ({"stop_reason": "Regimen completed"}, None),
        ({"sig": "1 g IV q8h, hold for trough above 20"}, None),
        ({"quantity": 0}, NOTHING_GIVEN),
        ({"quantity": 0.5}, None),
        ({}, None),
    ],
)
def test_a_record_of_a_dose_may_say_that_it_was_not_given(tmp_path, said, reason):
    rows = [
        dose(VANCOMYCIN, ADMINISTERED, route_concept_id=IV, **said),
        dose(VANCOMYCIN, ADMINISTERED, "15:00", quantity=1),
    ]
    found = read_all(write(tmp_path, drug_exposure=rows), "antibiotic").sort("time")
    assert found["reason"].to_list() == [reason, None]


def test_a_quantity_of_0_says_nothing_where_no_dose_has_another(tmp_path):
    """Converters write 0 in every row for a quantity that they do not know."""
    rows = [dose(VANCOMYCIN, ADMINISTERED, quantity=0), dose(VANCOMYCIN, ORDER, "13:00", quantity=5)]
    assert read_all(write(tmp_path, drug_exposure=rows), "antibiotic")["reason"].to_list() == [None]


def test_what_ran_until_it_was_held_ran_and_what_was_refused_did_not(tmp_path):
    said = {
        9: {"stop_reason": "Held"},
        11: {"stop_reason": "not given"},
        13: {"quantity": 0, "dose_unit_source_value": "mg"},
        15: {"quantity": 0.1, "dose_unit_source_value": "mcg/kg/min"},
    }
    rows = [
        dose(NOREPINEPHRINE, ADMINISTERED, f"{h}:00", drug_exposure_end_datetime=at(f"{h + 1}:00"), **more)
        for h, more in said.items()
    ]
    found = read_all(write(tmp_path, drug_exposure=rows), "norepinephrine").sort("time")
    assert found["reason"].to_list() == [None, NOT_GIVEN_BY_ACTION, NOTHING_GIVEN, None]


@pytest.mark.parametrize(
    ("route", "sig", "expected"),
    [
        ("", "Take 125 mg by mouth every 6 hours", "oral"),
        ("", "1 g IV q12h", "iv"),
        ("IV", "Take by mouth", "iv"),
        ("", "as needed for fever", ""),
    ],
)
def test_the_directions_tell_the_route_where_nothing_else_does(tmp_path, route, sig, expected):
    rows = [dose(VANCOMYCIN, ADMINISTERED, route_source_value=route, sig=sig)]
    assert texts(write(tmp_path, drug_exposure=rows), "antibiotic") == [f"vancomycin|{expected}"]


def test_a_push_is_over_at_once(tmp_path):
    rows = [dose(NOREPINEPHRINE, ADMINISTERED, quantity=0.1, dose_unit_source_value="mg")]
    assert read_all(write(tmp_path, drug_exposure=rows), "norepinephrine").is_empty()


def test_a_drug_is_found_by_the_vocabulary_and_below_its_ingredient(tmp_path):
    vocabulary = [
        {
            "concept_id": 1709170,
            "concept_name": "meropenem",
            "vocabulary_id": "RxNorm",
            "concept_code": "29561",
        },
        {
            "concept_id": 46_000_001,
            "concept_name": "Carbapenem 1 g vial",
            "vocabulary_id": "RxNorm",
            "concept_code": "999",
        },
        {
            "concept_id": 46_000_002,
            "concept_name": "cefepime 1000 MG Injection",
            "vocabulary_id": "RxNorm",
            "concept_code": "998",
        },
    ]
    tree = [{"ancestor_concept_id": 1709170, "descendant_concept_id": 46_000_001}]
    rows = [
        dose(46_000_001, ADMINISTERED, "10:00", route_source_value="IV"),
        dose(46_000_002, ADMINISTERED, "11:00", route_source_value="IV"),
        dose(0, ADMINISTERED, "12:00", drug_source_value="Linezolid 600 mg/300 mL", route_concept_id=ORAL),
        dose(0, ADMINISTERED, "13:00", drug_source_value="00338004904"),
    ]
    folder = write(tmp_path, drug_exposure=rows, concept=vocabulary, concept_ancestor=tree)
    assert texts(folder, "antibiotic") == ["meropenem|iv", "cefepime|iv", "linezolid|oral"]


def test_eye_drops_say_so(tmp_path):
    rows = [dose(0, ADMINISTERED, drug_source_value="Gentamicin 0.3 % eye drops")]
    assert texts(write(tmp_path, drug_exposure=rows), "antibiotic") == ["gentamicin|eye"]


def test_a_fluid_counts_when_it_is_in(tmp_path):
    bag = {
        "drug_exposure_end_datetime": at("13:00"),
        "quantity": 1,
        "dose_unit_source_value": "L",
        "route_source_value": "IV",
    }
    rows = [dose(0, ADMINISTERED, drug_source_value="Lactated Ringers", **bag)]
    found = read(write(tmp_path, drug_exposure=rows), "crystalloid")
    assert found.select("time", "value").row(0) == (moment("13:00"), 1000.0)


def test_a_culture_is_pending_until_its_visit_ends(tmp_path):
    rows = [
        lab(0, measurement_source_value="600-7", value_source_value="ESCHERICHIA COLI; STAPH AUREUS"),
        lab(0, "13:00", measurement_source_value="600-7", value_source_value="NO GROWTH."),
        lab(0, "14:00", measurement_source_value="600-7", value_source_value="CANCELLED"),
    ]
    folder = write(tmp_path, measurement=rows)
    found = read(folder, "culture")
    left = moment("12:00", 9)
    assert found["value"].to_list() == [None, 1.0, None, 0.0]
    assert found["known"].to_list() == [moment("12:00"), left, moment("13:00"), left]
    assert texts(folder, "organism") == ["blood|ESCHERICHIA COLI", "blood|STAPH AUREUS"]


def test_a_culture_is_of_the_specimen_that_its_code_names(tmp_path):
    rows = [
        lab(0, f"{12 + i}:00", measurement_source_value=code, value_source_value="ESCHERICHIA COLI")
        for i, code in enumerate(("600-7", "630-4", "6463-4"))
    ]
    found = texts(write(tmp_path, measurement=rows), "organism")
    assert found == ["blood|ESCHERICHIA COLI", "urine|ESCHERICHIA COLI", "unknown|ESCHERICHIA COLI"]


def test_diagnoses_are_known_at_discharge_and_tell_their_version(tmp_path):
    rows = [
        {
            "condition_source_value": code,
            "condition_source_concept_id": source,
            "condition_start_date": "2021-03-01",
        }
        for code, source in (
            ("N17.9", 35209273),
            ("99592 ", 44821949),
            ("V4511", 44830000),
            ("SR (Sinus Rhythm)", 0),
        )
    ]
    folder = write(tmp_path, condition_occurrence=rows)
    found = read(folder, "diagnosis")
    assert sorted(found["text"]) == ["ICD10:N179", "ICD9:99592", "ICD9:V4511"]
    assert set(found["known"]) == {moment("12:00", 9)}
    dialysis = read(folder, "chronic_dialysis")
    assert dialysis.select("time", "end", "known").row(0) == (
        moment("08:00"),
        moment("12:00", 9),
        moment("12:00", 9),
    )


def test_a_primary_diagnosis_of_discharge_is_the_principal_one(tmp_path):
    told = {
        "N17.9": 32902,
        "A41.9": 32903,
        "I50.9": 32901,
        "E11.9": 32896,
        "I10": None,
    }  # of admission, of discharge, none
    rows = [
        {
            "condition_source_value": code,
            "condition_start_date": "2021-03-01",
            "condition_status_concept_id": status,
        }
        for code, status in told.items()
    ]
    found = read(write(tmp_path, condition_occurrence=rows), "diagnosis")
    assert sorted(found["text"]) == [
        "ICD10:A419|principal",
        "ICD10:E119",
        "ICD10:I10",
        "ICD10:I509",
        "ICD10:N179|principal",
    ]


def test_ventilation_ends_with_its_tube_or_its_end(tmp_path):
    rows = [
        {
            "procedure_concept_id": concept,
            "procedure_date": "2021-03-01",
            "procedure_datetime": at(clock, day),
        }
        for concept, clock, day in ((4097246, "10:00", 1), (4150627, "09:00", 2), (4177224, "10:00", 3))
    ]
    found = read(write(tmp_path, procedure_occurrence=rows), "ventilation")
    assert found.select("text", "time", "end").rows() == [
        ("invasive", moment("10:00"), moment("09:00", 2)),
        ("noninvasive", moment("10:00", 3), moment("12:00", 9)),
    ]


def test_volumes_of_urine(tmp_path):
    rows = [
        lab(3014315, f"{hour}:00", value_as_number=50 * hour, unit_source_value="mL") for hour in (1 + 9, 11)
    ]
    assert values(write(tmp_path, measurement=rows), "urine_output") == [500.0, 550.0]
