"""Results brought up to date: only patients of whom anything changed are labelled again, the rows of the others are kept."""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from opensepsis.data.io.object_store import Folder, as_folder, copied, here, sent
from opensepsis.data.io.paths import scan_content
from opensepsis.data.results import RUN, read_run
from opensepsis.data.schema import STAYS
from opensepsis.data.timeline.in_store import digests_of_shard_in, files_of_shard
from opensepsis.data.timeline.one_shard import (
    OneShard,
    checked,
    digests_file_of_shard,
    digests_of_shard,
    events_of_patients,
    read_shard,
)
from opensepsis.data.timeline.timeline import NOT_SENT
from opensepsis.errors import FormatError, MissingError, OutputError
from opensepsis.uses.label.accounts import (
    SHARDS,
    account_file,
    account_of,
    digests_file,
    digests_when_labelled,
    files_of_account,
    read_account,
    renewed_account,
    whole_shards,
    write_account,
)
from opensepsis.uses.label.job import Job
from opensepsis.uses.label.renewed_rows import link, renew_tables
from opensepsis.uses.label.runners import Progress
from opensepsis.uses.label.shard_job import label_tables
from opensepsis.uses.label.writer import table_file, write_shard

Tables = Mapping[str, pl.DataFrame]
PATIENTS_AT_ONCE = 3500
_SHARDS_AT_ONCE = 2000
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

    folder: Folder
    key: str


