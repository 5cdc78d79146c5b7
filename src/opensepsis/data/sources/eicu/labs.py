"""Laboratory results and blood gases."""

from collections.abc import Iterator

import polars as pl

from opensepsis.data.intake.text_codes_batch import reasons_by_comment
from opensepsis.data.intake.units import find_conversion
from opensepsis.data.schema import REASON
from opensepsis.data.sources.eicu.clock import PATIENT, STAY, timed
from opensepsis.data.sources.eicu.gate import read_texts
from opensepsis.data.sources.eicu.listed import lab_names
from opensepsis.data.sources.relational.tables import Tables

_NUMBER = r"^[<>=≤≥\s]*[0-9][0-9.,]*"
_COLUMNS = (
    STAY, "labid", "labresultoffset", "labresultrevisedoffset", "labresult", "labresulttext", "labmeasurenamesystem",
    "labmeasurenameinterface",
)  # fmt: skip


def labs(tables: Tables, concepts: frozenset[str]) -> Iterator[pl.DataFrame]:
    """All asked tests at the time of drawing, known at the revised time if that is later."""
    listed = lab_names(tables).filter(pl.col("concept").is_in(concepts))
    if listed.is_empty() or not tables.has("lab"):
        return
    for results in tables.of_codes("lab", "labname", listed["labname"], *_COLUMNS):
        rows = timed(tables, results, time="labresultoffset", known="labresultrevisedoffset")
        read = read_texts(_as_printed(rows.join(listed, on="labname")))
        beside = reasons_by_comment(read.select("concept", text="beside"))
        yield read.select(
            PATIENT, "concept", "time", "known", "value", "text", pl.coalesce(beside, REASON).alias(REASON),
            origin=pl.format("lab/{}", "labid"),
        )  # fmt: skip


def _as_printed(rows: pl.DataFrame) -> pl.DataFrame:
    """`value` and `unit` as the laboratory printed them, where a list reads that unit; else the number that eICU made in its own.

    The two differ in some rows: eICU multiplied FiO₂ in per cent by a hundred, and CRP in mg/L by ten. Words that were printed with
    the number are in `beside`; they are no part of it.
    """
    said = pl.col("labresulttext").str.strip_chars().replace("", None)
    rows = rows.with_columns(beside=said.str.replace(_NUMBER, "").str.strip_chars().replace("", None))
    has_words = pl.col("beside").is_not_null() & pl.col("labresult").is_not_null()
    printed = pl.when(has_words).then(said.str.extract(_NUMBER, 0).str.strip_chars()).otherwise(said)
    sent = pl.col("labmeasurenameinterface").str.strip_chars().replace("", None)
    number = pl.col("labresult").cast(pl.String)
    made = pl.coalesce(
        pl.concat_str(printed.str.extract(r"^(<=|>=|[<>≤≥])", 1), number), number
    )  # a limit stays one
    pairs = rows.select("concept", unit=sent).unique().drop_nulls()
    readable = [(c, u, True) for c, u in pairs.iter_rows() if find_conversion(c, u) is not None]
    known = pl.DataFrame(
        readable, schema={"concept": pl.String, "unit": pl.String, "_readable": pl.Boolean}, orient="row"
    )
    rows = rows.with_columns(unit=sent).join(known, on=["concept", "unit"], how="left", maintain_order="left")
    own = pl.col("_readable").fill_null(False) & printed.is_not_null()
    # a fraction and per cent of oxygen stand under one unit: the number tells which it is, unless a flow was sent
    oxygen = pl.col("concept") == "fio2"
    per_cent = pl.col("unit").is_null() | pl.col("unit").str.contains("%")
    unit = (
        pl.when(oxygen & per_cent).then(None)
        .when(own | oxygen).then("unit")
        .otherwise(pl.coalesce(pl.col("labmeasurenamesystem").replace("", None), "own_unit"))
    )  # fmt: skip
    value = pl.when(own | oxygen).then(printed).otherwise(pl.coalesce(made, printed))
    return rows.with_columns(value=value, unit=unit).drop("_readable")
