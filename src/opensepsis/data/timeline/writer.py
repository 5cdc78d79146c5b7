"""Writes the timeline of a source, whole or not at all."""

import json
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl

from opensepsis.data.intake.rejections import RejectionLimits, Rejections
from opensepsis.data.io.atomic import whole_folder
from opensepsis.data.io.paths import as_path
from opensepsis.data.io.prefetch import one_ahead
from opensepsis.data.schema import ID, REASON, REJECTED_STAYS, STAYS, TABLE, in_shape
from opensepsis.data.timeline.digests import DIGESTS, digest_of_all, digests_of
from opensepsis.data.timeline.shards import ShardWriter, earlier_plan, shard_name
from opensepsis.data.timeline.source import Source, TellsGroups, TellsNotSent, TellsRows
from opensepsis.data.timeline.stays import (
    children_of_whole_years,
    close_open_stays,
    fill_ages,
    longer_than,
    mostly_ahead,
    note_stays,
    outcomes_told,
    patients_of_several_births,
    shaped_stays,
    split_stays,
)
from opensepsis.data.timeline.timeline import (
    MARKER,
    NOT_SENT,
    VERSION,
    Facts,
    Timeline,
    read_timeline,
    size_of,
)
from opensepsis.definitions.concepts.marks import VOLUMES


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
        counts = _counts(writer, stays, limits.of_part) | {
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
    where = stays.select("stay", "patient", "shard").unique("stay", keep="first", maintain_order=True)
    if isinstance(source, TellsNotSent):
        silent = in_shape(source.not_sent(), NOT_SENT).join(where, on="stay", maintain_order="left")
        write_by_shard(
            folder / "not_sent.parquet", silent.select(list(NOT_SENT)), silent["shard"], len(writer.parts)
        )
        frames.append(digests_of(silent.select("patient", *NOT_SENT)))
    every = pl.concat(frames).group_by("patient").agg(pl.col("digest").sum())
    patients = where.select("patient", "shard").unique("patient", keep="first", maintain_order=True)
    every = patients.join(every, on="patient", maintain_order="left")
    write_by_shard(folder / "digests.parquet", every.select(list(DIGESTS)), every["shard"], len(writer.parts))
    return every


def _shifted(source: Source, stays: pl.DataFrame) -> bool:
    return getattr(source, "shifted_dates", False) or mostly_ahead(stays)


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
    note_stays(rejections, aside)
    rejections.check_stays(aside.height, stays.height)
    return kept, aside, rejections


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
    note_stays(rejections, more)
    rejections.check_stays(aside.height + more.height, stays.height + aside.height)
    return stays.filter(~wrong), pl.concat([aside, more])


def _counts(writer: ShardWriter, stays: pl.DataFrame, of_part: bool) -> dict:
    """Volumes that are not low in a part of a hospital are counted too: another part may have some that are."""
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
            if rows or of_part
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
            "bytes": size_of(writer.path(n)),
        }
        for n in range(len(writer.parts))
    ]
    name = getattr(source, "name", type(source).__name__)
    about = {"version": VERSION, "source": name, "timezone": getattr(source, "timezone", None)}
    about |= {"charted": sorted(facts.charted or ()), "outcomes": facts.outcomes, "digest": facts.digest}
    about |= {"shifted_dates": facts.shifted_dates}
    about |= {"counts": counts, "shards": shards}
    (folder / MARKER).write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")
