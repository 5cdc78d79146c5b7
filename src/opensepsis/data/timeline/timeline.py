"""The timeline on disk: what happened to every patient, checked, in shards of patients.

DIR/timeline.json      version, source, time zone of the hospital if it was told, counts, what was ever charted, shards, digest
DIR/stays.parquet/shard-0000.parquet …      one row per stay, a file for each shard (version 2: one file)
DIR/digests.parquet/shard-0000.parquet …    one row per patient: what changes when a stay or event of theirs does
DIR/blocks.parquet/shard-0000.parquet …     in which blocks of rows of the shard each patient has events (blocks.py)
DIR/rejected.parquet         rows that were rejected, with reason, table and row
DIR/rejected_stays.parquet   stays that were rejected, likewise
DIR/not_sent.parquet/shard-0000.parquet …   where a source tells it: stay, and concept of which its hospital never sent anything
DIR/groups.parquet           where a source tells it: stay, and its site, ward, kind of unit …
DIR/events/shard-0000/part-0000.parquet …   a patient's events lie wholly in one shard, in any order
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from opensepsis.data.intake.rejections import RejectionLimits, Rejections
from opensepsis.data.io.paths import as_path, parquet_files, read_files, scan_files, table_files
from opensepsis.data.schema import EVENTS as EVENTS
from opensepsis.data.schema import REJECTED, REJECTED_STAYS, STAYS, in_shape
from opensepsis.data.timeline.shards import shard_name
from opensepsis.data.timeline.stays import note_stays, shaped_stays, split_stays
from opensepsis.errors import FormatError, MissingError, SourceError

VERSION = 3
READ = (2, VERSION)  # version 2: stays in one file, nothing told of what was ever charted, no digests
MARKER = "timeline.json"
NOT_SENT: dict[str, pl.DataType] = {"stay": pl.String(), "concept": pl.String()}


@dataclass(frozen=True)
class Facts:
    """What is true of all shards together; None where a timeline of version 2 does not tell it."""

    charted: frozenset[str] | None = None  # the concepts of which there is any event
    outcomes: bool | None = None  # whether any stay tells a death or where its patient went
    shifted_dates: bool | None = None  # most stays begin in the future
    digest: str | None = None  # changes when anything of any patient does


@dataclass(frozen=True)
class Timeline:
    """A timeline that lies on disk; `shards` are folders of Parquet, read one at a time."""

    path: Path
    source: str
    stays: pl.DataFrame
    shards: tuple[Path, ...]
    counts: dict
    timezone: str | None = None  # of the hospital, where the source was read with one
    facts: Facts = Facts()
    address: str = ""  # in an object store: then `path` is a copy of it, without events

    @property
    def rejected(self) -> pl.DataFrame:
        """The rejected rows: the columns of events, and reason, table and row."""
        return _read_rejected(self.path / "rejected.parquet", REJECTED)

    @property
    def rejected_stays(self) -> pl.DataFrame:
        """The rejected stays: the columns of stays, and reason, table, row and the kind of identifier."""
        return _read_rejected(self.path / "rejected_stays.parquet", REJECTED_STAYS)

    @property
    def not_sent(self) -> pl.DataFrame:
        """stay, concept: of what the hospital of a stay never sent anything, where the source tells it; there it is not known."""
        file = self.path / "not_sent.parquet"
        return _read(file, NOT_SENT) if file.exists() else pl.DataFrame(schema=NOT_SENT)

    @property
    def groups(self) -> pl.DataFrame | None:
        """stay, and a column for each kind of group (site, ward, unit …), where the source tells them."""
        files = table_files(self.path / "groups.parquet")
        return read_files(files) if files else None

    def events(self) -> pl.LazyFrame:
        """All events, to be filtered before they are collected."""
        return scan_files([part for shard in self.shards for part in parquet_files(shard)])

    def parts(self) -> Iterator[tuple[pl.DataFrame, pl.LazyFrame]]:
        """Shard by shard, its stays and the events of their patients."""
        kept = self.stays.select("stay")
        for number, shard in enumerate(self.shards):
            mine = stays_of_shard(self.path, number)
            yield (
                mine.join(kept, on="stay", how="semi", maintain_order="left"),
                scan_files(parquet_files(shard)),
            )


def read_timeline(
    path: Path | str, limits: RejectionLimits | None = None, with_events: bool = True
) -> Timeline:
    """A timeline that `opensepsis convert` made; a clear error if it is absent or damaged.

    With `limits` its stays are checked again: one that cannot be is rejected and counted. Without events nothing is asked of their files.
    """
    path = as_path(path)
    about = read_about(path)
    find = whole_shard if with_events else _shard_folder
    shards = tuple(find(path, shard) for shard in about["shards"])
    table = path / "stays.parquet"
    if table.is_dir() and len(parquet_files(table)) != len(shards):
        raise MissingError(f"{table} lacks files. Make the timeline again with `opensepsis convert`.")
    found = Timeline(
        path,
        about["source"],
        _read(table, STAYS),
        shards,
        about["counts"],
        about.get("timezone"),
        facts_of(about),
    )
    return found if limits is None else checked_again(found, limits)


def facts_of(about: dict) -> Facts:
    if about["version"] < VERSION:
        return Facts()
    return Facts(frozenset(about["charted"]), about["outcomes"], about["shifted_dates"], about["digest"])


def checked_again(timeline: Timeline, limits: RejectionLimits) -> Timeline:
    """The timeline without the stays that cannot be, which are counted. An error where they are too many."""
    stays, counts, rejections = timeline.stays, timeline.counts, Rejections(limits)
    shaped = shaped_stays(stays, "stays.parquet")
    kept, aside = split_stays(shaped, limits.longest_stay, timeline.facts.shifted_dates)
    note_stays(rejections, aside)
    rejections.check_stays(aside.height, stays.height)
    if not aside.height:
        return timeline
    before = counts.get("rejections", [])
    told = {
        "rejected_stays": counts.get("rejected_stays", 0) + aside.height,
        "rejections": before + rejections.report(),
    }
    return replace(timeline, stays=kept, counts=counts | told)


def read_about(path: Path) -> dict:
    """What stands in timeline.json; a clear error if it is absent or damaged."""
    marker = path / MARKER
    if not path.exists():
        raise MissingError(f"There is no timeline at {path}. Make one with `opensepsis convert`.")
    if not marker.is_file():
        raise MissingError(
            f"{path} is not a timeline: it has no {MARKER}. Make one with `opensepsis convert`."
        )
    try:
        about = json.loads(marker.read_text(encoding="utf-8"))
        complete = {"version", "source", "counts", "shards"} <= about.keys()
    except (ValueError, AttributeError):
        complete = False
    if not complete:
        raise FormatError(f"{marker} is damaged. Make the timeline again with `opensepsis convert`.")
    if about["version"] not in READ:
        raise FormatError(
            f"{path} is a timeline of version {about['version']}; this opensepsis reads version {VERSION}. "
            "Make it again with `opensepsis convert`."
        )
    return about


def _shard_folder(path: Path, shard: dict) -> Path:
    return path / "events" / shard["folder"]


def whole_shard(path: Path, shard: dict) -> Path:
    """The folder of a shard, if all its bytes are there: a cut file shows in its size."""
    folder = _shard_folder(path, shard)
    if not folder.is_dir() or len(parquet_files(folder)) != shard["parts"]:
        raise MissingError(f"{folder} lacks files. Make the timeline again with `opensepsis convert`.")
    if size_of(folder) != shard["bytes"]:
        raise FormatError(
            f"{folder} holds a damaged file. Make the timeline again with `opensepsis convert`."
        )
    return folder


def size_of(folder: Path) -> int:
    """The bytes of a shard's files."""
    return sum(part.stat().st_size for part in parquet_files(folder))


