"""Results brought up to date: only patients of whom anything changed are labelled again, the rows of the others are kept."""

import os
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from opensepsis.data.io.atomic import whole_file
from opensepsis.data.results import read_result, read_run
from opensepsis.data.timeline.one_shard import OneShard
from opensepsis.errors import FormatError, MissingError, OutputError
from opensepsis.uses.label.accounts import read_digests, whole_shards
from opensepsis.uses.label.job import Job
from opensepsis.uses.label.writer import TABLES, table_file

Tables = Mapping[str, pl.DataFrame]
_OF_ALL = (
    "longest_stay",
    "shifted_dates",
    "outcomes",
    "never_charted",
)  # what one patient can change for all


@dataclass(frozen=True)
class Earlier:
    """Earlier results of the same question, whole: where they lie, and the key of their job."""

    folder: Path
    key: str


def earlier_results(folder: Path, job: Job) -> tuple[Earlier | None, str]:
    """The results that a job may bring up to date, and why not where all patients are to be labelled again.

    MissingError, FormatError: there are none, or they are not whole. OutputError: they answer another question.
    """
    run = read_run(folder)
    before = run.get("job")
    if before is None:
        raise FormatError(
            f"{folder} holds results of an earlier opensepsis. Make them again without --since."
        )
    asked = job.question
    differ = [name for name in asked if before["question"].get(name) != asked[name]]
    if differ:
        raise OutputError(
            f"{folder} was labelled with other choices ({', '.join(differ)}): give the same, or label without --since."
        )
    if len(whole_shards(folder, before["key"])) < run["shards"]["all"]:
        raise MissingError(
            f"{folder} is not whole: files of shards are missing. Make it again without --since."
        )
    if before["data"].partition(":")[0] != job.data.partition(":")[0]:
        return None, "the digests of the timeline were made by another version of Polars"
    changed = [name for name in _OF_ALL if before["of_all"][name] != job.of_all[name]]
    if changed:
        return None, f"what holds for all patients has changed: {', '.join(changed)}"
    return Earlier(folder.resolve(), before["key"]), ""


def changed_patients(earlier: Path, number: int, shard: OneShard) -> pl.Series:
    """The patients of a shard whose stays or events are not those of the earlier results, or who were not in it."""
    try:
        before = read_digests(earlier, number)
    except (FileNotFoundError, pl.exceptions.PolarsError):
        return shard.digests["patient"]  # there was no such shard
    return shard.digests.join(before, on=["patient", "digest"], how="anti", maintain_order="left")["patient"]


def tables_since(
    earlier: Path, number: int, shard: OneShard, kind: str, label: Callable[[OneShard], Tables]
) -> tuple[Tables | None, int]:
    """The tables of a shard, as if all of it were labelled, and how many patients were; no tables: the earlier files hold.

    `label` gives the tables of some patients of the shard.
    """
    changed = changed_patients(earlier, number, shard)
    kept = shard.digests["patient"].filter(~shard.digests["patient"].is_in(changed.implode()))
    if not len(changed) and len(kept) == _labelled_before(earlier, number):
        return None, 0
    fresh = label(shard.of(changed)) if len(changed) else {}
    order = shard.stays.filter(pl.col("kind") == kind).select("stay").with_row_index("_place")
    files = {path.relative_to(earlier).with_suffix("").as_posix() for path in _tables(earlier)}
    found = {}
    for name in [*fresh, *sorted(files - fresh.keys())]:
        file = table_file(earlier, name, number)
        rows = [read_result(file).filter(pl.col("patient").is_in(kept.implode()))] if file.is_file() else []
        rows += [fresh[name]] if name in fresh else []
        if rows:
            found[name] = _in_order(name, pl.concat(rows), order)
    return (found if order.height else {}), len(changed)


def link_shard(earlier: Path, folder: Path, number: int, names: list[str]) -> None:
    """The files of a shard as they are, in another folder: the same file by another name where the disk can."""
    for name in names:
        old, new = table_file(earlier, name, number), table_file(folder, name, number)
        new.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(new) as beside:
            with suppress(OSError):
                os.link(old, beside)
                continue
            shutil.copyfile(old, beside)


def _labelled_before(earlier: Path, number: int) -> int:
    return read_digests(earlier, number).height


def _tables(folder: Path) -> list[Path]:
    return [path for path in (*folder.glob("*.parquet"), *folder.glob("scores/*.parquet")) if path.is_dir()]


def _in_order(name: str, rows: pl.DataFrame, order: pl.DataFrame) -> pl.DataFrame:
    """Rows as a run over all patients would have them."""
    if name in TABLES:
        return rows.sort(TABLES[name], maintain_order=True)
    placed = rows.join(order, on="stay", how="left", maintain_order="left")
    return rows if placed["_place"].is_sorted() else placed.sort("_place", maintain_order=True).drop("_place")
