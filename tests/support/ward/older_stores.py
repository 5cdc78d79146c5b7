"""A database as an older version of the ward left it."""

import re
import sqlite3


def lay(old: str, address: str) -> None:
    """The content of a dump of SQLite, on either database."""
    if not address.startswith("postgres"):
        connection = sqlite3.connect(address)
        connection.executescript(old)
        connection.close()
        return
    import psycopg

    old = (
        old.replace("BEGIN TRANSACTION;", "BEGIN;").replace(" INTEGER", " BIGINT").replace(" BLOB", " BYTEA")
    )
    old = re.sub(r"X'([0-9A-F]*)'", r"'\\x\1'::bytea", old)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(old)
