"""Cultures: measurements by the code of a culture with their result in words, and specimens that were taken for one."""

from collections.abc import Iterator

import polars as pl

from opensepsis.data.intake.culture import (
    NOT_PERFORMED,
    SCREENING,
    Growth,
    growth_value,
    read_culture,
)
from opensepsis.data.schema import REASON
from opensepsis.data.sources.omop.answers import answers_of
from opensepsis.data.sources.omop.rows import kept_rows
from opensepsis.data.sources.omop.specimens import specimens
from opensepsis.data.sources.omop.visits import read_visits
from opensepsis.data.sources.relational.tables import Tables

_LEFT_OUT = {Growth.NOT_PERFORMED: NOT_PERFORMED, Growth.SCREEN: SCREENING}
_COLUMNS = ("person_id", "concept", "time", "known", "value", "text", "origin", REASON)


def cultures(tables: Tables, concepts: frozenset[str]) -> Iterator[pl.DataFrame]:
    """Each culture twice: when taken, pending, and with its result, which is known when the visit ends: no table tells when."""
    if not concepts & {"culture", "organism"}:
        return
    rows = _reported(tables)
    if "culture" in concepts:
        yield _specimens(tables)
        if rows is not None:
            yield _taken(rows)
            yield _resulted(rows)
    if "organism" in concepts and rows is not None:
        yield _organisms(rows)


def _reported(tables: Tables) -> pl.DataFrame | None:
    """person_id, time, visit's end, specimen, what the result says, and whether that is growth."""
    cultures = kept_rows(tables, "measurement", "culture")
    if cultures is None:
        return None
    answers = answers_of(tables, "measurement").values.filter(pl.col("concept") == "culture")
    cultures = cultures.join(answers.select("value_id", "answer"), on="value_id", how="left")
    cultures = cultures.join(read_visits(tables).select(visit="stay", left="end"), on="visit", how="left")
    result = pl.coalesce("printed", "answer")
    told = cultures.select(result).to_series().unique().drop_nulls().to_list()
    read = [(text, read_culture(text)) for text in told]
    table = pl.DataFrame(
        [(text, growth_value(growth), _LEFT_OUT.get(growth)) for text, growth in read],
        schema={"result": pl.String, "value": pl.Float64, REASON: pl.String},
        orient="row",
    )
    cultures = cultures.with_columns(
        result=result,
        time=pl.coalesce("time", "day"),
        text=pl.col("material").replace("", "unknown"),
    )
    return cultures.join(table, on="result", how="left", maintain_order="left").with_columns(
        concept=pl.lit("culture"), reported=pl.max_horizontal("left", "time")
    )


def _taken(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(known="time", value=pl.lit(None, pl.Float64)).select(_COLUMNS)


def _resulted(rows: pl.DataFrame) -> pl.DataFrame:
    told = rows.filter(pl.col("value").is_not_null(), pl.col(REASON).is_null())
    return told.with_columns(known="reported").select(_COLUMNS)


def _organisms(rows: pl.DataFrame) -> pl.DataFrame:
    """One row for each organism that a result names."""
    grown = (
        rows.filter(pl.col("value") == 1).with_columns(name=pl.col("result").str.split(";")).explode("name")
    )
    return grown.select(
        "person_id", "time", "origin",
        concept=pl.lit("organism"), known="reported", text=pl.format("{}|{}", "text", pl.col("name").str.strip_chars()),
    )  # fmt: skip


def _specimens(tables: Tables) -> pl.DataFrame:
    """Specimens whose kind says that they were taken for a culture; their result, if any, is a measurement."""
    taken = specimens(tables).filter(pl.col("name").str.contains(r"(?i)\bculture\b"))
    time = pl.coalesce("time", "day")
    return taken.select(
        "person_id", concept=pl.lit("culture"), time=time, known=time, value=pl.lit(None, pl.Float64), text="name",
        origin=pl.format("specimen/{}", "specimen_id"), reason=pl.lit(None, pl.String),
    )  # fmt: skip
