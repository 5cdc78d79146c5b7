"""What runs the shards of a job: threads of this process, or an engine that a hospital has already.

A runner is given numbers of shards, never rows. Whatever it is, a shard that failed is tried again, then named; the others are whole.
"""

import errno
from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Protocol

from opensepsis.data.io.object_store import Folder
from opensepsis.errors import OpensepsisError, RunnerError
from opensepsis.uses.label.accounts import whole_shards
from opensepsis.uses.label.job import Job
from opensepsis.uses.label.runners.outcome import Outcome

ATTEMPTS = 3
RUNNERS_BY_NAME = {
    "local": "opensepsis.uses.label.runners.local",
    "spark": "opensepsis.uses.label.runners.spark",
    "sail": "opensepsis.uses.label.runners.sail",
}


class Runner(Protocol):
    """Labels these shards of a job into a folder, and tells of each how it ended, in any order."""

    def __call__(self, job: Job, numbers: list[int], folder: Folder) -> Iterator[Outcome]: ...


class Progress(Protocol):
    """Is told what is done, of how many."""

    def __call__(self, step: str, done: int, total: int, /) -> object: ...


def run_jobs(
    job: Job, numbers: Iterable[int], folder: Folder, on: str, progress: Progress
) -> dict[int, dict]:
    """Labels the shards of a job that are not whole yet; comes back with the accounts of all.

    A shard that failed is tried again, twice at most, unless what was wrong with it is known. Then its problem is raised, and says which
    shards failed.
    """
    runner: Runner = import_module(RUNNERS_BY_NAME[on]).run
    asked = list(numbers)
    whole = whole_shards(folder, job.key)
    for attempt in range(1, ATTEMPTS + 1):
        missing = [number for number in asked if number not in whole]
        if not missing:
            break
        problems: dict[int, Exception] = {}
        done = len(asked) - len(missing)
        progress("labelling", done, len(asked))
        for outcome in runner(job, missing, folder):
            if outcome.problem is None:
                done += 1
                progress("labelling", done, len(asked))
            else:
                problems[outcome.number] = outcome.problem
                if _is_of_no_use_to_go_on(outcome.problem):
                    raise outcome.problem
        whole = whole_shards(folder, job.key)
        left = [number for number in missing if number not in whole]
        known = problems and all(isinstance(problem, OpensepsisError) for problem in problems.values())
        if left and (known or attempt == ATTEMPTS):
            raise _told(left, problems, len(asked))
    return {number: whole[number] for number in asked}


def _is_of_no_use_to_go_on(problem: Exception) -> bool:
    """A full disk is full for every shard."""
    return getattr(problem, "errno", None) in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def _told(failed: list[int], problems: dict[int, Exception], total: int) -> Exception:
    """The first problem, with the shards that failed where there are others."""
    first = next((problems[number] for number in failed if number in problems), None)
    if first is None:
        first = RunnerError("Shards were begun and not ended: what ran them was stopped.")
    if total > 1:
        some = ", ".join(map(str, failed[:10])) + (
            f" and {len(failed) - 10} more" if len(failed) > 10 else ""
        )
        others = " The others are whole." if len(failed) < total else ""
        first.add_note(f"Failed, of {total} shards: {some}.{others}")
    return first
