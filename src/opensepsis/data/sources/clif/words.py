"""The lists of CLIF's categories, and the spellings in which versions and tools write one category."""

import re
from functools import cache
from importlib.resources import files

import polars as pl

from opensepsis.data.sources.relational.tables import Tables

RAW = "raw"  # a category as the table writes it


def folded(word: str) -> str:
    """A category in the one spelling of the lists: small letters, underscores, `and` and `or` in words.

    >>> folded("High Flow NC"), folded("l&d"), folded("DNR/DNI"), folded("joints ")
    ('high_flow_nc', 'l_and_d', 'dnr_or_dni', 'joints')
    """
    spelled = word.lower().replace("&", " and ").replace("/", " or ")
    return re.sub(r"[^a-z0-9]+", "_", spelled).strip("_")


@cache
def read_map(name: str) -> pl.DataFrame:
    """The list `clif_<name>.csv`, all texts.

    >>> read_map("settings").filter(pl.col("column") == "lpm_set")["concept"].item()
    'oxygen_flow'
    """
    text = (files("opensepsis.data") / "maps" / f"clif_{name}.csv").read_bytes()
    return pl.read_csv(text, infer_schema=False)


def words(what: str) -> frozenset[str]:
    """The words that mean one thing.

    >>> words("comfort")
    frozenset({'and'})
    """
    return frozenset(read_map("words").filter(pl.col("what") == what)["word"])


def spellings(tables: Tables, table: str, column: str) -> pl.DataFrame:
    """The categories in use: `raw` as written, `word` folded, and how many rows have each."""
    found = tables.names(table, column).drop_nulls("name")
    said = [folded(name) for name in found["name"]]
    return found.select(pl.col("name").alias(RAW), "count").with_columns(
        word=pl.Series(said, dtype=pl.String)
    )


def written_as(tables: Tables, table: str, column: str, what: str) -> list[str]:
    """How the table writes the words that mean one thing."""
    found = spellings(tables, table, column)
    return found.filter(pl.col("word").is_in(sorted(words(what))))[RAW].to_list()


def listed(
    tables: Tables, table: str, column: str, wanted: pl.DataFrame, word: str = "category"
) -> pl.DataFrame:
    """The rows of a list whose categories are in use, with `raw`, as the table writes each."""
    return spellings(tables, table, column).join(wanted.rename({word: "word"}), on="word").drop("count")


def numbers(tables: Tables, table: str, concepts: frozenset[str]) -> pl.DataFrame:
    """category and concept of the measurements of the concepts: of our list, and of what the site confirmed, with `own_unit`."""
    own = (
        read_map("numbers")
        .filter(pl.col("table") == table)
        .select("category", "concept", own_unit=pl.lit(None, pl.String))
    )
    rows = [
        (folded(code), meant.concept, meant.unit or None)
        for code, meant in tables.confirmed.of(table).items()
        if meant.is_measured
    ]
    confirmed = pl.DataFrame(rows, schema=own.schema, orient="row").join(own, on="category", how="anti")
    return pl.concat([own, confirmed]).filter(pl.col("concept").is_in(sorted(concepts)))


def infused(tables: Tables, table: str) -> pl.DataFrame:
    """category, concept and text of what runs: of our list, and of what the site confirmed beside it."""
    own = read_map("infusions")
    rows = [
        (folded(c), meant.concept, meant.ingredient or None)
        for c, meant in tables.confirmed.of(table).items()
        if not meant.is_measured
    ]
    confirmed = pl.DataFrame(rows, schema=own.schema, orient="row").join(own, on="category", how="anti")
    return pl.concat([own, confirmed])
