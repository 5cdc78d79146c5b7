"""Hourly tables as made-up files: the PhysioNet challenges, YAIB, and a site's own column map."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from opensepsis.data.sources import open_source
from opensepsis.data.sources.hourly.rows import ENTERED, TWO_ROWS
from opensepsis.data.timeline.writer import write_timeline
from opensepsis.errors import FormatError, MissingError, UnitError

_PSV = "HR|O2Sat|Temp|SBP|MAP|DBP|FiO2|Creatinine|Age|Gender|Unit1|HospAdmTime|ICULOS|SepsisLabel\n"


def _timeline(path: Path, out: Path):
    return write_timeline(open_source("hourly", path), out / "timeline")


def _values(timeline, concept: str) -> list[tuple[float, float]]:
    """Hours since admission and value."""
    rows = timeline.events().filter(pl.col("concept") == concept).sort("time").collect()
    return [((at - ENTERED) / timedelta(hours=1), value) for at, value in rows.select("time", "value").rows()]


def _events(timeline, concept: str) -> pl.DataFrame:
    return timeline.events().filter(pl.col("concept") == concept).sort("time").collect()


@pytest.fixture
def psv(tmp_path: Path) -> Path:
    """Two patients of the challenge of 2019."""
    folder = tmp_path / "training"
    folder.mkdir()
    (folder / "p000001.psv").write_text(
        _PSV
        + "NaN|97|NaN|110|80|60|NaN|1.4|83.1|0|NaN|-2.5|3|0\n"
        + "82|NaN|38.5|110|130|60|0.4|NaN|83.1|0|NaN|-2.5|4|1\n"
    )
    (folder / "p000002.psv").write_text(_PSV + "90|NaN|NaN|NaN|NaN|NaN|10|NaN|40|1|1|23.99|1|0\n")
    return folder


def test_a_value_of_an_hour_stands_at_its_end_and_is_known_then(psv: Path, tmp_path: Path) -> None:
    timeline = _timeline(psv, tmp_path)
    assert _values(timeline, "heart_rate") == [(1.0, 90.0), (4.0, 82.0)]
    assert _values(timeline, "creatinine") == [(3.0, 1.4)]
    rows = timeline.events().collect()
    assert (rows["known"] == rows["time"]).all()
    assert any("end of its hour" in note for note in timeline.counts["source"]["notes"])


def test_a_first_hour_of_three_is_three_hours_after_admission(psv: Path, tmp_path: Path) -> None:
    stays = _timeline(psv, tmp_path).stays.filter(pl.col("kind") == "icu").sort("stay")
    assert stays["admitted"].to_list() == [ENTERED, ENTERED]
    assert stays["discharged"].to_list() == [ENTERED + timedelta(hours=4), ENTERED + timedelta(hours=1)]
    assert stays.select("age", "sex").rows() == [(83.1, "F"), (40.0, "M")]


def test_the_hospital_stay_begins_before_intensive_care_or_is_not_told(psv: Path, tmp_path: Path) -> None:
    timeline = _timeline(psv, tmp_path)
    hospital = timeline.stays.filter(pl.col("kind") == "hospital")
    assert hospital.select("patient", "admitted").rows() == [("p000001", ENTERED - timedelta(hours=2.5))]
    assert any(note.startswith("no hospital stay for 1 stay") for note in timeline.counts["source"]["notes"])


def test_the_answer_of_the_challenge_is_no_event(psv: Path, tmp_path: Path) -> None:
    counts = _timeline(psv, tmp_path).counts
    assert counts["written"] == 12
    assert counts["source"]["unmapped"] == {"training": []}
    assert any("SepsisLabel" in note for note in counts["source"]["notes"])


def test_a_mean_pressure_above_the_systolic_is_kept_and_counted(psv: Path, tmp_path: Path) -> None:
    timeline = _timeline(psv, tmp_path)
    assert _values(timeline, "mean_pressure") == [(3.0, 80.0), (4.0, 130.0)]
    assert any("in 1 of 2 rows with all three" in note for note in timeline.counts["source"]["notes"])


def test_an_impossible_fraction_of_oxygen_is_rejected_with_its_row(psv: Path, tmp_path: Path) -> None:
    timeline = _timeline(psv, tmp_path)
    assert _values(timeline, "fio2") == [(4.0, 0.4)]
    assert timeline.rejected.select("concept", "reason", "table", "row").rows() == [
        ("fio2", "outside plausible limits", "training", 3)
    ]


def test_files_of_patients_and_one_parquet_of_all_give_the_same(psv: Path, tmp_path: Path) -> None:
    parts = [
        pl.read_csv(file, separator="|", null_values="NaN").with_columns(
            pl.lit(file.stem).alias("patient_id"),
            pl.col("Temp", "FiO2", "Creatinine", "Age", "HospAdmTime").cast(pl.Float32),
        )
        for file in sorted(psv.glob("*.psv"))
    ]
    pl.concat(parts, how="vertical_relaxed").write_parquet(tmp_path / "training_setA.parquet")
    one = _timeline(psv, tmp_path)
    (tmp_path / "b").mkdir()
    other = _timeline(tmp_path / "training_setA.parquet", tmp_path / "b")
    assert one.stays.equals(other.stays)
    keys = ["patient", "concept", "time"]
    columns = [pl.col("patient", "concept").cast(pl.String), pl.col("time", "value", "text", "origin")]
    assert (
        one.events()
        .select(columns)
        .collect()
        .sort(keys)
        .equals(other.events().select(columns).collect().sort(keys))
    )


def test_a_record_without_a_row_is_a_stay_and_is_told(psv: Path, tmp_path: Path) -> None:
    (psv / "p000003.psv").write_text(_PSV)
    timeline = _timeline(psv, tmp_path)
    stay = timeline.stays.filter(pl.col("patient") == "p000003").row(0, named=True)
    assert (stay["admitted"], stay["discharged"], stay["age"]) == (ENTERED, ENTERED, None)
    assert any("no row: 1;" in note for note in timeline.counts["source"]["notes"])


def test_a_file_with_another_header_is_refused(psv: Path, tmp_path: Path) -> None:
    (psv / "p000003.psv").write_text("HR|ICULOS\n80|1\n")
    with pytest.raises(FormatError, match="a different header"):
        _timeline(psv, tmp_path)


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """A record of the challenge of 2012."""
    folder = tmp_path / "set-a"
    folder.mkdir()
    rows = [
        "00:00,RecordID,132539", "00:00,Age,54", "00:00,Gender,-1", "00:00,Height,-1", "00:00,Weight,-1", "00:07,GCS,15",
        "00:07,HR,73", "00:07,MechVent,1", "00:37,Urine,300", "00:37,Urine,300", "03:07,MechVent,1", "26:30,pH,735", "26:30,Na,140",
    ]  # fmt: skip
    (folder / "132539.txt").write_text("Time,Parameter,Value\n" + "\n".join(rows) + "\n")
    return folder


def test_a_record_stands_at_its_minutes_and_minus_one_is_nothing(records: Path, tmp_path: Path) -> None:
    timeline = _timeline(records, tmp_path)
    assert _values(timeline, "gcs_total") == [(7 / 60, 15.0)]
    assert _values(timeline, "sodium") == [(26.5, 140.0)]
    assert _events(timeline, "weight").is_empty() and _events(timeline, "height").is_empty()
    stay = timeline.stays.row(0, named=True)
    assert (stay["age"], stay["sex"], stay["discharged"]) == (54.0, None, ENTERED + timedelta(hours=26.5))


def test_every_series_of_2012_is_read_in_the_unit_of_its_values(tmp_path: Path) -> None:
    folder = tmp_path / "set-a"
    folder.mkdir()
    cells = {
        "ALP": (82, "alkaline_phosphatase"), "AST": (64, "ast"), "HCT": (30.3, "hematocrit"), "Mg": (2.0, "magnesium"),
        "SaO2": (97, "sao2"), "TroponinI": (2.6, "troponin_i"), "Platelets": (190, "platelets"),
    }  # fmt: skip
    lines = [f"01:00,{name},{value}" for name, (value, _) in cells.items()] + [
        "02:00,TroponinT,0.2",
        "02:00,Cholesterol,152",
    ]
    lines += [f"03:00,{name},-1" for name in cells]
    (folder / "132540.txt").write_text(
        "Time,Parameter,Value\n00:00,RecordID,132540\n" + "\n".join(lines) + "\n"
    )
    timeline = _timeline(folder, tmp_path)
    for value, concept in cells.values():
        assert _values(timeline, concept) == [(1.0, value)]
    assert timeline.rejected.is_empty()
    assert any("TroponinT" in note and "Cholesterol" in note for note in timeline.counts["source"]["notes"])


def test_two_amounts_of_urine_at_one_minute_are_both_kept(records: Path, tmp_path: Path) -> None:
    assert [value for _, value in _values(_timeline(records, tmp_path), "urine_output")] == [300.0, 300.0]


def test_charted_ventilation_holds_to_the_next_charting_and_no_longer_than_fourteen_hours(
    records: Path, tmp_path: Path
) -> None:
    rows = _events(_timeline(records, tmp_path), "ventilation")
    spans = [((start - ENTERED), (end - ENTERED)) for start, end in rows.select("time", "end").rows()]
    minutes = [(a / timedelta(minutes=1), b / timedelta(minutes=1)) for a, b in spans]
    assert minutes == [(7, 187), (187, 187 + 14 * 60)]
    assert rows["text"].to_list() == ["invasive", "invasive"]


def test_a_value_without_the_name_of_its_series_is_counted(records: Path, tmp_path: Path) -> None:
    with (records / "132539.txt").open("a") as record:
        record.write("27:00,,80\n27:00,,81\n")
    timeline = _timeline(records, tmp_path)
    unmapped = {one["code"]: one["count"] for one in timeline.counts["source"]["unmapped"]["set-a"]}
    assert unmapped == {"": 2}


def test_a_ph_without_its_point_is_rejected_and_never_mended(records: Path, tmp_path: Path) -> None:
    timeline = _timeline(records, tmp_path)
    assert timeline.counts["rejected_by_concept"] == {"ph": {"outside plausible limits": 1}}


def test_a_cohort_of_yaib_stands_at_the_end_of_its_hours(tmp_path: Path) -> None:
    folder = tmp_path / "sepsis"
    folder.mkdir()
    hours = pl.Series("time", [0, 3_600_000], pl.Duration("ms"))
    dynamic = pl.DataFrame(
        {
            "stay_id": [2**60 + 1, 2**60 + 1],
            "hr": [88.0, float("nan")],
            "po2": [80.0, None],
            "urine": [None, 40.0],
        }
    )
    dynamic.with_columns(hours, fio2=pl.Series([40.0, None], dtype=pl.Float32)).write_parquet(
        folder / "dyn.parquet"
    )
    static = {
        "stay_id": [2**60 + 1, 7],
        "age": [61.0, 50.0],
        "sex": ["Female", "Male"],
        "height": [170.0, None],
        "weight": [80.5, None],
    }
    pl.DataFrame(static).write_parquet(folder / "sta.parquet")
    pl.DataFrame({"stay_id": [7], "label": [1]}).write_parquet(folder / "outc.parquet")
    timeline = _timeline(folder, tmp_path)
    assert _values(timeline, "heart_rate") == [(1.0, 88.0)]
    assert _values(timeline, "urine_output") == [(2.0, 40.0)]
    assert _values(timeline, "fio2") == [(1.0, 0.4)]
    assert _values(timeline, "weight") == [(0.0, 80.5)]
    assert _events(timeline, "pao2").is_empty()  # venous among arterial in some databases
    stays = timeline.stays.sort("stay")
    assert stays["stay"].to_list() == [str(2**60 + 1), "7"]
    assert stays["discharged"].to_list() == [ENTERED + timedelta(hours=2), ENTERED]
    assert any("no row: 1;" in note for note in timeline.counts["source"]["notes"])


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A hospital's own table with its own names and units."""
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "columns.csv").write_text(
        "column,meaning,unit,missing,note\npid,patient,,,\nhour,hour_start,,,\nkrea,creatinine,umol/L,-9,\n"
        "temp_f,temperature,[degF],,\nnora,norepinephrine,ug/kg/min,,\no2,oxygen,,,\nvent,ventilation,,,\n"
    )
    (folder / "ward.csv").write_text(
        "pid,hour,krea,temp_f,nora,o2,vent,other\n17,0,176.84,100.4,0.1,nasal cannula,0,x\n"
        "17,1,-9,warm,0,,1,\n,2,88.42,,,,,\n17,?,88.42,,,,,\n"
    )
    return folder


