"""A shard is a job: it needs nothing of the others, writes its own files, and may run twice."""

import time
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path

import polars as pl

from opensepsis.data.io.object_store import Folder, as_folder, here, sent
from opensepsis.data.schema import KINDS_OF_STAY
from opensepsis.data.timeline.in_store import files_of_shard, open_timeline
from opensepsis.data.timeline.one_shard import OneShard, read_shard
from opensepsis.engine.semantics.calendar import Calendar
from opensepsis.errors import DefinitionError
from opensepsis.uses.label.accounts import SHARDS, account_of, write_account
from opensepsis.uses.label.clocks import label_clocks
from opensepsis.uses.label.daily_scores import KINDS as DAYS
from opensepsis.uses.label.daily_scores import label_days, scores_by_day
from opensepsis.uses.label.job import Job, job_of
from opensepsis.uses.label.outcomes import with_deaths
from opensepsis.uses.label.processor_use import processor_use
from opensepsis.uses.label.selection import select
from opensepsis.uses.label.shard import Labelled, labels_of, prepare
from opensepsis.uses.label.working_folder import open_for_job
from opensepsis.uses.label.writer import summary_of, tables_of, write_shard

FEED_NEVER_ALIVE = -(2**62)


def label_shard(
    timeline: str | Path,
    number: int,
    out: str | Path,
    *,
    stay_kind: str = "hospital",
    definitions: str | list[str] | None = None,
    variants: bool = False,
    as_known: bool = False,
    daily: str | None = None,
    timezone: str | None = None,
    longest_stay: float = 5,
) -> dict:
    """Labels shard `number` (from 0) of a timeline into its own files in the folder `out`: one job of your own scheduler.

    It is independent of the other shards: it may run on any machine that sees both folders, in parallel with others, and more than once
    (the files are the same). Files are written atomically. When all shards are done, `label("timeline", timeline, out, resume=True)`
    with the same options writes run.json and labels any shard that is missing. The options are those of `label`.

    Returns the record of the shard: `stays`, `rows` of each table, `cpu_seconds`, `peak_memory_mb` (null if not available), and
    the counts that run.json sums up. DefinitionError: no such shard or definition. MissingError, FormatError: the timeline is incomplete.
    OutputError: `out` contains something else, or shards of another run.

    >>> import opensepsis, tempfile
    >>> from opensepsis.data.timeline.writer import write_timeline
    >>> folder = tempfile.mkdtemp()
    >>> timeline = write_timeline(opensepsis.open_source("csv", "examples/hospital"), f"{folder}/timeline")
    >>> opensepsis.label_shard(timeline.path, 0, f"{folder}/results", definitions="sofa")["stays"]
    14
    >>> opensepsis.label("timeline", timeline.path, f"{folder}/results", definitions="sofa", resume=True).stays.height
    14
    """
    opened = open_timeline(as_folder(timeline))
    asked = checked_options(stay_kind, daily)
    zone = timezone or opened.timezone
    job = job_of(opened, select(definitions, variants), *asked[:1], as_known, asked[1], zone, longest_stay)
    folder = as_folder(out)
    open_for_job(folder, job)
    return run_job(job, number, folder)


def checked_options(stay_kind: str, daily: str | None) -> tuple[str, str | None]:
    """The kind of stay and of day; DefinitionError for one that there is not."""
    if stay_kind not in KINDS_OF_STAY:
        raise DefinitionError(f"Unknown stay kind '{stay_kind}'. Choose one of {', '.join(KINDS_OF_STAY)}.")
    if daily is not None and daily not in DAYS:
        raise DefinitionError(f"Unknown kind of day '{daily}'. Choose one of {', '.join(DAYS)}.")
    return stay_kind, daily


def run_job(job: Job, number: int, folder: Folder, preparing: AbstractContextManager | None = None) -> dict:
    """Labels one shard and writes its tables, then its account: only with that it is whole.

    `preparing` is held while the shard takes up most memory, so that only one at a time does where several share a machine.
    """
    began, timeline = time.process_time(), as_folder(job.timeline)
    with here(timeline, files_of_shard(timeline, number)) as place, sent(folder, SHARDS) as into:
        shard = read_shard(place, number, job.longest_stay, job.shifted_dates)
        tables = label_tables(job, shard, preparing or nullcontext())
        write_shard(into, number, tables)
        told = account_of(job, number, tables)
        _, memory = processor_use()
        told |= {"cpu_seconds": round(time.process_time() - began, 3), "peak_memory_mb": memory}
        write_account(into, number, told, shard.digests)
    return told


def label_tables(job: Job, shard: OneShard, preparing: AbstractContextManager) -> Mapping[str, pl.DataFrame]:
    """Every table of these patients by its name, `scores/sofa` and the like among them; none where no stay is of the kind."""
    stays = shard.stays.filter(pl.col("kind") == job.stay_kind)
    if stays.is_empty():
        return {}
    selection, labels = job.selection, _labelled(job, shard, preparing)
    summary = with_deaths(summary_of(selection, stays, labels), shard.stays, job.outcomes)
    return tables_of(selection, stays, labels, job.daily is not None) | {"stays": summary}


def _labelled(job: Job, shard: OneShard, preparing: AbstractContextManager) -> Labelled:
    selection, feed_alive_until = job.selection, dict.fromkeys(job.never_charted, FEED_NEVER_ALIVE)
    with preparing:  # one at a time: never does a shard take up more memory
        ready = prepare(shard.stays, job.stay_kind, shard.events, selection, Calendar(job.zone), job.as_known)
    labels, zeros = labels_of(ready, selection, job.as_known, feed_alive_until, shard.not_sent)
    if job.daily:
        by_day = scores_by_day(selection.scores)
        labels = replace(labels, days=label_days(ready, by_day, job.daily, job.zone, job.as_known))
    if not selection.clocks:
        return labels
    numbered, events = ready.stays, ready.events
    del ready  # the charts, half of its memory: clocks do without them
    return replace(labels, tasks=label_clocks(selection.clocks, numbered, events, zeros, feed_alive_until))
