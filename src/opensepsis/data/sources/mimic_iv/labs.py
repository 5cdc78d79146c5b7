"""Laboratory results and blood gases."""

import ibis
import ibis.expr.types as ir
import polars as pl

from opensepsis.data.sources.mimic_iv.maps import read_map
from opensepsis.data.sources.mimic_iv.shape import Query
from opensepsis.data.sources.mimic_iv.tables import Tables

_SPECIMEN_ITEM = 52033
_ARTERIAL = "ART"  # written "ART."
# results beyond the range of the test stand in the comment: the limit is taken as the value
_LIMIT = r"^\s*(?:<|>|LESS THAN|GREATER THAN)\s*=?\s*([0-9]+(?:\.[0-9]+)?)"


def labs(tables: Tables, concepts: frozenset[str]) -> list[Query]:
    """One query over labevents for all asked tests, each in the concept's unit; a unit that the list does not hold gives a reason."""
    listed = read_map("labs").filter(pl.col("concept").is_in(concepts))
    if listed.is_empty():
        return []
    measured = _measured(tables, listed)
    rows = _converted(tables, measured, listed)
    return [Query("labevents", rows)]


def _measured(tables: Tables, listed: pl.DataFrame) -> ir.Table:
    results = tables.get(
        "labevents",
        "labevent_id", "subject_id", "specimen_id", "itemid", "charttime", "storetime", "valuenum", "valueuom", "comments",
    )  # fmt: skip
    tests = listed.select("itemid", "concept", arterial_only=pl.col("specimen") == "arterial").unique()
    picked = results.join(tables.lookup(tests.with_columns(pl.col("arterial_only").fill_null(False))), "itemid")
    if tests["arterial_only"].any():
        arterial = picked.left_join(_arterial(tables), "specimen_id")
        picked = arterial.filter(~arterial.arterial_only | arterial.arterial.notnull())
    limit = picked.comments.re_extract(_LIMIT, 1).nullif("").cast("float64")
    measured = picked.mutate(number=ibis.coalesce(picked.valuenum, limit), unit=ibis.coalesce(picked.valueuom, "").strip().lower())
    return measured.filter(measured.number.notnull())


def _arterial(tables: Tables) -> ir.Table:
    """The specimens that the laboratory calls arterial; a venous pO2 would look like failing lungs."""
    results = tables.get("labevents", "specimen_id", "itemid", "value")
    kinds = results.filter(results.itemid == _SPECIMEN_ITEM, results.value.upper().startswith(_ARTERIAL))
    return kinds.select("specimen_id", arterial=ibis.literal(True)).distinct()


def _converted(tables: Tables, measured: ir.Table, listed: pl.DataFrame) -> ir.Table:
    units = listed.select("itemid", unit=pl.col("unit").fill_null("").str.to_lowercase(), factor="factor").unique()
    rows = measured.left_join(tables.lookup(units), ["itemid", "unit"])
    return rows.select(
        "subject_id",
        "concept",
        time=rows.charttime,
        known=rows.storetime,
        value=ibis.coalesce(rows.number * rows.factor, rows.number),
        origin=ibis.literal("labevents/") + rows.itemid.cast("string") + "/" + rows.labevent_id.cast("string"),
        reason=ibis.ifelse(rows.factor.isnull(), "unknown unit", ibis.null("string")),
    )
