"""The shards of a job on Sail, which speaks Spark Connect without Java: a server of this process, or the one at SPARK_REMOTE."""

from collections.abc import Iterator

from opensepsis.data.io.engines import session
from opensepsis.data.io.object_store import Folder
from opensepsis.uses.label.job import Job
from opensepsis.uses.label.runners.outcome import Outcome
from opensepsis.uses.label.runners.spark import run_on


def run(job: Job, numbers: list[int], folder: Folder) -> Iterator[Outcome]:
    """Labels these shards. MissingError: pysail or the client of Spark is not installed."""
    with session("sail") as spark:
        yield from run_on(spark, job, numbers, folder)
