"""Twenty patients as Parquet tables of the csv source, some of whose rows are bad; and whether timelines of them are alike."""

from datetime import timedelta
from pathlib import Path

import polars as pl

from opensepsis.data.timeline.timeline import Timeline
from tests.support.hospitals.as_eicu import Twenty


def write(folder: Path) -> Path:
    """The tables of the csv source as Parquet: a unit in one row decides on those of all patients, and some rows are bad."""
    stays, events = Twenty().frames()
    folder.mkdir()
    first, second, third = stays["patient"][:3]
    texts = events.with_columns(pl.col("value").cast(pl.String), unit=pl.lit(None, pl.String))
    at = stays["admitted"][0]
    own = [
        (first, "lactate", at, "2.0", "mmol/L"),
        (second, "lactate", at, "3.0", None),  # rejected, because of the unit of another patient
        (f" {third}\u00a0", "weight", at, "80", "kg"),  # the space around a name is no part of it
        (third, "norepinephrine", at + timedelta(hours=1), "0.5", "mg/h"),
        (third, "platelets", at, "many", "10*9/L"),
        ("a stranger", "platelets", at, "100", "10*9/L"),
        (third, "no such concept", at, "1", None),
    ]
    more = pl.DataFrame(own, schema=["patient", "concept", "time", "value", "unit"], orient="row")
    pl.concat([texts, more.cast({"time": texts.schema["time"]})], how="diagonal").write_parquet(
        folder / "events.parquet"
    )
    stays.with_columns(age=pl.lit("> 89")).write_parquet(folder / "stays.parquet")
    return folder


def assert_alike(there: Timeline, here: Timeline) -> None:
    """The same stays, events and counts; which rows were rejected is told of files only."""
    assert there.facts == here.facts
    assert there.stays.sort("stay").equals(here.stays.sort("stay"))
    assert _cells(there).equals(_cells(here))
    assert there.counts["rejections"] and _without_rows(there.counts) == _without_rows(here.counts)


def _cells(timeline: Timeline) -> pl.DataFrame:
    return timeline.events().with_columns(pl.col(pl.Categorical).cast(pl.String)).sort(pl.all()).collect()


def _without_rows(counts: dict) -> dict:
    rejections = [one | {"rows": []} for one in counts["rejections"]]
    return counts | {"rejections": sorted(rejections, key=str)}
