"""Who saw and did what: each line holds the hash of the one before, so that a change, a gap or another order shows."""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock

import orjson

from opensepsis.uses.ward.store.database import Database
from opensepsis.uses.ward.store.messages import Run, clean
from opensepsis.uses.ward.store.schema import make_tables

logger = logging.getLogger("opensepsis.ward.audit")
FIRST = "0" * 64
LONGEST = 300
MOST_WAITING = 10_000


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
        self._lock = Lock()
        self._waiting: list[tuple] = []
        make_tables(database)

    def note(self, time: int, who: str, what: str, subject: str = "", detail: str = "") -> None:
        """Adds a line; it is on disk when this returns.

        While the database cannot be written, lines wait in memory: a full disk must not hide the board. Beyond `MOST_WAITING`
        of them this raises what the database says.
        """
        said = tuple(clean(text)[:LONGEST] for text in (who, what, subject, detail))
        with self._lock:
            self._waiting.append((time, *said))
            try:
                with self.database.transaction() as run:
                    _add(run, self._waiting)
            except Exception as problem:
                if not self.database.is_failure(problem) or len(self._waiting) > MOST_WAITING:
                    self._waiting.pop()
                    raise
                logger.error("Lines of the audit wait to be written (%s).", type(problem).__name__)
                return
            self._waiting.clear()

    def verify(self, anchors: Iterable[tuple[int, str]] = ()) -> Checked:
        """Reads every line. With `anchors` (numbers and hashes, kept elsewhere) lines cut off the end show too."""
        before, expected = FIRST, 0
        anchored: dict[int, set[str]] = {}
        for number, kept in anchors:
            anchored.setdefault(number, set()).add(kept)
        for *line, kept in self.lines():
            expected += 1
            if line[0] != expected:
                return Checked(expected - 1, before, f"entry {expected} (missing)")
            if line[6] != before or kept != _hash(tuple(line)):
                return Checked(expected - 1, before, f"entry {expected} (changed)")
            if anchored.pop(expected, {kept}) != {kept}:
                return Checked(expected - 1, before, f"entry {expected} (not the one that was anchored)")
            before = kept
        if anchored:
            return Checked(expected, before, f"entry {min(anchored)} (anchored, and no longer there)")
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


def _add(run: Run, lines: list[tuple]) -> None:
    last = run("SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1")
    number, before = last[0] if last else (0, FIRST)
    for said in lines:
        number += 1
        line = (number, *said, before)
        before = _hash(line)
        run(
            "INSERT INTO audit (number, time, who, what, subject, detail, before, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (*line, before),
        )


def _hash(line: tuple) -> str:
    return sha256(orjson.dumps(line)).hexdigest()
