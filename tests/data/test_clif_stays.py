"""Stays, versions, clocks and places of CLIF: what the tables are told by, and where they may lie."""

import duckdb
import polars as pl
import pytest

from opensepsis.data.sources.clif import open_clif
from opensepsis.data.timeline.writer import write_timeline
from opensepsis.errors import FormatError, MissingError
from tests.support.hospitals.small_clif import ADMISSION, at, read, read_all, write

IN_THE_HOSPITAL = "Etc/GMT+5"


def place(category: str, enters: str, leaves: str | None, day: int = 1) -> dict:
    return {"location_category": category, "in_dttm": at(enters, day), "out_dttm": leaves and at(leaves, day)}


def stays(path, timezone: str | None = None) -> pl.DataFrame:
    return open_clif(path, timezone).stays()


def test_an_admission_with_age_sex_and_where_it_went(tmp_path):
    write(tmp_path)
    (stay,) = stays(tmp_path).rows(named=True)
    assert (stay["stay"], stay["kind"], stay["age"], stay["sex"], stay["discharged_to"]) == (
        ADMISSION,
        "hospital",
        60,
        "F",
        "Home",
    )
    assert (stay["admitted"], stay["discharged"]) == (at("08:00"), at("12:00", 9))


def test_stays_in_intensive_care_are_runs_of_its_locations(tmp_path):
    adt = [
        place("ed", "06:00", "09:00"), place("ICU", "09:00", "10:00"), place("icu", "10:00", "11:00"), place("ward", "11:00", "13:00"),
        place("icu", "13:00", "15:00"),
    ]  # fmt: skip
    write(tmp_path, adt=adt)
    found = (
        stays(tmp_path)
        .filter(pl.col("kind") != "hospital")
        .select("stay", "kind", "admitted", "discharged", "discharged_to")
    )
    assert found.rows() == [
        (f"{ADMISSION}-ed-1", "emergency", at("06:00"), at("09:00"), "WARD"),
        (f"{ADMISSION}-icu-1", "icu", at("09:00"), at("11:00"), "WARD"),
        (f"{ADMISSION}-icu-2", "icu", at("13:00"), at("15:00"), "WARD"),
    ]


def test_a_location_without_an_end_lasts_to_discharge(tmp_path):
    write(tmp_path, adt=[place("icu", "09:00", None)])
    (stay,) = stays(tmp_path).filter(kind="icu").rows(named=True)
    assert (stay["discharged"], stay["discharged_to"]) == (at("12:00", 9), "Home")


def test_a_date_of_birth_tells_more_than_whole_years(tmp_path):
    born = {"sex_category": "male", "birth_date": at("00:00").replace(year=2092).date(), "death_dttm": None}
    write(tmp_path, patient=[born])
    (stay,) = stays(tmp_path).rows(named=True)
    assert stay["age"] is None and stay["born"].year == 2092 and stay["sex"] == "M"


@pytest.mark.parametrize(
    ("death", "timezone", "expected"),
    [
        (
            at("05:00", 9),
            IN_THE_HOSPITAL,
            at("12:00", 9),
        ),  # midnight there names the day, on which the patient left later
        (at("05:00", 9), None, at("05:00", 9)),  # without the zone it is a moment
        (at("00:00", 9), None, at("12:00", 9)),
        (at("05:00", 20), IN_THE_HOSPITAL, at("05:00", 20)),
        (at("10:30", 9), IN_THE_HOSPITAL, at("10:30", 9)),
    ],
)
def test_a_death_that_names_its_day_only_is_not_before_a_discharge_of_that_day(
    tmp_path, death, timezone, expected
):
    write(tmp_path, patient=[{"sex_category": "Male", "birth_date": None, "death_dttm": death}])
    assert stays(tmp_path, timezone)["died"].to_list() == [expected]


def vital(clock: str = "12:00", **others) -> dict:
    return {"vital_category": "heart_rate", "recorded_dttm": at(clock), "vital_value": 80.0, **others}


@pytest.mark.parametrize("timezone", [None, IN_THE_HOSPITAL, "America/New_York"])
def test_no_zone_moves_a_time(tmp_path, timezone):
    write(tmp_path, vitals=[vital()])
    source = open_clif(tmp_path, timezone)
    (events,) = source.events(frozenset({"heart_rate"}))
    assert events["time"].to_list() == [at("12:00")]
    assert source.timezone == timezone and source.counts()["clif"]["timezone"] == (timezone or "UTC")


def test_times_without_a_zone_are_utc_as_clif_says(tmp_path):
    write(tmp_path, vitals=[vital(recorded_dttm=at("12:00").replace(tzinfo=None))])
    (events,) = open_clif(tmp_path, IN_THE_HOSPITAL).events(frozenset({"heart_rate"}))
    assert events["time"].to_list() == [at("12:00")]


def test_times_of_another_zone_are_the_same_moments(tmp_path):
    local = pl.Datetime("ns", "America/Chicago")
    write(tmp_path, schema={"recorded_dttm": local}, vitals=[vital()])
    assert read(tmp_path, "heart_rate")["time"].to_list() == [at("12:00")]


URINE = {"recorded_dttm": at("12:00"), "output_category": "urethral", "output_group": "urine"}
VERSIONS = {
    "2.1": {
        "intake_output": [
            {"intake_dttm": at("12:00"), "fluid_name": "Urine", "amount": 9.0, "in_out_flag": 0}
        ]
    },
    "2.2": {"output": [{**URINE, "output_volume": 9.0}]},
    "3.0": {"output": [{**URINE, "output_value": 9.0, "output_unit": "mL"}]},
}


