"""Made-up patients, given as frames of the csv source, written as a MEDS dataset with its site's list of codes."""

import csv
import json
from pathlib import Path

import polars as pl

from opensepsis.definitions.concepts import CONCEPTS

CANNOT_HOLD = frozenset({"culture", "organism"})  # no list of codes has a rule for cultures
LIST = "codes.csv"
_NAMES = ("code", "rule", "concept", "unit", "text", "pair")
_STAYS = {"hospital": ("HOSPITAL", "hadm_id"), "icu": ("ICU", "icustay_id")}
_SCHEMA = {
    "subject_id": pl.Int64, "time": pl.Datetime("us"), "code": pl.String, "numeric_value": pl.Float32, "text_value": pl.String,
    "hadm_id": pl.Int64, "icustay_id": pl.Int64,
}  # fmt: skip


def write(folder: Path, stays: pl.DataFrame, events: pl.DataFrame) -> Path:
    """`folder`/data, `folder`/metadata and `folder`/codes.csv."""
    rows = [row for stay in stays.iter_rows(named=True) for row in _of_stay(stay)]
    kept = events.filter(~pl.col("concept").is_in(list(CANNOT_HOLD)))
    rows += [row for event in kept.iter_rows(named=True) for row in _of_event(event)]
    frame = pl.DataFrame([(*row, *(None,) * (7 - len(row))) for row in rows], schema=_SCHEMA, orient="row")
    for name in ("data", "metadata"):
        (folder / name).mkdir(parents=True)
    frame.unique(maintain_order=True).sort("subject_id", "time", maintain_order=True).write_parquet(
        folder / "data" / "0.parquet"
    )
    about = {"dataset_name": "made up", "etl_name": "tests", "meds_version": "0.4.1"}
    (folder / "metadata" / "dataset.json").write_text(json.dumps(about))
    with (folder / LIST).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([_NAMES, *_listed(sorted(set(kept["concept"])))])
    return folder


def _of_stay(stay: dict) -> list[tuple]:
    subject = int(stay["patient"])
    name, column = _STAYS[stay["kind"]]
    own = (int(stay["stay"]), None) if column == "hadm_id" else (None, int(stay["stay"]))
    begin, end = (stay[time].replace(tzinfo=None) for time in ("admitted", "discharged"))
    born = begin.replace(year=begin.year - int(stay["age"]))
    rows = [
        (subject, None, f"GENDER//{stay['sex'][0]}"), (subject, born, "MEDS_BIRTH"),
        (subject, begin, f"{name}_ADMISSION", None, None, *own), (subject, end, f"{name}_DISCHARGE", None, None, *own),
    ]  # fmt: skip
    if stay["died"] is not None:
        rows.append((subject, stay["died"].replace(tzinfo=None), "MEDS_DEATH"))
    return rows


def _of_event(event: dict) -> list[tuple]:
    subject, time = int(event["patient"]), event["time"].replace(tzinfo=None)
    concept = event["concept"]
    if event["end"] is not None:
        end = (subject, event["end"].replace(tzinfo=None), f"END//{concept}")
        return [(subject, time, f"START//{concept}", event["value"], event["text"]), end]
    if concept in ("antibiotic", "antibiotic_order"):
        return [(subject, time, f"{concept.upper()}//{event['text'].split('|')[0]}")]
    return [(subject, time, f"NUMBER//{concept}", event["value"])]


def _listed(concepts: list[str]) -> list[tuple]:
    rows = [
        ("GENDER//*", "sex", "", "", "@1", ""), ("MEDS_BIRTH", "birth", "", "", "", ""), ("MEDS_DEATH", "death", "", "", "", ""),
    ]  # fmt: skip
    for kind, (name, column) in _STAYS.items():
        rows += [
            (f"{name}_ADMISSION", "begins", "", "", kind, column),
            (f"{name}_DISCHARGE", "ends", "", "", kind, column),
        ]
    for concept in concepts:
        match concept:
            case "ventilation":
                rows.append((f"START//{concept}", "starts", concept, "", "invasive", concept))
                rows.append((f"END//{concept}", "stops", concept, "", "", concept))
            case "norepinephrine":
                rows.append((f"START//{concept}", "rate starts", concept, "ug/kg/min", "", concept))
                rows.append((f"END//{concept}", "stops", concept, "", "", concept))
            case "antibiotic":
                rows.append(("ANTIBIOTIC//*", "dose", concept, "", "ceftriaxone|iv", ""))
            case "antibiotic_order":
                rows.append(("ANTIBIOTIC_ORDER//*", "ordered", "", "", "@1", ""))
            case _:
                rows.append((f"NUMBER//{concept}", "number", concept, CONCEPTS[concept].unit, "", ""))
    return rows