def test_a_site_says_itself_what_its_columns_are(own: Path, tmp_path: Path) -> None:
    timeline = _timeline(own, tmp_path)
    assert _values(timeline, "creatinine") == [(1.0, 2.0)]
    assert _values(timeline, "temperature") == [(1.0, 38.0)]
    assert timeline.counts["source"]["unmapped"] == {"ward.csv": [{"code": "other", "count": 1}]}


def test_what_lasts_runs_through_its_hour_and_is_known_at_its_end(own: Path, tmp_path: Path) -> None:
    timeline = _timeline(own, tmp_path)
    columns = ("time", "end", "known", "value", "text")
    hour = [ENTERED + timedelta(hours=n) for n in range(3)]
    assert _events(timeline, "norepinephrine").select(columns).rows() == [
        (hour[0], hour[1], hour[1], 0.1, None)
    ]
    assert _events(timeline, "oxygen").select(columns).rows() == [
        (hour[0], hour[1], hour[1], None, "nasal cannula")
    ]
    assert _events(timeline, "ventilation").select(columns).rows() == [
        (hour[1], hour[2], hour[2], None, "invasive")
    ]


def test_a_row_that_cannot_be_read_is_rejected_with_its_reason(own: Path, tmp_path: Path) -> None:
    reasons = _timeline(own, tmp_path).rejected.select("row", "concept", "reason").sort("row").rows()
    assert reasons == [
        (2, "temperature", "not a number"),
        (3, "creatinine", "no patient"),
        (4, "creatinine", "the time since admission is not a number"),
    ]


