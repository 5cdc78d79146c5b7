"""What is charted and measured, from CLIF: vital signs, laboratory, scores, urine, cultures, codes."""

from datetime import timedelta

import polars as pl
import pytest

from opensepsis.data.intake.checks import split
from opensepsis.data.intake.specimen import ANOTHER_BY_NAME, ANOTHERS_NAME, NOT_BLOOD_BY_NAME
from opensepsis.data.intake.text_codes_batch import WordsRead
from opensepsis.data.schema import REASON
from opensepsis.data.sources.clif import open_clif
from opensepsis.data.timeline.writer import write_timeline
from tests.support.hospitals.small_clif import at, read, read_all, texts, values, write


def vital(category: str, value: float, clock: str = "12:00", **others) -> dict:
    return {"vital_category": category, "recorded_dttm": at(clock), "vital_value": value, **others}


def lab(category: str, value: str, unit: str | None, **others) -> dict:
    times = {"lab_collect_dttm": at("12:00"), "lab_result_dttm": at("13:30")}
    return {"lab_category": category, "lab_value": value, "reference_unit": unit, **times, **others}


def test_vital_signs_in_both_spellings(tmp_path):
    write(
        tmp_path,
        vitals=[
            vital("heart_rate", 88.0),
            vital("MAP", 64.0),
            vital("temp_c", 38.5),
            vital("intracranial_pressure", 9.0),
        ],
    )
    found = read(tmp_path)
    assert dict(found.select(pl.col("concept").cast(pl.String), "value").rows()) == {
        "heart_rate": 88, "mean_pressure": 64, "temperature": 38.5,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("category", "name", "reason"),
    [("heart_rate", "Fetal heart rate", ANOTHERS_NAME), ("map", "MAP goal", ANOTHER_BY_NAME), ("heart_rate", "Pulse", None),
     ("map", None, None)],
)  # fmt: skip
@pytest.mark.parametrize("version", [{}, {"measured_dttm": at("12:00")}])
def test_what_the_hospital_calls_a_vital_sign_may_deny_its_category(
    tmp_path, category, name, reason, version
):
    write(tmp_path, vitals=[vital(category, 90.0, vital_name=name, **version)])
    assert read_all(tmp_path)[REASON].to_list() == [reason]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Lactate, CSF", NOT_BLOOD_BY_NAME),
        ("Lactate, cord blood", ANOTHERS_NAME),
        ("LACTIC ACID PLASMA", None),
    ],
)
def test_what_the_laboratory_calls_a_result_may_deny_its_category(tmp_path, name, reason):
    write(tmp_path, labs=[lab("lactate", "9.0", "mmol/L", lab_name=name)])
    assert read_all(tmp_path, "lactate")[REASON].to_list() == [reason]


def test_a_vital_sign_of_3_0_counts_when_measured_and_is_known_when_recorded(tmp_path):
    late = vital("map", 64.0, "14:00", measured_dttm=at("12:00"), vital_name="cuff")
    other = vital("map", 70.0, "13:00", measured_dttm=at("12:00"), vital_name="arterial")
    write(tmp_path, vitals=[late, other, vital("map", 66.0, "15:00", measured_dttm=None, vital_name="cuff")])
    found = read(tmp_path, "mean_pressure")
    assert found.select("time", "known", "value").rows() == [
        (at("12:00"), at("13:00"), 70), (at("12:00"), at("14:00"), 64), (at("15:00"), at("15:00"), 66),
    ]  # fmt: skip
    assert found["origin"].n_unique() == 2  # another cuff is no correction


def test_laboratory_results_count_when_collected_and_are_known_when_resulted(tmp_path):
    write(tmp_path, labs=[lab("creatinine", "1.4", "mg/dL")])
    assert read(tmp_path, "creatinine").select("time", "known", "value").rows() == [
        (at("12:00"), at("13:30"), 1.4)
    ]


@pytest.mark.parametrize(
    ("category", "value", "unit", "expected"),
    [
        ("platelet_count", "150", "10*3/uL", ("platelets", 150)), ("platelet_count", "150", "10^3/µL\t", ("platelets", 150)),
        ("platelet_count", "150000", "/uL", ("platelets", 150)), ("creatinine", "88.42", "umol/L", ("creatinine", 1)),
        ("inr", "1.3", None, ("inr", 1.3)), ("inr", "1.3", "(no units)", ("inr", 1.3)), ("ph_arterial", "7.31", None, ("ph", 7.31)),
        ("po2_arterial", "80", "mmHg", ("pao2", 80)), ("poc_lactate", "2.1", "mmol/L", ("lactate", 2.1)),
        ("glucose_serum", "100", "mg/dL", ("glucose", 100)), ("ptt", "30", "sec", ("aptt", 30)),
    ],
)  # fmt: skip
def test_results_by_category_and_unit(tmp_path, category, value, unit, expected):
    write(tmp_path, labs=[lab(category, value, unit)])
    (found,) = read(tmp_path).filter(pl.col("origin").str.starts_with("labs")).rows(named=True)
    assert (found["concept"], found["value"]) == (expected[0], pytest.approx(expected[1]))


