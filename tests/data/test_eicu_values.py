"""Vital signs, laboratory and charted values of eICU, on made-up tables."""

from pathlib import Path

import polars as pl
import pytest

from tests.support.hospitals.small_eicu import events, read, stay, values, write


def _lab(
    name: str = "creatinine",
    number: object = 1.2,
    text: str = "1.2",
    system: str = "mg/dL",
    sent: str = "mg/dL",
    **more,
) -> dict:
    row = {
        "labname": name,
        "labresult": number,
        "labresulttext": text,
        "labmeasurenamesystem": system,
        "labmeasurenameinterface": sent,
    }
    return {"labresultoffset": 10, "labresultrevisedoffset": 40} | row | more


def _charted(label: str, name: str, value: str, at: int = 10, entered: int | None = None) -> dict:
    return {
        "nursingchartoffset": at, "nursingchartentryoffset": at if entered is None else entered, "nursingchartcelltypevallabel": label,
        "nursingchartcelltypevalname": name, "nursingchartvalue": value,
    }  # fmt: skip


@pytest.mark.parametrize(("revised", "known"), [(40, 40), (10, 10), (-500, 10), (54_542, 54_542)])
def test_a_result_is_of_its_drawing_and_known_at_the_later_revised_time(
    tmp_path: Path, revised: int, known: int
) -> None:
    rows = events(
        read(write(tmp_path / "eicu", lab=[_lab(labresultrevisedoffset=revised)]), tmp_path), "creatinine"
    )
    assert rows.select("time", "known", "value").rows() == [(10, known, 1.2)]


@pytest.mark.parametrize(
    ("name", "result", "text", "value"),
    [
        ("creatinine", 1.2, "1.2 H", 1.2),
        ("creatinine", 1.2, "1.2*", 1.2),
        ("creatinine", 1.2, "see comment", 1.2),
        ("creatinine", 1.2, "1.2 (urine)", None),
        ("creatinine", 1.2, "pleural fluid", None),
        ("creatinine", 25, ">25 verified", 25.0),
        ("platelets x 1000", 12, "12 clumped", None),
        ("platelets x 1000", 12, "12 no clumps seen", 12.0),
        ("paO2", 38, "38 venous", None),
        ("paO2", 88, "88", 88.0),
        ("creatinine", "", "see comment", None),
    ],
)
def test_words_with_a_result_are_read_as_a_comment_beside_it(
    tmp_path: Path, name: str, result: float, text: str, value: float | None
) -> None:
    unit = {"creatinine": "mg/dL", "platelets x 1000": "K/mcL", "paO2": "mm Hg"}[name]
    concept = {"creatinine": "creatinine", "platelets x 1000": "platelets", "paO2": "pao2"}[name]
    rows = events(
        read(write(tmp_path / "eicu", lab=[_lab(name, result, text, unit, unit)]), tmp_path), concept
    )
    assert rows["value"].to_list() == ([] if value is None else [value])
    assert rows["text"].to_list() == ([] if value is None else [">" if ">" in text else None])


@pytest.mark.parametrize(("text", "limit"), [("<1.2", "<"), (" > 1.2", ">"), ("1.2", None), ("", None)])
def test_a_limit_stays_one_where_the_number_is_that_of_eicu(
    tmp_path: Path, text: str, limit: str | None
) -> None:
    rows = events(read(write(tmp_path / "eicu", lab=[_lab(text=text, sent="")]), tmp_path), "creatinine")
    assert rows.select("value", "text").rows() == [(1.2, limit)]


@pytest.mark.parametrize(
    ("row", "concept", "value"),
    [
        (_lab("FiO2", 10000, "100.0", "%", "%"), "fio2", 1.0),  # multiplied by a hundred once too often
        (_lab("FiO2", 0.4, "0.40", "%", ""), "fio2", 0.4),
        (_lab("FiO2", 40, "40", "%", "%"), "fio2", 0.4),
        (
            _lab("CRP", 1148, "114.8", "mg/dL", "mg/L"),
            "crp",
            114.8,
        ),  # so printed; eICU's own number is a tenfold the wrong way
        (_lab("CRP", 5.4, "5.4", "mg/dL", "mg/dL"), "crp", 54.0),
        (
            _lab("platelets x 1000", 190, "190", "K/mcL", "X 10 3"),
            "platelets",
            190.0,
        ),  # a unit that no list reads
        (_lab("PT - INR", 1.3, "1.3", "ratio", ""), "inr", 1.3),
        (_lab("total bilirubin", "", "<0.2", "mg/dL", "mg/dL"), "bilirubin", 0.2),
        (_lab("lactate", "", ">20.50", "mmol/L", "mmol/L"), "lactate", 20.5),
        (_lab("creatinine", 1.2, "", "mg/dL", "mg/dL"), "creatinine", 1.2),
    ],
)
def test_a_result_is_read_as_printed_in_the_unit_that_was_sent(
    tmp_path: Path, row: dict, concept: str, value: float
) -> None:
    assert values(read(write(tmp_path / "eicu", lab=[row]), tmp_path), concept) == [
        (10.0, pytest.approx(value))
    ]


