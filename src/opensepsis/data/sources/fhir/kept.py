"""What other resources refer to (drugs, places, visits, specimens, orders), on disk, so that any number of them fit."""

import sqlite3
from collections import OrderedDict
from pathlib import Path

from opensepsis.data.decode.facts import Resource

AT_HAND = 50_000


class Kept:
    """Resources by their name: asked as the ward asks for what earlier messages said, whatever file they stand in."""

    def __init__(self, folder: Path):
        self._store = sqlite3.connect(folder / "kept.sqlite", check_same_thread=False)
        self._store.execute("pragma journal_mode = off")
        self._store.execute("pragma synchronous = off")
        self._store.execute("create table kept (name text primary key, said text) without rowid")
        self._near: OrderedDict[str, Resource | None] = OrderedDict()
        self._waiting: dict[str, str] = {}
        self.parts: dict[str, str] = {}  # of resources, as answers rest on them

    def __call__(self, name: str) -> Resource | None:
        """What was said of a resource; None where it is in no file."""
        if name in self._near:
            self._near.move_to_end(name)
            return self._near[name]
        if self._waiting:
            self.write()
        row = self._store.execute("select said from kept where name = ?", (name,)).fetchone()
        return self._hold(name, Resource(name, row[0]) if row else None)

    def note(self, resource: Resource) -> None:
        """Keeps what was said of a resource, in place of what was said before."""
        self._waiting[resource.patient] = resource.said
        self._hold(resource.patient, resource)
        if len(self._waiting) >= AT_HAND:
            self.write()

    def write(self) -> None:
        """Puts what waits on disk."""
        with self._store:
            self._store.executemany("insert or replace into kept values (?, ?)", self._waiting.items())
        self._waiting.clear()

    def close(self) -> None:
        """Lets go of the file."""
        self._store.close()

    def _hold(self, name: str, resource: Resource | None) -> Resource | None:
        self._near[name] = resource
        self._near.move_to_end(name)
        if len(self._near) > AT_HAND:
            self._near.popitem(last=False)
        return resource
