"""Subscriptions of other systems on the ward's alerts: what each wants, and up to which change it has been told."""

from dataclasses import dataclass

import orjson

from opensepsis.uses.ward.store.database import Database

ACTIVE, REQUESTED, ERROR = "active", "requested", "error"


@dataclass(frozen=True)
class ReaderSubscription:
    """A Subscription as it was posted by a reader. `begun`: changes of alerts up to this number are none of its events.

    `told`: changes up to this one were notified; `number`: so many events were there by then; `sent`: when it was last notified
    (microseconds, UTC).
    """

    name: str
    reader: str
    said: dict
    status: str
    begun: int
    told: int
    number: int = 0
    tries: int = 0
    again: int = 0
    sent: int = 0


COLUMNS = "name, reader, said, status, begun, told, number, tries, again, sent"


class ReaderSubscriptions:
    """Those in the ward's database.

    >>> from opensepsis.uses.ward.store.database import open_database
    >>> from opensepsis.uses.ward.store.schema import make_tables
    >>> database = open_database(":memory:")
    >>> make_tables(database)
    >>> kept = ReaderSubscriptions(database)
    >>> kept.add(ReaderSubscription("a", "pager", {"criteria": "Flag"}, ACTIVE, 4, 4))
    >>> kept.note("a", told=5, number=1), kept.of("pager")[0].told, kept.of("another")
    (None, 5, ())
    """

    def __init__(self, database: Database):
        self.database = database

    def add(self, one: ReaderSubscription) -> None:
        """A new one."""
        with self.database.transaction() as run:
            run(
                f"INSERT INTO reader_subscription ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (one.name, one.reader, orjson.dumps(one.said).decode(), one.status, one.begun, one.told,
                 one.number, one.tries, one.again, one.sent),
            )  # fmt: skip

    def of(self, reader: str) -> tuple[ReaderSubscription, ...]:
        """Those of a reader."""
        return self._read("WHERE reader = ?", (reader,))

    def every(self) -> tuple[ReaderSubscription, ...]:
        """All of them."""
        return self._read("", ())

    def note(self, name: str, **changed: int | str) -> None:
        """Other values of some columns."""
        columns = ", ".join(f"{column} = ?" for column in changed)
        with self.database.transaction() as run:
            run(f"UPDATE reader_subscription SET {columns} WHERE name = ?", (*changed.values(), name))

    def remove(self, name: str) -> None:
        """Takes one away."""
        with self.database.transaction() as run:
            run("DELETE FROM reader_subscription WHERE name = ?", (name,))

    def _read(self, chosen: str, values: tuple) -> tuple[ReaderSubscription, ...]:
        rows = self.database.rows(f"SELECT {COLUMNS} FROM reader_subscription {chosen} ORDER BY name", values)
        return tuple(
            ReaderSubscription(name, reader, orjson.loads(said), *rest) for name, reader, said, *rest in rows
        )
