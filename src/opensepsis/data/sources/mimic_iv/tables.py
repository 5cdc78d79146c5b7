"""Where the tables of MIMIC-IV are: a folder of CSV.gz or Parquet read through DuckDB, or any Ibis connection that holds them."""

import os
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import gettempdir
from uuid import uuid4

import duckdb
import ibis
import ibis.expr.types as ir
import polars as pl

from opensepsis.data.sources.mimic_iv.columns import DUCKDB_TYPES, type_of
from opensepsis.data.sources.mimic_iv.finding import (
    FOLDER_OF,
    file_of,
    folder_of_tables,
    header,
    table_of_connection,
)
from opensepsis.data.sources.mimic_iv.scanning import scan
from opensepsis.errors import FormatError, MissingError, nearest

BATCH_ROWS = 500_000
NOTHING = (
    "",
    "NULL",
    "null",
    r"\N",
    "NaN",
    "nan",
    "NA",
    "<NA>",
    "NaT",
)  # an empty cell, as other writers of the files leave it


class Tables:
    """The tables by name, with lower-case column names and known types; `stream` runs a query where the data live."""

    def __init__(self, connection, path: Path | None = None):
        self.connection = connection
        self.path = path
        self.read: set[str] = set()
        self._names: dict[tuple[str, str], pl.DataFrame] = {}
        self._found: dict[str, ir.Table] = {}

    def get(self, table: str, *columns: str) -> ir.Table:
        """The named columns of a table; MissingError if the table or a column is not there."""
        if table not in self._found:
            with _without_ibis_warnings():
                self._found[table] = self._open(table)
        found = self._found[table]
        by_name = {name.lower(): name for name in found.columns}
        missing = [c for c in columns if c not in by_name]
        if missing:
            raise MissingError(
                f"{self.place(table)} has no column '{missing[0]}'. {nearest(missing[0], by_name)} "
                "opensepsis reads the official MIMIC-IV layout, version 2.0 or newer."
            )
        return found.select(**{c: _typed(found[by_name[c]], type_of(table, c)) for c in columns})

    def lookup(self, frame: pl.DataFrame) -> ir.Table:
        """A small list put beside the data, to be joined there."""
        return _stored(self.connection, frame) if self._is_duckdb else ibis.memtable(frame)

    def keep(self, rows: ir.Table, reading: str) -> ir.Table:
        """The rows, worked out once if the store allows it, so that several queries do not scan a large table again."""
        if not self._is_duckdb:
            return rows
        try:
            return _stored(self.connection, rows)
        except duckdb.Error:
            raise self._damaged(reading) from None

    def stream(self, rows: ir.Table, reading: str) -> Iterator[pl.DataFrame]:
        """The rows in batches; `reading` names the table for the message if it turns out to be damaged."""
        self.read.add(reading)
        try:
            yield from _batches(self.connection, rows)
        except duckdb.Error:
            # the original message may quote a row, and so a patient
            raise self._damaged(reading) from None

    def of_items(self, table: str, items: pl.Series, *columns: str) -> Iterator[pl.DataFrame]:
        """The rows of some items (`itemid`) of a table, in batches and, from Parquet, in their order."""
        rows = self.get(table, "itemid", *columns)
        try:
            scanned = scan(file_of(self.path, table), table, rows.columns) if self.path else None
            if scanned is not None:
                self.read.add(table)
                asked = scanned.filter(pl.col("itemid").is_in(items.implode()))
                yield from asked.collect_batches(chunk_size=BATCH_ROWS, maintain_order=True)
                return
        except (pl.exceptions.PolarsError, OSError):
            raise self._damaged(table) from None
        yield from self.stream(rows.filter(rows.itemid.isin(items.to_list())), table)

    def fetch(self, rows: ir.Table, reading: str) -> pl.DataFrame:
        """All the rows at once, for what is small."""
        batches = list(self.stream(rows, reading))
        if batches:
            return pl.concat(batches)
        return pl.from_arrow(rows.schema().to_pyarrow().empty_table())

    def names(self, table: str, column: str) -> pl.DataFrame:
        """Every name in a text column with its count, asked once."""
        if (table, column) not in self._names:
            rows = self.get(table, column)
            self._names[table, column] = self.fetch(
                rows.group_by(name=column).aggregate(count=rows.count()), table
            )
        return self._names[table, column]

    def place(self, table: str) -> str:
        """Where a table is, for messages."""
        return (
            f"{FOLDER_OF[table]}/{table} in {self.path}" if self.path else f"Table {table} of the connection"
        )

    @property
    def _is_duckdb(self) -> bool:
        return self.connection.name == "duckdb"

    def _damaged(self, reading: str) -> FormatError:
        return FormatError(
            f"{self.place(reading)} cannot be read to its end: it is cut short, not UTF-8, or holds text where a number or a time belongs. "
            "Compare it with the checksums of the official release (SHA256SUMS.txt) and copy it again."
        )

    def _open(self, table: str) -> ir.Table:
        if self.path is None:
            return table_of_connection(self.connection, table)
        file = file_of(self.path, table)
        if file.name.endswith((".csv", ".csv.gz")):
            types = {c: DUCKDB_TYPES[type_of(table, c)] for c in header(file)}
            options = {"header": True, "delim": ",", "quote": '"', "escape": '"', "null_padding": False}
            options["nullstr"] = list(NOTHING)
            return self.connection.read_csv(_as_name(file), table_name=table, columns=types, **options)
        try:
            part = _as_name(file) + "/*.parquet" if file.is_dir() else _as_name(file)
            return self.connection.read_parquet(part, table_name=table)
        except (duckdb.Error, OSError):
            raise self._damaged(table) from None