def test_a_result_in_a_unit_that_is_none_of_the_concept_is_set_aside(tmp_path):
    write(tmp_path, labs=[lab("creatinine", "88", "mmHg"), lab("creatinine", "1.0", None)])
    assert read_all(tmp_path, "creatinine")["reason"].null_count() == 0


def test_blood_that_is_also_charted_as_venous_is_not_arterial(tmp_path):
    """A conversion that calls every gas of the laboratory arterial leaves the bedside's venous entry of the same blood beside it."""
    gas = [
        lab("ph_arterial", "7.3", None),
        lab("pco2_arterial", "48", "mmHg"),
        lab("po2_arterial", "38", "mmHg"),
    ]
    write(tmp_path, labs=[*gas, lab("pco2_venous", "48", "mmHg")])
    assert read(tmp_path, "pao2", "paco2").is_empty() and values(tmp_path, "ph") == [7.3]
    assert set(read_all(tmp_path, "pao2", "paco2")["reason"]) == {"the same blood is also charted as venous"}
    write(tmp_path, labs=[*gas, lab("pco2_venous", "55", "mmHg")])  # other blood of the same minute
    assert values(tmp_path, "pao2") == [38.0] and values(tmp_path, "paco2") == [48.0]


def test_any_number_of_venous_gases_is_no_mistake_of_the_data(tmp_path):
    """A whole hospital whose laboratory calls every gas arterial is read, however large it is."""
    moments = [{"lab_collect_dttm": at("12:00") + timedelta(minutes=n)} for n in range(150)]
    gases = [
        lab(f"po2_{side}", "38", "mmHg", **moment) for moment in moments for side in ("arterial", "venous")
    ]
    write(tmp_path, labs=gases)
    timeline = write_timeline(open_clif(tmp_path), tmp_path / "out", frozenset({"pao2"}))
    assert [one["count"] for one in timeline.counts["rejections"]] == [150]


def test_a_limit_is_a_limit(tmp_path):
    write(tmp_path, labs=[lab("bilirubin_total", "<0.2.", "mg/dL", lab_value_numeric=0.2)])
    assert read(tmp_path, "bilirubin").select("value", "text").rows() == [(0.2, "<")]


@pytest.mark.parametrize(
    "said, number, sign",
    [("<10", 10, "<"), (" < 5.", 5, "<"), (">= 1500", 1500, ">="), ("≤20.5", 20.5, "<=")],
)
def test_a_printed_limit_counts_where_there_is_no_number(tmp_path, said, number, sign):
    write(tmp_path, labs=[lab("platelet_count", said, "10*3/uL", lab_value_numeric=None)])
    assert read(tmp_path, "platelets").select("value", "text").rows() == [(number, sign)]


@pytest.mark.parametrize("said", ["clotted", "10-20", "<10 see note", "1,200"])
def test_a_text_that_is_no_number_is_none(tmp_path, said):
    write(tmp_path, labs=[lab("platelet_count", said, "10*3/uL", lab_value_numeric=None)])
    assert values(tmp_path, "platelets") == []


def test_creatinine_of_urine_is_no_creatinine_of_blood(tmp_path):
    rows = [
        lab("creatinine", "90", "mg/dL", lab_specimen_category="urine"),
        lab("creatinine", "80", "mg/dL", lab_order_category="urine_chemistry"),
        lab("creatinine", "1.1", "mg/dL", lab_specimen_category="plasma_blood", lab_order_category="bmp"),
        lab("creatinine", "1.2", "mg/dL", lab_specimen_category="blood/plasma/serum"),
    ]
    write(tmp_path, labs=rows)
    assert values(tmp_path, "creatinine") == [1.1, 1.2]


def score(category: str, number: float | None, clock: str = "12:00", **others) -> dict:
    told = {"categorical_value": None, "text_value": None} | others
    return {"assessment_category": category, "numerical_value": number, "recorded_dttm": at(clock), **told}


