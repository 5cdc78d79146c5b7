"""Rows of a table that hold a cell which is not of its column's type: left out, and told with their place."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import StringIO

import duckdb

from opensepsis.data.intake.rejections import NOT_A_TIME
from opensepsis.data.sources.relational.expressions import Column, Query, coalesce
from opensepsis.data.sources.relational.form import INSTANT, NUMBER, TEXT, TIME, WHOLE

_CAST = "CAST"
_READ_AS_TEXT = 10_000  # of rows whose cells were text in the store; more of them are too many by any limit


@dataclass(frozen=True)
class BadRow:
    """A row with a cell that cannot be read: its table, its line (none where the store counts none), the cell, and its texts."""

    table: str
    line: int | None
    column: str
    wanted: str
    cells: Mapping[str, str] = field(hash=False, compare=False)

    @property
    def reason(self) -> str:
        """Why it is rejected."""
        return f"'{self.column}' " + (NOT_A_TIME if self.wanted in (TIME, INSTANT) else "is not a number")


@dataclass(frozen=True)
class Rejects:
    """Where DuckDB notes the lines of a CSV that it leaves out."""

    table: str
    name: str
    header: tuple[str, ...]
    types: Mapping[str, str]

    @property
    def options(self) -> dict:
        """The options of read_csv that make it note them."""
        return {"store_rejects": True, "rejects_table": self.name, "rejects_scan": f"{self.name}_scan"}

    def are_lines(self, native: duckdb.DuckDBPyConnection) -> bool:
        """Whether all that was left out were lines of the table with a cell of another type."""
        return not self._asked(native, f"select 1 from {self.name} where error_type <> '{_CAST}' limit 1")

    def found(self, native: duckdb.DuckDBPyConnection) -> Iterator[BadRow]:
        """Each row that was left out since they were cleared, once."""
        query = f"select line, min(column_name), first(csv_line) from {self.name} group by line order by line"
        for line, column, text in self._asked(native, query):
            cells = dict(
                zip(self.header, next(csv.reader(StringIO(text.strip("\r\n"), newline="")), []), strict=False)
            )
            yield BadRow(self.table, line, column.lower(), self.types.get(column.lower(), TEXT), cells)

    def _asked(self, native: duckdb.DuckDBPyConnection, query: str) -> list[tuple]:
        try:
            return native.execute(query).fetchall()
        except duckdb.CatalogException:  # nothing was scanned yet
            return []

    def clear(self, native: duckdb.DuckDBPyConnection) -> None:
        """Forgets what was left out."""
        try:
            native.execute(f"delete from {self.name}")
        except duckdb.CatalogException:
            return


@dataclass(frozen=True)
class TextCells:
    """Cells that the store has as text where the form has a number or a time: those that cannot be read."""

    table: str
    rows: Query
    column: str
    wanted: str

    @property
    def wrong(self) -> Column:
        """Whether a row's cell cannot be read."""
        return wrong_text(self.rows[self.column], self.wanted)

    def found(self, fetch) -> Iterator[BadRow]:
        """The rows with such a cell."""
        names = {name: self.rows[name].cast("string") for name in self.rows.columns}
        for cells in fetch(self.rows.filter(self.wrong).select(**names).limit(_READ_AS_TEXT)).to_dicts():
            said = {name.lower(): value for name, value in cells.items()}
            yield BadRow(self.table, None, self.column.lower(), self.wanted, said)


def may_be_wrong(column: Column, wanted: str) -> bool:
    """Whether a column is text where the form has a number or a time."""
    return column.type().is_string() and wanted in (WHOLE, NUMBER, TIME, INSTANT)


def wrong_text(column: Column, wanted: str) -> Column:
    """Whether a text cannot be read in the type that the form gives its column; an empty cell can."""
    filled = column.strip() != ""
    return coalesce(filled & column.try_cast(wanted).isnull(), False)
