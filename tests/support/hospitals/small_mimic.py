"""A made-up hospital in the layout of MIMIC-IV: each test writes the rows it needs, every other table stays empty."""

import csv
import gzip
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl

from opensepsis.data.schema import EVENTS
from opensepsis.data.sources.mimic_iv import open_mimic_iv
from opensepsis.data.sources.mimic_iv.form import MIMIC_IV
from opensepsis.data.sources.relational.form import DUCKDB_TYPES

PATIENT, ADMISSION, STAY = 7, 70, 700
COLUMNS = {
    "hosp/patients": "subject_id gender anchor_age anchor_year anchor_year_group dod",
    "hosp/admissions": "subject_id hadm_id admittime dischtime deathtime admission_type discharge_location edregtime edouttime",
    "hosp/diagnoses_icd": "subject_id hadm_id seq_num icd_code icd_version",
    "hosp/procedures_icd": "subject_id hadm_id seq_num chartdate icd_code icd_version",
    "hosp/labevents": "labevent_id subject_id hadm_id specimen_id itemid charttime storetime value valuenum valueuom comments",
    "hosp/d_labitems": "itemid label fluid category",
    "hosp/microbiologyevents": "microevent_id subject_id hadm_id micro_specimen_id chartdate charttime spec_itemid spec_type_desc "
    "test_seq storedate storetime test_itemid test_name org_itemid org_name comments",
    "hosp/prescriptions": "subject_id hadm_id pharmacy_id starttime stoptime drug_type drug route",
    "hosp/emar": "subject_id hadm_id emar_id emar_seq pharmacy_id charttime medication event_txt scheduletime storetime",
    "hosp/emar_detail": "subject_id emar_id emar_seq parent_field_ordinal route",
    "icu/icustays": "subject_id hadm_id stay_id first_careunit last_careunit intime outtime los",
    "icu/d_items": "itemid label abbreviation linksto category unitname",
    "icu/chartevents": "subject_id hadm_id stay_id caregiver_id charttime storetime itemid value valuenum valueuom warning",
    "icu/inputevents": "subject_id hadm_id stay_id starttime endtime storetime itemid amount amountuom rate rateuom orderid "
    "ordercategoryname patientweight statusdescription originalrate",
    "icu/outputevents": "subject_id hadm_id stay_id charttime storetime itemid value valueuom",
    "icu/procedureevents": "subject_id hadm_id stay_id starttime endtime storetime itemid value valueuom orderid "
    "statusdescription ORIGINALAMOUNT ORIGINALRATE",
}  # fmt: skip
SOMEBODY = {
    "hosp/patients": [{"gender": "F", "anchor_age": 60, "anchor_year": 2150}],
    "hosp/admissions": [
        {"admittime": "2152-03-01 08:00:00", "dischtime": "2152-03-09 12:00:00", "discharge_location": "HOME"}
    ],
    "icu/icustays": [{"intime": "2152-03-01 10:00:00", "outtime": "2152-03-05 10:00:00"}],
}


def at(clock: str, day: int = 1) -> str:
    """A time on a day of March 2152, as the files write it."""
    return f"2152-03-{day:02} {clock}:00"


def moment(clock: str, day: int = 1) -> datetime:
    return datetime.fromisoformat(at(clock, day)).replace(tzinfo=UTC)


def write(path: Path, **tables: list[dict]) -> Path:
    """Write every table; `chartevents=[{...}]` gives its rows, ids of the one patient are filled in."""
    for name, columns in COLUMNS.items():
        table = name.split("/")[1]
        rows = tables.get(table, SOMEBODY.get(name, []))
        ids = {"subject_id": PATIENT, "hadm_id": ADMISSION, "stay_id": STAY}
        target = path / f"{name}.csv.gz"
        target.parent.mkdir(parents=True, exist_ok=True)
        with gzip.open(target, "wt", encoding="utf-8", newline="") as lines:
            writer = csv.DictWriter(lines, columns.split())
            writer.writeheader()
            writer.writerows(
                {k: v for k, v in {**ids, **row}.items() if k in columns.split()} for row in rows
            )
    return path


def read(path: Path, *concepts: str) -> pl.DataFrame:
    """The asked events, without those set aside; in order of concept, time and known."""
    everything = read_all(path, *concepts)
    return everything.filter(pl.col("reason").is_null()).drop("reason")


def read_all(path: Path, *concepts: str) -> pl.DataFrame:
    source = open_mimic_iv(path)
    batches = [pl.DataFrame(schema=EVENTS), *source.events(frozenset(concepts) or None)]
    return (
        pl.concat(batches, how="diagonal")
        .with_columns(_reason(batches))
        .sort("concept", "time", "known", "origin")
    )


def _reason(batches: list[pl.DataFrame]) -> pl.Expr:
    has_reason = any("reason" in batch.columns for batch in batches)
    return (pl.col("reason") if has_reason else pl.lit(None, pl.String)).alias("reason")


def values(path: Path, concept: str) -> list[float | None]:
    return read(path, concept)["value"].to_list()


def texts(path: Path, concept: str) -> list[str | None]:
    return read(path, concept)["text"].to_list()


LAB = {
    "labevent_id": 1,
    "specimen_id": 1,
    "itemid": 50912,
    "charttime": at("12:00"),
    "valuenum": 2,
    "valueuom": "mg/dL",
}
CHART = {"itemid": 220045, "charttime": at("12:00"), "valuenum": 80}


def as_parquet(folder, parquet, split=False):
    """The same hospital as Parquet, each table one file or a folder of files."""
    for name, columns in COLUMNS.items():
        table = name.split("/")[1]
        types = ", ".join(f"'{c}': '{DUCKDB_TYPES[MIMIC_IV.type_of(table, c)]}'" for c in columns.split())
        target = parquet / f"{name}.parquet" if not split else parquet / name / "part-0.parquet"
        target.parent.mkdir(parents=True, exist_ok=True)
        duckdb.sql(
            f"copy (select * from read_csv('{folder / name}.csv.gz', header = true, auto_detect = false, delim = ',', quote = '\"',"
            f" columns = {{{types}}})) to '{target}'"
        )
    return parquet
