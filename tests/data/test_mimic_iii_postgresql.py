"""MIMIC-III on a PostgreSQL server, in the schema of the official build: the same stays and events as from its files."""

import gzip
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from opensepsis.data.sources.mimic_iii import open_mimic_iii
from opensepsis.data.sources.mimic_iii.form import MIMIC_III
from opensepsis.data.sources.relational.finding import file_of, header
from tests.support.hospitals.small_mimic_iii import at, write

TYPES = {
    "int64": "INT",
    "timestamp(6)": "TIMESTAMP(0)",
    "float64": "DOUBLE PRECISION",
    "string": "VARCHAR(300)",
}
RATE = {"itemid": 30120, "rateuom": "mcgkgmin"}
LAB = {"charttime": at("12:00")}


def hospital(path: Path) -> Path:
    return write(
        path,
        chartevents=[
            {"itemid": 456, "charttime": at("11:00"), "value": "60", "valuenum": 60, "error": 0},
            {"itemid": 723, "charttime": at("11:00"), "value": "1.0 ET/Trach", "valuenum": 1},
            {"itemid": 720, "charttime": at("11:00"), "value": "SIMV+PS"},
        ],
        inputevents_cv=[
            {**RATE, "rate": 0.1, "charttime": at("11:00")},
            {**RATE, "rate": 0.2, "charttime": at("12:00"), "stopped": "D/C'd"},
        ],
        inputevents_mv=[
            {"itemid": 221906, "starttime": at("12:00"), "endtime": at("14:00"), "rate": 0.10004, "rateuom": "mcg/kg/min",
             "patientweight": 80, "storetime": at("12:10"), "originalrate": 0.1, "statusdescription": "ChangeDose/Rate"},
        ],
        labevents=[
            {**LAB, "itemid": 50912, "value": "1.4", "valuenum": 1.4, "valueuom": "mg/dL"},
            {**LAB, "itemid": 50821, "value": "80", "valuenum": 80, "valueuom": "mm Hg"},
            {**LAB, "itemid": 50800, "value": "ART"},
        ],
        microbiologyevents=[
            {"chartdate": at("00:00"), "charttime": at("12:00"), "spec_type_desc": "BLOOD CULTURE", "org_name": "ESCHERICHIA COLI"},
        ],
        outputevents=[{"itemid": 40055, "charttime": at("12:00"), "value": 200, "valueuom": "ml"}],
        prescriptions=[{"startdate": "2152-03-02 00:00:00", "drug_type": "MAIN", "drug": "CefTRIAXone", "route": "IV"}],
        diagnoses_icd=[{"seq_num": 1, "icd9_code": "99592"}],
    )  # fmt: skip


def load(address: str, path: Path, types: dict[str, str] = TYPES) -> None:
    import psycopg

    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("SET timezone TO 'UTC'")
        connection.execute("DROP SCHEMA IF EXISTS mimiciii CASCADE; CREATE SCHEMA mimiciii")
        for listed in MIMIC_III.tables.values():
            name = next(iter(listed.other_names), listed.name)
            file = file_of(MIMIC_III, path, listed.name)
            names = header(file)
            columns = ", ".join(f"{c} {types[listed.type_of(c.lower())]}" for c in names)
            how = (
                f"FORMAT csv, HEADER, FORCE_NULL ({', '.join(names)})"  # the made-up files quote empty cells
            )
            connection.execute(f"CREATE TABLE mimiciii.{name} ({columns})")
            with (
                gzip.open(file) as rows,
                connection.cursor().copy(f"COPY mimiciii.{name} FROM STDIN ({how})") as to,
            ):
                to.write(rows.read())


def events(source) -> pl.DataFrame:
    parts = pl.concat(source.events(None), how="diagonal")
    return parts.sort("concept", "time", "known", "value", "text")


@pytest.mark.parametrize("time", ["TIMESTAMP(0)", "TIMESTAMPTZ(0)"])
def test_the_same_stays_and_events_as_from_the_files(postgresql, tmp_path, time):
    path = hospital(tmp_path / "mimic")
    load(postgresql, path, TYPES | {"timestamp(6)": time})
    here, there = open_mimic_iii(path), open_mimic_iii(postgresql)
    assert_frame_equal(there.stays(), here.stays())
    found = events(here)
    assert found["concept"].n_unique() > 9
    assert_frame_equal(events(there), found)
    assert there.counts()["mapped"] == here.counts()["mapped"]