def stays_of_shard(path: Path, number: int) -> pl.DataFrame:
    """The stays of one shard, as they were converted: nothing else is read."""
    table = path / "stays.parquet"
    if table.is_dir():
        return _read(table / f"{shard_name(number)}.parquet", STAYS)
    kept = _read(table, {**STAYS, "shard": pl.UInt32()})
    return kept.filter(pl.col("shard") == number).drop("shard")


def _read(path: Path, schema: dict) -> pl.DataFrame:
    """A table, in one file or in a folder with a file for each shard."""
    files = table_files(path)
    if not files:
        raise MissingError(f"{path} is missing. Make the timeline again with `opensepsis convert`.")
    try:
        return read_files(files, columns=list(schema))
    except (pl.exceptions.PolarsError, OSError):
        problem: SourceError = FormatError(
            f"{path} is damaged. Make the timeline again with `opensepsis convert`."
        )
    raise problem


def _read_rejected(path: Path, schema: dict) -> pl.DataFrame:
    """What was rejected; a timeline of an earlier release has fewer columns, or no file of stays."""
    files = table_files(path)
    if not files:
        return pl.DataFrame(schema=schema)
    try:
        return in_shape(read_files(files), schema)
    except (pl.exceptions.PolarsError, OSError):
        raise FormatError(f"{path} is damaged. Make the timeline again with `opensepsis convert`.") from None