def test_a_limit_keeps_its_sign(tmp_path: Path) -> None:
    row = _lab("total bilirubin", "", "<0.2")
    assert events(read(write(tmp_path / "eicu", lab=[row]), tmp_path), "bilirubin")["text"].to_list() == ["<"]


def test_a_flow_sent_as_a_fraction_of_oxygen_is_rejected(tmp_path: Path) -> None:
    timeline = read(
        write(tmp_path / "eicu", lab=[_lab("FiO2", 4, "4", "%", "lpm"), _lab("FiO2", 4, "4", "%", "%")]),
        tmp_path,
    )
    assert values(timeline, "fio2") == []
    assert timeline.rejected["concept"].to_list() == ["fio2", "fio2"]


def test_what_no_list_has_is_counted_by_volume_and_of_urine_or_liquor_nothing_is_read(tmp_path: Path) -> None:
    rows = [
        _lab("urinary creatinine"),
        _lab("glucose - CSF"),
        _lab("glucose - CSF"),
        _lab("indirect bilirubin"),
        _lab(),
    ]
    told = read(write(tmp_path / "eicu", lab=rows), tmp_path).counts["source"]
    assert told["unmapped"]["lab"][0] == {"code": "glucose - CSF", "count": 2}
    assert told["mapped"] == {"creatinine": 1, "height": 1, "weight": 1}
    assert (told["read"]["lab"], told["rows_mapped"]["lab"]) == (5, 1)


def test_both_pressures_of_both_monitors_are_read(tmp_path: Path) -> None:
    line = [
        {
            "observationoffset": 5,
            "systemicsystolic": 110,
            "systemicdiastolic": 60,
            "systemicmean": 77,
            "sao2": 96,
            "respiration": 20,
        }
    ]
    cuff = [
        {
            "observationoffset": 5,
            "noninvasivesystolic": 104,
            "noninvasivediastolic": 58,
            "noninvasivemean": 71,
        }
    ]
    timeline = read(write(tmp_path / "eicu", vitalperiodic=line, vitalaperiodic=cuff), tmp_path)
    assert values(timeline, "mean_pressure") == [(5.0, 71.0), (5.0, 77.0)]
    assert values(timeline, "spo2") == [(5.0, 96.0)] and values(timeline, "respiratory_rate") == [(5.0, 20.0)]


@pytest.mark.parametrize(("charted", "celsius"), [(37.5, 37.5), (100.4, 38.0)])
def test_a_temperature_above_fifty_is_fahrenheit(tmp_path: Path, charted: float, celsius: float) -> None:
    rows = [{"observationoffset": 5, "temperature": charted}]
    assert values(read(write(tmp_path / "eicu", vitalperiodic=rows), tmp_path), "temperature") == [
        (5.0, celsius)
    ]


@pytest.mark.parametrize(
    ("name", "said", "celsius"),
    [
        ("Temperature (C)", "37.8", 37.8),
        ("Temperature (F)", "100.4", 38.0),
        ("Temperature (C)", "98.6", 37.0),
    ],
)
def test_a_charted_temperature_is_of_its_scale_unless_it_cannot_be(
    tmp_path: Path, name: str, said: str, celsius: float
) -> None:
    rows = [_charted("Temperature", name, said), _charted("Temperature", "Temperature Location", "AXILLARY")]
    assert values(read(write(tmp_path / "eicu", nursecharting=rows), tmp_path), "temperature") == [
        (10.0, celsius)
    ]


