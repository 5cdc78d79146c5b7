"""The tables of a form: a folder of CSV or Parquet read through DuckDB, a DuckDB file, PostgreSQL, or any Ibis connection."""

import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast
from uuid import uuid4

import duckdb
import ibis
import polars as pl
import polars.selectors as cs

from opensepsis.data.site.mapping import NOTHING_CONFIRMED
from opensepsis.data.sources.relational.bad_rows import BadRow, Rejects, TextCells, may_be_wrong
from opensepsis.data.sources.relational.column_types import check_whole, typed, without_nan
from opensepsis.data.sources.relational.expressions import Column, Query
from opensepsis.data.sources.relational.finding import (
    file_of,
    find_file,
    find_in_connection,
    header,
    place_in_folder,
    table_of_connection,
)
from opensepsis.data.sources.relational.form import DUCKDB_TYPES, Form
from opensepsis.data.sources.relational.lakehouse import current_files
from opensepsis.data.sources.relational.scanning import scan
from opensepsis.data.sources.relational.views import csv_view, parquet_view, stored
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

_ASKED = (
    "duckdb",
    "postgres",
)  # stores that can be asked whether a number is NaN, and for the clock of a zone


class Tables:
    """The tables by name, with lower-case column names and known types; `stream` runs a query where the data live."""

    def __init__(self, form: Form, connection, path: Path | None = None):
        self.form = form
        self.connection = connection
        self.path = path
        self.confirmed = NOTHING_CONFIRMED  # what the site's own codes mean
        self.zone = "UTC"  # of times without one
        self.read: set[str] = set()
        self._kept: dict[tuple, pl.DataFrame] = {}
        self._found: dict[str, Query] = {}
        self._rejects: dict[str, Rejects] = {}
        self._texts: dict[tuple[str, str], TextCells] = {}

    def has(self, table: str) -> bool:
        """Whether the table is there."""
        if table in self._found:
            return True
        if self.path is not None:
            return find_file(self.form, self.path, table) is not None
        with _without_ibis_warnings():
            return find_in_connection(self.connection, self.form, table) is not None

    def get(self, table: str, *columns: str) -> Query:
        """The named columns of a table; MissingError if the table or a column is not there."""
        found, listed = self._table(table), self.form.tables[table]
        by_name = {name.lower(): name for name in found.columns}
        chosen, whole = {}, found
        for column in columns:
            there = next((by_name[n] for n in listed.names_of(column) if n in by_name), None)
            kind = listed.type_of(column)
            if there is not None:
                self._check_whole(found[there], kind, table, column)
                if self._is_duckdb and may_be_wrong(found[there], kind):
                    texts = self._texts.setdefault((table, column), TextCells(table, found, there, kind))
                    whole = whole.filter(~texts.wrong)
                chosen[column] = there, kind
            elif column in listed.optional:
                chosen[column] = None, kind
            else:
                raise MissingError(
                    f"{self.place(table)} has no column '{column}'. {nearest(column, by_name)} {self.form.layout}"
                )
        return whole.select(
            **{
                name: ibis.null(kind) if there is None else self._typed(whole[there], kind)
                for name, (there, kind) in chosen.items()
            }
        )

    def bad_rows(self) -> list[BadRow]:
        """The rows that were left out since `forget_bad_rows` because a cell of theirs could not be read."""
        self._check_lines()
        found = [row for rejects in self._rejects.values() for row in rejects.found(self.connection.con)]
        for texts in self._texts.values():
            try:
                found += texts.found(lambda rows, table=texts.table: self.fetch(rows, table))
            except _errors(self.connection):
                raise self._damaged(texts.table) from None
        return found

    def forget_bad_rows(self) -> None:
        """Forgets the rows that were left out so far: what is asked for next tells its own."""
        self._texts.clear()
        for rejects in self._rejects.values():
            rejects.clear(self.connection.con)

    def columns(self, table: str) -> frozenset[str]:
        """The names of the columns that a table has, in lower case."""
        return frozenset(name.lower() for name in self._table(table).columns)

    def lookup(self, frame: pl.DataFrame) -> Query:
        """A small list put beside the data, to be joined there."""
        # PostgreSQL has no whole numbers without a sign
        frame = frame.with_columns(cs.unsigned_integer().cast(pl.Int64))
        return stored(self.connection, frame) if self._is_duckdb else ibis.memtable(frame)

    def keep(self, rows: Query, reading: str) -> Query:
        """The rows, worked out once if the store allows it, so that several queries do not scan a large table again."""
        if not self._is_duckdb:
            return rows
        try:
            kept = stored(self.connection, rows)
        except duckdb.Error:
            raise self._damaged(reading) from None
        self._check_lines()
        return kept

    def stream(self, rows: Query, reading: str) -> Iterator[pl.DataFrame]:
        """The rows in batches; `reading` names the table for the message if it turns out to be damaged."""
        self.read.add(reading)
        try:
            yield from _batches(self.connection, rows)
        except _errors(self.connection):
            # the original message may quote a row, and so a patient
            raise self._damaged(reading) from None
        self._check_lines()

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

    def fetch(self, rows: Query, reading: str) -> pl.DataFrame:
        """All the rows at once, for what is small."""
        batches = list(self.stream(rows, reading))
        if batches:
            return pl.concat(batches)
        return _frame(rows.schema().to_pyarrow().empty_table())

    def names(self, table: str, column: str) -> pl.DataFrame:
        """Every name in a column with its count, asked once."""

        def counted() -> pl.DataFrame:
            rows = self.get(table, column)
            return self.fetch(rows.group_by(name=column).aggregate(count=rows.count()), table)

        return self.once((table, column), counted)

    def once(self, key: tuple, work: Callable[[], pl.DataFrame]) -> pl.DataFrame:
        """What `work` gives, worked out once for these tables."""
        if key not in self._kept:
            self._kept[key] = work()
        return self._kept[key]

    def place(self, table: str) -> str:
        """Where a table is, for messages."""
        inside = place_in_folder(self.form, table)
        return f"{inside} in {self.path}" if self.path else f"Table {table} of the connection"

    def file_name(self, table: str) -> str:
        """The file of a table with its folder, or the table's name where the tables are no files."""
        folder = self.form.tables[table].folder
        file = file_of(self.form, self.path, table) if self.path else None
        return f"{folder}/" * bool(folder) + (file.name if file else table)

    def _typed(self, column: Column, kind: str) -> Column:
        asked = self.connection.name in _ASKED
        told = typed(column, kind, self._is_duckdb, self.zone if asked else "")
        return without_nan(told, kind, column) if asked else told

    @property
    def _is_duckdb(self) -> bool:
        return self.connection.name == "duckdb"

    def _damaged(self, reading: str) -> FormatError:
        return FormatError(
            f"{self.place(reading)} cannot be read to its end: it is cut short, not UTF-8, or holds lines of another table. "
            f"{self.form.repair}"
        )

    def _check_lines(self) -> None:
        """FormatError where a line that was left out is no line of its table."""
        for table, rejects in self._rejects.items():
            if not rejects.are_lines(self.connection.con):
                raise self._damaged(table)

    def _check_whole(self, column: Column, kind: str, table: str, name: str) -> None:
        try:
            check_whole(column, kind, lambda rows: self.fetch(rows, table), f"{self.place(table)}: {name}")
        except _errors(self.connection):
            raise self._damaged(table) from None

    def _table(self, table: str) -> Query:
        if table not in self._found:
            with _without_ibis_warnings():
                self._found[table] = self._open(table)
        return self._found[table]

    def _open(self, table: str) -> Query:
        if self.path is None:
            return table_of_connection(self.connection, self.form, table)
        file = file_of(self.form, self.path, table)
        name = f"{table}_{uuid4().hex}"
        try:
            if file.name.lower().endswith((".csv", ".csv.gz")):
                names = header(file, self.form.repair)
                kinds = {name.lower(): self.form.type_of(table, name) for name in names}
                types = {name: DUCKDB_TYPES[kinds[name.lower()]] for name in names}
                rejects = Rejects(table, f"rejected_{name}", tuple(kinds), kinds)
                self._rejects[table] = rejects
                options = {"header": True, "delim": ",", "quote": '"', "escape": '"', "null_padding": False}
                options |= {"nullstr": list(NOTHING), **rejects.options}
                return csv_view(self.connection, name, _as_name(file), types, options)
            return parquet_view(self.connection, name, map(_as_name, current_files(file)))
        except (duckdb.Error, OSError):
            raise self._damaged(table) from None


