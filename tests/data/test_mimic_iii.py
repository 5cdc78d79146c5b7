"""MIMIC-III from its tables: CareVue and MetaVision, hidden births, and what it does not tell. All made up: no open data are at hand."""

import polars as pl
import pytest

from opensepsis import label
from opensepsis.data.sources.mimic_iii import open_mimic_iii
from opensepsis.data.sources.mimic_iv.maps import of_both_systems, read_map
from opensepsis.definitions.concepts import CONCEPTS
from tests.support.hospitals.small_mimic_iii import at, moment, read, read_all, values, write


def charted(itemid: int, value, clock: str = "12:00", **others) -> dict:
    number = value if isinstance(value, int | float) else ""
    return {
        "itemid": itemid,
        "value": value,
        "valuenum": number,
        "charttime": at(clock),
        "storetime": at(clock),
        **others,
    }


def test_stays_with_birth_sex_and_place(tmp_path):
    stays = open_mimic_iii(write(tmp_path)).stays()
    assert stays.select("stay", "kind", "admitted", "discharged").rows() == [
        ("70", "hospital", moment("08:00"), moment("12:00", 9)), ("700", "icu", moment("10:00"), moment("10:00", 5)),
    ]  # fmt: skip
    assert stays["born"].dt.year().to_list() == [2092, 2092] and stays["age"].to_list() == [None, None]
    assert stays["discharged_to"].to_list() == ["HOME", "WARD"]


def test_a_hidden_birth_of_300_years_before_is_an_age_of_91(tmp_path):
    write(tmp_path, patients=[{"GENDER": "M", "DOB": "1852-03-01 00:00:00"}])
    stays = open_mimic_iii(tmp_path).stays()
    assert stays["age"].to_list() == [91, 91] and stays["born"].to_list() == [None, None]


@pytest.mark.parametrize(
    ("itemid", "number", "concept", "expected"),
    [
        (211, 88, "heart_rate", 88), (220045, 88, "heart_rate", 88), (456, 64, "mean_pressure", 64), (52, 64, "mean_pressure", 64),
        (220052, 64, "mean_pressure", 64), (678, 101.3, "temperature", 38.5), (676, 38.5, "temperature", 38.5),
        (190, 0.5, "fio2", 0.5), (3420, 50, "fio2", 0.5), (646, 95, "spo2", 95), (506, 8, "peep", 8), (763, 80, "weight", 80),
        (920, 70, "height", 177.8), (184, 3, "gcs_eye", 3), (454, 6, "gcs_motor", 6),
    ],
)  # fmt: skip
def test_items_of_both_systems(tmp_path, itemid, number, concept, expected):
    write(tmp_path, chartevents=[charted(itemid, number)])
    assert values(tmp_path, concept) == pytest.approx([expected])


def test_a_row_that_was_marked_as_an_error_is_left_out(tmp_path):
    rows = [
        charted(211, 88, error=0),
        charted(211, 300, "13:00", error=1),
        charted(211, 90, "14:00", error=""),
    ]
    outputs = [
        {"itemid": 40055, "charttime": at("12:00"), "value": v, "iserror": e} for v, e in ((80, ""), (900, 1))
    ]
    write(tmp_path, chartevents=rows, outputevents=outputs)
    assert values(tmp_path, "heart_rate") == [88, 90]
    assert values(tmp_path, "urine_output") == [80]


@pytest.mark.parametrize(
    ("itemid", "value", "expected"),
    [
        (723, "1.0 ET/Trach", []),
        (723, "4 Confused", [4]),
        (223900, "No Response-ETT", []),
        (223900, "Oriented", [5]),
    ],
)
def test_a_verbal_score_under_a_tube_is_none_in_both_systems(tmp_path, itemid, value, expected):
    write(
        tmp_path,
        chartevents=[
            charted(itemid, value) | {"valuenum": 1 if "1.0" in value or "ETT" in value else expected[0]}
        ],
    )
    assert values(tmp_path, "gcs_verbal") == expected


def test_carevue_ventilation_from_mode_and_device_to_extubation(tmp_path):
    rows = [
        charted(720, "SIMV+PS"),
        charted(467, "Ventilator", "14:00"),
        charted(640, "Extubated", "16:00"),
        charted(467, "Nasal Cannula", "17:00"),
    ]
    write(tmp_path, chartevents=rows)
    found = read(tmp_path, "ventilation")
    assert found.select("text", "time", "end").rows() == [
        ("invasive", moment("12:00"), moment("14:00")), ("invasive", moment("14:00"), moment("16:00")),
    ]  # fmt: skip
    assert read(tmp_path, "oxygen")["text"].to_list() == ["nasal cannula"]


