"""Which hours of which visits a model's log has: of the last days only, however long the log is."""

import json
import os
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from opensepsis.engine.semantics.time import HOUR
from opensepsis.errors import FormatError

KEPT = 14 * 24 * HOUR  # before the newest hour; what is judged later than that is not written any more
_BLOCK = 1 << 16
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class WrittenHours:
    """The hours of a log. It is read from its end, as far back as matters. FormatError: a log of something else."""

    def __init__(self, log: Path):
        self.newest = 0
        self._known: set[tuple[str, int]] = set()
        self._in_order: deque[tuple[str, int]] = deque()
        found: list[tuple[str, int]] = []
        for line in _lines_from_the_end(log) if log.is_file() else ():
            hour = _hour_of(line, log)
            self.newest = max(self.newest, hour[1])
            if hour[1] < self.newest - 2 * KEPT:
                break
            found.append(hour)
        for hour in reversed(found):
            self._keep(hour)

    def is_new(self, visit: str, at: int) -> bool:
        """Whether an hour (microseconds, UTC) is not written yet; then it counts as written."""
        if (visit, at) in self._known or at < self.newest - KEPT:
            return False
        self._keep((visit, at))
        return True

    def _keep(self, hour: tuple[str, int]) -> None:
        self._known.add(hour)
        self._in_order.append(hour)
        self.newest = max(self.newest, hour[1])
        while self._in_order and self._in_order[0][1] < self.newest - KEPT:
            self._known.discard(self._in_order.popleft())


def _hour_of(line: str, log: Path) -> tuple[str, int]:
    try:
        told = json.loads(line)
        return told["visit"], (datetime.fromisoformat(told["time"]) - _EPOCH) // timedelta(microseconds=1)
    except (ValueError, KeyError, TypeError):
        raise FormatError(
            f"{log} has a line that is not one of a model's log. Name another file with --model-log."
        ) from None


def _lines_from_the_end(log: Path) -> Iterator[str]:
    """The lines of a file, the last first; in blocks, so that a long one is not read whole."""
    with log.open("rb") as file:
        at, rest = file.seek(0, os.SEEK_END), b""
        while at > 0:
            size = min(_BLOCK, at)
            at = file.seek(at - size)
            lines = (file.read(size) + rest).split(b"\n")
            rest = lines.pop(0)
            yield from (line.decode("utf-8", "replace") for line in reversed(lines) if line)
        if rest:
            yield rest.decode("utf-8", "replace")