def earlier_results(folder: Folder, job: Job) -> tuple[Earlier | None, str]:
    """The results that a job may bring up to date, and why not where all patients are to be labelled again.

    MissingError, FormatError: there are none, or they are not whole. OutputError: they answer another question.
    """
    with here(folder, [RUN]) as place:
        run = read_run(place)
    before = run.get("job")
    if before is None:
        raise FormatError(
            f"{folder} holds results of an earlier version of opensepsis. Make them again without --since."
        )
    asked = job.question
    differ = [name for name in asked if before["question"].get(name) != asked[name]]
    if differ:
        raise OutputError(
            f"{folder} was labelled with other choices ({', '.join(differ)}). Give the same ones, or label without --since."
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
    return Earlier(folder.resolve() if isinstance(folder, Path) else folder, before["key"]), ""


def changed_patients(before: pl.DataFrame, now: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    """The patients of a shard who are to be labelled, and those whose earlier rows go; from `patient` and `digest` of both.

    >>> before = pl.DataFrame({"patient": ["a", "b", "c"], "digest": [1, 2, 3]})
    >>> now = pl.DataFrame({"patient": ["a", "b", "d"], "digest": [1, 9, 4]})
    >>> [found.to_list() for found in changed_patients(before, now)]
    [['b', 'd'], ['b', 'c']]
    """
    if before["patient"].equals(now["patient"]):  # as on most nights
        changed = now["patient"].filter(before["digest"] != now["digest"])
        return changed, changed
    both = ["patient", "digest"]
    changed = now.join(before, on=both, how="anti", maintain_order="left")["patient"]
    return changed, before.join(now, on=both, how="anti", maintain_order="left")["patient"]


def bring_up_to_date(
    job: Job, earlier: Earlier, numbers: Iterable[int], folder: Folder, progress: Progress
) -> dict[int, dict]:
    """Makes every shard whole in `folder` from the earlier results and this timeline; comes back with their accounts.

    Changed patients of many shards are labelled together: what labelling costs whatever the number of patients is paid once.
    """
    asked, whole = list(numbers), whole_shards(folder, job.key)
    waiting: list[_Gathered] = []
    for done, number in enumerate(n for n in asked if n not in whole):
        progress("labelling", done, len(asked))
        waiting.append(_gathered(job, earlier, number))
        if (
            sum(len(one.theirs.digests) for one in waiting) >= PATIENTS_AT_ONCE
            or len(waiting) >= _SHARDS_AT_ONCE
        ):
            _label(job, earlier, waiting, folder)
            waiting = []
    _label(job, earlier, waiting, folder)
    whole = whole_shards(folder, job.key)
    return {number: whole[number] for number in asked}


@dataclass(frozen=True)
class _Gathered:
    """A shard, what it holds of its changed patients, their events, and the patients whose earlier rows go."""

    number: int
    whole: OneShard
    theirs: OneShard
    events: pl.DataFrame
    gone: pl.Series
    known: bool  # whether there was such a shard
    digests: pl.DataFrame | bytes  # those of all its patients, or their file

    @property
    def is_as_it_was(self) -> bool:
        """Whether nobody of it changed or left."""
        return self.theirs.digests.is_empty() and self.gone.is_empty()


def _gathered(job: Job, earlier: Earlier, number: int) -> _Gathered:
    timeline, before, now, file = as_folder(job.timeline), *_digests(job, earlier, number)
    known, before = before is not None, now.clear() if before is None else before
    changed, gone = changed_patients(before, now)
    if known and changed.is_empty() and gone.is_empty():
        nothing = OneShard(pl.DataFrame(schema=STAYS), pl.LazyFrame(), pl.DataFrame(schema=NOT_SENT), now)
        return _Gathered(number, nothing, nothing.of(changed), pl.DataFrame(), gone, known, file)
    with here(timeline, files_of_shard(timeline, number)) as place:
        whole, events = read_shard(place, number, digests=now), pl.DataFrame()
        if len(changed):
            events = events_of_patients(place, number, whole, changed, job.selection.concepts)
    return _Gathered(number, whole, whole.of(changed), events, gone, known, file)


def _digests(
    job: Job, earlier: Earlier, number: int
) -> tuple[pl.DataFrame | None, pl.DataFrame, pl.DataFrame | bytes]:
    """The digests of the patients of a shard when they were labelled, None where there was no such shard; those of now, and their file."""
    timeline = as_folder(job.timeline)
    with here(timeline, digests_of_shard_in(timeline, number)) as place:
        file = digests_file_of_shard(place, number)
        now = digests_of_shard(place, number) if file is None else scan_content(file)
    try:
        with here(earlier.folder, [digests_file(number)]) as place:
            before = scan_content(digests_when_labelled(place, number))
            both = pl.collect_all([before, now.lazy()])
    except (FileNotFoundError, MissingError, pl.exceptions.PolarsError):
        now = now.lazy().collect()
        return None, now, now if file is None else file
    return both[0], both[1], both[1] if file is None else file


def _label(job: Job, earlier: Earlier, group: list[_Gathered], folder: Folder) -> None:
    """Labels the changed patients of these shards, and writes the files of each."""
    changed = [one for one in group if one.events.width]
    fresh: Tables = {}
    if changed:
        together = OneShard(
            pl.concat([one.theirs.stays for one in changed]),
            pl.concat([one.events for one in changed]).lazy(),
            pl.concat([one.theirs.not_sent for one in changed]).unique(),
            pl.concat([one.theirs.digests for one in changed]),
        )
        together = checked(together, job.longest_stay, job.shifted_dates)
        fresh = label_tables(job, together, nullcontext())
    by_patient = {
        name: rows.partition_by("patient", maintain_order=True, as_dict=True) for name, rows in fresh.items()
    }
    with ThreadPoolExecutor(_WRITERS) as pool:
        list(
            pool.map(
                lambda one: _written(job, earlier, one, _of_shard(one, fresh, by_patient), folder), group
            )
        )


def _of_shard(one: _Gathered, fresh: Tables, by_patient: Mapping[str, dict[tuple, pl.DataFrame]]) -> Tables:
    """The fresh rows of the patients of a shard."""
    patients = one.theirs.digests["patient"].to_list()
    found = {name: [rows[(p,)] for p in patients if (p,) in rows] for name, rows in by_patient.items()}
    return {name: pl.concat(rows) if rows else fresh[name].clear() for name, rows in found.items()}


def _written(job: Job, earlier: Earlier, one: _Gathered, fresh: Tables, folder: Folder) -> None:
    """Writes one shard: its files as they were, where nobody of it changed or left."""
    before = _account(earlier.folder, one.number) if one.known else account_of(job, one.number, {})
    again, names = {"key": job.key, "labelled_again": len(one.theirs.digests)}, files_of_account(before)
    if one.is_as_it_was and names and copied(earlier.folder, names, folder):
        with sent(folder, SHARDS) as into:
            write_account(into, one.number, before | again, one.digests, before["bytes"])
        return
    with here(earlier.folder, names) as old, sent(folder, SHARDS) as into:
        told = _shard_written(job, old, one, before, fresh, into)
        write_account(into, one.number, told | again, one.digests)


def _account(earlier: Folder, number: int) -> dict:
    with here(earlier, [account_file(number)]) as place:
        return read_account(place, number)


def _shard_written(job: Job, old: Path, one: _Gathered, before: dict, fresh: Tables, into: Path) -> dict:
    """Writes the tables of a shard whose earlier ones lie in `old`; comes back with its account."""
    number = one.number
    if not before["rows"]:
        tables = fresh if fresh and fresh["stays"].height else {}
        write_shard(into, number, tables)
        return account_of(job, number, tables)
    if one.is_as_it_was:
        for name in before["rows"]:
            link(table_file(old, name, number), table_file(into, name, number))
        return before
    went = _renewed(job, old, one, before, fresh, into)
    told = renewed_account(before, account_of(job, number, went), account_of(job, number, fresh))
    if told["stays"]:
        return told
    for name in before["rows"]:  # nobody is left: a run writes no file
        table_file(into, name, number).unlink()
    return account_of(job, number, {})


def _renewed(job: Job, old: Path, one: _Gathered, before: dict, fresh: Tables, into: Path) -> Tables:
    """Writes the tables of a shard; comes back with the rows that went."""
    stays = one.whole.stays.filter(pl.col("kind") == job.stay_kind)
    files = {
        name: (table_file(old, name, one.number), table_file(into, name, one.number))
        for name in before["rows"]
    }
    return renew_tables(files, one.gone, stays, fresh)