@pytest.mark.parametrize(
    ("line", "error", "words"),
    [
        ("x,lactat,,,", FormatError, "line 3: 'lactat' is not a concept. Did you mean 'lactate'"),
        ("x,lactate,mmHg,,", UnitError, "lactate cannot be read in 'mmHg'"),
        ("pid,lactate,,,", FormatError, "occurs twice"),
    ],
)
def test_a_wrong_line_of_the_column_map_is_named(tmp_path: Path, line: str, error: type, words: str) -> None:
    (tmp_path / "columns.csv").write_text(f"column,meaning,unit,missing,note\npid,patient,,,\n{line}\n")
    (tmp_path / "a.csv").write_text("pid,x\n1,2\n")
    with pytest.raises(error, match=words):
        open_source("hourly", tmp_path)


def test_a_map_without_a_moment_says_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "columns.csv").write_text("column,meaning\npid,patient\nhr,heart_rate\n")
    (tmp_path / "a.csv").write_text("pid,hr\n1,80\n")
    with pytest.raises(MissingError, match="names no hour_end or hour_start or minute"):
        open_source("hourly", tmp_path).stays()


def test_a_table_without_the_column_of_patients_or_hours_is_refused_by_name(own: Path) -> None:
    (own / "ward.csv").write_text("pid,hours,krea\n17,0,88.42\n")
    with pytest.raises(MissingError, match=r"ward\.csv has no column 'hour'\. Did you mean 'hours'"):
        open_source("hourly", own)


