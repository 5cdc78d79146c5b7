"""One way to speak SQL to SQLite and PostgreSQL: a transaction that is on disk when it ends, and reads beside it."""

import logging
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from threading import Lock, Thread, current_thread, local
from time import monotonic, sleep
from typing import Any, ClassVar

from opensepsis.errors import OutputError

logger = logging.getLogger("opensepsis.ward.store")
RETRY_EVERY = 0.5  # seconds


class Unreachable(OutputError):
    """The database server does not answer."""


class Database:
    """Statements are written once, with `?` for values; `{blob}` and `{number}` stand for the types that differ.

    One writer at a time; reads go through a connection of their own for each thread. A connection that was lost while idle is
    opened again, once, before anything fails. `fence`, if set, runs first in every transaction and may refuse it.

    >>> database = open_database(":memory:")
    >>> with database.transaction() as run:
    ...     _ = run("CREATE TABLE note (text TEXT)")
    ...     _ = run("INSERT INTO note VALUES (?)", ("kept",))
    >>> database.rows("SELECT text FROM note")
    [('kept',)]
    """

    types: ClassVar[dict[str, str]]
    begin: ClassVar[str]
    begin_reading: ClassVar[str]  # a transaction that sees one moment
    tables_query: ClassVar[str]
    share: ClassVar[str] = (
        ""  # at the end of a query: nobody may change these rows until the transaction ends
    )

    def __init__(self):
        self.fence: Callable[[Callable], None] | None = None
        self._writing = Lock()
        self._open: list = []
        self._readers: list[tuple[Thread, Any]] = []
        self._listing = Lock()
        self._mine = local()
        self._writer = self._kept_open(self._connect())

    def is_failure(self, problem: BaseException) -> bool:
        """Whether the database failed (away, full, damaged), not the statement."""
        raise NotImplementedError

    def try_lock(self) -> Callable[[], None] | None:
        """Takes the lock that ends with the process that holds it; what releases it, None while another process has it."""
        raise NotImplementedError

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
            self._close_of_ended_threads()
            self._mine.connection = self._kept_open(self._connect())
            with self._listing:
                self._readers.append((current_thread(), self._mine.connection))
        return self._mine.connection

    def _close_of_ended_threads(self) -> None:
        """Closes what threads read with that are over: a server has only so many connections."""
        with self._listing:
            over = [connection for thread, connection in self._readers if not thread.is_alive()]
            self._readers = [one for one in self._readers if one[0].is_alive()]
        for connection in over:
            with suppress(ValueError):
                self._open.remove(connection)
            with suppress(Exception):  # it may be broken already
                connection.close()

    def _said(self, statement: str) -> str:
        return statement

    @contextmanager
    def transaction(self) -> Iterator:
        """A function that runs a statement and gives its rows; all of it is durable at the end, or none."""
        with self._writing:
            cursor = self._begun()

            def run(statement: str, values=()) -> list[tuple]:
                return _fetched(cursor.execute(self._said(statement), values))

            try:
                if self.fence:
                    self.fence(run)
                yield run
                cursor.execute("COMMIT")
            except BaseException:
                with suppress(Exception):  # a lost connection has rolled back by itself
                    cursor.execute("ROLLBACK")
                raise

    def _begun(self):
        """A cursor in a new transaction; on a new connection when the old one turns out to be lost."""
        for last in (False, True):
            if self._lost(self._writer):
                again = (
                    self._connect()
                )  # fails while the server is away: then the lost one is replaced next time
                self._open = [one for one in self._open if one is not self._writer]
                with suppress(Exception):  # it is broken already; what is left of it is let go
                    self._writer.close()
                self._writer = self._kept_open(again)
            cursor = self._writer.cursor()
            try:
                cursor.execute(self.begin)
                return cursor
            except Exception:
                if last or not self._lost(self._writer):
                    raise
        raise AssertionError

    def rows(self, statement: str, values=()) -> list[tuple]:
        """What a query finds."""
        reader = self._reader()
        try:
            return _fetched(reader.cursor().execute(self._said(statement), values))
        except Exception:
            if not self._lost(reader):
                raise
        with suppress(ValueError):
            self._open.remove(reader)
        return _fetched(self._reader().cursor().execute(self._said(statement), values))

    @contextmanager
    def at_one_moment(self) -> Iterator[Callable[[str], Iterator[tuple]]]:
        """A function that gives the rows of a query, all as they were at one moment, while others go on writing."""
        connection = self._connect()
        cursor = connection.cursor()
        try:
            cursor.execute(self.begin_reading)
            yield lambda statement: _one_by_one(cursor.execute(self._said(statement)))
        finally:
            connection.close()

    def table_names(self) -> list[str]:
        """The names of the tables that are there."""
        return sorted(name for (name,) in self.rows(self.tables_query))

    def column_names(self, table: str) -> list[str]:
        """The names of a table's columns."""
        cursor = self._reader().cursor()
        cursor.execute(f"SELECT * FROM {table} LIMIT 0")
        return [column[0] for column in cursor.description]

    def close(self) -> None:
        """Closes every connection; nothing may use the database any more."""
        with self._writing:
            for connection in self._open:
                connection.close()
            self._open.clear()


