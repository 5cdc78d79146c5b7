"""Results brought up to date: only patients of whom anything changed are labelled again, the rows of the others are kept."""

import os
import shutil
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from opensepsis.data.io.atomic import whole_file
from opensepsis.data.results import read_result, read_run
from opensepsis.data.timeline.one_shard import OneShard, read_shard
from opensepsis.errors import FormatError, MissingError, OutputError
from opensepsis.uses.label.accounts import account_of, read_account, read_digests, whole_shards, write_account
from opensepsis.uses.label.job import Job
from opensepsis.uses.label.runners import Progress
from opensepsis.uses.label.shard_job import label_tables
from opensepsis.uses.label.writer import TABLES, table_file, write_shard

Tables = Mapping[str, pl.DataFrame]
PATIENTS_AT_ONCE = 3500
_WRITERS = 2
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


def bring_up_to_date(
    job: Job, earlier: Earlier, numbers: Iterable[int], folder: Path, progress: Progress
) -> dict[int, dict]:
    """Makes every shard whole in `folder` from the earlier results and this timeline; comes back with their accounts.

    Changed patients of many shards are labelled together: what labelling costs whatever the number of patients is paid once.
    """
    asked, whole = list(numbers), whole_shards(folder, job.key)
    waiting: list[_Gathered] = []
    for done, number in enumerate(n for n in asked if n not in whole):
        progress("labelling", done, len(asked))
        waiting.append(_gathered(job, earlier, number))
        if sum(len(one.changed) for one in waiting) >= PATIENTS_AT_ONCE:
            _label(job, earlier, waiting, folder)
            waiting = []
    _label(job, earlier, waiting, folder)
    whole = whole_shards(folder, job.key)
    return {number: whole[number] for number in asked}


@dataclass(frozen=True)
class _Gathered:
    """A shard, its changed patients, and their events."""

    number: int
    shard: OneShard
    changed: pl.Series
    events: pl.DataFrame


def _gathered(job: Job, earlier: Earlier, number: int) -> _Gathered:
    shard = read_shard(Path(job.timeline), number, job.longest_stay, job.shifted_dates)
    changed = changed_patients(earlier.folder, number, shard)
    needed = pl.col("concept").is_in(list(job.selection.concepts))
    events = shard.of(changed).events.filter(needed).collect() if len(changed) else pl.DataFrame()
    return _Gathered(number, shard, changed, events)


def _label(job: Job, earlier: Earlier, group: list[_Gathered], folder: Path) -> None:
    """Labels the changed patients of these shards, and writes the files of each."""
    changed = [one for one in group if len(one.changed)]
    fresh: Tables = {}
    if changed:
        theirs = [one.shard.of(one.changed) for one in changed]
        together = OneShard(
            pl.concat([some.stays for some in theirs]),
            pl.concat([one.events for one in changed]).lazy(),
            pl.concat([some.not_sent for some in theirs]).unique(),
            pl.concat([some.digests for some in theirs]),
        )
        fresh = label_tables(job, together, nullcontext())
    with ThreadPoolExecutor(_WRITERS) as pool:
        list(pool.map(lambda one: _written(job, earlier, one, fresh, folder), group))


def _written(job: Job, earlier: Earlier, one: _Gathered, fresh: Tables, folder: Path) -> None:
    """Writes one shard: its files as they were, where nobody of it changed or left."""
    number, shard = one.number, one.shard
    kept = shard.digests["patient"].filter(~shard.digests["patient"].is_in(one.changed.implode()))
    if not len(one.changed) and len(kept) == read_digests(earlier.folder, number).height:
        told = read_account(earlier.folder, number)
        link_shard(earlier.folder, folder, number, list(told["rows"]))
        write_account(folder, number, told | {"key": job.key, "labelled_again": 0}, shard.digests)
        return
    stays = shard.stays.filter(pl.col("kind") == job.stay_kind).select("stay")
    tables = _merged(earlier.folder, number, fresh, kept, stays)
    write_shard(folder, number, tables)
    told = account_of(job, number, tables) | {"labelled_again": len(one.changed)}
    write_account(folder, number, told, shard.digests)


def _merged(earlier: Path, number: int, fresh: Tables, kept: pl.Series, stays: pl.DataFrame) -> Tables:
    """The rows of kept patients and the fresh ones, as a run over all patients of the shard would have them."""
    if stays.is_empty():
        return {}
    order, mine = stays.with_row_index("_place"), pl.col("stay").is_in(stays["stay"].implode())
    files = {path.relative_to(earlier).with_suffix("").as_posix() for path in _tables(earlier)}
    found = {}
    for name in [*fresh, *sorted(files - fresh.keys())]:
        file = table_file(earlier, name, number)
        old = read_result(file) if file.is_file() else fresh[name].clear()
        new = fresh[name].filter(mine) if name in fresh else old.clear()
        found[name] = _in_order(name, old.filter(pl.col("patient").is_in(kept.implode())), new, order)
    return found


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


def _tables(folder: Path) -> list[Path]:
    return [path for path in (*folder.glob("*.parquet"), *folder.glob("scores/*.parquet")) if path.is_dir()]


def _in_order(name: str, kept: pl.DataFrame, fresh: pl.DataFrame, order: pl.DataFrame) -> pl.DataFrame:
    """Rows as a run over all patients would have them."""
    if name in TABLES:
        return pl.concat([kept, fresh]).sort(TABLES[name], maintain_order=True)
    old, new = (_runs(rows, order) for rows in (kept, fresh))
    if not old["_place"].is_sorted():  # the timeline tells its stays in another order than before
        placed = pl.concat([kept, fresh]).join(order, on="stay", how="left", maintain_order="left")
        return placed.sort("_place", maintain_order=True).drop("_place")
    before = old["_place"].search_sorted(new["_place"])
    pieces, begin = [], 0
    for run, (start, length, _) in sorted(
        zip(before, new.iter_rows(), strict=True), key=lambda one: one[1][2]
    ):
        end = old["start"][run] if run < old.height else kept.height
        pieces += [kept[begin:end], fresh[start : start + length]]
        begin = end
    return pl.concat([*pieces, kept[begin:]], rechunk=False)


def _runs(rows: pl.DataFrame, order: pl.DataFrame) -> pl.DataFrame:
    """start, len, _place of the rows of each stay, which lie together."""
    runs = rows.select(pl.col("stay").rle()).unnest("stay")
    placed = runs.join(order, left_on="value", right_on="stay", how="left", maintain_order="left")
    return placed.select((pl.col("len").cum_sum() - pl.col("len")).alias("start"), "len", "_place")
