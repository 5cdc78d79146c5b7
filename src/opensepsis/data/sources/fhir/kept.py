"""What other resources refer to (drugs, places, visits, specimens, orders): in memory while they are few, then on disk."""

import sqlite3
from collections import OrderedDict
from pathlib import Path

from opensepsis.data.decode.facts import Resource

AT_HAND = 50_000
HELD = 256 << 20  # bytes, about, that are held before they are put on disk
_ENTRY = 200  # bytes that an entry takes beside its texts


class Kept:
    """Resources by their name: asked as the ward asks for what earlier messages said, whatever file they stand in."""

    def __init__(self, folder: Path, held: int = HELD):
        self._file, self._most = folder / "kept.sqlite", held
        self._store: sqlite3.Connection | None = None
        self._near: OrderedDict[str, Resource | None] = OrderedDict()  # of those on disk
        self._held: dict[str, str] = {}
        self._length = 0
        self.parts: dict[str, str] = {}  # of resources, as answers rest on them

    def __call__(self, name: str) -> Resource | None:
        """What was said of a resource; None where it is in no file."""
        if (said := self._held.get(name)) is not None:
            return Resource(name, said)
        return self._on_disk(name) if self._store else None

    def note(self, name: str, said: str) -> None:
        """Keeps what was said of a resource, in place of what was said before."""
        self._held[name] = said
        self._length += _ENTRY + len(name) + len(said)
        if self._length >= self._most:
            self._write()

    def close(self) -> None:
        """Lets go of the file."""
        if self._store:
            self._store.close()

    def _write(self) -> None:
        """Puts all that is held on disk."""
        store = self._store = self._store or self._opened()
        with store:
            store.executemany("insert or replace into kept values (?, ?)", self._held.items())
        self._held.clear()
        self._near.clear()
        self._length = 0

    def _opened(self) -> sqlite3.Connection:
        store = sqlite3.connect(self._file, check_same_thread=False)
        store.execute("pragma journal_mode = off")
        store.execute("pragma synchronous = off")
        store.execute("create table kept (name text primary key, said text) without rowid")
        return store

    def _on_disk(self, name: str) -> Resource | None:
        if name in self._near:
            self._near.move_to_end(name)
            return self._near[name]
        store = self._store
        row = store.execute("select said from kept where name = ?", (name,)).fetchone() if store else None
        found = self._near[name] = Resource(name, row[0]) if row else None
        if len(self._near) > AT_HAND:
            self._near.popitem(last=False)
        return found
