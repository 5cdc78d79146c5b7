"""The shards of a job in threads of this process."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from threading import Lock

from opensepsis.data.io.object_store import Folder
from opensepsis.uses.label.job import Job
from opensepsis.uses.label.runners.outcome import Outcome
from opensepsis.uses.label.shard_job import run_job

AT_ONCE = 2  # shards; most steps of a shard keep one core busy


def run(job: Job, numbers: list[int], folder: Folder) -> Iterator[Outcome]:
    """Labels these shards, as many at a time as AT_ONCE, so memory is bounded."""
    preparing = Lock()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        waiting = {pool.submit(run_job, job, number, folder, preparing): number for number in numbers}
        try:
            for done in as_completed(waiting):
                problem = done.exception()
                if problem is not None and not isinstance(problem, Exception):
                    raise problem
                yield Outcome(waiting[done], problem)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
