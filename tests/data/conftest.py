"""What the tests of sources share."""

import duckdb
import ibis
import pytest
from ibis.backends.duckdb import Backend

from opensepsis.data.sources.relational import opening
from tests.support.sql import written_once


@pytest.fixture(autouse=True, scope="session")
def queries_are_written_once():
    """Hundreds of tests ask the same of small hospitals: each worker writes a query once, whatever its tables are called."""
    patched = pytest.MonkeyPatch()
    patched.setattr(Backend, "compile", written_once)
    yield
    patched.undo()


@pytest.fixture(autouse=True, scope="session")
def duckdb_starts_once():
    """Each folder is read through a connection of its own, as ever, but to one DuckDB: to start it takes longer than to read."""
    patched, started = pytest.MonkeyPatch(), duckdb.connect(config=opening.settings())
    patched.setattr(opening, "in_memory", lambda: ibis.duckdb.from_connection(started.cursor()))
    yield
    patched.undo()
    started.close()
