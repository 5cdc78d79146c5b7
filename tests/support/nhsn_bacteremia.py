"""The worked patients of the NHSN draft of bacteremia events, through `label`."""

import csv
from pathlib import Path

import polars as pl

import opensepsis
from tests.support.nhsn_cases import DAY_BEFORE, rows, stays

DRAFT = "bacteremia:nhsn_draft"
with open(Path(__file__).parents[1] / "papers" / "nhsn" / "bacteremia.csv", encoding="utf-8") as lines:
    CASES = [row | {"sex": "female"} for row in csv.DictReader(lines)]


def spaced(row: dict) -> dict:
    return row | {"text": row["text"] and row["text"].replace("_", " ")}


def labelled(cases: list[dict], definition: str = DRAFT) -> pl.DataFrame:
    """The events of these cases, in hospital stays and in visits by themselves."""
    every = [s | {"age": 5.0 if s["patient"] == "a child" else 60.0} for case in cases for s in stays(case)]
    events = [{"patient": case["case"], **spaced(row)} for case in cases for row in rows(case["events"])]
    frames = pl.DataFrame(every, infer_schema_length=None), pl.DataFrame(events, infer_schema_length=None)
    kinds = dict.fromkeys(frames[0]["kind"])
    return pl.concat(
        opensepsis.label(stays=frames[0], events=frames[1], definitions=definition, stay_kind=kind).episodes
        for kind in kinds
    )


def said(found: pl.DataFrame) -> list[str]:
    days = found.with_columns(day=(pl.col("onset") - DAY_BEFORE).dt.total_days())
    return [f"{row['onset_type']} D{row['day']} {row['strata'].replace('|', ' ')}" for row in days.to_dicts()]
