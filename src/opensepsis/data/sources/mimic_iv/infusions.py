"""What runs or is pushed into a vein, from inputevents: vasopressors, sedatives, fluids, doses."""

from collections.abc import Iterator

import ibis
import polars as pl

from opensepsis.data.sources.mimic_iv.maps import items, read_map
from opensepsis.data.sources.relational.expressions import Query, coalesce
from opensepsis.data.sources.relational.tables import Tables
from opensepsis.definitions.concepts import CONCEPTS

_COLUMNS = (
    "subject_id", "itemid", "starttime", "endtime", "storetime", "amount", "amountuom", "rate", "rateuom", "orderid",
    "ordercategoryname", "patientweight", "statusdescription", "originalrate",
)  # fmt: skip
_HEAVIEST = 450  # kg; the plausible weights of the concept
_LIGHTEST = 0.3


def infusions(tables: Tables, concepts: frozenset[str]) -> Iterator[pl.DataFrame]:
    """Infusions with their rate, sedatives while they run, doses, and fluids when they are in."""
    wanted = items("inputevents", concepts)
    fluids = read_map("fluids") if "crystalloid" in concepts else read_map("fluids").clear()
    if wanted.is_empty() and fluids.is_empty():
        return
    given = _given(tables)
    readers = {"infusion": _rated, "running": _running, "dose": _doses}
    for rule, reader in readers.items():
        listed = wanted.filter(pl.col("rule") == rule)
        if not listed.is_empty():
            yield from tables.stream(reader(tables, given, listed), "inputevents")
    if not fluids.is_empty():
        yield from tables.stream(_fluids(tables, given, fluids), "inputevents")


def _given(tables: Tables) -> Query:
    """All that was really given: a row that was rewritten is replaced by others."""
    rows = tables.get("inputevents", *_COLUMNS)
    rows = rows.filter(coalesce(rows.statusdescription, "") != "Rewritten")
    order = coalesce(ibis.literal("/") + rows.orderid.cast("string"), "")
    return rows.mutate(origin=ibis.literal("inputevents/") + rows.itemid.cast("string") + order)


def _rated(tables: Tables, given: Query, listed: pl.DataFrame) -> Query:
    """Infusions with their rate in the concept's unit; no rate means a single push and is left out."""
    units = pl.Series([CONCEPTS[name].unit for name in listed["concept"]])
    substance = ["activity" if unit.startswith("[iU]") else "mass" for unit in units]
    drugs = listed.select("itemid", "concept", "factor").with_columns(
        per_kg_wanted=units.str.contains("/kg"), substance=pl.Series(substance)
    )
    rates = read_map("rates").select(
        rate_unit="unit", substance="amount", per_minute="factor", per_kg="per_kg"
    )
    rows = given.join(tables.lookup(drugs), "itemid")
    rows = rows.filter(rows.rate.notnull()).mutate(rate_unit=rows.rateuom.strip().lower())
    rows = rows.left_join(tables.lookup(rates), ["rate_unit", "substance"])
    weighed = rows.patientweight.between(_LIGHTEST, _HEAVIEST).fill_null(False)
    weight = ibis.ifelse(weighed, rows.patientweight, ibis.null("float64"))
    factor = rows.per_minute * rows.factor
    by = ibis.cases(
        (rows.per_kg_wanted & ~rows.per_kg, factor / weight),
        (~rows.per_kg_wanted & rows.per_kg, factor * weight),
        else_=factor,
    )
    reason = ibis.cases(
        (rows.per_minute.isnull(), "unknown unit"),
        (
            (rows.per_kg_wanted != rows.per_kg) & ~weighed & (rows.rate > 0),
            "no weight to convert the rate with",
        ),
        else_=ibis.null("string"),
    )
    return _planned_and_delivered(rows.mutate(by=by, reason=reason))


def _planned_and_delivered(rows: Query) -> Query:
    """Each rate as it was entered, until it closes; then as it was delivered.

    `rate` is the amount over the time, which nobody knows before the end; `originalrate` is what was entered, at `storetime`.
    """
    entered = ibis.greatest(coalesce(rows.storetime, rows.starttime), rows.starttime)
    closed = ibis.greatest(entered, rows.endtime)
    planned = (rows.originalrate > 0) & (rows.originalrate != rows.rate) & (entered < closed)
    rows = rows.mutate(entered=entered, closed=closed, planned=coalesce(planned, False))
    same = {"time": "starttime", "end": "endtime"}
    columns = ("subject_id", "concept", "origin", "reason")
    delivered = rows.select(
        *columns,
        **same,
        known=ibis.ifelse(rows.planned, rows.closed, rows.entered),
        value=rows.rate * rows.by,
    )
    as_entered = rows.filter(rows.planned)
    as_entered = as_entered.select(
        *columns, **same, known="entered", value=as_entered.originalrate * as_entered.by
    )
    return delivered.union(as_entered)


def _running(tables: Tables, given: Query, listed: pl.DataFrame) -> Query:
    rows = given.join(tables.lookup(listed.select("itemid", "concept", "text")), "itemid")
    return rows.filter(rows.rate > 0).select(
        "subject_id", "concept", "text", "origin", time="starttime", end="endtime", known="storetime"
    )


def _doses(tables: Tables, given: Query, listed: pl.DataFrame) -> Query:
    rows = given.join(tables.lookup(listed.select("itemid", "concept", "text")), "itemid")
    by_vein = ~coalesce(rows.ordercategoryname, "").lower().contains("non iv")
    route = ibis.ifelse(rows.concept == "insulin", "", ibis.ifelse(by_vein, "IV", "PO"))
    return rows.select(
        "subject_id", "concept", "origin", time="starttime", known="storetime", text=rows.text + "|" + route
    )


def _fluids(tables: Tables, given: Query, fluids: pl.DataFrame) -> Query:
    """Volumes at the end of each bag or rate, so that nothing counts before it is in."""
    rows = given.join(tables.lookup(fluids.select("itemid", "fluid")), "itemid")
    units = read_map("fluid_units").rename({"unit": "volume_unit"})
    rows = rows.filter(rows.amount.notnull()).mutate(volume_unit=coalesce(rows.amountuom, "").strip().lower())
    rows = rows.left_join(tables.lookup(units), "volume_unit")
    return rows.select(
        "subject_id",
        "origin",
        concept=ibis.literal("crystalloid"),
        time="endtime",
        known="storetime",
        value=coalesce(rows.amount * rows.factor, rows.amount),
        text="fluid",
        reason=ibis.ifelse(rows.factor.isnull(), "unknown unit", ibis.null("string")),
    )
