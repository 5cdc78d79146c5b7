"""One shard of a timeline, read without the others."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import polars as pl

from opensepsis.data.io.paths import parquet_files, read_file, scan_files
from opensepsis.data.timeline.blocks import BLOCKS_FOLDER, events_of
from opensepsis.data.timeline.digests import DIGESTS
from opensepsis.data.timeline.shards import shard_name
from opensepsis.data.timeline.stays import shaped_stays, split_stays
from opensepsis.data.timeline.timeline import MARKER, NOT_SENT, read_about, stays_of_shard, whole_shard
from opensepsis.errors import DefinitionError


@dataclass(frozen=True)
class OneShard:
    """The stays of a shard, the events of their patients, what was never sent of the stays, and the digests of the patients."""

    stays: pl.DataFrame
    events: pl.LazyFrame
    not_sent: pl.DataFrame
    digests: pl.DataFrame

    def of(self, patients: pl.Series) -> "OneShard":
        """The same with the stays and digests of some patients only."""
        theirs = pl.col("patient").is_in(patients.implode())
        return replace(self, stays=self.stays.filter(theirs), digests=self.digests.filter(theirs))


def read_shard(
    path: Path,
    number: int,
    longest_stay: float | None = None,
    shifted_dates: bool | None = None,
    digests: pl.DataFrame | None = None,
) -> OneShard:
    """Shard `number` of the timeline at `path`. DefinitionError: there is none of that number; MissingError, FormatError: not whole.

    With `longest_stay` (years) the stays are checked again: those that cannot be are left out. `digests` are those of its patients, if they
    have been read.
    """
    shards = _about(path)["shards"]
    if not 0 <= number < len(shards):
        raise DefinitionError(f"There is no shard {number}: {path} has the shards 0 to {len(shards) - 1}.")
    parts = parquet_files(whole_shard(path, shards[number]))
    stays = stays_of_shard(path, number)
    silent = _beside(path, "not_sent", number)
    found = OneShard(
        stays,
        scan_files(parts),
        pl.DataFrame(schema=NOT_SENT) if silent is None else silent,
        digests_of_shard(path, number) if digests is None else digests,
    )
    return checked(found, longest_stay, shifted_dates)


def digests_of_shard(path: Path, number: int) -> pl.DataFrame:
    """patient, digest of the patients of a shard; nobody where the timeline does not tell it."""
    found = _beside(path, "digests", number)
    return pl.DataFrame(schema=DIGESTS) if found is None else found


def digests_file_of_shard(path: Path, number: int) -> bytes | None:
    """The content of the file with the digests of a shard; None where there is none for each shard."""
    file = path / "digests.parquet" / f"{shard_name(number)}.parquet"
    return file.read_bytes() if file.is_file() else None


def checked(shard: OneShard, longest_stay: float | None, shifted_dates: bool | None) -> OneShard:
    """The shard without stays that cannot be, where they are to be checked again."""
    if longest_stay is None:
        return shard
    stays, _ = split_stays(shaped_stays(shard.stays, "stays.parquet"), longest_stay, shifted_dates)
    return replace(shard, stays=stays)


def events_of_patients(
    path: Path, number: int, shard: OneShard, patients: pl.Series, concepts: Iterable[str]
) -> pl.DataFrame:
    """The events of these concepts of a few patients of a shard."""
    return events_of(shard.events, patients, concepts, path / BLOCKS_FOLDER / f"{shard_name(number)}.parquet")


def _about(path: Path) -> dict:
    """What stands in timeline.json, read once as long as it is the same file."""
    try:
        state = (path / MARKER).stat()
    except OSError:
        return read_about(path)
    return _about_as_of(path, state.st_mtime_ns, state.st_ino)


@lru_cache(2)
def _about_as_of(path: Path, _changed: int, _file: int) -> dict:
    return read_about(path)


def _beside(path: Path, name: str, number: int) -> pl.DataFrame | None:
    """What a table holds of a shard; all of it where it is one file, as timelines of version 2 have it."""
    table = path / f"{name}.parquet"
    if table.is_dir():
        return read_file(table / f"{shard_name(number)}.parquet")
    return read_file(table) if table.is_file() else None
