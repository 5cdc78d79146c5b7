"""The codes that a CDM uses: every combination of concept, source concept and source code in a table, with its count, asked once."""

import polars as pl

from opensepsis.data.sources.relational.expressions import coalesce
from opensepsis.data.sources.relational.tables import Tables

# what the columns of concepts begin with in each table, and the other concepts that are counted with them
_PREFIX = {
    "measurement": "measurement",
    "observation": "observation",
    "drug_exposure": "drug",
    "procedure_occurrence": "procedure",
    "device_exposure": "device",
    "condition_occurrence": "condition",
}
_MORE = {
    "measurement": {"unit_id": "unit_concept_id", "value_id": "value_as_concept_id"},
    "observation": {"unit_id": "unit_concept_id", "value_id": "value_as_concept_id"},
    "drug_exposure": {"type_id": "drug_type_concept_id", "route_id": "route_concept_id"},
}
# tables of which only one column of concepts is used
_ALONE = {"specimen": "specimen_concept_id", "visit_detail": "visit_detail_concept_id"}
KEYS = {"standard": pl.Int64(), "source": pl.Int64(), "said": pl.String()}
CODES = list(KEYS)


def used_codes(tables: Tables, table: str) -> pl.DataFrame:
    """standard, source, said, further concepts and count of every combination, the most frequent first."""
    return tables.once(("codes", table), lambda: _counted(tables, table))


def _counted(tables: Tables, table: str) -> pl.DataFrame:
    more = _MORE.get(table, {})
    rows = keyed(tables, table, *more.values())
    found = rows.group_by("standard", "source", "said", **more).aggregate(count=rows.count())
    return tables.fetch(found, table).cast(pl.Schema(KEYS)).sort("count", "said", descending=[True, False])


def distinct_codes(tables: Tables, table: str) -> pl.DataFrame:
    """standard, source, said and count, whatever else they were counted with."""
    return used_codes(tables, table).group_by(CODES, maintain_order=True).agg(pl.col("count").sum())


def keyed(tables: Tables, table: str, *columns: str):
    """A table with its concept id in `standard`, that of its source in `source` (0: none) and the source's code in `said`."""
    start = _PREFIX[table]
    names = (f"{start}_concept_id", f"{start}_source_concept_id", f"{start}_source_value")
    rows = tables.get(table, *names, *columns)
    return rows.mutate(
        standard=coalesce(rows[names[0]], 0),
        source=coalesce(rows[names[1]], 0),
        said=coalesce(rows[names[2]], "").strip(),
    ).drop(*names)


def used_ids(tables: Tables) -> set[int]:
    """Every concept id that is used in the tables that are read; 0 stands for none and is left out."""
    found: set[int | None] = set()
    for table in filter(tables.has, _PREFIX):
        codes = used_codes(tables, table)
        for column in ("standard", "source", *(c for c in _MORE.get(table, {}) if c != "type_id")):
            found.update(codes[column].unique().to_list())
    for table, column in _ALONE.items():
        if tables.has(table):
            found.update(tables.names(table, column)["name"].to_list())
    return {number for number in found if number}
