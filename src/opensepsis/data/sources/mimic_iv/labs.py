"""Laboratory results and blood gases."""

from collections.abc import Iterator

import polars as pl

from opensepsis.data.intake.text_codes_batch import reasons_by_comment
from opensepsis.data.sources.mimic_iv.maps import read_map
from opensepsis.data.sources.relational.tables import Tables

_COLUMNS = (
    "labevent_id", "subject_id", "specimen_id", "charttime", "storetime", "valuenum", "valueuom", "comments",
)  # fmt: skip
# the kind of specimen of a blood gas, in MIMIC-IV and in MIMIC-III
_SPECIMEN_ITEMS = (52033, 50800)
_ARTERIAL = "ART"  # written "ART." in MIMIC-IV
# results beyond the range of the test stand in the comment: the limit is taken as the value
_LIMIT = r"^\s*(?:<|>|LESS THAN|GREATER THAN)\s*=?\s*([0-9]+(?:\.[0-9]+)?)"


def labs(tables: Tables, concepts: frozenset[str]) -> Iterator[pl.DataFrame]:
    """All asked tests, each in the concept's unit; a unit that the list does not hold gives a reason to set the row aside."""
    listed = read_map("labs").filter(pl.col("concept").is_in(concepts))
    if listed.is_empty():
        return
    tests = _tests(listed).sort("itemid")
    arterial = _arterial(tables) if tests["arterial_only"].any() else pl.Series(dtype=pl.Int64)
    for results in tables.of_codes("labevents", "itemid", tests["itemid"], *_COLUMNS):
        line = tests["itemid"].search_sorted(results["itemid"])
        rows = results.with_columns(tests[name].gather(line) for name in tests.columns if name != "itemid")
        rows = rows.filter(~pl.col("arterial_only") | pl.col("specimen_id").is_in(arterial.implode()))
        measured = rows.with_columns(number=_number()).filter(pl.col("number").is_not_null())
        yield measured.with_columns(by=_factor()).select(
            "subject_id", "concept", time="charttime", known="storetime",
            value=pl.col("number") * pl.col("by").fill_null(1.0),
            origin=pl.format("labevents/{}/{}", "itemid", "labevent_id"),
            reason=pl.when(pl.col("by").is_null()).then(pl.lit("unknown unit")).otherwise(
                reasons_by_comment(measured.select("concept", text="comments"))
            ),
        )  # fmt: skip


def _tests(listed: pl.DataFrame) -> pl.DataFrame:
    """One row per test, with its one or two units and their factors."""
    spelled = listed.with_columns(
        pl.col("unit").fill_null(""), arterial_only=(pl.col("specimen") == "arterial").fill_null(False)
    )
    tests = spelled.group_by("itemid", "concept", "arterial_only", maintain_order=True).agg(
        unit=pl.col("unit").first(),
        factor=pl.col("factor").first(),
        other_unit=pl.col("unit").get(1, null_on_oob=True),
        other_factor=pl.col("factor").get(1, null_on_oob=True),
    )
    return tests.with_columns(folded=pl.col("unit").str.to_lowercase())


def _number() -> pl.Expr:
    """The number of each result, or the limit that its comment gives; looked for only where there is none."""
    comment = pl.when(pl.col("valuenum").is_null()).then("comments")
    return pl.coalesce("valuenum", comment.str.extract(_LIMIT, 1).cast(pl.Float64))


def _factor() -> pl.Expr:
    """The factor of the unit; none if the unit is not listed."""
    said = pl.col("valueuom").fill_null("")
    as_listed = pl.when(said == pl.col("unit")).then("factor")
    found = pl.coalesce(as_listed, pl.when(said == pl.col("other_unit")).then("other_factor"))
    # most units are spelled as listed, so only the others are folded
    folded = pl.when(found.is_null()).then(said).str.strip_chars().str.to_lowercase()
    return pl.coalesce(found, pl.when(folded == pl.col("folded")).then("factor"))


def _arterial(tables: Tables) -> pl.Series:
    """The specimens that the laboratory calls arterial; a venous pO2 would look like failing lungs."""
    kinds = tables.of_codes("labevents", "itemid", pl.Series(_SPECIMEN_ITEMS), "specimen_id", "value")
    called = pl.col("value").str.to_uppercase().str.starts_with(_ARTERIAL)
    found = [rows.filter(called)["specimen_id"].unique() for rows in kinds]
    return pl.concat([pl.Series("specimen_id", dtype=pl.Int64), *found])
