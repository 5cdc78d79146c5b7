"""Where rejected stays stand: their table, kind of identifier and row, for the report."""

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from opensepsis.data.schema import ID, ROW, TABLE
from opensepsis.data.sources.relational.finding import file_of
from opensepsis.data.sources.relational.lakehouse import current_files
from opensepsis.data.sources.relational.scanning import is_parquet
from opensepsis.data.sources.relational.tables import Tables


def with_rows(tables: Tables, stays: pl.DataFrame, table_of: Mapping[str, tuple[str, str]]) -> pl.DataFrame:
    """Rejected stays with their table, kind of identifier and row: the line of a CSV, counted from 1 in Parquet; none in a database.

    `table_of` says for each kind of stay its table and the column that names it.
    """
    kinds = [kind for kind in table_of if (stays["kind"] == kind).any()]
    found = [
        _rows(tables, *table_of[kind], kind, stays.filter(pl.col("kind") == kind)["stay"]) for kind in kinds
    ]
    if not found:
        return stays
    return (
        stays.drop(TABLE, ID, ROW)
        .join(pl.concat(found), on=["kind", "stay"], how="left", maintain_order="left")
        .select(stays.columns)
    )


def _rows(tables: Tables, table: str, name: str, kind: str, asked: pl.Series) -> pl.DataFrame:
    """kind, stay, table, id and row of the asked stays."""
    file = file_of(tables.form, tables.path, table) if tables.path else None
    named = {"kind": pl.lit(kind), TABLE: pl.lit(tables.file_name(table)), ID: pl.lit(name)}
    if file is None:
        return asked.to_frame("stay").with_columns(**named, row=pl.lit(None, pl.UInt32))
    parquet = is_parquet(file)
    files = current_files(file) if parquet else [file]
    stays = pl.concat([_texts(one, name, parquet) for one in files])
    numbered = stays.with_row_index(ROW, 1 if parquet else 2)  # a CSV's header is line 1
    found = numbered.filter(pl.col("stay").is_in(asked.implode())).collect()
    return found.select("stay", pl.col(ROW).cast(pl.UInt32)).with_columns(**named)


def _texts(file: Path, name: str, parquet: bool) -> pl.LazyFrame:
    """A column of a file, its name in any case, as text."""
    rows = pl.scan_parquet(file, glob=False) if parquet else pl.scan_csv(file, infer_schema=False, glob=False)
    theirs = {column.lower(): column for column in rows.collect_schema().names()}
    return rows.select(pl.col(theirs[name]).cast(pl.String).str.strip_chars().alias("stay"))
