"""Laboratory results and blood gases."""

from collections.abc import Iterator

import ibis
import ibis.expr.types as ir
import polars as pl

from opensepsis.data.sources.mimic_iv.maps import read_map
from opensepsis.data.sources.mimic_iv.tables import Tables

_SPECIMEN_ITEM = 52033
_ARTERIAL = "ART"  # written "ART."
# results beyond the range of the test stand in the comment: the limit is taken as the value
_LIMIT = r"^\s*(?:<|>|LESS THAN|GREATER THAN)\s*=?\s*([0-9]+(?:\.[0-9]+)?)"


def labs(tables: Tables, concepts: frozenset[str]) -> Iterator[pl.DataFrame]:
    """All asked tests, each in the concept's unit; a unit that the list does not hold gives a reason."""
    listed = read_map("labs").filter(pl.col("concept").is_in(concepts))
    if listed.is_empty():
        return
    yield from tables.stream(_converted(_measured(tables, listed)), "labevents")


def _measured(tables: Tables, listed: pl.DataFrame) -> ir.Table:
    results = tables.get(
        "labevents",
        "labevent_id", "subject_id", "specimen_id", "itemid", "charttime", "storetime", "valuenum", "valueuom", "comments",
    )  # fmt: skip
    tests = _tests(listed)
    picked = results.join(tables.lookup(tests), "itemid")
    if tests["arterial_only"].any():
        gases = picked.mutate(gas_of=ibis.ifelse(picked.arterial_only, picked.specimen_id, ibis.null("int64")))
        gases = gases.left_join(_arterial(tables), "gas_of")
        picked = gases.filter(~gases.arterial_only | gases.arterial.notnull())
    # looked for only where there is no number: patterns are slow
    comment = ibis.ifelse(picked.valuenum.isnull(), picked.comments, ibis.null("string"))
    limit = comment.re_extract(_LIMIT, 1).nullif("").cast("float64")
    measured = picked.mutate(number=ibis.coalesce(picked.valuenum, limit), said=ibis.coalesce(picked.valueuom, "").strip().lower())
    return measured.filter(measured.number.notnull())


def _tests(listed: pl.DataFrame) -> pl.DataFrame:
    """One row per test, with its one or two units and their factors."""
    spelled = listed.with_columns(pl.col("unit").fill_null("").str.to_lowercase())
    by_test = spelled.group_by("itemid", "concept", (pl.col("specimen") == "arterial").fill_null(False).alias("arterial_only"))
    return by_test.agg(
        unit=pl.col("unit").first(),
        factor=pl.col("factor").first(),
        other_unit=pl.col("unit").get(1, null_on_oob=True),
        other_factor=pl.col("factor").get(1, null_on_oob=True),
    )


def _arterial(tables: Tables) -> ir.Table:
    """The specimens that the laboratory calls arterial; a venous pO2 would look like failing lungs."""
    results = tables.get("labevents", "specimen_id", "itemid", "value")
    kinds = results.filter(results.itemid == _SPECIMEN_ITEM, results.value.upper().startswith(_ARTERIAL))
    return kinds.select(gas_of="specimen_id", arterial=ibis.literal(True)).distinct()


def _converted(measured: ir.Table) -> ir.Table:
    factor = ibis.cases(
        (measured.said == measured.unit, measured.factor), (measured.said == measured.other_unit, measured.other_factor)
    )
    rows = measured.mutate(by=factor)
    return rows.select(
        "subject_id",
        "concept",
        time=rows.charttime,
        known=rows.storetime,
        value=rows.number * ibis.coalesce(rows.by, 1.0),
        origin=ibis.literal("labevents/") + rows.itemid.cast("string") + "/" + rows.labevent_id.cast("string"),
        reason=ibis.ifelse(rows.by.isnull(), "unknown unit", ibis.null("string")),
    )
