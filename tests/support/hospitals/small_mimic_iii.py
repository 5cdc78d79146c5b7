"""A made-up hospital in the layout of MIMIC-III: files and columns in capitals, each test writes the rows it needs."""

import csv
import gzip
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from opensepsis.data.schema import EVENTS
from opensepsis.data.sources.mimic_iii import open_mimic_iii

PATIENT, ADMISSION, STAY = 7, 70, 700
COLUMNS = {
    "PATIENTS": "ROW_ID SUBJECT_ID GENDER DOB DOD EXPIRE_FLAG",
    "ADMISSIONS": "ROW_ID SUBJECT_ID HADM_ID ADMITTIME DISCHTIME DEATHTIME DISCHARGE_LOCATION",
    "ICUSTAYS": "ROW_ID SUBJECT_ID HADM_ID ICUSTAY_ID DBSOURCE FIRST_CAREUNIT INTIME OUTTIME LOS",
    "CHARTEVENTS": "ROW_ID SUBJECT_ID HADM_ID ICUSTAY_ID ITEMID CHARTTIME STORETIME VALUE VALUENUM VALUEUOM ERROR STOPPED",
    "LABEVENTS": "ROW_ID SUBJECT_ID HADM_ID ITEMID CHARTTIME VALUE VALUENUM VALUEUOM FLAG",
    "MICROBIOLOGYEVENTS": "ROW_ID SUBJECT_ID HADM_ID CHARTDATE CHARTTIME SPEC_ITEMID SPEC_TYPE_DESC ORG_ITEMID ORG_NAME "
    "ISOLATE_NUM AB_NAME",
    "PRESCRIPTIONS": "ROW_ID SUBJECT_ID HADM_ID ICUSTAY_ID STARTDATE ENDDATE DRUG_TYPE DRUG ROUTE",
    "DIAGNOSES_ICD": "ROW_ID SUBJECT_ID HADM_ID SEQ_NUM ICD9_CODE",
    "INPUTEVENTS_CV": "ROW_ID SUBJECT_ID HADM_ID ICUSTAY_ID CHARTTIME ITEMID AMOUNT AMOUNTUOM RATE RATEUOM STORETIME STOPPED",
    "INPUTEVENTS_MV": "ROW_ID SUBJECT_ID HADM_ID ICUSTAY_ID STARTTIME ENDTIME ITEMID AMOUNT AMOUNTUOM RATE RATEUOM STORETIME ORDERID "
    "LINKORDERID ORDERCATEGORYNAME PATIENTWEIGHT STATUSDESCRIPTION ORIGINALAMOUNT ORIGINALRATE",
    "OUTPUTEVENTS": "ROW_ID SUBJECT_ID HADM_ID ICUSTAY_ID CHARTTIME ITEMID VALUE VALUEUOM STORETIME ISERROR",
    "PROCEDUREEVENTS_MV": "ROW_ID SUBJECT_ID HADM_ID ICUSTAY_ID STARTTIME ENDTIME ITEMID STORETIME ORDERID STATUSDESCRIPTION",
    "D_ITEMS": "ROW_ID ITEMID LABEL DBSOURCE LINKSTO",
    "D_LABITEMS": "ROW_ID ITEMID LABEL FLUID CATEGORY",
}  # fmt: skip


def at(clock: str, day: int = 1) -> str:
    """A time on a day of March 2152, as the files write it."""
    return f"2152-03-{day:02} {clock}:00"


def moment(clock: str, day: int = 1) -> datetime:
    return datetime.fromisoformat(at(clock, day)).replace(tzinfo=UTC)


SOMEBODY = {
    "PATIENTS": [{"GENDER": "F", "DOB": "2092-03-01 00:00:00"}],
    "ADMISSIONS": [{"ADMITTIME": at("08:00"), "DISCHTIME": at("12:00", 9), "DISCHARGE_LOCATION": "HOME"}],
    "ICUSTAYS": [{"INTIME": at("10:00"), "OUTTIME": at("10:00", 5), "DBSOURCE": "carevue"}],
}


def write(path: Path, **tables: list[dict]) -> Path:
    """Write every table; rows name what they are about, ids of the one patient are filled in."""
    path.mkdir(parents=True, exist_ok=True)
    for name, columns in COLUMNS.items():
        rows = tables.get(name.lower(), SOMEBODY.get(name, []))
        ids = {"SUBJECT_ID": PATIENT, "HADM_ID": ADMISSION, "ICUSTAY_ID": STAY}
        with gzip.open(path / f"{name}.csv.gz", "wt", encoding="utf-8", newline="") as lines:
            writer = csv.DictWriter(
                lines, columns.split(), extrasaction="ignore", quoting=csv.QUOTE_NONNUMERIC
            )
            writer.writeheader()
            numbered = (
                {"ROW_ID": n, **ids, **{k.upper(): v for k, v in row.items()}}
                for n, row in enumerate(rows, 1)
            )
            writer.writerows(numbered)
    return path


def read_all(path: Path, *concepts: str) -> pl.DataFrame:
    """The asked events with the reason of those set aside, in order."""
    batches = [pl.DataFrame(schema={**EVENTS, "reason": pl.String})]
    batches += list(open_mimic_iii(path).events(frozenset(concepts) or None))
    return pl.concat(batches, how="diagonal").sort("concept", "time", "known", "value", "text")


def read(path: Path, *concepts: str) -> pl.DataFrame:
    return read_all(path, *concepts).filter(pl.col("reason").is_null()).drop("reason")


def values(path: Path, concept: str) -> list[float | None]:
    return read(path, concept)["value"].to_list()
