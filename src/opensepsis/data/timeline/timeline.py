"""The timeline on disk: what happened to every patient, checked, in shards of patients.

DIR/timeline.json      version, source, time zone of the hospital if it was told, counts, what was ever charted, shards, digest
DIR/stays.parquet/shard-0000.parquet …      one row per stay, a file for each shard (version 2: one file)
DIR/digests.parquet/shard-0000.parquet …    one row per patient: what changes when a stay or event of theirs does
DIR/rejected.parquet         rows that were rejected, with reason, table and row
DIR/rejected_stays.parquet   stays that were rejected, likewise
DIR/not_sent.parquet/shard-0000.parquet …   where a source tells it: stay, and concept of which its hospital never sent anything
DIR/groups.parquet           where a source tells it: stay, and its site, ward, kind of unit …
DIR/events/shard-0000/part-0000.parquet …   a patient's events lie wholly in one shard, in any order
"""

import json
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import polars as pl

from opensepsis.data.intake.rejections import RejectionLimits, Rejections
from opensepsis.data.io.atomic import whole_folder
from opensepsis.data.io.paths import as_path, parquet_files, read_files, scan_files, table_files
from opensepsis.data.io.prefetch import one_ahead
from opensepsis.data.schema import EVENTS as EVENTS
from opensepsis.data.schema import ID, REASON, REJECTED, REJECTED_STAYS, ROW, STAYS, TABLE, in_shape
from opensepsis.data.timeline.digests import DIGESTS, digest_of_all, digests_of
from opensepsis.data.timeline.shards import ShardWriter, earlier_plan, shard_name
from opensepsis.data.timeline.stays import (
    children_of_whole_years,
    close_open_stays,
    fill_ages,
    longer_than,
    mostly_ahead,
    patients_of_several_births,
    shaped_stays,
    split_stays,
)
from opensepsis.definitions.concepts.marks import VOLUMES
from opensepsis.errors import FormatError, MissingError, SourceError

VERSION = 3
READ = (2, VERSION)  # version 2: stays in one file, nothing told of what was ever charted, no digests
MARKER = "timeline.json"
NOT_SENT: dict[str, pl.DataType] = {"stay": pl.String(), "concept": pl.String()}


class Source(Protocol):
    """One kind of hospital data. `counts` is complete once `events` has been read to its end."""

    def stays(self) -> pl.DataFrame: ...
    def events(self, concepts: frozenset[str] | None) -> Iterator[pl.DataFrame]: ...
    def counts(self) -> dict: ...


@runtime_checkable
class TellsNotSent(Protocol):
    """A source that tells what the hospital of a stay never sent: stay, concept."""

    def not_sent(self) -> pl.DataFrame: ...


@runtime_checkable
class TellsGroups(Protocol):
    """A source that tells to which site, ward or kind of unit a stay belongs; None where it has none."""

    def groups(self) -> pl.DataFrame | None: ...


@runtime_checkable
class TellsRows(Protocol):
    """A source that tells in which row of its table a rejected stay stands."""

    def with_rows(self, stays: pl.DataFrame) -> pl.DataFrame: ...


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


def write_timeline(
    source: Source,
    out: Path | str,
    concepts: frozenset[str] | None = None,
    shard_patients: int = 1250,
    progress: Callable[[int], None] | None = None,
    limits: RejectionLimits | None = None,
    inputs: Iterable[Path] = (),
) -> Timeline:
    """Read a source to its end and write its timeline, whole or not at all.

    Impossible rows and stays are rejected and counted; more of them than `limits` allow are an error. `progress` is
    called with the number of events read so far; `inputs` are the folders that are read, which `out` must lie beside.
    Memory is bounded by the source's batches and two million events. Patients of a timeline that lies at `out` keep their shards.
    """
    limits, out = limits or RejectionLimits(), as_path(out)
    stays, rejected_stays, rejections = _checked_stays(source, limits)
    with whole_folder(out, MARKER, inputs) as folder:
        kind = getattr(source, "event_id", "patient")
        writer = ShardWriter(folder, stays, shard_patients, rejections, kind, earlier_plan(out))
        open_stays = stays["discharged"].null_count()
        # an open stay ends with the last event of any kind, whatever is asked for
        for batch in one_ahead(source.events(None if open_stays else concepts)):
            writer.add(batch)
            if progress:
                progress(writer.read)
        rejections.check_rows(writer.rejected_of_concepts(), writer.kept, writer.read)
        with ThreadPoolExecutor(1) as beside:
            counted = beside.submit(source.counts)
            writer.finish()
        births = patients_of_several_births(stays)
        stays = close_open_stays(stays, writer.last_seen())
        stays, rejected_stays = _without_too_long(stays, rejected_stays, rejections)
        whole_years = children_of_whole_years(stays)
        stays, impossible_ages = fill_ages(stays)
        stays = stays.with_columns(writer.shards_of(stays["patient"]))
        write_by_shard(folder / "stays.parquet", stays, stays["shard"], len(writer.parts))
        rejected_stays.write_parquet(folder / "rejected_stays.parquet", compression="lz4")
        digests = _write_digests(folder, source, stays, writer)
        groups = source.groups() if isinstance(source, TellsGroups) else None
        if groups is not None:
            groups.write_parquet(folder / "groups.parquet", compression="lz4")
        writer.words.read_places(stays)
        counts = _counts(writer, stays) | {
            "open_stays": open_stays,
            "impossible_ages": impossible_ages,
            "children_of_whole_years": whole_years,
            "patients_of_several_births": births,
            "rejected_stays": rejected_stays.height,
            "rejections": rejections.report(),
        }
        facts = Facts(
            frozenset(writer.kept), outcomes_told(stays), _shifted(source, stays), digest_of_all(digests)
        )
        _write_about(folder, source, counts | {"source": counted.result()}, writer, facts)
    del stays, writer  # they are read again from disk: a million patients fit once
    return read_timeline(out)


