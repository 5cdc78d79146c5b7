"""A scratch database on a real PostgreSQL server, dropped again at the end."""

import os
import socket
from uuid import uuid4

import pytest

SERVER = os.environ.get("OPENSEPSIS_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432")


@pytest.fixture(scope="session")
def postgresql():
    """The address of a scratch database."""
    host, _, port = SERVER.rpartition("@")[2].partition(":")
    try:
        socket.create_connection((host, int(port or 5432)), timeout=2).close()
    except OSError:
        pytest.skip(f"no PostgreSQL server answers at {host}:{port or 5432}")
    import psycopg

    name = f"opensepsis_test_{uuid4().hex[:12]}"
    with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield f"{SERVER}/{name}"
    with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