def _one_by_one(cursor) -> Iterator[tuple]:
    while rows := cursor.fetchmany(1000):
        yield from rows


def _fetched(cursor) -> list[tuple]:
    return cursor.fetchall() if cursor.description else []


class SQLite(Database):
    """A file in WAL mode with full synchronisation: what is committed survives a power cut."""

    types: ClassVar = {"blob": "BLOB", "number": "INTEGER"}
    begin = "BEGIN IMMEDIATE"  # what a transaction has read is still so when it writes
    begin_reading = "BEGIN"  # WAL: the first read fixes the moment
    tables_query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
    _memories: ClassVar = count(1)

    def __init__(self, path: Path | str):
        self.path = str(path)
        self.memory = self.path == ":memory:"
        if self.memory:
            self.path = f"file:opensepsis-{next(self._memories)}?mode=memory&cache=shared"
        else:
            _only_for_its_owner(Path(self.path))
        try:
            super().__init__()
        except sqlite3.DatabaseError as problem:
            if isinstance(problem, sqlite3.OperationalError):
                raise
            raise OutputError(f"{self.path} is not an SQLite database. Name another file.") from problem

    def _connect(self):
        connection = sqlite3.connect(
            self.path, isolation_level=None, check_same_thread=False, uri=self.memory
        )
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA busy_timeout=10000")
        return connection

    def is_failure(self, problem: BaseException) -> bool:
        return isinstance(problem, sqlite3.OperationalError)

    def try_lock(self) -> Callable[[], None] | None:
        if self.memory:
            return lambda: None
        path = Path(f"{self.path}-lock")
        _only_for_its_owner(path)
        lock = sqlite3.connect(path, isolation_level=None, timeout=0, check_same_thread=False)
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            lock.close()
            return None
        return lock.close

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
    begin_reading = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    tables_query = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
    share = " FOR SHARE"
    _lock = 0x5E9515  # the number of the ward's advisory lock

    def __init__(self, address: str):
        self.address = address
        super().__init__()

    def is_failure(self, problem: BaseException) -> bool:
        import psycopg

        return isinstance(problem, psycopg.OperationalError | psycopg.InterfaceError | Unreachable)

    def try_lock(self) -> Callable[[], None] | None:
        lock = self._connect()
        # a machine that lost its power says nothing: the server asks, and lets its lock go after 11 s
        lock.execute(
            "SELECT set_config(name, value, false) FROM (VALUES ('tcp_keepalives_idle', '5'), ('tcp_keepalives_interval', '2'), "
            "('tcp_keepalives_count', '3')) AS kept (name, value)"
        )
        answer = lock.execute("SELECT pg_try_advisory_lock(%s)", (self._lock,)).fetchone()
        if answer and answer[0]:
            return lock.close
        lock.close()
        return None

    def _connect(self):
        import psycopg

        try:
            connection = psycopg.connect(self.address, autocommit=True, connect_timeout=10)
            connection.execute("SET synchronous_commit = on")  # whatever the server's own default is
            return connection
        except psycopg.OperationalError as problem:
            raise Unreachable(
                "The database does not answer. Check that the server runs and the address in --database."
            ) from problem

    def _lost(self, connection) -> bool:
        return connection.closed

    def _said(self, statement: str) -> str:
        return statement.format(**self.types).replace("%", "%%").replace("?", "%s")


def open_database(address: Path | str, patience: float = 0.0) -> Database:
    """The database at a path (SQLite) or at an address beginning with `postgresql:`.

    A server that does not answer, as while it restarts, is asked again for `patience` seconds; then OutputError.
    """
    if not str(address).startswith(("postgresql:", "postgres:")):
        return SQLite(address)
    end = monotonic() + patience
    while True:
        try:
            return PostgreSQL(str(address))
        except Unreachable:
            if monotonic() >= end:
                raise
            logger.warning("The database does not answer; it is asked again.")
            sleep(RETRY_EVERY)