def test_a_charted_row_is_known_when_it_was_entered(tmp_path: Path) -> None:
    rows = [
        _charted("Heart Rate", "Heart Rate", "88", at=10, entered=55),
        _charted("Heart Rate", "Heart Rate", "90", at=70, entered=60),
    ]
    found = events(read(write(tmp_path / "eicu", nursecharting=rows), tmp_path), "heart_rate")
    assert found.select("time", "known", "value").rows() == [(10.0, 55.0, 88.0), (70.0, 70.0, 90.0)]


def test_a_coma_score_in_words_or_under_a_tube_is_no_score(tmp_path: Path) -> None:
    label = "Glasgow coma score"
    said = {
        "GCS Total": ("Unable to score due to medication", "10T", "14"),
        "Verbal": ("1T", "4", ""),
        "Eyes": ("3",),
        "Motor": ("6",),
    }
    rows = [_charted(label, name, value, at) for name, told in said.items() for at, value in enumerate(told)]
    rows.append(_charted("Score (Glasgow Coma Scale)", "Value", "15", 9))
    timeline = read(write(tmp_path / "eicu", nursecharting=rows), tmp_path)
    assert values(timeline, "gcs_total") == [(2.0, 14.0), (9.0, 15.0)]
    assert values(timeline, "gcs_verbal") == [(1.0, 4.0)]
    assert values(timeline, "gcs_eye") == [(0.0, 3.0)] and values(timeline, "gcs_motor") == [(0.0, 6.0)]


def test_oxygen_in_litres_or_per_cent_is_a_flow_only_where_it_cannot_be_per_cent(tmp_path: Path) -> None:
    rows = [_charted("O2 L/%", "O2 L/%", said, at) for at, said in enumerate(("2", "40"))]
    timeline = read(write(tmp_path / "eicu", nursecharting=rows), tmp_path)
    assert values(timeline, "oxygen_flow") == [(0.0, 2.0)]
    assert values(timeline, "fio2") == []
    assert timeline.rejected["reason"].to_list() == ["not stated whether litres or per cent"]


def test_a_sedation_score_is_a_rass_only_where_the_scale_says_so(tmp_path: Path) -> None:
    label = "Sedation Scale/Score/Goal"
    rows = [
        _charted(label, "Sedation Scale", "RASS", 5), _charted(label, "Sedation Score", "-3", 5),
        _charted(label, "Sedation Scale", "Riker", 9), _charted(label, "Sedation Score", "4", 9),
        _charted(label, "Sedation Score", "1", 12),
    ]  # fmt: skip
    assert values(read(write(tmp_path / "eicu", nursecharting=rows), tmp_path), "rass") == [(5.0, -3.0)]


def test_coma_scores_of_a_note_count_unless_it_says_that_drugs_forbade_them(tmp_path: Path) -> None:
    root = "notes/Progress Notes/Physical Exam/Physical Exam/Neurologic/GCS/"
    said = {
        5: ("Score/scored", "Motor Score/6", "Verbal Score/4", "13"),
        9: ("Score/unable to score due to meds", "Motor Score/1"),
    }
    rows = [
        {"physicalexamoffset": at, "physicalexampath": root + path}
        for at, paths in said.items()
        for path in paths
    ]
    timeline = read(write(tmp_path / "eicu", physicalexam=rows), tmp_path)
    assert values(timeline, "gcs_motor") == [(5.0, 6.0)] and values(timeline, "gcs_verbal") == [(5.0, 4.0)]
    assert values(timeline, "gcs_total") == [(5.0, 13.0)]


