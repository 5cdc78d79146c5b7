"""The `timeline` source: what `opensepsis convert` has written."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from opensepsis.data.io.paths import parquet_files, scan_files
from opensepsis.data.schema import EVENTS
from opensepsis.data.timeline.timeline import read_timeline
from opensepsis.errors import FormatError


class TimelineFolder:
    """A timeline on disk, read again as a source, one part at a time."""

    name = "timeline"

    def __init__(self, path: Path) -> None:
        self._timeline = read_timeline(path)
        self.timezone = self._timeline.timezone
        self._read = 0

    def stays(self) -> pl.DataFrame:
        return self._timeline.stays

    def not_sent(self) -> pl.DataFrame:
        return self._timeline.not_sent

    def groups(self) -> pl.DataFrame | None:
        return self._timeline.groups

    def events(self, concepts: frozenset[str] | None = None) -> Iterator[pl.DataFrame]:
        self._read = 0
        for shard in self._timeline.shards:
            for part in parquet_files(shard):
                batch = _events_of(part, concepts)
                self._read += batch.height
                yield batch

    def counts(self) -> dict:
        return {
            "read": self._read,
            "mapped": self._read,
            "unmapped": {},
            "notes": [],
            "converted": self._timeline.counts,
        }


def _events_of(part: Path, concepts: frozenset[str] | None) -> pl.DataFrame:
    asked = True if concepts is None else pl.col("concept").is_in(sorted(concepts))
    try:
        return scan_files([part]).select(list(EVENTS)).filter(asked).collect()
    except (pl.exceptions.PolarsError, OSError):
        problem = FormatError(f"{part} is damaged. Make the timeline again with `opensepsis convert`.")
    raise problem
