"""The same tests on both databases: a SQLite file, and a scratch database on a real PostgreSQL server that is dropped again."""

import pytest


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request, tmp_path):
    """Where an empty ward may be kept."""
    if request.param == "sqlite":
        return str(tmp_path / "ward.db")
    scratch = request.getfixturevalue("postgresql")
    import psycopg

    with psycopg.connect(scratch, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    return scratch
