"""Opening the tables of a form: a folder, a DuckDB file, the address of a PostgreSQL database, or an Ibis connection."""

from pathlib import Path
from tempfile import gettempdir
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import uuid4
from weakref import finalize

import duckdb
import ibis
import polars as pl

from opensepsis.data.site.mapping import read_confirmed
from opensepsis.data.sources.relational.address import as_place, without_password
from opensepsis.data.sources.relational.finding import folder_of_tables
from opensepsis.data.sources.relational.form import Form
from opensepsis.data.sources.relational.tables import Tables
from opensepsis.errors import FormatError, MissingError


def open_tables(form: Form, given, kind: type[Tables] = Tables, site: Path | str | None = None) -> Tables:
    """The tables of the form in a folder, in a DuckDB file (read only), in a PostgreSQL database, or behind a connection.

    `kind` is the class that reads them, where a form needs its own; `site` the folder with a site's confirmed `mapping.csv`.
    """
    opened = _opened(form, given, kind)
    opened.confirmed = read_confirmed(site, needed=True)
    return opened


def _opened(form: Form, given, kind: type[Tables]) -> Tables:
    given = as_place(given)
    if isinstance(given, str):
        connection = _postgresql(given)
        opened = kind(form, connection)
        finalize(
            opened, connection.disconnect
        )  # a server keeps a place for each connection until it is closed
        return opened
    if not isinstance(given, Path):
        return kind(form, given)
    if given.is_file():
        return kind(form, _duckdb_file(form, given))
    return kind(form, in_memory(), folder_of_tables(form, given))


def in_memory():
    """A connection to a DuckDB of its own."""
    return _quiet(ibis.duckdb.connect(**settings()))


def _quiet(connection):
    """The connection without DuckDB's own progress bar, which would stand among ours and can only be turned off once connected."""
    connection.con.execute("set enable_progress_bar = false")
    return connection


def settings() -> dict:
    """How DuckDB is configured: as many threads as Polars has, which is one for a worker of an engine."""
    threads = pl.thread_pool_size()
    return {
        "temp_directory": str(Path(gettempdir()) / f"opensepsis-{uuid4().hex}"),
        "preserve_insertion_order": False,
        "memory_limit": "1GB",
        "threads": threads + (threads > 1),  # of several, the one that asks only waits for the others
    }


def _duckdb_file(form: Form, file: Path):
    try:
        return _quiet(ibis.duckdb.connect(str(file), read_only=True, **settings()))
    except duckdb.Error:
        raise FormatError(
            f"{file} cannot be opened as a DuckDB file: it is another kind of file, damaged, made by a newer DuckDB, "
            f"or open for writing elsewhere. Give a DuckDB file, or the folder of the {form.title} tables."
        ) from None


def _postgresql(address: str):
    try:
        import psycopg
    except ModuleNotFoundError:
        raise MissingError(
            "Reading PostgreSQL needs 'psycopg', which is not installed. Install opensepsis with its extra `postgres`."
        ) from None
    try:
        return ibis.postgres.connect(**_said_by(address))
    except (psycopg.Error, ValueError):
        raise MissingError(
            f"The database {without_password(address)} does not answer or refuses this user. "
            "Check host, port, user, database and password (postgresql://USER:PASSWORD@HOST:PORT/DATABASE?schema=SCHEMA)."
        ) from None


def _said_by(address: str) -> dict:
    """What an address says, as arguments; what stands after its question mark counts first."""
    parts = urlsplit(address)
    said = {
        "host": parts.hostname or "127.0.0.1",
        "port": parts.port or 5432,
        "user": unquote(parts.username) if parts.username else None,
        "password": unquote(parts.password) if parts.password else None,
        "database": unquote(parts.path.lstrip("/")) or None,
    }
    return said | dict(parse_qsl(parts.query))
