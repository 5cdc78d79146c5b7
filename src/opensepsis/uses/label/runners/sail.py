"""The shards of a job on Sail, which speaks Spark Connect without Java: a server of this process, or the one at SPARK_REMOTE."""

import os
from collections.abc import Iterator
from pathlib import Path

from opensepsis.errors import MissingError
from opensepsis.uses.label.job import Job
from opensepsis.uses.label.runners.outcome import Outcome
from opensepsis.uses.label.runners.spark import run_on


def run(job: Job, numbers: list[int], folder: Path) -> Iterator[Outcome]:
    """Labels these shards. MissingError: pysail or the client of Spark is not installed."""
    try:
        from pysail.spark import SparkConnectServer  # pyright: ignore[reportMissingImports]
        from pyspark.sql import SparkSession  # pyright: ignore[reportMissingImports]
    except ModuleNotFoundError as missing:
        raise MissingError(
            f"--on sail needs '{missing.name}', which is not installed. Install opensepsis with its extra `sail`."
        ) from None
    address, server = os.environ.get("SPARK_REMOTE"), None
    if address is None:
        server = SparkConnectServer()
        server.start(background=True)
        address = f"sc://localhost:{server.listening_address[1]}"
    spark = SparkSession.builder.remote(address).getOrCreate()
    try:
        yield from run_on(spark, job, numbers, folder)
    finally:
        spark.stop()
        if server is not None:
            server.stop()