@pytest.mark.parametrize("version", VERSIONS)
def test_the_version_is_told_by_tables_and_columns_and_its_urine_is_read(tmp_path, version):
    write(tmp_path, **VERSIONS[version])
    source = open_clif(tmp_path)
    (events,) = [batch for batch in source.events(frozenset({"urine_output"})) if batch.height]
    assert events["value"].to_list() == [9]
    assert source.counts()["clif"]["version"] == version


def test_small_letters_alone_do_not_make_a_version(tmp_path):
    write(tmp_path, respiratory_support=[{"recorded_dttm": at("12:00"), "device_category": "nasal_cannula"}],
          hospitalization=[{"patient_id": "p7", "age_at_admission": 60, "discharge_category": "home"}])  # fmt: skip
    source = open_clif(tmp_path)
    list(source.events(frozenset({"oxygen"})))
    told = source.counts()["clif"]
    assert told["version"] == "2.1" and told["words"] == "small letters and underscores"


def test_what_no_list_maps_is_counted_and_absent_tables_are_told(tmp_path):
    rows = [vital(), vital(vital_category="intracranial_pressure")]
    write(tmp_path, vitals=rows)
    source = open_clif(tmp_path)
    list(source.events(frozenset({"heart_rate"})))
    counts = source.counts()
    assert counts["read"]["vitals"] == 2 and counts["mapped_rows"]["vitals"] == 1
    assert counts["unmapped"]["vitals"] == [{"code": "intracranial_pressure", "count": 1}]
    assert "labs" in counts["clif"]["absent"] and "vitals" not in counts["clif"]["absent"]


def test_tables_without_their_prefix_in_csv(tmp_path):
    there = write(tmp_path, prefix="", vitals=[vital()])
    for file in sorted(there.glob("*.parquet")):
        pl.read_parquet(file).write_csv(file.with_suffix(".csv"))
        file.unlink()
    assert read(there, "heart_rate").select("time", "value").rows() == [(at("12:00"), 80)]
    assert stays(there)["admitted"].to_list() == [at("08:00")]


def test_a_cell_of_a_csv_that_cannot_be_read_is_rejected_with_its_line_and_concept(tmp_path):
    rows = [vital(), vital("13:00"), vital("14:00", vital_category="intracranial_pressure")]
    there = write(tmp_path, vitals=rows)
    file = there / "clif_vitals.parquet"
    text = pl.read_parquet(file).with_columns(pl.col("vital_value").cast(pl.String)).with_row_index()
    wrong = text.with_columns(
        vital_value=pl.when(pl.col("index") > 0).then(pl.lit("refused")).otherwise("vital_value")
    )
    wrong.drop("index").write_csv(file.with_suffix(".csv"))
    file.unlink()
    aside = read_all(there).drop_nulls("reason")
    # nothing is read from the third row
    assert aside.select("concept", "reason", "table", "row").rows() == [
        ("heart_rate", "'vital_value' is not a number", "clif_vitals.csv", 3)
    ]


def test_tables_in_a_duckdb_file_whose_times_have_a_zone(tmp_path):
    lactate = {"lab_category": "lactate", "lab_value": "2.0", "reference_unit": "mmol/L"}
    lactate |= {"lab_collect_dttm": at("12:00"), "lab_result_dttm": at("12:20")}
    there = write(tmp_path, vitals=[vital()], labs=[lactate])
    file = tmp_path / "clif.duckdb"
    with duckdb.connect(str(file)) as store:
        for table in sorted(there.glob("*.parquet")):
            store.execute(
                f"create table {table.stem.removeprefix('clif_')} as select * from read_parquet('{table}')"
            )
    found = read(file, "heart_rate", "lactate")
    assert found.select("time", "known", "value").rows() == [
        (at("12:00"), at("12:00"), 80),
        (at("12:00"), at("12:20"), 2),
    ]


def test_a_row_of_an_admission_that_is_not_there_is_nobodys(tmp_path):
    write(tmp_path, vitals=[vital(), vital("13:00", hospitalization_id="h99")])
    timeline = write_timeline(open_clif(tmp_path), tmp_path / "out")
    assert timeline.events().collect()["patient"].cast(pl.String).to_list() == ["p7"]
    assert timeline.counts["rejected"] == {"no patient": 1}


def test_a_folder_that_is_none_and_a_damaged_file_are_told(tmp_path):
    with pytest.raises(MissingError, match="holds no table patient"):
        open_clif(tmp_path)
    write(tmp_path, vitals=[vital()])
    (tmp_path / "clif_vitals.parquet").write_bytes(b"PAR1 cut")
    with pytest.raises(FormatError, match="vitals"):
        list(open_clif(tmp_path).events(frozenset({"heart_rate"})))


def test_a_missing_column_is_named(tmp_path):
    write(tmp_path)
    vitals = pl.DataFrame({"hospitalization_id": [ADMISSION], "vital_category": ["spo2"]})
    vitals.write_parquet(tmp_path / "clif_vitals.parquet")
    with pytest.raises(MissingError, match="recorded_dttm"):
        list(open_clif(tmp_path).events(frozenset({"spo2"})))
