"""Files and small lists as views and temporary tables of DuckDB, made and described without Ibis, which takes ten times as long."""

from collections.abc import Iterable, Mapping
from functools import cache
from uuid import uuid4

import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import polars as pl
from ibis.backends.sql.datatypes import DuckDBType
from ibis.expr.schema import schema

from opensepsis.data.sources.relational.expressions import Query


def csv_view(connection, name: str, file: str, types: Mapping[str, str], options: Mapping) -> Query:
    """A CSV whose columns have these types of DuckDB, read with these options of its `read_csv`."""
    options = {"auto_detect": False, "columns": types, **options}
    given = ", ".join(f"{option} = {_literal(value)}" for option, value in options.items())
    return _view(connection, name, f"read_csv({_literal(file)}, {given})")


def parquet_view(connection, name: str, files: Iterable[str]) -> Query:
    """Parquet files as one table: of all columns that any has, and of types that hold the values of all.

    Without `union_by_name` DuckDB reads every file by the columns and types of the first: after whole numbers 1.7 is 2.
    """
    return _view(connection, name, f"read_parquet({_literal(list(files))}, union_by_name = true)")


def stored(connection, rows: Query | pl.DataFrame) -> Query:
    """The rows as a temporary table, worked out now."""
    name, native = f"opensepsis_{uuid4().hex}", connection.con
    if isinstance(rows, pl.DataFrame):
        native.register(f"{name}_list", rows)
        native.execute(f"create temp table {name} as select * from {name}_list").fetchall()
        native.unregister(f"{name}_list")
    else:
        native.execute(f"create temp table {name} as {connection.compile(rows)}").fetchall()
    return _described(connection, name)


def _view(connection, name: str, source: str) -> Query:
    connection.con.execute(f"create temp view {name} as select * from {source}").fetchall()
    return _described(connection, name)


def _described(connection, name: str) -> Query:
    """A table of DuckDB for Ibis."""
    found = connection.con.table(name)
    columns = {column: _type(str(kind)) for column, kind in zip(found.columns, found.types, strict=True)}
    return ops.DatabaseTable(name, schema=schema(columns), source=connection).to_expr()


@cache
def _type(name: str) -> dt.DataType:
    return DuckDBType.from_string(name, nullable=True)


def _literal(value) -> str:
    """A value as DuckDB writes it.

    >>> _literal({"a'b": ["", "NA"], "header": True})
    "{'a''b': ['', 'NA'], 'header': true}"
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_literal(key)}: {_literal(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_literal, value)) + "]"
    return "'" + value.replace("'", "''") + "'"
