"""Whom each user follows: their own list of patients, by the board's keys."""

from opensepsis.uses.ward.store.database import Database


class MyPatients:
    """The lists of all users in the ward's database.

    >>> from opensepsis.uses.ward.store.database import open_database
    >>> from opensepsis.uses.ward.store.schema import make_tables
    >>> database = open_database(":memory:")
    >>> make_tables(database)
    >>> mine = MyPatients(database)
    >>> mine.follow("ada", "k1"), mine.of("ada"), mine.of("bea")
    (None, frozenset({'k1'}), frozenset())
    """

    def __init__(self, database: Database):
        self.database = database

    def of(self, name: str) -> frozenset[str]:
        """The keys that a user follows."""
        return frozenset(
            key for (key,) in self.database.rows("SELECT patient FROM my_patient WHERE name = ?", (name,))
        )

    def follow(self, name: str, key: str) -> None:
        """Puts a patient on a user's list."""
        with self.database.transaction() as run:
            run(
                "INSERT INTO my_patient (name, patient) VALUES (?, ?) ON CONFLICT (name, patient) DO NOTHING",
                (name, key),
            )

    def unfollow(self, name: str, key: str) -> None:
        """Takes a patient off a user's list."""
        with self.database.transaction() as run:
            run("DELETE FROM my_patient WHERE name = ? AND patient = ?", (name, key))
