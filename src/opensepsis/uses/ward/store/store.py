"""Everything the ward keeps, behind one object: what came, what it meant, what follows from it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from opensepsis.errors import OutputError
from opensepsis.uses.ward.model.facts import Entry
from opensepsis.uses.ward.model.messages import Arrival, Kept, Message
from opensepsis.uses.ward.model.transitions import Problem, Settled, Transition
from opensepsis.uses.ward.store import commit as settling
from opensepsis.uses.ward.store import messages as keeping
from opensepsis.uses.ward.store.commit import AlertRoute
from opensepsis.uses.ward.store.database import Database, open_database
from opensepsis.uses.ward.store.schema import make_tables


@dataclass(frozen=True)
class FeedCount:
    """How much a feed sent, and what became of it; `dead` are the letters that are still to be mended."""

    name: str
    last: int
    messages: int
    duplicates: int
    clashes: int
    dead: int


@dataclass(frozen=True)
class Unmapped:
    """A code or unit of a feed that no map knows, and how often it came."""

    feed: str
    system: str
    code: str
    unit: str
    kind: str
    times: int


@dataclass(frozen=True)
class Position:
    """How far a file has been read: its mark (a hash of its beginning), the byte and the line that come next."""

    mark: str
    place: int
    line: int


class Store:
    """One ward's memory in one database. Whatever a method has written is on disk when it returns.

    >>> store = Store(":memory:")
    >>> store.keep([Arrival("lab", "hl7", "LAB|H|1", b"MSH|...", received=10)])
    [Kept(number=1, duplicate=False, clash=False)]
    >>> store.keep([Arrival("lab", "hl7", "LAB|H|1", b"MSH|...", received=12)])
    [Kept(number=1, duplicate=True, clash=False)]
    >>> [message.number for message in store.unread()]
    [1]
    """

    def __init__(self, at: Path | str | Database, outlets: Sequence[AlertRoute] = ()):
        self.database = at if isinstance(at, Database) else open_database(at)
        self.outlets = tuple(outlets)
        self._earliest = 0
        try:
            make_tables(self.database)
            self._earliest = self.horizon()
        except BaseException:
            self.database.close()
            raise

    def shared_feeds(self) -> frozenset[str]:
        """The feeds whose HL7 numbers without an issuer are taken for one another's, as this store always did."""
        return frozenset(name for (name,) in self.database.rows("SELECT name FROM shared_feed"))

    def close(self) -> None:
        """Closes the database."""
        self.database.close()

    def keep(self, arrivals: Sequence[Arrival]) -> list[Kept]:
        """Keeps all of them in one transaction: numbers in this order, receipt times that never go back.

        The same feed, key and content again is a duplicate and gets the earlier number; the same key with other content
        is kept too and marked as a clash.
        """
        with self.database.transaction() as run:
            return keeping.keep(run, arrivals, self._earliest)

    def no_earlier_than(self, moment: int) -> None:
        """From now on nothing gets a receipt time before this moment.

        Said before timers run up to the moment, so that a replay of the log sees messages and timers in the same order.
        What was kept before is found by `unread`.
        """
        with self.database.transaction():
            self._earliest = max(self._earliest, moment)

    def unread(self, limit: int = 1000, longest: int | None = None, held: str | None = None) -> list[Message]:
        """The next messages that were not settled, in the order in which they were kept.

        Only those up to `longest` bytes, and without those that the feed `held` sent as FHIR.
        """
        short = "" if longest is None else f" AND length(m.raw) <= {int(longest)}"
        others = "" if held is None else " AND NOT (m.feed = ? AND m.form = 'fhir')"
        rows = self.database.rows(
            f"""SELECT {", ".join("m." + name for name in keeping.COLUMNS.split(", "))} FROM unread u
                JOIN message m ON m.number = u.number WHERE 1 = 1{short}{others} ORDER BY u.number LIMIT {int(limit)}""",
            () if held is None else (held,),
        )
        return [keeping.as_message(row) for row in rows]

    def try_to_write(self, size: int = 0) -> None:
        """Writes something of no meaning, as large as what could not be kept: fails as that would."""
        with self.database.transaction() as run:
            run("DELETE FROM secret WHERE name = 'probe'")
            run("INSERT INTO secret (name, value) VALUES ('probe', ?)", ("x" * size,))
        with self.database.transaction() as run:
            run("DELETE FROM secret WHERE name = 'probe'")

    def is_unread(self, number: int) -> bool:
        """Whether a message was not settled yet."""
        return bool(self.database.rows("SELECT 1 FROM unread WHERE number = ?", (number,)))

    def backlog(self) -> tuple[int, int | None]:
        """How many messages were not settled yet, and when the oldest of them was received."""
        oldest = "SELECT received FROM message WHERE number = (SELECT min(number) FROM unread)"
        query = f"SELECT count(*), ({oldest}) FROM unread"
        return self.database.rows(query)[0]

    def settle(self, settled: Settled) -> None:
        """Writes all that came of some messages, whole or not at all; a transition whose name is known is left as it was."""
        with self.database.transaction() as run:
            settling.settle(run, settled, self.outlets)

    def horizon(self) -> int:
        """The moment up to which timers have run."""
        found = self.database.rows("SELECT value FROM standing WHERE name = 'horizon'")
        return found[0][0] if found else 0

    def log(self, patients: Sequence[str] | None = None, after: int = 0) -> Iterator[Entry]:
        """The event log after an entry, in order; of these patients, with the merges that they are part of."""
        return settling.log(self.database, patients, after)

    def logged(self, message: int) -> list[bytes]:
        """The facts of a message that are in the log already, as they are written there."""
        rows = self.database.rows("SELECT fact FROM entry WHERE message = ?", (message,))
        return [said.encode() if isinstance(said, str) else bytes(said) for (said,) in rows]

    def last_entry(self) -> int:
        """The number of the last entry of the log, 0 when there is none."""
        return self.database.rows("SELECT coalesce(max(number), 0) FROM entry")[0][0]

    def kin(self, patient: str) -> frozenset[str]:
        """Every identifier that was ever merged with this one, this one included: what its log must be read for."""
        return settling.kin(self.database, patient)

    def last_transition(self) -> int:
        """How many changes of alerts there are."""
        return self.database.rows("SELECT coalesce(max(number), 0) FROM transition")[0][0]

    def transitions(self, patient: str | None = None, after: int = 0) -> Iterator[Transition]:
        """The changes of alerts in the order in which they were written, without the first `after` of the ward."""
        return settling.transitions(self.database, patient, after)

    def message(self, number: int) -> Message | None:
        """One message as it came."""
        rows = self.database.rows(f"SELECT {keeping.COLUMNS} FROM message WHERE number = ?", (number,))
        return keeping.as_message(rows[0]) if rows else None

    def problems(self, number: int) -> list[Problem]:
        """What in a message could not be used."""
        query = "SELECT kind, words, system, code, unit FROM problem WHERE message = ? ORDER BY place"
        return [Problem(*row) for row in self.database.rows(query, (number,))]

    def dead_letters(self, limit: int = 200, longest: int = 2**30) -> list[tuple[Message, Problem]]:
        """Messages that could not be read or were refused and are not mended yet, newest first; so many bytes of each."""
        rows = self.database.rows(
            f"""SELECT m.number, m.feed, m.form, m.key, substr(m.raw, 1, ?), m.received, p.kind, p.words, p.system, p.code, p.unit
                FROM problem p JOIN message m ON m.number = p.message
                WHERE p.kind = 'dead' AND NOT EXISTS (SELECT 1 FROM message n WHERE n.mends = m.number)
                AND p.place = (SELECT min(place) FROM problem q WHERE q.message = p.message AND q.kind = 'dead')
                ORDER BY m.number DESC LIMIT {int(limit)}""",
            (longest,),
        )
        return [(keeping.as_message(row[:6]), Problem(*row[6:])) for row in rows]

    def is_dead(self, number: int) -> bool:
        """Whether a message is a dead letter that is not mended yet."""
        query = """SELECT 1 FROM problem WHERE message = ? AND kind = 'dead'
                   AND NOT EXISTS (SELECT 1 FROM message WHERE mends = ?)"""
        return bool(self.database.rows(query, (number, number)))

    def reprocess(self, number: int, raw: bytes, by: str, received: int) -> Kept:
        """Keeps a mended dead letter as a new message of the same feed, linked to the old one and to who mended it."""
        with self.database.transaction() as run:
            kept = keeping.reprocess(run, number, raw, by, received, self._earliest)
        if kept is None:
            raise OutputError(
                f"Message {number} is not a dead letter, or was already reprocessed. Reload the list."
            )
        return kept

    def mended(self, number: int) -> tuple[int, str] | None:
        """Which dead letter a message mends, and who mended it."""
        query = "SELECT mends, mended_by FROM message WHERE number = ? AND mends IS NOT NULL"
        rows = self.database.rows(query, (number,))
        return rows[0] if rows else None

    def feeds(self) -> list[FeedCount]:
        """Counts of each feed that ever sent something, by name."""
        query = "SELECT name, last, messages, duplicates, clashes, dead FROM feed ORDER BY name"
        return [FeedCount(*row) for row in self.database.rows(query)]

    def unmapped(self, feed: str | None = None, limit: int = 500) -> list[Unmapped]:
        """Codes and units that no map knows, the most frequent first."""
        mine, who = ("WHERE feed = ?", (feed,)) if feed is not None else ("", ())
        rows = self.database.rows(
            f"""SELECT feed, system, code, unit, kind, times FROM unmapped {mine}
                ORDER BY times DESC, feed, system, code, unit, kind LIMIT {int(limit)}""",
            who,
        )
        return [Unmapped(*row) for row in rows]

    def position(self, feed: str, file: str) -> Position | None:
        """How far a file of a feed had been read."""
        query = "SELECT mark, place, line FROM position WHERE feed = ? AND file = ?"
        rows = self.database.rows(query, (feed, file))
        return Position(*rows[0]) if rows else None

    def remember(self, feed: str, file: str, position: Position) -> None:
        """Notes how far a file has been read, after what was read from it is kept."""
        with self.database.transaction() as run:
            run(
                """INSERT INTO position (feed, file, mark, place, line) VALUES (?, ?, ?, ?, ?)
                   ON CONFLICT (feed, file) DO UPDATE
                   SET mark = excluded.mark, place = excluded.place, line = excluded.line""",
                (feed, file, position.mark, position.place, position.line),
            )
