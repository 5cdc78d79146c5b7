"""The vocabulary tables of a CDM, asked only for the concepts that its data use; a CDM may come without them."""

from dataclasses import dataclass, field

import polars as pl

from opensepsis.data.sources.omop.used import used_ids
from opensepsis.data.sources.relational.tables import Tables

_CONCEPTS = ("concept", "local_concept")
_RELATIONSHIPS = ("concept_relationship", "local_concept_relationship")


@dataclass(frozen=True)
class Concept:
    """A concept of the vocabulary."""

    name: str
    vocabulary: str
    code: str


@dataclass(frozen=True)
class Vocabulary:
    """The concepts by id, and the standard concepts that each is mapped to."""

    concepts: dict[int, Concept] = field(default_factory=dict)
    maps_to: dict[int, tuple[int, ...]] = field(default_factory=dict)

    def with_standard(self, concept_id: int | None) -> tuple[int, ...]:
        """The concept, and those that `Maps to` leads to; none for 0, which stands for no concept."""
        if not concept_id:
            return ()
        return (concept_id, *self.maps_to.get(concept_id, ()))


def vocabulary_of(tables: Tables) -> Vocabulary:
    """What the vocabulary tables say of the concepts that the data use, and of the standard ones that they map to; asked once."""
    relations = tables.once(("maps to",), lambda: _relations(tables))
    maps_to: dict[int, tuple[int, ...]] = {}
    for one, other in relations.iter_rows():
        maps_to[one] = (*maps_to.get(one, ()), other)
    named = tables.once(("concepts",), lambda: _concepts(tables, relations))
    concepts = {
        number: Concept(name or "", vocabulary or "", code or "")
        for number, name, vocabulary, code in named.iter_rows()
    }
    return Vocabulary(concepts, maps_to)


def _relations(tables: Tables) -> pl.DataFrame:
    wanted = used_ids(tables)
    schema = {"concept_id_1": pl.Int64, "concept_id_2": pl.Int64}
    parts = [_mapped(tables, table, wanted) for table in _RELATIONSHIPS if wanted and tables.has(table)]
    return pl.concat([pl.DataFrame(schema=schema), *parts]).unique(maintain_order=True)


def _concepts(tables: Tables, relations: pl.DataFrame) -> pl.DataFrame:
    wanted = used_ids(tables) | set(relations["concept_id_2"].to_list())
    names = ("concept_name", "vocabulary_id", "concept_code")
    schema = {"concept_id": pl.Int64} | dict.fromkeys(names, pl.String)
    parts = [_named(tables, table, wanted) for table in _CONCEPTS if wanted and tables.has(table)]
    return pl.concat([pl.DataFrame(schema=schema), *parts]).unique("concept_id", keep="first")


def _mapped(tables: Tables, table: str, wanted: set[int]) -> pl.DataFrame:
    rows = tables.get(table, "concept_id_1", "concept_id_2", "relationship_id")
    rows = rows.filter(rows.relationship_id == "Maps to", rows.concept_id_1 != rows.concept_id_2)
    asked = tables.lookup(pl.DataFrame({"concept_id_1": sorted(wanted)}, schema={"concept_id_1": pl.Int64}))
    found = rows.semi_join(asked, "concept_id_1").select("concept_id_1", "concept_id_2").distinct()
    return tables.fetch(found, table).sort("concept_id_1", "concept_id_2")


def _named(tables: Tables, table: str, wanted: set[int]) -> pl.DataFrame:
    rows = tables.get(table, "concept_id", "concept_name", "vocabulary_id", "concept_code")
    asked = tables.lookup(pl.DataFrame({"concept_id": sorted(wanted)}, schema={"concept_id": pl.Int64}))
    return tables.fetch(rows.semi_join(asked, "concept_id"), table)


def descendants(tables: Tables, ancestors: pl.DataFrame, key: str) -> pl.DataFrame:
    """The concepts below those of a frame (`concept_id` and `key`), where the CDM has its tree of concepts."""
    if not tables.has("concept_ancestor") or ancestors.is_empty():
        return ancestors.select("concept_id", key).clear()
    tree = tables.get("concept_ancestor", "ancestor_concept_id", "descendant_concept_id")
    asked = tables.lookup(ancestors.select(key, ancestor_concept_id="concept_id"))
    found = tree.join(asked, "ancestor_concept_id").select(key, concept_id="descendant_concept_id").distinct()
    return tables.fetch(found, "concept_ancestor").select("concept_id", key)
