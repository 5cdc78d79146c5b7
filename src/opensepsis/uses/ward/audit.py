"""Who saw and did what: each line holds the hash of the one before, so that a change, a gap or another order shows."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

import orjson

from opensepsis.uses.ward.store.database import Database
from opensepsis.uses.ward.store.keeping import clean

FIRST = "0" * 64
LONGEST = 300


@dataclass(frozen=True)
class Checked:
    """Whether the audit is whole: how many lines, the last hash, and what is wrong with which line."""

    lines: int
    last: str
    fault: str = ""

    @property
    def whole(self) -> bool:
        """Nothing was changed, left out or put into another order."""
        return not self.fault


class Audit:
    """The audit in the ward's database.

    >>> from opensepsis.uses.ward.store.database import open_database
    >>> audit = Audit(open_database(":memory:"))
    >>> audit.note(5, "ada", "saw the board")
    >>> audit.verify().whole
    True
    """

    def __init__(self, database: Database):
        self.database = database
        with database.transaction() as run:
            run(
                """CREATE TABLE IF NOT EXISTS audit (number {number} PRIMARY KEY, time {number} NOT NULL, who TEXT NOT NULL,
                   what TEXT NOT NULL, subject TEXT NOT NULL, detail TEXT NOT NULL, before TEXT NOT NULL, hash TEXT NOT NULL)"""
            )

    def note(self, time: int, who: str, what: str, subject: str = "", detail: str = "") -> None:
        """Adds a line; it is on disk when this returns."""
        with self.database.transaction() as run:
            last = run("SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1")
            number, before = (last[0][0] + 1, last[0][1]) if last else (1, FIRST)
            said = (clean(text)[:LONGEST] for text in (who, what, subject, detail))
            line = (number, time, *said, before)
            run(
                "INSERT INTO audit (number, time, who, what, subject, detail, before, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (*line, _hash(line)),
            )

    def verify(self, anchor: tuple[int, str] | None = None) -> Checked:
        """Reads every line. With an `anchor` (a number and its hash, kept elsewhere) lines cut off the end show too."""
        before, expected, anchored = FIRST, 0, anchor is None
        for *line, kept in self.lines():
            expected += 1
            if line[0] != expected:
                return Checked(expected - 1, before, f"line {expected} is missing")
            if line[6] != before or kept != _hash(tuple(line)):
                return Checked(expected - 1, before, f"line {expected} was changed")
            before = kept
            anchored = anchored or (line[0], kept) == anchor
        if not anchored:
            return Checked(expected, before, f"the anchored line {anchor[0]} is not there any more")
        return Checked(expected, before)

    def anchor(self) -> tuple[int, str] | None:
        """The number and hash of the last line: to be kept outside the database, day by day."""
        rows = self.database.rows("SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1")
        return rows[0] if rows else None

    def latest(self, most: int = 200) -> list[tuple]:
        """The last lines: number, time, who, what, subject, detail."""
        query = "SELECT number, time, who, what, subject, detail FROM audit ORDER BY number DESC LIMIT ?"
        return self.database.rows(query, (most,))

    def lines(self) -> Iterator[tuple]:
        """Every line: number, time, who, what, subject, detail, the hash before, its own."""
        after = 0
        while rows := self.database.rows(
            """SELECT number, time, who, what, subject, detail, before, hash FROM audit
               WHERE number > ? ORDER BY number LIMIT 1000""",
            (after,),
        ):
            yield from rows
            after = rows[-1][0]


def _hash(line: tuple) -> str:
    return sha256(orjson.dumps(line)).hexdigest()
