"""The address of a database, as people write it on the command line."""

import re
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from opensepsis.data.io.paths import as_path

_ADDRESS = re.compile(r"^(postgres|postgresql)://", re.I)


def is_address(text: object) -> bool:
    """Whether a text is the address of a PostgreSQL database.

    >>> is_address("postgresql://ward@127.0.0.1/omop"), is_address("omop.duckdb")
    (True, False)
    """
    return isinstance(text, str) and bool(_ADDRESS.match(text))


def without_password(address: str) -> str:
    """The address as it may be shown: with neither password nor options.

    >>> without_password("postgresql://ward:secret@127.0.0.1:5432/omop?password=secret")
    'postgresql://ward@127.0.0.1:5432/omop'
    """
    parts = urlsplit(address)
    user, at, host = parts.netloc.rpartition("@")
    return urlunsplit((parts.scheme, user.split(":")[0] + at + host, parts.path, "", ""))


def as_place(given: object) -> object:
    """A path as a Path, an address as it is, and whatever else unchanged.

    >>> as_place("omop.duckdb").name
    'omop.duckdb'
    """
    return as_path(given) if isinstance(given, str | Path) and not is_address(given) else given
