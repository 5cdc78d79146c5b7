"""Traps that measured data and libraries set for every source at once: zones of sessions, 32 bits at a limit, equal times, birthdays."""

from datetime import datetime, timedelta

import ibis
import polars as pl
import pytest

import opensepsis
from opensepsis.data.intake.checks import split
from opensepsis.data.sources import open_source
from opensepsis.data.sources.mimic_iv.form import MIMIC_IV
from opensepsis.data.sources.omop.form import OMOP
from opensepsis.data.sources.pump_rates import per_kilogram
from opensepsis.data.sources.relational.form import TIME
from tests.support.hospitals import bulk_export, small_clif, small_meds, small_mimic, small_omop


def connected(folder, zone: str):
    """The Parquet or CSV tables of a folder in a DuckDB whose session has another zone."""
    store = ibis.duckdb.connect()
    store.con.execute(f"set timezone = '{zone}'")
    for file in sorted([*folder.glob("*.parquet"), *folder.glob("*.csv")]):
        store.con.execute(f"create table {file.stem} as select * from '{file}'")
    return store


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kolkata"])
def test_the_zone_of_a_session_moves_no_time(tmp_path, zone):
    vital = {"vital_category": "heart_rate", "recorded_dttm": small_clif.at("05:00"), "vital_value": 80.0}
    (tmp_path / "clif").mkdir()
    clif = connected(small_clif.write(tmp_path / "clif", vitals=[vital]), zone)
    assert small_clif.read(clif, "heart_rate")["time"].to_list() == [small_clif.at("05:00")]
    rows = [small_omop.lab(3027018, "05:00", value_as_number=80.0, unit_source_value="/min")]
    omop = connected(small_omop.write(tmp_path / "omop", measurement=rows), zone)
    assert small_omop.read(omop, "heart_rate")["time"].to_list() == [small_omop.moment("05:00")]


@pytest.mark.parametrize("form", ["mimic-iv", "omop", "clif"])
def test_a_code_that_tells_of_long_term_dialysis_is_no_word_of_it(tmp_path, form):
    """The state of a code reaches the timeline: its text may only be a word of the concept."""
    if form == "mimic-iv":
        small_mimic.write(tmp_path, diagnoses_icd=[{"seq_num": 1, "icd_code": "Z992", "icd_version": 10}])
    elif form == "omop":
        small_omop.write(tmp_path, condition_occurrence=[
            {"condition_concept_id": 0, "condition_start_date": "2021-03-02", "condition_source_value": "N18.6"}
        ])  # fmt: skip
    else:
        coded = {"diagnosis_code": "N18.6", "diagnosis_code_format": "ICD10CM"}
        small_clif.write(tmp_path, hospital_diagnosis=[coded])
    (batch,) = [
        one for one in open_source(form, tmp_path).events(frozenset({"chronic_dialysis"})) if one.height
    ]
    kept, rejected = split(batch)[:2]
    assert kept.height == 1 and rejected.is_empty()


def with_instants(store, form) -> None:
    """Turns every time without a zone into the instant at which a clock in UTC shows it, as Spark writes times to Parquet."""
    before = store.con.execute("select current_setting('timezone')").fetchone()[0]
    store.con.execute("set timezone = 'UTC'")
    there = "select table_name, column_name from information_schema.columns"
    for table, column in store.con.execute(there).fetchall():
        if table in form.tables and form.tables[table].type_of(column) == TIME:
            store.con.execute(
                f"alter table {table} alter {column} type timestamptz using {column}::timestamp::timestamptz"
            )
    store.con.execute(f"set timezone = '{before}'")


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kolkata"])
def test_an_instant_in_a_table_whose_form_has_clocks_is_no_matter_of_the_session(tmp_path, zone):
    admitted = {"admittime": "2152-01-01 02:00:00", "dischtime": "2152-03-09 12:00:00"}
    small_mimic.write(
        tmp_path / "csv", admissions=[admitted], labevents=[small_mimic.LAB],
        patients=[{"gender": "F", "anchor_age": 60, "anchor_year": 2152, "dod": "2152-03-09"}],
    )  # fmt: skip
    small_mimic.as_parquet(tmp_path / "csv", tmp_path / "parquet")
    (tmp_path / "all").mkdir()
    for file in (tmp_path / "parquet").rglob("*.parquet"):
        file.rename(tmp_path / "all" / file.name)
    store = connected(tmp_path / "all", zone)
    with_instants(store, MIMIC_IV)
    here, there = open_source("mimic-iv", tmp_path / "csv"), open_source("mimic-iv", store)
    assert there.stays().equals(here.stays()) and here.stays()["age"].to_list() == [60, 60]
    (lab,) = [batch for batch in there.events(frozenset({"creatinine"})) if batch.height]
    assert lab["time"].to_list() == [small_mimic.moment("12:00")]