@pytest.mark.parametrize("text", ["pid,hour,krea\n17,0,88.42,9\n", 'pid,hour,krea\n17,0,"88.42\n'])
def test_a_table_that_cannot_be_read_to_its_end_is_an_error_without_a_value_of_a_patient(
    own: Path, tmp_path: Path, text: str
) -> None:
    (own / "ward.csv").write_text(text)
    with pytest.raises(FormatError) as problem:
        _timeline(own, tmp_path)
    assert "88.42" not in str(problem.value) and "ward.csv" in str(problem.value)


def test_a_truncated_parquet_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    file = tmp_path / "dyn.parquet"
    pl.DataFrame({"stay_id": [1], "time": [0.0], "hr": [80.0]}).write_parquet(file)
    file.write_bytes(file.read_bytes()[:200])
    with pytest.raises(FormatError, match=r"dyn\.parquet is damaged"):
        open_source("hourly", tmp_path)


def test_tables_of_no_known_form_are_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    with pytest.raises(FormatError, match=r"columns\.csv"):
        open_source("hourly", tmp_path)
    with pytest.raises(MissingError, match="There is no"):
        open_source("hourly", tmp_path / "none")


def test_days_since_admission_are_calendar_days() -> None:
    assert datetime(2000, 1, 1, tzinfo=UTC) == ENTERED


