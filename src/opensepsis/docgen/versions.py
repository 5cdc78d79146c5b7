"""The version of each definition: the year of its paper and how often its numbers have changed since, as `1996.2`.

`definitions/versions.csv` holds it beside a digest of everything in the definition that can change a number.
`scripts/definition_versions.py` writes that file; a test fails when a definition has changed and its version has not.
"""

import csv
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from hashlib import sha256
from importlib import resources

PROSE = frozenset(("title", "titles", "label", "paper", "choices", "why", "verified", "note", "spelled"))
COLUMNS = ("name", "version", "digest")


@cache
def versions() -> dict[str, tuple[str, str]]:
    """Version and digest of every definition, by name."""
    text = resources.files("opensepsis.definitions").joinpath("versions.csv").read_text("utf-8")
    return {row["name"]: (row["version"], row["digest"]) for row in csv.DictReader(text.splitlines())}


def version_of(name: str) -> str:
    """The version of a definition; empty for one that is not of opensepsis.

    >>> version_of("sofa").partition(".")[0], version_of("my_own_score")
    ('1996', '')
    """
    return versions().get(name, ("", ""))[0]


def digest(definition) -> str:
    """Twelve signs that change with everything in a definition but its prose: limits, windows, signals, lists, ages."""
    return sha256(repr(_plain(definition)).encode()).hexdigest()[:12]


def _plain(part):
    """A part of a definition as nested tuples of texts and numbers, the same in every process."""
    if isinstance(part, Enum):
        return part.name
    if is_dataclass(part) and not isinstance(part, type):
        kept = ((f.name, _plain(getattr(part, f.name))) for f in fields(part) if f.name not in PROSE)
        return type(part).__name__, *kept
    if isinstance(part, Mapping):
        return tuple((_plain(key), _plain(value)) for key, value in part.items())
    if isinstance(part, set | frozenset):
        return tuple(sorted(repr(_plain(one)) for one in part))
    if isinstance(part, tuple | list):
        return tuple(_plain(one) for one in part)
    return part.__qualname__ if callable(part) else repr(part)
