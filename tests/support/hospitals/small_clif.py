"""A made-up hospital in CLIF: each test writes the rows it needs; tables without rows are not written."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from opensepsis.data.schema import EVENTS
from opensepsis.data.sources.clif import open_clif

PATIENT, ADMISSION = "p7", "h70"
AN_INSTANT = pl.Datetime("us", "UTC")
SOMEBODY = {
    "patient": [{"patient_id": PATIENT, "sex_category": "Female", "birth_date": None, "death_dttm": None}],
    "hospitalization": [
        {
            "patient_id": PATIENT,
            "age_at_admission": 60,
            "discharge_category": "Home",
        }
    ],
}
# columns that a table always has, so that a row names only what it is about
_OWNED = {"patient", "code_status"}


def at(clock: str, day: int = 1) -> datetime:
    """A moment of March 2152, as CLIF writes it: UTC."""
    return datetime.fromisoformat(f"2152-03-{day:02} {clock}").replace(tzinfo=UTC)


def write(path: Path, prefix: str = "clif_", schema: dict | None = None, **tables: list[dict]) -> Path:
    """Write every table that has rows as Parquet; ids of the one patient and admission are filled in."""
    stay = {"admission_dttm": at("08:00"), "discharge_dttm": at("12:00", 9)}
    given = {**SOMEBODY, **tables}
    given["hospitalization"] = [{**stay, **row} for row in given["hospitalization"]]
    for table, rows in given.items():
        owner = {"patient_id": PATIENT} if table in _OWNED else {"hospitalization_id": ADMISSION}
        frame = pl.DataFrame([{**owner, **row} for row in rows], infer_schema_length=None)
        wanted = {n: kind for n, kind in (schema or {}).items() if n in frame.columns}
        frame.cast(wanted).write_parquet(path / f"{prefix}{table}.parquet")
    return path


def read_all(path, *concepts: str, timezone: str | None = None) -> pl.DataFrame:
    """The asked events with the reason of those set aside, in order."""
    batches = [pl.DataFrame(schema={**EVENTS, "reason": pl.String})]
    batches += list(open_clif(path, timezone).events(frozenset(concepts) or None))
    return pl.concat(batches, how="diagonal").sort("concept", "time", "known", "value", "text")


def read(path, *concepts: str) -> pl.DataFrame:
    """The asked events without those set aside."""
    return read_all(path, *concepts).filter(pl.col("reason").is_null()).drop("reason")


def values(path, concept: str) -> list[float | None]:
    return read(path, concept)["value"].to_list()


def texts(path, concept: str) -> list[str | None]:
    return read(path, concept)["text"].to_list()