@pytest.mark.parametrize("zone", [None, "America/New_York", "Asia/Kolkata"])
def test_an_instant_stays_that_instant_whatever_zone_a_hospital_has(tmp_path, zone):
    rows = [small_omop.lab(3027018, "05:00", value_as_number=80.0, unit_source_value="/min")]
    store = connected(small_omop.write(tmp_path, measurement=rows), "Asia/Kolkata")
    clock = open_source("omop", store, timezone=zone).stays()["admitted"].to_list()
    with_instants(store, OMOP)
    source = open_source("omop", store, timezone=zone)
    (found,) = [batch for batch in source.events(frozenset({"heart_rate"})) if batch.height]
    assert found["time"].to_list() == [small_omop.moment("05:00")]
    admitted = source.stays()["admitted"].to_list()
    assert admitted == [small_omop.moment("08:00"), small_omop.moment("10:00")]
    assert (admitted == clock) == (zone is None)


@pytest.mark.parametrize("rows", [1, 63, 64, 500])
def test_of_two_weights_at_one_time_the_same_one_counts_however_many_rates_there_are(rows):
    at = datetime(2026, 3, 2, 8)
    weights = pl.DataFrame({"patient": ["P", "P"], "time": [at, at], "weight": [50.0, 100.0]})
    rates = pl.DataFrame(
        {
            "patient": ["P"] * rows,
            "concept": ["norepinephrine"] * rows,
            "time": [at + timedelta(minutes=number) for number in range(rows)],
            "value": [10.0] * rows,
            "unit": ["ug/min"] * rows,
        }
    )
    found = per_kilogram(rates, weights)["rate"].unique().to_list()
    assert found == [0.1]  # the weight that was charted last of the two


@pytest.mark.parametrize("number, above", [(38.3, False), (38.4, True)])
def test_a_number_of_32_bits_at_a_limit_is_as_it_was_printed(tmp_path, number, above):
    events = [*small_meds.stay(), (7, small_meds.at(1), "LAB//223762//°C", number)]
    (read,) = open_source("meds", small_meds.folder(tmp_path, *events)).events(frozenset({"temperature"}))
    assert read["value"].to_list() == [number] and (read["value"] > 38.3).to_list() == [above]


@pytest.mark.parametrize("born, scored", [("2006-03-02", True), ("2006-03-03", False), ("2004-02-29", True)])
def test_the_18th_birthday_is_that_day_and_no_fraction_of_a_year(tmp_path, born, scored):
    (tmp_path / "stays.csv").write_text(
        f"patient,stay,admitted,discharged,born\nP,S,2024-03-02T00:00:00Z,2024-03-02T20:00:00Z,{born}\n",
        encoding="utf-8",
    )
    (tmp_path / "events.csv").write_text(
        "patient,concept,time,value\nP,platelets,2024-03-02T01:00:00Z,90\n", encoding="utf-8"
    )
    labels = opensepsis.label("csv", tmp_path, tmp_path / "out", definitions="sofa")
    points = pl.read_parquet(tmp_path / "out" / "scores" / "sofa.parquet")["coagulation"]
    assert labels.run["stays"]["labelled"] == 1 and (points.max() == 2) == scored


@pytest.mark.parametrize(
    "time, hours",
    [
        ("2026-03-02T09:00:00Z", 1.0),
        ("2026-03-02T08:59:60Z", 1.0),
        ("2026-03-02", None),
        ("2026-03", None),
        ("2026", None),
    ],
)
def test_the_four_kinds_of_time_of_fhir(tmp_path, time, hours):
    found = bulk_export.rows(bulk_export.usual(tmp_path, bulk_export.observation(effectiveDateTime=time)))
    assert [row[1] for row in found] == ([] if hours is None else [hours])
