"""Vital signs from the monitor: every five minutes, and cuff pressures."""

from collections.abc import Iterator

import polars as pl

from opensepsis.data.sources.eicu.clock import PATIENT, STAY, timed
from opensepsis.data.sources.eicu.maps import read_map
from opensepsis.data.sources.eicu.temperature import in_celsius
from opensepsis.data.sources.relational.tables import Tables

_TABLES = ("vitalperiodic", "vitalaperiodic")


def vitals(tables: Tables, concepts: frozenset[str]) -> Iterator[pl.DataFrame]:
    """All asked vital signs of both tables, each known when it was measured, for the monitor sends it."""
    for table in _TABLES:
        listed = read_map("vitals").filter(pl.col("table") == table, pl.col("concept").is_in(concepts))
        if listed.is_empty() or not tables.has(table):
            continue
        columns = listed["column"].to_list()
        for rows in tables.stream(tables.get(table, STAY, "observationoffset", *columns), table):
            placed = timed(tables, rows, time="observationoffset").select(PATIENT, "time", *columns)
            long = placed.unpivot(index=[PATIENT, "time"], variable_name="column")
            long = long.filter(pl.col("value").is_not_null()).join(
                listed.select("column", "concept"), on="column"
            )
            yield long.select(
                PATIENT, "concept", "time",
                value=in_celsius(pl.col("concept"), pl.col("value")),
                origin=pl.format("{}/{}/", pl.lit(table), "column"),
            )  # fmt: skip
