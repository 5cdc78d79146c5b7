"""One shard of a timeline, read without the others."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from opensepsis.data.io.paths import parquet_files, read_file, scan_files
from opensepsis.data.timeline.digests import DIGESTS
from opensepsis.data.timeline.shards import shard_name
from opensepsis.data.timeline.stays import shaped_stays, split_stays
from opensepsis.data.timeline.timeline import NOT_SENT, read_about, stays_of_shard, whole_shard
from opensepsis.errors import DefinitionError


@dataclass(frozen=True)
class OneShard:
    """The stays of a shard, the events of their patients, what was never sent of the stays, and the digests of the patients."""

    stays: pl.DataFrame
    events: pl.LazyFrame
    not_sent: pl.DataFrame
    digests: pl.DataFrame

    def of(self, patients: pl.Series) -> "OneShard":
        """The same of some patients only; their events are looked for when they are read."""
        theirs = pl.col("patient").is_in(patients.implode())
        events = self.events.filter(pl.col("patient").is_in(patients.cast(pl.Categorical).implode()))
        stays, digests = self.stays.filter(theirs), self.digests.filter(theirs)
        return OneShard(stays, events, self.not_sent, digests)


def read_shard(
    path: Path, number: int, longest_stay: float | None = None, shifted_dates: bool | None = None
) -> OneShard:
    """Shard `number` of the timeline at `path`. DefinitionError: there is none of that number; MissingError, FormatError: not whole.

    With `longest_stay` (years) the stays are checked again: those that cannot be are left out.
    """
    shards = read_about(path)["shards"]
    if not 0 <= number < len(shards):
        raise DefinitionError(f"There is no shard {number}: {path} has the shards 0 to {len(shards) - 1}.")
    parts = parquet_files(whole_shard(path, shards[number]))
    stays = stays_of_shard(path, number)
    if longest_stay is not None:
        stays, _ = split_stays(shaped_stays(stays, "stays.parquet"), longest_stay, shifted_dates)
    silent, digests = (_beside(path, name, number) for name in ("not_sent", "digests"))
    return OneShard(
        stays,
        scan_files(parts),
        pl.DataFrame(schema=NOT_SENT) if silent is None else silent,
        pl.DataFrame(schema=DIGESTS) if digests is None else digests,
    )


def _beside(path: Path, name: str, number: int) -> pl.DataFrame | None:
    """What a table holds of a shard; all of it where it is one file, as timelines of version 2 have it."""
    table = path / f"{name}.parquet"
    if table.is_dir():
        return read_file(table / f"{shard_name(number)}.parquet")
    return read_file(table) if table.is_file() else None
