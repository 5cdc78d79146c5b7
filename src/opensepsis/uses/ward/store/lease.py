"""Which of several wards on one database is at work: one has the lease, the others stand by.

The holder counts up a beat. A ward that stands by takes over when the holder's process is gone (the lock that ends with it is
free) and its beat has stopped for a moment, or when the beat has stopped for long though the process is there. Every transaction
of a ward first checks the term of its lease, so that one that was thought dead and wakes up can write nothing more.
"""

from collections.abc import Callable
from contextlib import suppress
from time import monotonic

from opensepsis.errors import OutputError
from opensepsis.uses.ward.store.database import Database

BEAT_EVERY = 1.0  # seconds
GONE_AFTER = 3.0  # without a beat, when the process is gone
HUNG_AFTER = 10.0  # without a beat, though it is there


class Superseded(OutputError):
    """Another ward has taken over the database."""


class Lease:
    """The right of one process to be the ward of a database.

    >>> from opensepsis.uses.ward.store.database import open_database
    >>> Lease(open_database(":memory:")).try_take()
    True
    """

    def __init__(self, database: Database):
        self.database, self.term = database, 0
        self.last_beat = float("-inf")
        self._unlock: Callable[[], None] | None = None
        self._seen: tuple[int, int] | None = None
        self._seen_since = monotonic()
        with database.transaction() as run:
            run(
                """CREATE TABLE IF NOT EXISTS lease (name TEXT PRIMARY KEY, term {number} NOT NULL, beat {number} NOT NULL)"""
            )
            run("INSERT INTO lease (name, term, beat) VALUES ('ward', 0, 0) ON CONFLICT (name) DO NOTHING")

    def try_take(self) -> bool:
        """Takes the lease if its holder is gone; False to stand by and try again a second later."""
        try:
            return self._try_take()
        except Exception:  # while the database is away nobody can beat
            self._seen_since = monotonic()
            raise

    def _try_take(self) -> bool:
        first = self._seen is None
        self._unlock = self._unlock or self.database.try_lock()
        seen = self.database.rows("SELECT term, beat FROM lease WHERE name = 'ward'")[0]
        if seen != self._seen:
            self._seen, self._seen_since = seen, monotonic()
        still = monotonic() - self._seen_since
        if not (still >= HUNG_AFTER or (self._unlock and (first or still >= GONE_AFTER))):
            return False
        with self.database.transaction() as run:
            taken = run(
                "UPDATE lease SET term = term + 1, beat = 0 WHERE name = 'ward' AND term = ? AND beat = ? RETURNING term",
                seen,
            )
        if taken:
            self.term, self.last_beat = taken[0][0], monotonic()
        return bool(taken)

    def beat(self) -> None:
        """Says that the holder is alive; Superseded when another has taken over."""
        began = monotonic()
        with self.database.transaction() as run:
            run("UPDATE lease SET beat = beat + 1 WHERE name = 'ward' AND term = ?", (self.term,))
        self.last_beat = began

    def fence(self, run: Callable) -> None:
        """The first thing in every transaction of the holder."""
        held = run("SELECT term FROM lease WHERE name = 'ward'" + self.database.share)
        if held != [(self.term,)]:
            raise Superseded("Another ward has taken over this database. This ward stops.")

    @property
    def is_sure(self) -> bool:
        """Whether nobody can have taken over: the last beat is younger than the time after which that may be."""
        return monotonic() - self.last_beat < GONE_AFTER - BEAT_EVERY / 2

    def release(self) -> None:
        """Lets another ward take over at once."""
        if self._unlock:
            with suppress(Exception):
                self._unlock()
            self._unlock = None