def write_by_shard(into: Path, rows: pl.DataFrame, shards: pl.Series, count: int) -> None:
    """A folder with a file for each shard, the rows of each in their order; a shard without rows has a file too."""
    into.mkdir()
    rows = rows.with_columns(shards.alias("shard"))
    theirs = rows.partition_by("shard", maintain_order=True, as_dict=True, include_key=True)
    for number in range(count):
        mine = theirs.get((number,), rows.clear()).drop("shard")
        mine.write_parquet(into / f"{shard_name(number)}.parquet", compression="lz4", statistics=False)


def _write_digests(folder: Path, source: Source, stays: pl.DataFrame, writer: ShardWriter) -> pl.DataFrame:
    """The digests of all patients with a stay, by shard; and, where a source tells it, what was never sent of their stays."""
    frames = [*writer.digests, digests_of(stays.select(list(STAYS)))]
    where = stays.select("stay", "patient", "shard").unique("stay", keep="first")
    if isinstance(source, TellsNotSent):
        silent = in_shape(source.not_sent(), NOT_SENT).join(where, on="stay", maintain_order="left")
        write_by_shard(
            folder / "not_sent.parquet", silent.select(list(NOT_SENT)), silent["shard"], len(writer.parts)
        )
        frames.append(digests_of(silent.select("patient", *NOT_SENT)))
    every = pl.concat(frames).group_by("patient").agg(pl.col("digest").sum())
    patients = where.select("patient", "shard").unique("patient", keep="first")
    every = patients.join(every, on="patient", maintain_order="left")
    write_by_shard(folder / "digests.parquet", every.select(list(DIGESTS)), every["shard"], len(writer.parts))
    return every


def _shifted(source: Source, stays: pl.DataFrame) -> bool:
    return getattr(source, "shifted_dates", False) or mostly_ahead(stays)


def outcomes_told(stays: pl.DataFrame) -> bool:
    """Whether any stay tells a death or where its patient went."""
    told = pl.col("died").is_not_null() | pl.col("discharged_to").is_not_null()
    return bool(stays.select(told.any()).item())


def _checked_stays(source: Source, limits: RejectionLimits) -> tuple[pl.DataFrame, pl.DataFrame, Rejections]:
    """The stays that can be, those rejected, and the report with them and with the cells that the source rejected."""
    stays = shaped_stays(source.stays())
    shifted = getattr(source, "shifted_dates", False) or None
    kept, aside = split_stays(stays, limits.longest_stay, shifted)
    if aside.height and isinstance(source, TellsRows):
        aside = source.with_rows(aside)
    rejections = Rejections(limits)
    for what, table, reason, count, rows in getattr(source, "rejected_cells", list)():
        rejections.note(what, table, "stay", reason, count, rows)
    _note_stays(rejections, aside)
    rejections.check_stays(aside.height, stays.height)
    return kept, aside, rejections


def _note_stays(rejections: Rejections, aside: pl.DataFrame) -> None:
    groups = aside.group_by(TABLE, ID, REASON, maintain_order=True).agg(pl.len(), pl.col(ROW).alias("rows"))
    for table, kind, reason, count, rows in groups.iter_rows():
        rejections.note("stay", table, kind, reason, count, rows)


