"""A made-up MEDS folder for tests: events in a few words, and what the source `meds` makes of them."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from opensepsis.data.sources import open_source

START = datetime(2150, 3, 2, 8)
SCHEMA = {
    "subject_id": pl.Int64, "time": pl.Datetime("us"), "code": pl.String, "numeric_value": pl.Float32, "text_value": pl.String,
}  # fmt: skip
DEMO = {"dataset_name": "MIMIC-IV demo data in MEDS", "dataset_version": "0.0.1"}
LATER = {"dataset_name": "MIMIC-IV", "dataset_version": "2.2:0.2.0", "meds_version": "0.4.1"}


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def stay(subject: int = 7, start: float = 0, end: float = 48) -> list[tuple]:
    return [
        (subject, None, "GENDER//F"), (subject, datetime(2090, 1, 1), "MEDS_BIRTH"),
        (subject, at(start), "HOSPITAL_ADMISSION//URGENT//UNK"), (subject, at(end), "HOSPITAL_DISCHARGE//HOME"),
    ]  # fmt: skip


def folder(
    path: Path, *events: tuple, dataset: dict | None = None, shards: int = 1, more: dict | None = None
) -> Path:
    """Events as (subject, time, code[, number[, text]]), in one file or by subject in several; `more` adds columns."""
    rows = [(*event, *(None,) * (5 - len(event))) for event in events]
    frame = (
        pl.DataFrame(rows, schema=SCHEMA, orient="row")
        .with_columns(**(more or {}))
        .sort("subject_id", "time", maintain_order=True)
    )
    for shard in range(shards):
        file = path / "data" / f"part-{shard}" / "0.parquet"
        file.parent.mkdir(parents=True, exist_ok=True)
        frame.filter(pl.col("subject_id") % shards == shard).write_parquet(file)
    (path / "metadata").mkdir(exist_ok=True)
    (path / "metadata" / "dataset.json").write_text(json.dumps(DEMO if dataset is None else dataset))
    return path


def read(path: Path, site=None):
    """The stays, the events that can be used, those refused, and the counts."""
    source = open_source("meds", path, None, site)
    stays = source.stays()
    batches = list(source.events(None))
    events = (
        pl.concat(batches) if batches else pl.DataFrame(schema={"concept": pl.String, "reason": pl.String})
    )
    used = events.filter(pl.col("reason").is_null()).drop("reason")
    return (
        stays,
        used.sort("time") if "time" in used.columns else used,
        events.filter(pl.col("reason").is_not_null()),
        source.counts(),
    )


def rows(path: Path, site=None) -> list[tuple]:
    """concept, hours after the start, value and text of every row that can be used."""
    _, used, _, _ = read(path, site)
    start = START.replace(tzinfo=UTC)
    return [
        (row["concept"], (row["time"] - start) / timedelta(hours=1), row["value"], row["text"])
        for row in used.iter_rows(named=True)
    ]
