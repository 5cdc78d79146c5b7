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
    """All asked tests, each in the concept's unit; a unit that the list does not hold gives a reason to set the row aside."""
    listed = read_map("labs").filter(pl.col("concept").is_in(concepts))
    if listed.is_empty():
        return
    tests = _tests(listed)
    for rows in tables.stream(_results(tables, tests), "labevents"):
        measured = rows.filter(pl.col("number").is_not_null())
        yield measured.select(
            "subject_id", "time", "known", tests["concept"].gather(measured["line"]),
            value=pl.col("number") * pl.col("by").fill_null(1.0),
            origin=pl.format("labevents/{}/{}", tests["itemid"].gather(measured["line"]), "labevent_id"),
            reason=pl.when(pl.col("by").is_null()).then(pl.lit("unknown unit")),
        )  # fmt: skip


def _tests(listed: pl.DataFrame) -> pl.DataFrame:
    """One row per test, with its one or two units and their factors; `line` is the place in the list."""
    spelled = listed.with_columns(pl.col("unit").fill_null(""), arterial_only=(pl.col("specimen") == "arterial").fill_null(False))
    tests = spelled.group_by("itemid", "concept", "arterial_only", maintain_order=True).agg(
        unit=pl.col("unit").first(),
        factor=pl.col("factor").first(),
        other_unit=pl.col("unit").get(1, null_on_oob=True),
        other_factor=pl.col("factor").get(1, null_on_oob=True),
    )
    return tests.with_columns(line=pl.int_range(pl.len(), dtype=pl.UInt16), folded=pl.col("unit").str.to_lowercase())


def _results(tables: Tables, tests: pl.DataFrame) -> ir.Table:
    """The number of each result, the factor of its unit (none if the unit is not listed) and its place in the list of tests."""
    results = tables.get(
        "labevents",
        "labevent_id", "subject_id", "specimen_id", "itemid", "charttime", "storetime", "valuenum", "valueuom", "comments",
    )  # fmt: skip
    rows = results.join(tables.lookup(tests.drop("concept")), "itemid")
    if tests["arterial_only"].any():
        gases = rows.mutate(gas_of=ibis.ifelse(rows.arterial_only, rows.specimen_id, ibis.null("int64")))
        gases = gases.left_join(_arterial(tables), "gas_of")
        rows = gases.filter(~gases.arterial_only | gases.arterial.notnull())
    # looked for only where there is no number: patterns are slow
    comment = ibis.ifelse(rows.valuenum.isnull(), rows.comments, ibis.null("string"))
    said = ibis.coalesce(rows.valueuom, "")
    return rows.select(
        "subject_id", "line", "labevent_id", time="charttime", known="storetime",
        number=ibis.coalesce(rows.valuenum, comment.re_extract(_LIMIT, 1).nullif("").cast("float64")),
        by=ibis.cases(
            (said == rows.unit, rows.factor),
            (said == rows.other_unit, rows.other_factor),
            (said.strip().lower() == rows.folded, rows.factor),
        ),
    )  # fmt: skip


def _arterial(tables: Tables) -> ir.Table:
    """The specimens that the laboratory calls arterial; a venous pO2 would look like failing lungs."""
    results = tables.get("labevents", "specimen_id", "itemid", "value")
    kinds = results.filter(results.itemid == _SPECIMEN_ITEM, results.value.upper().startswith(_ARTERIAL))
    return kinds.select(gas_of="specimen_id", arterial=ibis.literal(True)).distinct()

