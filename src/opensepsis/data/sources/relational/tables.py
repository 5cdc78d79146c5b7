"""The tables of a form: a folder of CSV or Parquet read through DuckDB, a DuckDB file, PostgreSQL, or any Ibis connection."""

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import duckdb
import ibis
import ibis.expr.types as ir
import polars as pl

from opensepsis.data.sources.relational.column_types import check_whole, typed
from opensepsis.data.sources.relational.finding import (
    file_of,
    find_file,
    find_in_connection,
    header,
    place_in_folder,
    table_of_connection,
)
from opensepsis.data.sources.relational.form import DUCKDB_TYPES, Form
from opensepsis.data.sources.relational.scanning import scan
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

    def __init__(self, form: Form, connection, path: Path | None = None):
        self.form = form
        self.connection = connection
        self.path = path
        self.read: set[str] = set()
        self._names: dict[tuple[str, str], pl.DataFrame] = {}
        self._found: dict[str, ir.Table] = {}

    def has(self, table: str) -> bool:
        """Whether the table is there."""
        if table in self._found:
            return True
        if self.path is not None:
            return find_file(self.form, self.path, table) is not None
        return find_in_connection(self.connection, self.form, table) is not None

    def get(self, table: str, *columns: str) -> ir.Table:
        """The named columns of a table; MissingError if the table or a column is not there."""
        found, listed = self._table(table), self.form.tables[table]
        by_name = {name.lower(): name for name in found.columns}
        chosen = {}
        for column in columns:
            there = next((by_name[n] for n in listed.names_of(column) if n in by_name), None)
            kind = listed.type_of(column)
            if there is not None:
                self._check_whole(found[there], kind, table, column)
                chosen[column] = typed(found[there], kind)
            elif column in listed.optional:
                chosen[column] = ibis.null(kind)
            else:
                raise MissingError(
                    f"{self.place(table)} has no column '{column}'. {nearest(column, by_name)} {self.form.layout}"
                )
        return found.select(**chosen)

    def columns(self, table: str) -> frozenset[str]:
        """The names of the columns that a table has, in lower case."""
        return frozenset(name.lower() for name in self._table(table).columns)

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
        except _errors(self.connection):
            # the original message may quote a row, and so a patient
            raise self._damaged(reading) from None

    def of_codes(self, table: str, column: str, codes: pl.Series, *columns: str) -> Iterator[pl.DataFrame]:
        """The rows of a table whose `column` is one of the codes, in batches and, from Parquet, in their order."""
        rows = self.get(table, column, *columns)
        try:
            file = file_of(self.form, self.path, table) if self.path else None
            scanned = scan(file, self.form.tables[table], rows.columns) if file else None
            if scanned is not None:
                self.read.add(table)
                asked = scanned.filter(pl.col(column).is_in(codes.implode()))
                yield from asked.collect_batches(chunk_size=BATCH_ROWS, maintain_order=True)
                return
        except (pl.exceptions.PolarsError, OSError):
            raise self._damaged(table) from None
        yield from self.stream(rows.filter(rows[column].isin(codes.to_list())), table)

    def fetch(self, rows: ir.Table, reading: str) -> pl.DataFrame:
        """All the rows at once, for what is small."""
        batches = list(self.stream(rows, reading))
        if batches:
            return pl.concat(batches)
        return pl.from_arrow(rows.schema().to_pyarrow().empty_table())

    def names(self, table: str, column: str) -> pl.DataFrame:
        """Every name in a column with its count, asked once."""
        if (table, column) not in self._names:
            rows = self.get(table, column)
            self._names[table, column] = self.fetch(
                rows.group_by(name=column).aggregate(count=rows.count()), table
            )
        return self._names[table, column]

    def place(self, table: str) -> str:
        """Where a table is, for messages."""
        inside = place_in_folder(self.form, table)
        return f"{inside} in {self.path}" if self.path else f"Table {table} of the connection"

    @property
    def _is_duckdb(self) -> bool:
        return self.connection.name == "duckdb"

    def _damaged(self, reading: str) -> FormatError:
        return FormatError(
            f"{self.place(reading)} cannot be read to its end: it is cut short, not UTF-8, or holds text where a number or a time belongs. "
            f"{self.form.repair}"
        )

    def _check_whole(self, column: ir.Column, kind: str, table: str, name: str) -> None:
        try:
            check_whole(column, kind, lambda rows: self.fetch(rows, table), f"{self.place(table)}: {name}")
        except _errors(self.connection):
            raise self._damaged(table) from None

    def _table(self, table: str) -> ir.Table:
        if table not in self._found:
            with _without_ibis_warnings():
                self._found[table] = self._open(table)
        return self._found[table]

    def _open(self, table: str) -> ir.Table:
        if self.path is None:
            return table_of_connection(self.connection, self.form, table)
        file = file_of(self.form, self.path, table)
        name = f"{table}_{uuid4().hex}"
        try:
            if file.name.lower().endswith((".csv", ".csv.gz")):
                types = {c: DUCKDB_TYPES[self.form.type_of(table, c)] for c in header(file, self.form.repair)}
                options = {"header": True, "delim": ",", "quote": '"', "escape": '"', "null_padding": False}
                options["nullstr"] = list(NOTHING)
                return self.connection.read_csv(_as_name(file), table_name=name, columns=types, **options)
            part = _as_name(file) + "/*.parquet" if file.is_dir() else _as_name(file)
            return self.connection.read_parquet(part, table_name=name)
        except (duckdb.Error, OSError):
            raise self._damaged(table) from None


@contextmanager
def _without_ibis_warnings() -> Iterator[None]:
    """Ibis 12 still calls DuckDB by names that DuckDB 2 deprecates; its user can do nothing about that."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


def _errors(connection) -> tuple[type[Exception], ...]:
    """What a store raises when a row cannot be read."""
    if connection.name != "postgres":
        return (duckdb.Error,)
    import psycopg

    return (duckdb.Error, psycopg.Error)


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
