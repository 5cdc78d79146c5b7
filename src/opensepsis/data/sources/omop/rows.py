"""The rows of measurement and observation that mean something, read in one pass, with what other readers need of it kept aside."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import polars as pl

from opensepsis.data.sources.omop.meanings import meanings
from opensepsis.data.sources.omop.used import CODES, distinct_codes, keyed
from opensepsis.data.sources.relational.tables import Tables

# the tables of measurements, with the column of the value as it was printed
PRINTED = {"measurement": "value_source_value", "observation": "value_as_string"}
KIND_OF_SPECIMEN = "kind of specimen"  # no concept of ours: it tells whether blood is arterial
_CODE_OF_KIND, _CONCEPT_OF_KIND = "66746-9", 40769406  # LOINC: specimen type
_MEANS = ("concept", "property", "rule", "own_unit", "material", "misnamed")


@dataclass(frozen=True, eq=False)
class Listed:
    """What is read of a table, in `codes`: concept, property, rule and own unit of each `line`, by the columns of `keys`."""

    table: str
    codes: pl.DataFrame
    keys: tuple[str, ...]

    def named(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows with concept, property and rule of their line."""
        return rows.with_columns(self.codes[name].gather(rows["line"]) for name in _MEANS)

    def lines(self, condition: pl.Expr) -> pl.Series:
        """The lines of the codes for which a condition holds."""
        return self.codes.with_row_index("line").filter(condition)["line"]


def rows_of(
    tables: Tables, table: str, concepts: Iterable[str], aside: Iterable[str] = ()
) -> Iterator[tuple[Listed, pl.DataFrame]]:
    """The rows of the concepts in batches: the columns of the table by short names, and `line` in the list that comes with them.

    Those of the concepts in `aside` are kept for `kept_rows` instead.
    """
    aside = sorted(aside)
    listed = _listed(tables, table).filter(pl.col("concept").is_in([*concepts, *aside]))
    kept: dict[str, list[pl.DataFrame]] = {concept: [] for concept in aside}
    for part, batch in _scanned(tables, table, listed) if listed.height else ():
        waiting = part.lines(pl.col("concept").is_in(aside))
        if len(waiting):
            mine = pl.col("line").is_in(waiting.implode())
            named = part.named(batch.filter(mine))
            for concept in aside:
                kept[concept].append(named.filter(pl.col("concept") == concept))
            batch = batch.filter(~mine)
        if batch.height:
            yield part, batch
    for concept, parts in kept.items():
        if parts:
            tables.once((table, concept), lambda parts=parts: pl.concat(parts))


def kept_rows(tables: Tables, table: str, concept: str) -> pl.DataFrame | None:
    """All the rows of one concept, with concept, property and rule; None if there are none."""

    def scanned() -> pl.DataFrame:
        parts = [listed.named(rows) for listed, rows in rows_of(tables, table, [concept])]
        return pl.concat(parts) if parts else pl.DataFrame()

    rows = tables.once((table, concept), scanned)
    return rows if rows.height else None


def _listed(tables: Tables, table: str) -> pl.DataFrame:
    """standard, source, said, concept, property and rule of every combination that is read."""
    codes = distinct_codes(tables, table).select(CODES)
    of_kind = (pl.col("standard") == _CONCEPT_OF_KIND) | (pl.col("said") == _CODE_OF_KIND)
    kinds = codes.filter(of_kind).with_columns(
        concept=pl.lit(KIND_OF_SPECIMEN), **dict.fromkeys(_MEANS[1:], pl.lit(""))
    )
    return pl.concat([meanings(tables, table).select(*CODES, *_MEANS), kinds])


def _scanned(tables: Tables, table: str, listed: pl.DataFrame) -> Iterator[tuple[Listed, pl.DataFrame]]:
    plain, others = _by_standard(tables, table, listed)
    names = _columns(table)
    if plain.height:
        part, column = Listed(table, plain, ("standard",)), f"{table}_concept_id"
        for batch in tables.of_codes(table, column, plain["standard"], *names.values()):
            line = plain["standard"].search_sorted(batch[column]).alias("line")
            rows = batch.select(line, *(pl.col(theirs).alias(ours) for ours, theirs in names.items()))
            yield part, _shaped(rows, table)
    if others.height:
        part = Listed(table, others, tuple(CODES))
        rows = keyed(tables, table, *names.values())
        lines = others.with_row_index("line").select("line", *CODES)
        found = rows.join(tables.lookup(lines), CODES).select("line", **names)
        for batch in tables.stream(found, table):
            yield part, _shaped(batch.with_columns(pl.col("line").cast(pl.UInt32)), table)


def _by_standard(tables: Tables, table: str, listed: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Standard concepts of which every row means the same, in their order, and the combinations that need all three keys."""
    codes = distinct_codes(tables, table)
    whole = codes.filter(pl.col("standard") != 0).group_by("standard").agg(pl.len().alias("all"))
    one = listed.group_by("standard").agg(
        pl.len().alias("meant"),
        pl.struct(_MEANS).n_unique().alias("ways"),
        *(pl.col(n).first() for n in _MEANS),
    )
    plain = one.join(whole, on="standard").filter(pl.col("meant") == pl.col("all"), pl.col("ways") == 1)
    others = listed.join(plain, on="standard", how="anti")
    return plain.select("standard", *_MEANS).sort("standard"), others


def _columns(table: str) -> dict[str, str]:
    operator = {"operator_id": "operator_concept_id"} if table == "measurement" else {}
    return {
        "person_id": "person_id", "row_id": f"{table}_id", "day": f"{table}_date", "time": f"{table}_datetime",
        "number": "value_as_number", "unit_id": "unit_concept_id", "unit": "unit_source_value",
        "value_id": "value_as_concept_id", "printed": PRINTED[table], "visit": "visit_occurrence_id",
    } | operator  # fmt: skip


def _shaped(rows: pl.DataFrame, table: str) -> pl.DataFrame:
    if "operator_id" not in rows.columns:
        rows = rows.with_columns(operator_id=pl.lit(None, pl.Int64))
    return rows.with_columns(origin=pl.format("{}/{}", pl.lit(table), "row_id")).drop("row_id")
