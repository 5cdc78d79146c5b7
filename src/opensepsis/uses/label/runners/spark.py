"""The shards of a job on Spark: the session that is active, else the one that the environment describes (spark-submit, SPARK_REMOTE …).

What is sent are numbers of shards, and what comes back is one small row for each: no event passes through Spark. Executors need the
opensepsis wheel, and see the folders of the timeline and of the results.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from opensepsis.errors import MissingError, RunnerError
from opensepsis.uses.label.accounts import whole_shards
from opensepsis.uses.label.job import Job
from opensepsis.uses.label.runners.outcome import Outcome, as_outcome, as_text, labelled_elsewhere


def run(job: Job, numbers: list[int], folder: Path) -> Iterator[Outcome]:
    """Labels these shards, each a task of its own. MissingError: pyspark is not installed; RunnerError: Spark does not start."""
    yield from run_on(session(), job, numbers, folder)


def session() -> Any:
    """The active session, or a new one: with one thread for each task, as Spark counts a core for each."""
    try:
        from pyspark.sql import SparkSession  # pyright: ignore[reportMissingImports]
    except ModuleNotFoundError as missing:
        raise MissingError(
            f"--on spark needs '{missing.name}', which is not installed. Install opensepsis with its extra `spark`."
        ) from None
    active = SparkSession.getActiveSession()
    if active is not None:
        return active
    os.environ.setdefault(
        "PYSPARK_PYTHON", sys.executable
    )  # else workers take whatever `python3` is on the path
    builder = SparkSession.builder.appName("opensepsis")
    try:
        return builder.config("spark.executorEnv.POLARS_MAX_THREADS", "1").getOrCreate()
    except Exception as problem:
        said = str(problem).partition("\n")[0]
        raise RunnerError(
            f"Spark does not start: {said} It needs Java 17 or later, or SPARK_REMOTE."
        ) from None


def run_on(spark: Any, job: Job, numbers: list[int], folder: Path) -> Iterator[Outcome]:
    """The same on a session that exists. Where Spark gave up, the shards that are not whole have its words."""
    text, where = as_text(job), str(folder.resolve())

    def work(batches):
        import pyarrow as pa

        for batch in batches:
            asked = [numbers[place] for place in batch.column(0).to_pylist()]
            told = [labelled_elsewhere(text, number, where) for number in asked]
            yield pa.RecordBatch.from_pydict(
                {"number": pa.array(asked, pa.int32()), "told": pa.array(told, pa.string())}
            )

    # a range, for it alone has exactly one row in each partition: one shard a task
    places = spark.range(0, len(numbers), 1, len(numbers))
    try:
        rows = places.mapInArrow(work, "number int, told string").collect()
    except Exception as problem:
        said = f"{type(problem).__name__}: {_last_words(problem)}"
        whole = whole_shards(folder, job.key)
        yield from (Outcome(n, _GaveUp(said)) for n in numbers if n not in whole)
        return
    yield from (as_outcome(row.number, row.told) for row in rows)


def _last_words(problem: Exception) -> str:
    """The last line of what a Python worker or the JVM printed: the error itself."""
    lines = [line.strip() for line in str(problem).splitlines()]
    lines = [line for line in lines if line and not line.startswith(("at ", "SQLSTATE", "JVM", "..."))]
    return lines[-1][:300] if lines else ""


class _GaveUp(Exception):
    """Spark ended the whole run, perhaps for one of its tasks: worth trying again."""