@contextmanager
def _without_ibis_warnings() -> Iterator[None]:
    """Ibis 12 still calls DuckDB by names that DuckDB 2 deprecates; its user can do nothing about that."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


def _errors(connection) -> tuple[type[Exception], ...]:
    """What a store raises when a row cannot be read; Arrow, which asks DuckDB for the next batch, raises an OSError."""
    read = (duckdb.Error, OSError)
    if connection.name != "postgres":
        return read
    import psycopg

    return (*read, psycopg.Error)


def _batches(connection, rows: Query) -> Iterator[pl.DataFrame]:
    if connection.name == "duckdb":
        # Ibis 12 asks DuckDB for a method that DuckDB 2 no longer has, so DuckDB is asked directly
        batches = connection.con.sql(str(connection.compile(rows))).to_arrow_reader(BATCH_ROWS)
    else:
        batches = connection.to_pyarrow_batches(rows, chunk_size=BATCH_ROWS)
    # an open reader owns its connection, so it is closed even if it was not read to its end
    with batches:
        for batch in batches:
            if batch.num_rows:
                yield _frame(batch)


def _frame(rows) -> pl.DataFrame:
    """The rows with times in microseconds, as precise as the events: PostgreSQL's TIMESTAMP(0) comes in whole seconds."""
    return cast(pl.DataFrame, pl.from_arrow(rows)).with_columns(cs.datetime().dt.cast_time_unit("us"))


def _as_name(file: Path) -> str:
    """The path for DuckDB, in which `*`, `?` and `[` are only letters.

    >>> _as_name(Path("run[1]/a.csv"))
    'run[[]1]/a.csv'
    """
    return re.sub(r"([*?[])", r"[\1]", str(file))