@contextmanager
def _without_ibis_warnings() -> Iterator[None]:
    """Ibis 12 still calls DuckDB by names that DuckDB 2 deprecates; its user can do nothing about that."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


def _batches(connection, rows: ir.Table) -> Iterator[pl.DataFrame]:
    if connection.name == "duckdb":
        # Ibis 12 asks DuckDB for a method that DuckDB 2 no longer has, so DuckDB is asked directly
        batches = connection.con.sql(str(connection.compile(rows))).to_arrow_reader(BATCH_ROWS)
    else:
        batches = connection.to_pyarrow_batches(rows, chunk_size=BATCH_ROWS)
    # an open reader owns its connection, so it is closed even if it was not read to its end
    with batches:
        for batch in batches:
            if batch.num_rows:
                yield pl.from_arrow(batch)


def _stored(connection, rows: ir.Table | pl.DataFrame) -> ir.Table:
    """A temporary table in DuckDB; Ibis 12 cannot make one there by itself."""
    name = f"opensepsis_{uuid4().hex}"
    native = connection.con
    if isinstance(rows, pl.DataFrame):
        native.register(f"{name}_list", rows)
        native.execute(f"create temp table {name} as select * from {name}_list").fetchall()
        native.unregister(f"{name}_list")
    else:
        native.execute(f"create temp table {name} as {connection.compile(rows)}").fetchall()
    with _without_ibis_warnings():
        return connection.table(name)


def _as_name(file: Path) -> str:
    """The path for DuckDB, in which `*`, `?` and `[` are only letters.

    >>> _as_name(Path("run[1]/a.csv"))
    'run[[]1]/a.csv'
    """
    return re.sub(r"([*?[])", r"[\1]", str(file))


def open_folder(path: Path) -> Tables:
    """The tables of a folder with `hosp/` and `icu/`."""
    path = path.expanduser()
    folder_of_tables(path)
    scratch = Path(gettempdir()) / f"opensepsis-{uuid4().hex}"
    connection = ibis.duckdb.connect(
        temp_directory=str(scratch),
        preserve_insertion_order=False,
        memory_limit="1GB",
        threads=(os.cpu_count() or 1) + 1,  # the one that asks only waits for the others
    )
    return Tables(connection, path)


def _typed(column: ir.Column, wanted: str) -> ir.Column:
    if wanted == "string":
        return column if column.type().is_string() else column.cast("string")
    kind = column.type()
    if wanted == "timestamp(6)":
        return column if kind.is_timestamp() and kind.timezone is None else column.cast("timestamp(6)")
    return column if str(kind) == wanted else column.cast(wanted)