_OWN_COLUMNS = (
    "column,meaning,unit,missing,note\nid,patient,,,\nhour,{moment},,,\nage,age,,,\nsex,sex,,,\nplt,platelets,10*3/uL,-1,\n"
    "urine,urine_output,mL,,\nnora,norepinephrine,ug/kg/min,,\nfio2,fio2,%,,\nvent,ventilation,,,\nab,antibiotic,,,\n"
)


def _written(tmp_path: Path, header: str, *lines: str, moment: str = "hour_end") -> Path:
    folder = tmp_path / "written"
    folder.mkdir()
    (folder / "columns.csv").write_text(_OWN_COLUMNS.format(moment=moment))
    (folder / "ward.csv").write_text("\n".join([header, *lines]) + "\n")
    return folder


@pytest.mark.parametrize(
    ("column", "cell", "concept", "value", "text"),
    [
        ("fio2", "RA", "fio2", 0.21, None),
        ("fio2", "room air", "fio2", 0.21, None),
        ("nora", ">0.1", "norepinephrine", None, None),  # it runs at a rate that is not known
        ("vent", "yes", "ventilation", None, "invasive"),
        ("vent", "CPAP", "ventilation", None, "cpap"),
        ("ab", "yes", "antibiotic", None, None),
        ("ab", "vancomycin|PO", "antibiotic", None, "vancomycin|PO"),
    ],
)
def test_words_in_a_cell_are_read_as_in_rows(
    tmp_path: Path, column: str, cell: str, concept: str, value: float | None, text: str | None
) -> None:
    timeline = _timeline(_written(tmp_path, f"id,hour,{column}", f"a,1,{cell}"), tmp_path)
    assert _events(timeline, concept).select("value", "text").rows() == [(value, text)]


