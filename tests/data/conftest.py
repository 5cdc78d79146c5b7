"""What the tests of sources share."""

import pytest
from ibis.backends.duckdb import Backend

from tests.support.sql import written_once


@pytest.fixture(autouse=True, scope="session")
def queries_are_written_once():
    """Hundreds of tests ask the same of small hospitals: each worker writes a query once, whatever its tables are called."""
    patched = pytest.MonkeyPatch()
    patched.setattr(Backend, "compile", written_once)
    yield
    patched.undo()