def test_a_verbal_score_of_0_is_a_tube_and_no_score_and_its_total_is_none(tmp_path):
    rows = [
        score("gcs_eye", 4.0), score("gcs_verbal", 0.0), score("gcs_motor", 6.0), score("gcs_total", 15.0),
        score("gcs_verbal", 5.0, "13:00"), score("gcs_total", 14.0, "13:00"), score("gcs_total", 9.0, "14:00"),
    ]  # fmt: skip
    write(tmp_path, patient_assessments=rows)
    assert values(tmp_path, "gcs_verbal") == [5]
    assert values(tmp_path, "gcs_total") == [14, 9]
    assert values(tmp_path, "gcs_eye") == [4] and values(tmp_path, "gcs_motor") == [6]


@pytest.mark.parametrize(
    "said", ["1T", "No Response-ETT", "Intubated", "T", "ET/Trach", "trach, cannot speak"]
)
def test_a_tube_told_in_words_is_no_verbal_score(tmp_path, said):
    rows = [score("gcs_verbal", 1.0, text_value=said), score("gcs_total", 11.0)]
    write(tmp_path, patient_assessments=rows)
    assert values(tmp_path, "gcs_verbal") == [] and values(tmp_path, "gcs_total") == []


@pytest.mark.parametrize(
    "number, said",
    [(1.0, "not intubated"), (1.0, "no ETT"), (1.0, "chest tube"), (4.0, "was intubated, now confused")],
)
def test_words_that_deny_a_tube_or_tell_of_another_leave_the_score(tmp_path, number, said):
    write(tmp_path, patient_assessments=[score("gcs_verbal", number, text_value=said)])
    assert values(tmp_path, "gcs_verbal") == [number]


def test_sedation_and_responsiveness(tmp_path):
    rows = [
        score("RASS", -2.0),
        score("rass", None, "13:00", text_value="-4 Deep sedation"),
        score("AVPU", None, categorical_value="Voice"),
    ]
    write(tmp_path, patient_assessments=rows)
    assert values(tmp_path, "rass") == [-2, -4]
    kept, _ = split(WordsRead().read(read(tmp_path, "consciousness")))
    assert kept["text"].to_list() == ["V"]


def out(category: str, group: str, value: float, unit: str = "mL") -> dict:
    said = {"output_category": category, "output_group": group, "output_value": value, "output_unit": unit}
    return {"recorded_dttm": at("12:00"), **said}


def test_urine_of_every_way_out_less_the_irrigation_and_no_occurrences(tmp_path):
    rows = [
        out("indwelling_urinary_catheter", "urine", 80.0), out("nephrostomy", "urine", 20.0), out("urethral", "urine", 1.0, "occurrences"),
        out("chest_tube_temporary", "drains", 50.0),
    ]  # fmt: skip
    flush = {"recorded_dttm": at("12:00"), "input_category": "flush_irrigation_urine", "input_volume": 30.0}
    write(tmp_path, output=rows, input=[flush])
    assert values(tmp_path, "urine_output") == [-30, 20, 80]


@pytest.mark.parametrize(
    "unit, volume", [("L", 0.4), ("ml ", 400.0), ("mL", 400.0), (None, 400.0), ("liters", 0.4), ("cc", 400.0)]
)
def test_urine_in_any_unit_of_volume(tmp_path, unit, volume):
    write(tmp_path, output=[out("urethral", "urine", volume, unit)])
    assert values(tmp_path, "urine_output") == [400]


def test_urine_in_a_unit_that_is_none_of_volume_is_told_and_not_used(tmp_path):
    write(tmp_path, output=[out("urethral", "urine", 400.0, "mg")])
    (reason,) = read_all(tmp_path, "urine_output")["reason"]
    assert values(tmp_path, "urine_output") == [] and "no conversion to mL" in reason


def test_urine_of_2_1_is_told_by_the_name_of_the_fluid(tmp_path):
    rows = [("Urine", 100.0, 0), ("Foley", 50.0, 0), ("Urine irrigant", 30.0, 1), ("Stool", 200.0, 0)]
    rows = [
        {"intake_dttm": at("12:00"), "fluid_name": n, "amount": v, "in_out_flag": flag} for n, v, flag in rows
    ]
    write(tmp_path, intake_output=rows)
    assert values(tmp_path, "urine_output") == [50, 100]


def culture(organism: str, category: str, fluid: str = "blood_buffy", **others) -> dict:
    times = {"collect_dttm": at("12:00"), "result_dttm": at("12:00", 3)}
    said = {
        "organism_name": organism,
        "organism_category": category,
        "fluid_category": fluid,
        "fluid_name": fluid,
    }
    return {**times, **said, "method_category": "culture", **others}


