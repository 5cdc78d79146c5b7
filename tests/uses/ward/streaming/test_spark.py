"""A Structured Streaming job over files gives the alerts that the ward gives, for every patient of the example hospital."""

import os
import subprocess
from dataclasses import asdict
from pathlib import Path

import orjson
import polars as pl
import pytest

from opensepsis.uses.ward.model.facts import packed
from tests.support.clusters import ROOT, environment, on_spark, python_of
from tests.support.ward.one_patient import HOUR, of_all

pytestmark = pytest.mark.services
FILES = 3
JOB = """
import os, sys
os.environ["PYSPARK_PYTHON"] = sys.executable
from pyspark.sql import SparkSession
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.streaming.spark import alerts

spark = SparkSession.builder.config("spark.sql.shuffle.partitions", "2").getOrCreate()
spark.conf.set("spark.sql.session.timeZone", "UTC")
entries = spark.readStream.schema(
    "patient string, number long, message long, received timestamp, fact string"
).option("maxFilesPerTrigger", 1).parquet(sys.argv[1])
found = alerts(entries, policy=AlertPolicy(silent=False), late="0 seconds")
query = found.writeStream.format("parquet").option("checkpointLocation", sys.argv[3]).trigger(availableNow=True).start(sys.argv[2])
query.awaitTermination()
"""


def written(log, folder: Path) -> int:
    """The log in files of a third each, and at the end a word of somebody else three hours later, for the time to go on."""
    rows = [(e.fact.patient, e.number, e.message, e.received, packed(e.fact).decode()) for e in log]
    end = max(e.received for e in log) + 3 * HOUR
    rows.append(
        (
            "~",
            len(rows) + 1,
            len(rows) + 1,
            end,
            packed(log[0].fact).decode().replace(log[0].fact.patient, "~"),
        )
    )
    columns = {
        "patient": pl.String,
        "number": pl.Int64,
        "message": pl.Int64,
        "received": pl.Int64,
        "fact": pl.String,
    }
    frame = pl.DataFrame(rows, schema=columns, orient="row")
    frame = frame.with_columns(pl.col("received").cast(pl.Datetime("us", "UTC")))
    folder.mkdir()
    size = -(-frame.height // FILES)
    for number in range(FILES):
        file = folder / f"{number}.parquet"
        frame.slice(number * size, size).write_parquet(file)
        os.utime(
            file, (number, number)
        )  # Spark takes files by their time, those of one millisecond in any order
    return end


def test_the_stream_gives_what_the_ward_gives(log, tmp_path):
    end = written(log, tmp_path / "entries")
    command = [
        python_of("spark"),
        "-c",
        JOB,
        *(tmp_path / name for name in ("entries", "alerts", "checkpoint")),
    ]
    done = subprocess.run(
        [str(part) for part in command], env=environment(**on_spark("local[2]")), cwd=ROOT,
        capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    found = pl.read_parquet(tmp_path / "alerts" / "*.parquet").filter(pl.col("patient") != "~")
    expected = [orjson.dumps(asdict(told)).decode() for told in of_all(log, end - 1)]
    assert sorted(found["transition"]) == sorted(expected)
    assert found.height > 10
