"""A `csv` folder that another system appends to: each new line of stays.csv and events.csv becomes a message.

The message is the header and the line, so that it can be read by itself; its key is the file's name, a hash of the file's
beginning and the number of the line. A line without its end waits. How far a file was read is kept in the store, after what
was read; after a crash between the two the same lines come again and are duplicates. A file that was renamed (rotated) is
read to its end before the new one. Files are only appended to or replaced, never changed in place.
"""

import asyncio
import logging
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from glob import escape
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from opensepsis.data.site import LocalWords
from opensepsis.uses.ward.decode.hl7.header import BYTE_ORDER_MARK
from opensepsis.uses.ward.model.clock import Clock
from opensepsis.uses.ward.model.messages import Arrival
from opensepsis.uses.ward.store import Store
from opensepsis.uses.ward.store.group_commit import Committer
from opensepsis.uses.ward.store.store import Position

logger = logging.getLogger("opensepsis.ward.csv")
FILES = ("stays.csv", "events.csv")
USUAL = LocalWords()
AT_ONCE = 500
LONGEST_RECORD = 65_536  # a quote that is never closed does not swallow more than this


@dataclass(frozen=True)
class Record:
    """A line of a CSV file, or several where a quoted cell has line ends: its bytes, and where the next begins."""

    raw: bytes
    line: int
    place: int
    next_line: int

    def is_data(self, header: bytes = b"", separator: bytes = b",") -> bool:
        """Neither empty nor a comment; a line that begins with # and has as many cells as the header is data."""
        if not self.raw.startswith(b"#"):
            return bool(self.raw.strip())
        return bool(header) and _cells(self.raw, separator) == _cells(header, separator)


def _cells(line: bytes, separator: bytes) -> int:
    """How many cells a line has; separators within quotes part none."""
    return re.sub(rb'"[^"]*"', b"", line).count(separator) + 1


def records(file: BinaryIO, place: int, line: int) -> Iterator[Record]:
    """The whole records from a place on; the last one only when its line has ended."""
    file.seek(place)
    while True:
        first = raw = file.readline()
        lines = 1
        while raw.endswith(b"\n") and raw.count(b'"') % 2 and len(raw) < LONGEST_RECORD:
            more = file.readline()
            raw += more
            lines += 1
            if not more.endswith(b"\n"):
                return
        if not raw.endswith(b"\n"):
            return
        if raw.count(b'"') % 2:
            raw, lines = first, 1
            file.seek(place + len(raw))
        place += len(raw)
        yield Record(raw, line, place, line + lines)
        line += lines


class TailedFile:
    """One file of the folder. `read` gives what is new; `position` is where the next read begins."""

    def __init__(self, path: Path, position: Position | None, separator: str = ","):
        self.path = path
        self._separator = separator.encode()
        self.position = position
        self.header = b""
        self._file: BinaryIO | None = None

    def read(self, feed: str, now: int) -> list[Arrival]:
        """Up to 500 new lines, in order; from the file as it was before a rotation first."""
        if self._file is None and not self._open():
            return []
        found = self._new(feed, now)
        if not found and self._replaced():
            self.close()
            if self._open():
                found = self._new(feed, now)
        return found

    def close(self) -> None:
        """Closes the file."""
        if self._file:
            self._file.close()
            self._file = None

    def _open(self) -> bool:
        """Opens the file that was read before, under any name as long as it has more; else the one that is there now."""
        known = self.position
        names = sorted(self.path.parent.glob(escape(self.path.name) + "?*")) if known else []
        for path in (self.path, *names) if known else ():
            opened = _opened(path, self._separator)
            if opened and known and _goes_on(opened, known, path == self.path):
                self._file, self.header = opened.file, opened.header
                return True
            if opened:
                opened.file.close()
        opened = _opened(self.path, self._separator)
        if not opened:
            return False
        if known:
            logger.info("%s was replaced by a new file", self.path.name)
        self._file, self.header, self.position = opened
        return True

    def _reading(self) -> tuple[BinaryIO, Position]:
        """The file that is open, and how far it was read."""
        return cast(BinaryIO, self._file), cast(Position, self.position)

    def _replaced(self) -> bool:
        """Whether another file has taken the name, or the file was emptied."""
        try:
            there = os.stat(self.path)
        except OSError:
            return False
        file, position = self._reading()
        here = os.fstat(file.fileno())
        return (there.st_dev, there.st_ino) != (
            here.st_dev,
            here.st_ino,
        ) or here.st_size < position.place

    def _new(self, feed: str, now: int) -> list[Arrival]:
        found: list[Arrival] = []
        file, position = self._reading()
        mark = position.mark
        for record in records(file, position.place, position.line):
            self.position = Position(mark, record.place, record.next_line)
            if record.is_data(self.header, self._separator):
                key = f"{self.path.name}:{mark}:{record.line}"
                found.append(Arrival(feed, "csv", key, self.header + record.raw, now))
            if len(found) == AT_ONCE:
                break
        return found


class _Opened(NamedTuple):
    file: BinaryIO
    header: bytes
    begin: Position


def _opened(path: Path, separator: bytes = b",") -> _Opened | None:
    """The file with its header and the place of its first data line; None while they are not all there."""
    try:
        file = open(path, "rb")  # noqa: SIM115 - stays open, so that a renamed file can be read to its end
    except OSError:
        return None
    header, after = b"", None
    for record in records(file, 0, 1):
        if record.is_data() and after is None:
            header, after = record.raw.removeprefix(BYTE_ORDER_MARK), record
        elif after is not None and record.is_data(header, separator):
            mark = sha256(header + record.raw).hexdigest()[:16]
            return _Opened(file, header, Position(mark, after.place, after.next_line))
    file.close()
    return None


def _goes_on(opened: _Opened, known: Position, same_name: bool) -> bool:
    """Whether it is the file of this position; one that was renamed only if it has more lines."""
    if opened.begin.mark != known.mark or os.fstat(opened.file.fileno()).st_size < known.place:
        return False
    return same_name or next(records(opened.file, known.place, known.line), None) is not None


async def tail_folder(
    folder: Path,
    feed: str,
    store: Store,
    committer: Committer,
    clock: Clock,
    pause: float = 1.0,
    local: LocalWords = USUAL,
) -> None:
    """Keeps every new line of a folder's files until it is cancelled; looks every `pause` seconds.

    The files are stays.csv and events.csv, or those that the site's file names.
    """
    separator = local.format.separator
    named = [name for layout in (local.stays, *local.events) for name in layout.files] or FILES
    files = [TailedFile(folder / name, store.position(feed, name), separator) for name in named]
    try:
        while True:
            news = 0
            for file in files:
                news += await _keep_new(file, feed, store, committer, clock)
            if not news:
                await asyncio.sleep(pause)
    finally:
        for file in files:
            file.close()


async def _keep_new(file: TailedFile, feed: str, store: Store, committer: Committer, clock: Clock) -> int:
    before = file.position
    arrivals = file.read(feed, clock.now())
    try:
        await asyncio.gather(*(committer.keep(arrival) for arrival in arrivals))
    except Exception as problem:  # the database is away: the same lines are read again
        logger.error("%s: new lines could not be kept (%s)", file.path.name, type(problem).__name__)
        file.close()
        file.position = before
        return 0
    if file.position is not None and file.position != before:
        await asyncio.to_thread(store.remember, feed, file.path.name, file.position)
    return len(arrivals)
