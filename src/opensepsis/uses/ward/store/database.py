"""One way to speak SQL to SQLite and PostgreSQL: a transaction that is on disk when it ends, and reads beside it."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from threading import Lock, local
from typing import ClassVar

from opensepsis.errors import OutputError


class Database:
    """Statements are written once, with `?` for values; `{blob}` and `{number}` stand for the types that differ.

    One writer at a time; reads go through a connection of their own for each thread.

    >>> database = open_database(":memory:")
    >>> with database.transaction() as run:
    ...     _ = run("CREATE TABLE note (text TEXT)")
    ...     _ = run("INSERT INTO note VALUES (?)", ("kept",))
    >>> database.rows("SELECT text FROM note")
    [('kept',)]
    """

    types: ClassVar[dict[str, str]]
    begin: ClassVar[str]

    def __init__(self):
        self._writing = Lock()
        self._open: list = []
        self._mine = local()
        self._writer = self._kept_open(self._connect())

    def _connect(self):
        raise NotImplementedError

    def _kept_open(self, connection):
        self._open.append(connection)
        return connection

    def _lost(self, connection) -> bool:
        """Whether a connection has broken and a new one is needed."""
        return False

    def _reader(self):
        mine = getattr(self._mine, "connection", None)
        if mine is None or self._lost(mine):
            self._mine.connection = self._kept_open(self._connect())
        return self._mine.connection

    def _said(self, statement: str) -> str:
        return statement

    @contextmanager
    def transaction(self) -> Iterator:
        """A function that runs a statement and gives its rows; all of it is durable at the end, or none."""
        with self._writing:
            if self._lost(self._writer):
                self._writer = self._kept_open(self._connect())
            cursor = self._writer.cursor()
            cursor.execute(self.begin)
            try:
                yield lambda statement, values=(): _fetched(cursor.execute(self._said(statement), values))
                cursor.execute("COMMIT")
            except BaseException:
                with suppress(Exception):  # a lost connection has rolled back by itself
                    cursor.execute("ROLLBACK")
                raise

    def rows(self, statement: str, values=()) -> list[tuple]:
        """What a query finds."""
        return _fetched(self._reader().cursor().execute(self._said(statement), values))

    def close(self) -> None:
        """Closes every connection; nothing may use the database any more."""
        with self._writing:
            for connection in self._open:
                connection.close()
            self._open.clear()


def _fetched(cursor) -> list[tuple]:
    return cursor.fetchall() if cursor.description else []


class SQLite(Database):
    """A file in WAL mode with full synchronisation: what is committed survives a power cut."""

    types: ClassVar = {"blob": "BLOB", "number": "INTEGER"}
    begin = "BEGIN IMMEDIATE"  # what a transaction has read is still so when it writes
    _memories: ClassVar = count(1)

    def __init__(self, path: Path | str):
        self.path = str(path)
        self.memory = self.path == ":memory:"
        if self.memory:
            self.path = f"file:opensepsis-{next(self._memories)}?mode=memory&cache=shared"
        else:
            _only_for_its_owner(Path(self.path))
        super().__init__()

    def _connect(self):
        connection = sqlite3.connect(
            self.path, isolation_level=None, check_same_thread=False, uri=self.memory
        )
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA busy_timeout=10000")
        return connection

    def _said(self, statement: str) -> str:
        return statement.format(**self.types) if "{" in statement else statement


def _only_for_its_owner(path: Path) -> None:
    """A new file that no other user of the machine may read; OutputError where none can be made."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as problem:
        raise OutputError(
            f"{path} cannot be opened as a database ({problem.strerror}). Choose another place with --database."
        ) from problem


class PostgreSQL(Database):
    """A PostgreSQL server; `address` as `postgresql://user@host/name`. Needs the extra `ward`."""

    types: ClassVar = {"blob": "BYTEA", "number": "BIGINT"}
    begin = "BEGIN"

    def __init__(self, address: str):
        self.address = address
        super().__init__()

    def _connect(self):
        import psycopg

        try:
            connection = psycopg.connect(self.address, autocommit=True)
            connection.execute("SET synchronous_commit = on")  # whatever the server's own default is
            return connection
        except psycopg.OperationalError as problem:
            raise OutputError(
                "The database does not answer. Check that the server runs and the address in --database."
            ) from problem

    def _lost(self, connection) -> bool:
        return connection.closed

    def _said(self, statement: str) -> str:
        return statement.format(**self.types).replace("%", "%%").replace("?", "%s")


def open_database(address: Path | str) -> Database:
    """The database at a path (SQLite) or at an address beginning with `postgresql:`."""
    if str(address).startswith(("postgresql:", "postgres:")):
        return PostgreSQL(str(address))
    return SQLite(address)