def _without_too_long(
    stays: pl.DataFrame, aside: pl.DataFrame, rejections: Rejections
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Stays without an end may be found too long once it is known when their patient was last seen."""
    years = rejections.limits.longest_stay
    wrong = longer_than(stays, years)
    if not wrong.any():
        return stays, aside
    reason = pl.lit(f"without an end, and the last event comes more than {years:g} years later")
    more = in_shape(stays.filter(wrong), REJECTED_STAYS)
    more = more.with_columns(reason.alias(REASON), pl.lit("stays").alias(TABLE), pl.lit("stay").alias(ID))
    _note_stays(rejections, more)
    rejections.check_stays(aside.height + more.height, stays.height + aside.height)
    return stays.filter(~wrong), pl.concat([aside, more])


def _counts(writer: ShardWriter, stays: pl.DataFrame) -> dict:
    by_reason: dict[str, int] = {}
    by_concept: dict[str, dict[str, int]] = {}
    for (concept, reason), count in sorted(writer.rejected.items()):
        by_reason[reason] = by_reason.get(reason, 0) + count
        by_concept.setdefault(concept, {})[reason] = count
    return {
        "read": writer.read,
        "written": writer.written,
        "rejected": by_reason,
        "rejected_by_concept": by_concept,
        "unmapped_text": writer.words.by_volume(),
        "low": {
            name: {"below": VOLUMES[name].below, "rows": rows, "of": writer.kept[name]}
            for name, rows in writer.low.items()
            if rows
        },
        "without_stay": {"events": writer.without_stay, "patients": len(writer.strangers)},
        "stays": stays.height,
        "patients": stays["patient"].n_unique(),
    }


def _write_about(folder: Path, source: Source, counts: dict, writer: ShardWriter, facts: Facts) -> None:
    shards = [
        {
            "folder": writer.path(n).name,
            "parts": writer.parts[n],
            "rows": writer.rows[n],
            "bytes": _size(writer.path(n)),
        }
        for n in range(len(writer.parts))
    ]
    name = getattr(source, "name", type(source).__name__)
    about = {"version": VERSION, "source": name, "timezone": getattr(source, "timezone", None)}
    about |= {"charted": sorted(facts.charted or ()), "outcomes": facts.outcomes, "digest": facts.digest}
    about |= {"shifted_dates": facts.shifted_dates}
    about |= {"counts": counts, "shards": shards}
    (folder / MARKER).write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")


def read_timeline(path: Path | str, limits: RejectionLimits | None = None) -> Timeline:
    """A timeline that `opensepsis convert` made; a clear error if it is absent or damaged.

    With `limits` its stays are checked again: one that cannot be is rejected and counted.
    """
    path = as_path(path)
    about = read_about(path)
    shards = tuple(whole_shard(path, shard) for shard in about["shards"])
    table = path / "stays.parquet"
    if table.is_dir() and len(parquet_files(table)) != len(shards):
        raise MissingError(f"{table} lacks files. Make the timeline again with `opensepsis convert`.")
    stays, counts = _read(table, STAYS), about["counts"]
    if limits is not None:
        stays, counts = _checked_again(stays, counts, limits, facts_of(about).shifted_dates)
    return Timeline(path, about["source"], stays, shards, counts, about.get("timezone"), facts_of(about))


def facts_of(about: dict) -> Facts:
    if about["version"] < VERSION:
        return Facts()
    return Facts(frozenset(about["charted"]), about["outcomes"], about["shifted_dates"], about["digest"])


def _checked_again(
    stays: pl.DataFrame, counts: dict, limits: RejectionLimits, shifted_dates: bool | None
) -> tuple[pl.DataFrame, dict]:
    rejections = Rejections(limits)
    shaped = shaped_stays(stays, "stays.parquet")
    kept, aside = split_stays(shaped, limits.longest_stay, shifted_dates)
    _note_stays(rejections, aside)
    rejections.check_stays(aside.height, stays.height)
    if not aside.height:
        return stays, counts
    before = counts.get("rejections", [])
    told = {
        "rejected_stays": counts.get("rejected_stays", 0) + aside.height,
        "rejections": before + rejections.report(),
    }
    return kept, counts | told


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


def whole_shard(path: Path, shard: dict) -> Path:
    """The folder of a shard, if all its bytes are there: a cut file shows in its size."""
    folder = path / "events" / shard["folder"]
    if not folder.is_dir() or len(parquet_files(folder)) != shard["parts"]:
        raise MissingError(f"{folder} lacks files. Make the timeline again with `opensepsis convert`.")
    if _size(folder) != shard["bytes"]:
        raise FormatError(
            f"{folder} holds a damaged file. Make the timeline again with `opensepsis convert`."
        )
    return folder


def _size(folder: Path) -> int:
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
