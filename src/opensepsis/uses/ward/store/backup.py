"""A copy of a ward's database in one file, made while the ward runs, and a ward's database made from it.

The file is an SQLite database of the same schema, whichever database the ward has, so that a backup can also move a ward from one to
the other. Sessions, wrong logins and the lease are not in it: who was logged in must log in again.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from opensepsis.errors import MissingError, OutputError
from opensepsis.uses.ward.store.database import Database, SQLite
from opensepsis.uses.ward.store.schema import VERSION, make_tables

LEFT_OUT = frozenset(("session", "login_failure", "lease"))


def back_up(database: Database, path: Path) -> dict[str, int]:
    """Writes all of it, as it is at one moment, to a new file that only its owner may read; how many rows of each table.

    The file is there whole or not at all. OutputError for a file that is there already, and for a database of another schema.
    """
    _check_schema(database, "The database")
    if path.exists():
        raise OutputError(f"{path} already exists. Name another file for the backup.")
    unfinished = path.with_name(path.name + ".unfinished")
    unfinished.unlink(missing_ok=True)
    copy = SQLite(unfinished)
    try:
        rows = _copy(database, copy)
        copy.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        copy.close()
    unfinished.replace(path)
    return rows


def restore(path: Path, database: Database) -> dict[str, int]:
    """Fills an empty database from a backup; how many rows of each table.

    MissingError without the file, OutputError for a file of another schema and for a database that holds anything.
    """
    with opened_backup(path) as backup:
        make_tables(database)
        if any(database.rows(f"SELECT 1 FROM {name} LIMIT 1") for name in ("message", "account")):
            raise OutputError(
                "The database is not empty. Restore into a new one, and let nothing else use it."
            )
        return _copy(backup, database)


@contextmanager
def opened_backup(path: Path) -> Iterator[Database]:
    """The database of a backup, until the end of the block; MissingError or OutputError for what is none."""
    if not path.is_file():
        raise MissingError(f"There is no backup {path}.")
    backup = SQLite(path)
    try:
        _check_schema(backup, f"The backup {path}")
        yield backup
    finally:
        backup.close()


def _check_schema(database: Database, what: str) -> None:
    try:
        found = database.rows("SELECT value FROM standing WHERE name = 'schema'")
    except Exception as problem:
        raise OutputError(f"{what} is not a ward's database ({type(problem).__name__}).") from problem
    if found != [(VERSION,)]:
        raise OutputError(
            f"{what} has a different schema from this version of opensepsis ({VERSION}). Use the version that wrote it."
        )


def _copy(source: Database, target: Database) -> dict[str, int]:
    make_tables(target)
    rows = {name: 0 for name in source.table_names() if name not in LEFT_OUT}
    with source.at_one_moment() as read, target.transaction() as run:
        for name in rows:
            columns = source.column_names(name)
            listed, marks = ", ".join(columns), ", ".join("?" for _ in columns)
            run(f"DELETE FROM {name}")
            for row in read(f"SELECT {listed} FROM {name}"):
                run(f"INSERT INTO {name} ({listed}) VALUES ({marks})", row)
                rows[name] += 1
    return rows
