"""Who is on call for which ward and when, from a CSV file that is read again whenever it changes.

    ward,from,until,step,name,contact
    3B,2026-03-02 08:00,2026-03-02 20:00,1,Night nurse 3B,+44 20 7946 0000
    *,2026-03-02 08:00,2026-03-03 08:00,2,Outreach team,outreach@example.org

`*` is every ward. Step 1 is called for an alert, step 2 when nobody answered it and it was escalated. Times are the hospital's.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from zoneinfo import ZoneInfo

from opensepsis.engine.semantics.time import to_microseconds
from opensepsis.errors import FormatError, MissingError

COLUMNS = ("ward", "from", "until", "step", "name", "contact")
EVERY_WARD = "*"
STEPS = (1, 2)
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


@dataclass(frozen=True)
class OnCall:
    """Somebody who is called, and how; `begins` and `ends` in microseconds (UTC), the end not included."""

    ward: str
    begins: int
    ends: int
    step: int
    name: str
    contact: str


def read_rota(path: Path, zone: str) -> tuple[OnCall, ...]:
    """The lines of a rota. MissingError or FormatError say which line to correct, without what stands in it."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if missing := [name for name in COLUMNS if name not in (reader.fieldnames or ())]:
                raise FormatError(f"{path} has no column {', '.join(missing)}.")
            return tuple(_line(path, reader.line_num, row, zone) for row in reader)
    except OSError as problem:
        raise MissingError(f"The rota {path} cannot be read ({problem.strerror}).") from problem
    except UnicodeDecodeError as problem:
        raise FormatError(f"{path} is not UTF-8.") from problem


def _line(path: Path, number: int, row: dict, zone: str) -> OnCall:
    where = f"{path}, line {number}"
    try:
        begins, ends = (_moment(row[name], zone) for name in ("from", "until"))
        step = int(row["step"])
    except (AttributeError, TypeError, ValueError) as problem:
        raise FormatError(
            f"{where}: from and until are times such as 2026-03-02 08:00, step is 1 or 2."
        ) from problem
    ward, name, contact = ((row[column] or "").strip() for column in ("ward", "name", "contact"))
    if step not in STEPS or ends <= begins or not ward or not name or not contact:
        raise FormatError(
            f"{where}: a row needs a ward (or *), a name, a contact, a step of 1 or 2, and an end after its start."
        )
    return OnCall(ward, begins, ends, step, name, contact)


def _moment(text: str, zone: str) -> int:
    said = datetime.fromisoformat(text.strip())
    return to_microseconds((said if said.tzinfo else said.replace(tzinfo=ZoneInfo(zone))) - _EPOCH)


def on_call(lines: Sequence[OnCall], ward: str, step: int, now: int) -> tuple[OnCall, ...]:
    """Who is called for a ward at a step and moment: its own people, else those of every ward.

    >>> line = OnCall("*", 0, 10, 1, "Outreach", "bleep 1")
    >>> [one.name for one in on_call((line,), "3B", 1, 9)], on_call((line,), "3B", 1, 10)
    (['Outreach'], ())
    """
    there = [one for one in lines if one.step == step and one.begins <= now < one.ends]
    own = [one for one in there if one.ward.casefold() == ward.strip().casefold()]
    return tuple(own or (one for one in there if one.ward == EVERY_WARD))


class Rota:
    """A rota file in use. A change that cannot be read leaves the lines before in force and is told by `problem`."""

    def __init__(self, path: Path, zone: str):
        self.path, self.zone, self.problem = path, zone, ""
        self.lines = read_rota(path, zone)
        self._seen, self._reading = self._mark(), Lock()

    def _mark(self) -> tuple[int, int]:
        try:
            found = self.path.stat()
        except OSError:
            return (0, 0)
        return found.st_mtime_ns, found.st_size

    def who(self, ward: str, step: int, now: int) -> tuple[OnCall, ...]:
        """Who is called for a ward at a step and moment."""
        return on_call(self._current(), ward, step, now)

    def _current(self) -> tuple[OnCall, ...]:
        """The lines in force, read again if the file has changed."""
        with self._reading:
            if (mark := self._mark()) != self._seen:
                self._seen = mark
                try:
                    self.lines, self.problem = read_rota(self.path, self.zone), ""
                except (FormatError, MissingError) as problem:
                    self.problem = str(problem)
            return self.lines

    def gaps(self, wards: Sequence[str], now: int, ahead: timedelta = timedelta(hours=24)) -> tuple[str, ...]:
        """The wards for which nobody is on call at step 1 at some moment from now on for a day."""
        lines, end = self._current(), now + to_microseconds(ahead)
        moments = {now, *(one.ends for one in lines if now < one.ends < end)}
        return tuple(ward for ward in wards if any(not on_call(lines, ward, 1, moment) for moment in moments))
