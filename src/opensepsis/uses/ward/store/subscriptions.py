"""The ward's Subscriptions at FHIR servers: which, by what secret they notify, and up to which event all is kept."""

from dataclasses import astuple, dataclass
from hashlib import sha256

from opensepsis.uses.ward.store.database import Database


@dataclass(frozen=True)
class Subscribed:
    """A Subscription: `name` stands in its endpoint, `remote` is its id at the server. Times in microseconds (UTC).

    `number`: all events up to this one are kept; `heard`: when the server last spoke, `complete`: up to when nothing is missing.
    """

    name: str
    server: str
    topic: str
    remote: str
    digest: str
    number: int = 0
    heard: int = 0
    complete: int = 0


COLUMNS = "name, server, topic, remote, digest, number, heard, complete"


class Subscriptions:
    """Those in the ward's database.

    >>> from opensepsis.uses.ward.store.database import open_database
    >>> from opensepsis.uses.ward.store.schema import make_tables
    >>> database = open_database(":memory:")
    >>> make_tables(database)
    >>> kept = Subscriptions(database)
    >>> kept.add(Subscribed("a", "https://ehr", "t", "7", digest_of("secret")))
    >>> kept.note("a", number=3, heard=9)
    >>> kept.proved("a", "secret").number, kept.proved("a", "another"), kept.of("https://ehr", "t").heard
    (3, None, 9)
    """

    def __init__(self, database: Database):
        self.database = database

    def of(self, server: str, topic: str) -> Subscribed | None:
        """The Subscription to a topic of a server."""
        return self._one("server = ? AND topic = ?", (server, topic))

    def proved(self, name: str, secret: str) -> Subscribed | None:
        """The Subscription whose secret this is."""
        return self._one("name = ? AND digest = ?", (name, digest_of(secret)))

    def add(self, one: Subscribed) -> None:
        """A new one, in place of the one before to the same topic."""
        with self.database.transaction() as run:
            run("DELETE FROM subscription WHERE server = ? AND topic = ?", (one.server, one.topic))
            run(
                f"INSERT INTO subscription ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                astuple(one),
            )

    def note(
        self, name: str, number: int | None = None, heard: int | None = None, complete: int | None = None
    ) -> None:
        """Up to which event all is kept, when the server spoke, up to when nothing is missing."""
        with self.database.transaction() as run:
            run(
                """UPDATE subscription SET number = coalesce(?, number), heard = coalesce(?, heard),
                   complete = coalesce(?, complete) WHERE name = ?""",
                (number, heard, complete, name),
            )

    def named(self, name: str, remote: str) -> None:
        """What the server calls it."""
        with self.database.transaction() as run:
            run("UPDATE subscription SET remote = ? WHERE name = ?", (remote, name))

    def _one(self, chosen: str, values: tuple) -> Subscribed | None:
        rows = self.database.rows(f"SELECT {COLUMNS} FROM subscription WHERE {chosen}", values)
        return Subscribed(*rows[0]) if rows else None


def digest_of(secret: str) -> str:
    """What is kept of a secret."""
    return sha256(secret.encode()).hexdigest()
