"""Respiratory care: ventilation from its start to its end, each row as the ventilator stood when it was written."""

from collections.abc import Iterator

import polars as pl

from opensepsis.data.sources.eicu.clock import PATIENT, STAY, timed
from opensepsis.data.sources.eicu.holding import VENTILATION_HOLDS
from opensepsis.data.sources.relational.tables import Tables

_COLUMNS = (
    STAY, "respcarestatusoffset", "airwaytype", "ventstartoffset", "ventendoffset", "priorventstartoffset", "priorventendoffset",
)  # fmt: skip
_NO_TUBE = "No Artificial Airway"


def ventilators(tables: Tables, concepts: frozenset[str]) -> Iterator[pl.DataFrame]:
    """Ventilation that goes on, and that of before; an offset of 0 was not filled in.

    A row that says when a ventilation began and that it goes on is corrected by the later row that says when it ended.
    """
    if "ventilation" not in concepts or not tables.has("respiratorycare"):
        return
    for rows in tables.stream(tables.get("respiratorycare", *_COLUMNS), "respiratorycare"):
        kind = (
            pl.when(pl.col("airwaytype") == _NO_TUBE)
            .then(pl.lit("noninvasive"))
            .otherwise(pl.lit("invasive"))
        )
        rows = rows.with_columns(text=kind)
        going_on = rows.filter(pl.col("ventstartoffset") != 0)
        before = rows.filter(pl.col("priorventstartoffset") != 0, pl.col("priorventendoffset") != 0)
        yield _runs(tables, going_on, "ventstartoffset", "ventendoffset")
        yield _runs(
            tables, before.with_columns(text=pl.lit("invasive")), "priorventstartoffset", "priorventendoffset"
        )


def _runs(tables: Tables, rows: pl.DataFrame, start: str, end: str) -> pl.DataFrame:
    placed = timed(tables, rows, time=start, told=end, known="respcarestatusoffset")
    told = pl.when(pl.col(end) != 0, pl.col("told") > pl.col("time")).then("told")
    last_seen = pl.min_horizontal(pl.max_horizontal("time", "known") + VENTILATION_HOLDS, "left")
    goes_on = pl.max_horizontal(last_seen, "time")
    return placed.select(
        PATIENT, "time", "known", "text", end=pl.coalesce(told, goes_on), concept=pl.lit("ventilation"),
        origin=pl.format("respiratorycare/{}", STAY),
    )  # fmt: skip