@pytest.mark.parametrize(
    ("column", "cell", "concept"),
    [("nora", "OFF", "norepinephrine"), ("nora", "on hold", "norepinephrine"), ("nora", "0", "norepinephrine"),
     ("vent", "no", "ventilation"), ("vent", "off", "ventilation"), ("ab", "none", "antibiotic"), ("ab", "no", "antibiotic"),
     ("ab", "0", "antibiotic")],
)  # fmt: skip
def test_a_cell_for_what_is_not_given_is_no_event_and_no_fault(
    tmp_path: Path, column: str, cell: str, concept: str
) -> None:
    timeline = _timeline(_written(tmp_path, f"id,hour,{column}", f"a,1,{cell}", "a,2,"), tmp_path)
    assert _events(timeline, concept).is_empty() and timeline.rejected.is_empty()


@pytest.mark.parametrize("off", ["0", "off", "stopped"])
def test_a_pump_that_is_off_at_a_minute_ends_the_rate_before_it(tmp_path: Path, off: str) -> None:
    lines = ("a,0,0.2", f"a,60,{off}", "a,120,0.1", "a,120,0.3", "a,180,0.3", "a,180,off", f"a,240,{off}")
    timeline = _timeline(_written(tmp_path, "id,hour,nora", *lines, moment="minute"), tmp_path)
    found = _events(timeline, "norepinephrine").select("time", "end", "value").rows()
    hours = [((t - ENTERED) / timedelta(hours=1), (e - ENTERED) / timedelta(hours=1), v) for t, e, v in found]
    assert hours == [(0.0, 1.0, 0.2), (2.0, 3.0, 0.3), (3.0, 4.0, 0.3)]


def test_an_hour_that_is_written_twice_counts_once_and_two_that_differ_are_rejected(tmp_path: Path) -> None:
    lines = ("a,1,50,100", "a,1,50,100", "a,2,60,90", "a,2,10,20", "b,2,70,80")
    timeline = _timeline(_written(tmp_path, "id,hour,urine,plt", *lines), tmp_path)
    assert _values(timeline, "urine_output") == [(1.0, 50.0), (2.0, 70.0)]
    assert set(timeline.rejected["reason"]) == {TWO_ROWS} and timeline.rejected.height == 4
    assert any("read once: 1" in note for note in timeline.counts["source"]["notes"])


def test_several_rows_of_one_minute_stay(tmp_path: Path) -> None:
    folder = _written(tmp_path, "id,hour,urine", "a,60,50", "a,60,50", moment="minute")
    assert _values(_timeline(folder, tmp_path), "urine_output") == [(1.0, 50.0), (1.0, 50.0)]


@pytest.mark.parametrize(
    ("age", "sex", "told"),
    [
        ("> 89", "w", (90.0, "F")),
        ("60 years", "1", (60.0, "M")),
        ("999", "M", (None, "M")),
        ("-1", "0", (None, "F")),
    ],
)
def test_ages_and_sexes_are_read_as_in_other_tables(tmp_path: Path, age: str, sex: str, told: tuple) -> None:
    folder = _written(tmp_path, "id,hour,age,sex,plt", f"a,1,{age},{sex},100")
    assert open_source("hourly", folder).stays().select("age", "sex").rows() == [told]


def test_where_a_table_has_a_2_a_sex_of_0_is_not_known(tmp_path: Path) -> None:
    lines = ("a,1,0,100", "b,1,1,100", "c,1,2,100")
    stays = open_source("hourly", _written(tmp_path, "id,hour,sex,plt", *lines)).stays()
    assert stays.sort("stay")["sex"].to_list() == ["U", "M", "F"]


def test_a_column_that_stands_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="has the column 'plt' twice"):
        open_source("hourly", _written(tmp_path, "id,hour,plt,plt", "a,1,100,20"))


def test_columns_of_categories_are_words(tmp_path: Path) -> None:
    folder = _written(tmp_path, "id,hour,vent", "a,1,invasive")
    frame = pl.read_csv(folder / "ward.csv").with_columns(pl.col("vent").cast(pl.Categorical))
    (folder / "ward.csv").unlink()
    frame.write_parquet(folder / "ward.parquet")
    assert _events(_timeline(folder, tmp_path), "ventilation")["text"].to_list() == ["invasive"]
