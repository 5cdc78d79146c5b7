"""Which patients of a log must be replayed together: everybody else can be worked out alone, and so on several processors."""

import re
from collections.abc import Iterable, Iterator

from opensepsis.uses.ward.store.database import Database

_VOIDED, _NAMED = '{"fact":"Voided"', re.compile(r'"origin":"(fhir [^ "]+)')
_PAGE = 20_000


def groups(database: Database) -> list[tuple[str, ...]]:
    """The patients of the log in groups: records ever merged, and those of whom one FHIR resource was told that was taken back."""
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        parent.setdefault(name, name)
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for (name,) in database.rows("SELECT DISTINCT patient FROM entry WHERE patient <> ''"):
        root(name)
    for one, other in database.rows("SELECT DISTINCT patient, partner FROM entry WHERE partner IS NOT NULL"):
        parent[root(one)] = root(other)
    for names in _sharing(database):
        first, *others = names
        for other in others:
            parent[root(other)] = root(first)
    found: dict[str, list[str]] = {}
    for name in sorted(parent):
        found.setdefault(root(name), []).append(name)
    return [tuple(names) for names in found.values()]


def _sharing(database: Database) -> Iterable[list[str]]:
    """The patients of whom each FHIR resource was told that was ever taken back."""
    lines = database.rows("SELECT fact FROM entry WHERE fact LIKE ?", (f"{_VOIDED}%",))
    taken_back = {found[1] for (line,) in lines if (found := _NAMED.search(line))}
    if not taken_back:
        return []
    of: dict[str, set[str]] = {}
    for name, line in _all(database):
        found = _NAMED.search(line)
        if found and found[1] in taken_back and name:
            of.setdefault(found[1], set()).add(name)
    return [sorted(names) for names in of.values() if len(names) > 1]


def _all(database: Database) -> Iterator[tuple[str, str]]:
    after = 0
    while rows := database.rows(
        f"SELECT number, patient, fact FROM entry WHERE number > ? ORDER BY number LIMIT {_PAGE}", (after,)
    ):
        after = rows[-1][0]
        yield from ((name, line) for _, name, line in rows)
