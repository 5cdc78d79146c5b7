"""The project's lists of names with what a site has confirmed of its own."""

import polars as pl

from opensepsis.data.sources.eicu.maps import read_map
from opensepsis.data.sources.relational.tables import Tables

BETWEEN = "|"  # of label and name of nurse charting, in mapping.csv


def lab_names(tables: Tables) -> pl.DataFrame:
    """labname, concept and the unit of values without one."""
    own = read_map("labs").select("labname", "concept", own_unit=pl.lit(None, pl.String))
    return _with(own, "labname", _confirmed(tables, "lab"))


def respiratory_labels(tables: Tables) -> pl.DataFrame:
    """label, concept, unit and rule."""
    own = read_map("respiratory_charting")
    more = _confirmed(tables, "respiratorycharting").rename({"own_unit": "unit"})
    return _with(own, "label", more, rule=pl.lit("number"))


def nurse_names(tables: Tables) -> pl.DataFrame:
    """label, name, concept, unit and rule."""
    own = read_map("nurse_charting")
    more = _confirmed(tables, "nursecharting").rename({"own_unit": "unit"})
    parts = pl.col("code").str.splitn(BETWEEN, 2).struct
    named = more.with_columns(
        label=parts.field("field_0"), name=parts.field("field_1"), rule=pl.lit("number")
    )
    new = named.drop("code").join(own, on=["label", "name"], how="anti")
    return pl.concat([own, new.select(c for c in own.columns if c in new.columns)], how="diagonal")


def _confirmed(tables: Tables, table: str) -> pl.DataFrame:
    """code, concept and own_unit of the confirmed numbers of a table."""
    rows = [(c, m.concept, m.unit or None) for c, m in tables.confirmed.of(table).items() if m.is_measured]
    return pl.DataFrame(
        rows, schema={"code": pl.String, "concept": pl.String, "own_unit": pl.String}, orient="row"
    )


def _with(own: pl.DataFrame, key: str, confirmed: pl.DataFrame, **more: pl.Expr) -> pl.DataFrame:
    """Our list and what was confirmed of names that it does not have."""
    new = confirmed.rename({"code": key}).join(own, on=key, how="anti").with_columns(**more)
    return pl.concat([own, new], how="diagonal")