def test_a_culture_is_pending_and_then_reported_and_several_isolates_are_one(tmp_path):
    rows = [
        culture("ESCHERICHIA COLI", "escherichia_coli"),
        culture("NO GROWTH.", "no_growth"),
        culture("no growth", "no_growth", "genito_urinary_tract"),
    ]
    write(tmp_path, microbiology_culture=rows)
    assert read(tmp_path, "culture").select("time", "known", "value", "text").rows() == [
        (at("12:00"), at("12:00"), None, "blood"), (at("12:00"), at("12:00"), None, "urine"),
        (at("12:00"), at("12:00", 3), 0, "urine"), (at("12:00"), at("12:00", 3), 1, "blood"),
    ]  # fmt: skip
    assert texts(tmp_path, "organism") == ["blood|ESCHERICHIA COLI"]


def test_contamination_is_not_known_to_have_grown_and_a_smear_and_a_screen_are_no_cultures(tmp_path):
    mixed = "MIXED BACTERIAL FLORA ( >= 3 COLONY TYPES), CONSISTENT WITH SKIN AND/OR GENITAL CONTAMINATION."
    rows = [
        culture(mixed, "bacteria_other", "genito_urinary_tract"),
        culture("Gram positive cocci", "gram_positive_cocci", method_category="gram_stain"),
        culture(
            "Staphylococcus aureus", "staphylococcus_aureus", "other_unspecified", fluid_name="MRSA SCREEN"
        ),
    ]
    write(tmp_path, microbiology_culture=rows)
    kept, aside = split(WordsRead().read(read(tmp_path, "culture")))
    assert kept.select("text", "value").rows() == [("urine", None), ("urine", None)]
    assert set(aside["text"]) == {"mrsa screen"}


def test_a_culture_without_a_name_is_told_by_its_category_and_without_both_it_is_pending(tmp_path):
    rows = [culture(None, "candida_albicans"), culture(None, None, "joints", result_dttm=None)]
    write(tmp_path, microbiology_culture=rows)
    assert read(tmp_path, "culture").select("text", "value").rows() == [
        ("blood", None),
        ("joint fluid", None),
        ("blood", 1),
    ]
    assert texts(tmp_path, "organism") == ["blood|candida albicans"]


def test_what_a_test_found_without_growing_it(tmp_path):
    times = {"collect_dttm": at("12:00"), "result_dttm": at("18:00"), "fluid_category": "feces_stool"}
    rows = [
        {**times, "organism_category": "clostridioides_difficile", "result_category": r}
        for r in ("detected", "not_detected")
    ]
    write(tmp_path, microbiology_nonculture=rows)
    assert read(tmp_path, "organism").select("text", "known").rows() == [
        ("stool|clostridioides difficile", at("18:00"))
    ]


def test_codes_are_known_at_discharge_and_lose_their_dot(tmp_path):
    coded = [("A41.9", "ICD10CM", 1, 1), ("99592", "ICD9CM", 0, 0), ("N18.6", "ICD10CM", 0, None)]
    names = ("diagnosis_code", "diagnosis_code_format", "diagnosis_primary", "poa_present")
    rows = [dict(zip(names, row, strict=True)) for row in coded]
    done = {
        "procedure_code": "5A1D70Z",
        "procedure_code_format": "ICD10PCS",
        "procedure_billed_dttm": at("00:00", 1),
    }
    write(tmp_path, hospital_diagnosis=rows, patient_procedures=[done])
    found = read(tmp_path, "diagnosis")
    assert sorted(found["text"]) == ["ICD10:A419|principal|poa", "ICD10:N186", "ICD9:99592|not_poa"]
    assert set(found["known"]) == {at("12:00", 9)}
    assert read(tmp_path, "procedure").select("text", "time").rows() == [("ICD10:5A1D70Z", at("08:00"))]
    assert read(tmp_path, "chronic_dialysis").select("time", "end", "known").rows() == [
        (at("08:00"), at("12:00", 9), at("12:00", 9))
    ]


def test_allow_natural_death_is_comfort_care_until_another_status(tmp_path):
    rows = [("Full", "09:00"), ("AND", "12:00"), ("DNR/DNI", "15:00")]
    write(
        tmp_path,
        code_status=[{"code_status_category": word, "start_dttm": at(clock)} for word, clock in rows],
    )
    assert read(tmp_path, "comfort_care").select("time", "end").rows() == [(at("12:00"), at("15:00"))]
