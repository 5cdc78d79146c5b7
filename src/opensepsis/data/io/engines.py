"""Engines of a cluster: the session to use, and a function that is called there once for each number."""

import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from opensepsis.errors import MissingError, RunnerError

ENGINES = ("spark", "sail")


@contextmanager
def session(engine: str) -> Iterator[Any]:
    """A session of Spark, or of Sail, which speaks Spark Connect without Java.

    MissingError: it is not installed. RunnerError: it does not start.
    """
    if engine == "sail":
        with _sail() as found:
            yield found
    else:
        yield _spark()


def call_with_numbers(spark: Any, numbers: list[int], work: Callable[[int], str]) -> list[tuple[int, str]]:
    """Calls `work` with each number, each in a task of its own; numbers go out, and one short text for each comes back."""

    def tasks(batches):
        import pyarrow as pa

        for batch in batches:
            asked = [numbers[place] for place in batch.column(0).to_pylist()]
            told = [_in_turn(work, number) for number in asked]
            yield pa.RecordBatch.from_pydict(
                {"number": pa.array(asked, pa.int32()), "told": pa.array(told, pa.string())}
            )

    # a range, for it alone has exactly one row in each partition
    places = spark.range(0, len(numbers), 1, len(numbers))
    rows = places.mapInArrow(tasks, "number int, told string").collect()
    return [(row.number, row.told) for row in rows]


def _in_turn(work: Callable[[int], str], number: int) -> str:
    """Calls it in one of a few threads of this process, when that is free.

    Sail begins all tasks at once, each in a thread of its own, and what an allocator keeps for a thread that ended stays taken.
    """
    return _threads().submit(work, number).result()


@lru_cache(1)
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(os.cpu_count() or 1, "opensepsis")


def last_words(problem: Exception) -> str:
    """The last line of what a Python worker or the JVM printed: the error itself."""
    lines = [line.strip() for line in str(problem).splitlines()]
    lines = [line for line in lines if line and not line.startswith(("at ", "SQLSTATE", "JVM", "..."))]
    return f"{type(problem).__name__}: {lines[-1][:300] if lines else ''}"


def _spark() -> Any:
    """The session that is active, else one that the environment describes (spark-submit, SPARK_REMOTE …), with a thread for each task."""
    try:
        from pyspark.sql import SparkSession  # pyright: ignore[reportMissingImports]
    except ModuleNotFoundError as missing:
        raise _absent("spark", missing) from None
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


@contextmanager
def _sail() -> Iterator[Any]:
    """A session of a server in this process, or of the one at SPARK_REMOTE."""
    try:
        from pysail.spark import SparkConnectServer  # pyright: ignore[reportMissingImports]
        from pyspark.sql import SparkSession  # pyright: ignore[reportMissingImports]
    except ModuleNotFoundError as missing:
        raise _absent("sail", missing) from None
    address, server = os.environ.get("SPARK_REMOTE"), None
    if address is None:
        server = SparkConnectServer()
        server.start(background=True)
        address = f"sc://localhost:{server.listening_address[1]}"
    spark = SparkSession.builder.remote(address).getOrCreate()
    try:
        yield spark
    finally:
        spark.stop()
        if server is not None:
            server.stop()


def _absent(engine: str, missing: ModuleNotFoundError) -> MissingError:
    return MissingError(
        f"--on {engine} needs '{missing.name}', which is not installed. Install opensepsis with its extra `{engine}`."
    )
