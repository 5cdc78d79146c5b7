"""Nurse charting: vital signs, coma scores, oxygen and sedation scores, by label and name."""

from collections.abc import Iterator

import polars as pl

from opensepsis.data.schema import REASON
from opensepsis.data.sources.eicu.clock import PATIENT, STAY, timed
from opensepsis.data.sources.eicu.gate import read_texts
from opensepsis.data.sources.eicu.listed import nurse_names
from opensepsis.data.sources.eicu.temperature import in_celsius
from opensepsis.data.sources.relational.tables import Tables

LITRES_OR_PER_CENT = "not stated whether litres or per cent"
_COLUMNS = (
    STAY, "nursingchartid", "nursingchartoffset", "nursingchartentryoffset", "nursingchartcelltypevalname", "nursingchartvalue",
)  # fmt: skip
_NAMES = ("nursingchartcelltypevallabel", "nursingchartcelltypevalname")
_SCALE = "Sedation Scale"
_LOWEST_PER_CENT = 21  # of oxygen: below it a number can only be a flow


def charted(tables: Tables, concepts: frozenset[str]) -> Iterator[pl.DataFrame]:
    """All asked numbers, known when they were entered; devices are read with those of respiratory charting."""
    listed = nurse_names(tables).filter(pl.col("concept").is_in(concepts), pl.col("rule") != "device")
    if listed.is_empty() or not tables.has("nursecharting"):
        return
    labels = listed["label"].unique()
    rass = tables_of_scale(tables) if "rass" in listed["concept"].to_list() else None
    for rows in tables.of_codes("nursecharting", _NAMES[0], labels, *_COLUMNS):
        placed = timed(tables, rows, time="nursingchartoffset", known="nursingchartentryoffset").join(
            listed, left_on=_NAMES, right_on=["label", "name"]
        )
        if rass is not None:
            asked = pl.col("rule") == "rass"
            of_rass = placed.filter(asked).join(rass, on=[STAY, "nursingchartoffset"], how="semi")
            placed = pl.concat([placed.filter(~asked), of_rass])
        yield _read(placed)


def tables_of_scale(tables: Tables) -> pl.DataFrame:
    """Where and when the sedation scale that was used is the RASS; elsewhere a sedation score may be of another."""
    rows = tables.get("nursecharting", STAY, *_NAMES, "nursingchartoffset", "nursingchartvalue")
    scales = rows.filter(
        (rows.nursingchartcelltypevalname == _SCALE) & rows.nursingchartvalue.upper().startswith("RASS")
    )
    return tables.fetch(scales.select(STAY, "nursingchartoffset").distinct(), "nursecharting")


def _read(rows: pl.DataFrame) -> pl.DataFrame:
    said = pl.col("nursingchartvalue").str.strip_chars()
    # of scores and sedation words are answers too ("unable to score"), and a T marks a tube: neither is a score
    worded = pl.col("rule").is_in(["score", "rass"]) & ~said.str.contains(r"^-?\+?\d+(?:\.0*)?$")
    rows = rows.with_columns(value=said).filter(~worded.fill_null(True))
    found = read_texts(rows)
    mixed = (pl.col("rule") == "flow or per cent") & (pl.col("value") >= _LOWEST_PER_CENT)
    by_number = in_celsius(
        pl.col("concept"), pl.col("nursingchartvalue").str.strip_chars().cast(pl.Float64, strict=False)
    )
    is_temperature = (pl.col("rule") == "temperature") & by_number.is_between(25, 45)
    return found.with_columns(
        value=pl.when(is_temperature).then(by_number).otherwise("value"),
        reason=pl.when(mixed).then(pl.lit(LITRES_OR_PER_CENT))
        .when(is_temperature).then(None)
        .otherwise(REASON),
    ).select(
        PATIENT, "concept", "time", "known", "value", "text", REASON,
        origin=pl.format("nursecharting/{}", "nursingchartid"),
    )  # fmt: skip