def running(itemid: int, rate, unit: str, clock: str, stopped: str = "", **others) -> dict:
    return {
        "itemid": itemid,
        "rate": rate,
        "rateuom": unit,
        "charttime": at(clock),
        "storetime": at(clock),
        "stopped": stopped,
        **others,
    }


def test_a_rate_of_carevue_holds_to_the_next_and_stops(tmp_path):
    rows = [
        running(30120, 0.1, "mcgkgmin", "11:00"), running(30120, 0.2, "mcgkgmin", "12:00"), running(30120, "", "", "12:30", amount=5),
        running(30120, 0.2, "mcgkgmin", "13:00", "D/C'd"), running(30120, 0.3, "mcgkgmin", "15:00"), running(30120, 0, "mcgkgmin", "16:00"),
        running(30120, 0.4, "mcgkgmin", "18:00"),
    ]  # fmt: skip
    write(tmp_path, inputevents_cv=rows)
    assert read(tmp_path, "norepinephrine").select("value", "time", "end").rows() == [
        (0.1, moment("11:00"), moment("12:00")), (0.2, moment("12:00"), moment("13:00")), (0.3, moment("15:00"), moment("16:00")),
        (0.4, moment("18:00"), moment("22:00")),  # charted last: at most four hours
    ]  # fmt: skip


def test_a_rate_for_the_whole_patient_needs_a_charted_weight_and_never_a_usual_one(tmp_path):
    rate = running(30047, 8, "mcgmin", "12:00")
    write(tmp_path / "a", inputevents_cv=[rate], chartevents=[charted(763, 80, "09:00")])
    write(tmp_path / "b", inputevents_cv=[rate])
    assert values(tmp_path / "a", "norepinephrine") == pytest.approx([0.1])
    assert read_all(tmp_path / "b", "norepinephrine")["reason"].to_list() == [
        "no weight charted before to convert the rate with"
    ]


@pytest.mark.parametrize(("unit", "rate", "expected"), [("Uhr", 2.4, 0.04), ("Umin", 0.04, 0.04)])
def test_vasopressin_per_hour_and_per_minute(tmp_path, unit, rate, expected):
    write(tmp_path, inputevents_cv=[running(30051, rate, unit, "12:00")])
    assert values(tmp_path, "vasopressin") == pytest.approx([expected])


def test_a_unit_that_no_list_has_is_set_aside(tmp_path):
    write(tmp_path, inputevents_cv=[running(30120, 5, "cc/hr", "12:00")])
    assert read_all(tmp_path, "norepinephrine")["reason"].to_list() == ["unknown unit"]


def test_a_rate_of_metavision_is_read_as_in_mimic_iv(tmp_path):
    row = {
        "itemid": 221906,
        "starttime": at("12:00"),
        "endtime": at("14:00"),
        "rate": 0.10004,
        "rateuom": "mcg/kg/min",
        "patientweight": 80,
    }
    write(
        tmp_path,
        inputevents_mv=[
            row | {"storetime": at("12:10"), "originalrate": 0.1, "statusdescription": "ChangeDose/Rate"}
        ],
    )
    assert read(tmp_path, "norepinephrine").select("value", "known").rows() == [
        (0.1, moment("12:10")),
        (0.10004, moment("14:00")),
    ]


def lab(itemid: int, value, unit: str = "", clock: str = "12:00") -> dict:
    number = value if isinstance(value, int | float) else ""
    return {"itemid": itemid, "charttime": at(clock), "value": value, "valuenum": number, "valueuom": unit}


def test_laboratory_results_have_no_later_time_and_oxygen_is_arterial_by_its_moment(tmp_path):
    rows = [
        lab(50912, 1.4, "mg/dL"), lab(50821, 80, "mm Hg"), lab(50800, "ART"), lab(50821, 35, "mm Hg", "15:00"),
        lab(50800, "VEN", clock="15:00"), lab(50821, 60, "mm Hg", "18:00"),
    ]  # fmt: skip
    write(tmp_path, labevents=rows)
    assert read(tmp_path, "creatinine").select("value", "time", "known").rows() == [
        (1.4, moment("12:00"), moment("12:00"))
    ]
    assert values(tmp_path, "pao2") == [80]


def test_words_in_place_of_a_result_may_deny_its_number(tmp_path):
    clumped = lab(51265, "CLUMPED", "K/uL") | {"valuenum": 30}
    write(tmp_path, labevents=[clumped, lab(51265, 90, "K/uL", "15:00")])
    assert values(tmp_path, "platelets") == [90]


