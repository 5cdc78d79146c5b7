"""Specimens: which moments are of arterial blood, and which specimens were taken for a culture."""

import polars as pl

from opensepsis.data.sources.omop.rows import KIND_OF_SPECIMEN, kept_rows
from opensepsis.data.sources.omop.vocabulary import vocabulary_of
from opensepsis.data.sources.relational.tables import Tables

_ARTERIAL = r"(?i)^\W*art"


def arterial_moments(tables: Tables) -> pl.DataFrame:
    """person_id and time of blood that is told to be arterial, where nothing of that moment is told to be another."""
    told = [_told_in_measurements(tables), _told_in_specimens(tables)]
    kinds = pl.concat(told).drop_nulls("time").group_by("person_id", "time").agg(pl.col("arterial").all())
    return kinds.filter("arterial").select("person_id", "time")


def _told_in_measurements(tables: Tables) -> pl.DataFrame:
    """Measurements of the kind of specimen, as laboratories report them beside a blood gas."""
    found = kept_rows(tables, "measurement", KIND_OF_SPECIMEN)
    if found is None:
        return pl.DataFrame(schema={"person_id": pl.Int64, "time": pl.Datetime("us"), "arterial": pl.Boolean})
    vocabulary = vocabulary_of(tables)
    names = {number: concept.name for number, concept in vocabulary.concepts.items()}
    name = pl.col("value_id").replace_strict(names, default=None, return_dtype=pl.String)
    kind = pl.coalesce(name, "printed")
    return found.filter(kind.is_not_null()).select("person_id", "time", arterial=kind.str.contains(_ARTERIAL))


def _told_in_specimens(tables: Tables) -> pl.DataFrame:
    named = specimens(tables)
    arterial = pl.col("name").str.contains(r"(?i)\barterial\b")
    told = arterial | pl.col("name").str.contains(r"(?i)\bvenous\b|\bcapillary\b")
    return named.filter(told).select("person_id", "time", arterial=arterial)


def specimens(tables: Tables) -> pl.DataFrame:
    """specimen_id, person_id, day, time and name of every specimen, by the vocabulary or as the source calls it."""
    names = ("specimen_id", "person_id")
    schema = (
        dict.fromkeys(names, pl.Int64)
        | dict.fromkeys(("day", "time"), pl.Datetime("us"))
        | {"name": pl.String}
    )
    if not tables.has("specimen"):
        return pl.DataFrame(schema=schema)
    return tables.once(("specimens",), lambda: _specimens(tables)).select(*schema)


def _specimens(tables: Tables) -> pl.DataFrame:
    rows = tables.get(
        "specimen", "specimen_id", "person_id", "specimen_concept_id", "specimen_date", "specimen_datetime",
        "specimen_source_value",
    )  # fmt: skip
    found = tables.fetch(rows, "specimen")
    vocabulary = vocabulary_of(tables)
    names = {number: concept.name for number, concept in vocabulary.concepts.items()}
    name = pl.col("specimen_concept_id").replace_strict(names, default=None, return_dtype=pl.String)
    return found.with_columns(
        name=pl.coalesce(name, "specimen_source_value"), day="specimen_date", time="specimen_datetime"
    )