def test_urine_is_read_by_its_path_and_totals_and_counts_never(tmp_path: Path) -> None:
    root = "flowsheet|Flowsheet Cell Labels|I&O|"
    said = [
        ("Output (ml)|Urine", 120), ("Output (ml)|URINE CATHETER", 60), ("Output (ml)|Output (mL)-Urethral Catheter Latex 16 Fr.", 30),
        ("Output (ml)|Voided Amount", 10), ("Output (ml)|Nephrostomy", 5), ("Output (ml)|Urine Count", 1), ("Output (ml)|TOTAL OUT", 900),
        ("Output (ml)|Mixed Urine/Stool Volume", 400), ("Output (ml)|Stool", 200), ("Intake (ml)|Generic Intake (ml)|NS IVF", 500),
        ("Weight|Bodyweight (kg)", 82), ("Weight|Bodyweight (lb)", 180), ("Output (ml)|unmeasured voids", 1),
    ]  # fmt: skip
    rows = [
        {
            "intakeoutputoffset": 60,
            "intakeoutputentryoffset": 75,
            "cellpath": root + path,
            "cellvaluenumeric": value,
            "outputtotal": 5000,
        }
        for path, value in said
    ]
    timeline = read(write(tmp_path / "eicu", intakeoutput=rows), tmp_path)
    urine = events(timeline, "urine_output")
    assert sorted(urine["value"]) == [5.0, 10.0, 30.0, 60.0, 120.0]
    assert set(urine["time"]) == {60.0} and set(urine["known"]) == {75.0}
    assert values(timeline, "weight") == [(0.0, 80.0), (60.0, 82.0)]
    assert events(timeline, "crystalloid").select("value", "text").rows() == [(500.0, "saline 0.9%")]


def test_what_a_dialysis_machine_took_says_that_it_ran_in_the_hour_before(tmp_path: Path) -> None:
    path = "flowsheet|Flowsheet Cell Labels|I&O|Output (ml)|Actual Patient Fluid Removal"
    rows = [
        {"intakeoutputoffset": 120, "intakeoutputentryoffset": 130, "cellpath": path, "cellvaluenumeric": v}
        for v in (240, 0)
    ]
    found = events(read(write(tmp_path / "eicu", intakeoutput=rows), tmp_path), "dialysis")
    assert found.select("time", "end", "known", "value", "text").rows() == [
        (60.0, 120.0, 130.0, None, "crrt")
    ]


def test_a_name_of_a_unit_or_word_is_never_read_from_a_part_of_it(tmp_path: Path) -> None:
    rows = [
        _charted("Heart Rate", "Heart Rate Alarm", "150"),
        _charted("Non-Invasive BP", "Heart Rate", "60"),
    ]
    timeline = read(write(tmp_path / "eicu", nursecharting=rows), tmp_path)
    assert (
        timeline.events()
        .filter(pl.col("concept").is_in(["heart_rate", "mean_pressure"]))
        .collect()
        .is_empty()
    )


@pytest.mark.parametrize(
    ("table", "row", "column", "concept"),
    [
        ("lab", _lab(), "labresult", "creatinine"),
        ("lab", _lab(), "labresultoffset", "creatinine"),
        ("vitalperiodic", {"observationoffset": 5, "heartrate": 90}, "heartrate", None),
        ("nursecharting", _charted("Heart Rate", "Heart Rate", "88"), "nursingchartoffset", "heart_rate"),
        (
            "infusiondrug",
            {"infusionoffset": 5, "drugname": "Norepinephrine (mcg/min)"},
            "infusionoffset",
            "norepinephrine",
        ),
        (
            "treatment",
            {"treatmentoffset": 5, "treatmentstring": "renal|dialysis|hemodialysis"},
            "treatmentoffset",
            "dialysis",
        ),
        (
            "medication",
            {"drugname": "cefepime", "drugstartoffset": 4, "drugorderoffset": 4},
            "drugstartoffset",
            "antibiotic_order",
        ),
        ("microlab", {"culturetakenoffset": 5, "culturesite": "CSF"}, "culturetakenoffset", "culture"),
    ],
)
def test_a_cell_that_cannot_be_read_rejects_its_row_and_no_other(
    tmp_path: Path, table: str, row: dict, column: str, concept: str | None
) -> None:
    made = write(tmp_path / "eicu", **{table: [row | {column: "canary"}, row]})
    timeline = read(made, tmp_path)
    assert timeline.rejected.select("concept", "table", "row").rows() == [(concept, f"{table}.csv.gz", 2)]
    assert "is not a number" in timeline.rejected["reason"].item()
    assert "canary" not in str(timeline.counts)


def test_a_unit_stay_that_cannot_be_read_is_rejected_and_named_by_its_row(tmp_path: Path) -> None:
    rows = [stay(number) for number in range(1, 30)] + [stay(30, unitdischargeoffset="canary")]
    timeline = read(write(tmp_path / "eicu", rows), tmp_path)
    assert timeline.stays.filter(pl.col("kind") == "icu").height == 29
    assert timeline.rejected_stays.select("stay", "kind", "table", "row").rows() == [
        ("30", "icu", "patient.csv.gz", 31)
    ]
