"""The shards of a job on Spark. Executors need the opensepsis wheel, and see the folders of the timeline and of the results."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from opensepsis.data.io.engines import call_with_numbers, last_words, session
from opensepsis.data.io.object_store import Folder
from opensepsis.uses.label.accounts import whole_shards
from opensepsis.uses.label.job import Job
from opensepsis.uses.label.runners.outcome import Outcome, as_outcome, as_text, labelled_elsewhere


def run(job: Job, numbers: list[int], folder: Folder) -> Iterator[Outcome]:
    """Labels these shards, each a task of its own. MissingError: pyspark is not installed; RunnerError: Spark does not start."""
    with session("spark") as spark:
        yield from run_on(spark, job, numbers, folder)


def run_on(spark: Any, job: Job, numbers: list[int], folder: Folder) -> Iterator[Outcome]:
    """The same on a session that exists. Where the engine gave up, the shards that are not whole have its words."""
    work = partial(
        labelled_elsewhere, as_text(job), folder=str(folder.resolve() if isinstance(folder, Path) else folder)
    )
    try:
        told = call_with_numbers(spark, numbers, work)
    except Exception as problem:
        whole = whole_shards(folder, job.key)
        yield from (Outcome(n, _GaveUp(last_words(problem))) for n in numbers if n not in whole)
        return
    yield from (as_outcome(number, words) for number, words in told)


class _GaveUp(Exception):
    """The engine ended the whole run, perhaps for one of its tasks: worth trying again."""
