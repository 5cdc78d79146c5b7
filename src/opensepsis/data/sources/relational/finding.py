"""Where the tables of a form are, in a folder or behind a connection, and what to say when one is not there."""

import gzip
import zlib
from pathlib import Path

from opensepsis.data.sources.relational.expressions import Query
from opensepsis.data.sources.relational.form import Form
from opensepsis.data.sources.relational.lakehouse import is_table
from opensepsis.errors import FormatError, MissingError, nearest

_ENDINGS = (".parquet", "", ".csv.gz", ".csv")  # without an ending: a folder of Parquet files


def folder_of_tables(form: Form, path: Path) -> Path:
    """The path, if it holds the form's tables; else a MissingError that says what to give instead."""
    wanted = f"Give the {form.title} folder, the one that holds {_inside(form)}."
    if not path.is_dir():
        raise MissingError(f"There is no folder {path}. {wanted}")
    absent = _absent(form, path)
    if absent:
        inside = sorted(child.name for child in path.iterdir() if child.is_dir() and not _absent(form, child))
        hint = f"Give {path / inside[0]} instead." if inside else form.absent
        raise MissingError(f"{path} holds no {' and no '.join(absent)}. {hint}")
    return path


def _inside(form: Form) -> str:
    folders = [f"{folder}/" for folder in form.folders]
    return " and ".join(folders) if folders else f"the table {next(iter(form.tables))}"


def _absent(form: Form, path: Path) -> list[str]:
    """What a folder of the form must hold and this one does not."""
    if form.folders:
        here = {child.name.lower() for child in path.iterdir() if child.is_dir()}
        return [f"{folder}/" for folder in form.folders if folder not in here]
    first = next(iter(form.tables))
    return [] if find_file(form, path, first) else [f"table {first}"]


def find_file(form: Form, path: Path, table: str) -> Path | None:
    """The file or folder of a table, its name in any case; None if it is not there."""
    listed = form.tables[table]
    folder = path
    if listed.folder:
        inside = {child.name.lower(): child for child in path.iterdir()}
        folder = inside.get(listed.folder, path / listed.folder)
    if not folder.is_dir():
        return None
    there = {child.name.lower(): child for child in sorted(folder.iterdir(), reverse=True)}
    for name in listed.names:
        for ending in _ENDINGS:
            file = there.get(name + ending)
            if file is not None and ((ending and file.is_file()) or is_table(file)):
                return file
    return None


def file_of(form: Form, path: Path, table: str) -> Path:
    """The file or folder of a table; MissingError if it is not there."""
    found = find_file(form, path, table)
    if found is not None:
        return found
    raise MissingError(
        f"{path} has no table {place_in_folder(form, table)}: looked for {table}.parquet, a folder {table}/ of Parquet files, "
        f"{table}.csv.gz and {table}.csv. {form.repair}"
    )


def place_in_folder(form: Form, table: str) -> str:
    """A table as its folder and name."""
    folder = form.tables[table].folder
    return f"{folder}/{table}" if folder else table


def header(file: Path, repair: str = "") -> list[str]:
    """The names of the columns of a CSV; FormatError if its first line cannot be read."""
    opened = gzip.open if file.name.lower().endswith(".gz") else open
    try:
        with opened(file, "rt", encoding="utf-8-sig") as lines:
            first = lines.readline().strip()
    except (OSError, EOFError, UnicodeDecodeError, zlib.error):
        raise FormatError(f"{file} is damaged or not UTF-8. {repair}".strip()) from None
    if not first:
        raise FormatError(f"{file} is empty. {repair}".strip())
    return [name.strip().strip('"') for name in first.split(",")]


def find_in_connection(connection, form: Form, table: str) -> Query | None:
    """The table behind a connection, in its own schema or one of the form's; None if it is not there."""
    listed = form.tables[table]
    patterns = [pattern.format(listed.folder) for pattern in form.schemas]
    for database in (None, *patterns):
        there = _listed(connection, database)
        for name in listed.names:
            if name in there:
                return connection.table(there[name], database=database)
    return None


def table_of_connection(connection, form: Form, table: str) -> Query:
    """The table behind a connection; MissingError if it is not there."""
    found = find_in_connection(connection, form, table)
    if found is not None:
        return found
    schemas = [pattern.format(form.tables[table].folder) for pattern in form.schemas]
    looked = (
        f"neither in its own schema nor in {' or '.join(schemas)}" if schemas else "not in its own schema"
    )
    raise MissingError(
        f"The connection has no table {table}, {looked}. {nearest(table, _listed(connection, None))}"
    )


def _listed(connection, database: str | None) -> dict[str, str]:
    """The tables of a schema by their names in lower case."""
    if connection.name == "duckdb":
        # Ibis 12 cannot list the tables of DuckDB 2
        schema = "current_schema()" if database is None else f"'{database}'"
        rows = connection.con.execute(
            f"select table_name from information_schema.tables where table_schema = {schema}"
        ).fetchall()
        return {name.lower(): name for (name,) in rows}
    if database is None:
        return {name.lower(): name for name in connection.list_tables()}
    known = connection.list_databases() if hasattr(connection, "list_databases") else ()
    return (
        {name.lower(): name for name in connection.list_tables(database=database)}
        if database in known
        else {}
    )