@pytest.mark.parametrize(
    ("said", "value"),
    [("<5", [5]), ("LESS THAN 5", [5]), (">600", [600]), ("UNABLE TO REPORT", []), ("", [])],
)
def test_a_result_beyond_the_range_of_the_test_is_its_limit(tmp_path, said, value):
    row = {"itemid": 51265, "charttime": at("12:00"), "value": said, "valuenum": "", "valueuom": "K/uL"}
    write(tmp_path, labevents=[row])
    assert values(tmp_path, "platelets") == value


def test_cultures_are_one_per_specimen_and_their_result_is_known_at_discharge(tmp_path):
    blood = {
        "chartdate": "2152-03-01 00:00:00",
        "charttime": at("12:00"),
        "spec_itemid": 70012,
        "spec_type_desc": "BLOOD CULTURE",
    }
    rows = [
        {**blood, "org_name": "ESCHERICHIA COLI", "ab_name": "CEFEPIME"}, {**blood, "org_name": "ESCHERICHIA COLI", "ab_name": "AMIKACIN"},
        {**blood, "spec_type_desc": "URINE", "charttime": ""}, {**blood, "spec_type_desc": "MRSA SCREEN"},
    ]  # fmt: skip
    write(tmp_path, microbiologyevents=rows)
    found = read(tmp_path, "culture").select("text", "time", "known", "value").sort("text", "known")
    assert found.rows() == [
        ("blood", moment("12:00"), moment("12:00"), None), ("blood", moment("12:00"), moment("12:00", 9), 1),
        ("urine", moment("00:00"), moment("00:00"), None), ("urine", moment("00:00"), moment("12:00", 9), 0),
    ]  # fmt: skip
    assert read(tmp_path, "organism").select("text", "known").rows() == [
        ("blood|ESCHERICHIA COLI", moment("12:00", 9))
    ]


def test_orders_count_from_their_day_and_diagnoses_are_those_of_icd_9(tmp_path):
    write(
        tmp_path, prescriptions=[{"startdate": "2152-03-02 00:00:00", "drug_type": "MAIN", "drug": "CefTRIAXone", "route": "IV"}],
        diagnoses_icd=[{"seq_num": 1, "icd9_code": "99592"}, {"seq_num": 2, "icd9_code": "5856"}],
    )  # fmt: skip
    assert read(tmp_path, "antibiotic_order").select("text", "time").rows() == [
        ("ceftriaxone|IV", moment("00:00", 2))
    ]
    assert sorted(read(tmp_path, "diagnosis")["text"]) == ["ICD9:5856", "ICD9:99592|principal"]
    assert read(tmp_path, "chronic_dialysis").height == 1


def test_a_patient_is_labelled_and_the_account_tells_what_no_list_maps(tmp_path):
    rows = [charted(456, 60, "11:00"), charted(742, 9, "11:00")]
    data = write(
        tmp_path / "mimic", chartevents=rows, inputevents_cv=[running(30120, 0.2, "mcgkgmin", "11:00")],
        labevents=[lab(51265, 40, "K/uL")],
        d_items=[{"ITEMID": 456, "LABEL": "NBP Mean"}, {"ITEMID": 742, "LABEL": "calprevflg"}],
    )  # fmt: skip
    labels = label("mimic-iii", data, definitions="sofa", stay_kind="icu")
    hour = labels.scores["sofa"].filter(pl.col("time") == moment("13:00")).row(0, named=True)
    assert (hour["circulation"], hour["coagulation"]) == (4, 3)
    source = labels.run["counts"]["source"]
    assert source["unmapped"]["chartevents"] == [{"code": "742", "label": "calprevflg", "count": 1}]
    assert any("91 years" in note for note in source["notes"])


@pytest.mark.parametrize(
    "row", read_map("items", "mimic_iii").rows(named=True), ids=lambda r: str(r["itemid"])
)
def test_every_item_of_carevue_has_a_concept_and_stands_once(row):
    assert row["concept"] in CONCEPTS and row["itemid"] < 220000
    same = of_both_systems("items").filter(pl.col("table") == row["table"], pl.col("itemid") == row["itemid"])
    assert same.height == 1


def test_the_words_of_carevue_are_those_of_their_concepts():
    devices = read_map("ventilation", "mimic_iii")
    assert set(devices["oxygen"].drop_nulls()) <= set(CONCEPTS["oxygen"].words)
    assert set(devices["ventilation"].drop_nulls()) - {"off"} <= set(CONCEPTS["ventilation"].words)
    for itemid, concept in ((184, "gcs_eye"), (723, "gcs_verbal"), (454, "gcs_motor")):
        told = read_map("words", "mimic_iii").filter(pl.col("itemid") == itemid)["value"].drop_nulls()
        assert told.is_between(*CONCEPTS[concept].plausible).all()
