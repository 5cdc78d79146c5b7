"""The values beside the points of a run, worked out again from its timeline."""

from pathlib import Path

import polars as pl

from opensepsis.data.results import read_run
from opensepsis.data.timeline.timeline import read_timeline
from opensepsis.engine.batch.as_known import score_ticks_as_known
from opensepsis.engine.batch.deciding_values import deciding_values
from opensepsis.engine.semantics.calendar import Calendar
from opensepsis.uses.label.labels import read_labels, timeline_of
from opensepsis.uses.label.selection import select
from opensepsis.uses.label.shard import prepare
from opensepsis.uses.label.writer import file_name


def write_values(results: Path, into: Path) -> None:
    """For each score of a run `into`/NAME/*.parquet: stay, time, and for each row when it was worst and its signals then.

    Of a run as known, what was known at each hour. One shard of patients is in memory at a time. MissingError: no results, or their
    timeline is gone.
    """
    run = read_run(results)
    timeline = read_timeline(timeline_of(read_labels(results)))
    selection = select([one["name"] for one in run["definitions"] if one["kind"] == "score"])
    for score in selection.scores:
        (into / file_name(score.name)).mkdir(parents=True)
    for number, (stays, events) in enumerate(timeline.parts()):
        if (stays["kind"] == run["stays"]["kind"]).any():
            calendar = Calendar(run["source"]["days_of"])
            shard = prepare(stays, run["stays"]["kind"], events, selection, calendar, run["as_known"])
            head = shard.ticks.ticks.join(shard.stays.select("sid", "stay"), on="sid", maintain_order="left")
            head = head.select("stay", pl.col("time").cast(pl.Datetime("us", "UTC")))
            for score in selection.scores:
                at = (score, shard.ticks, shard.charts)
                found = (
                    score_ticks_as_known(*at, at_ticks=deciding_values)
                    if run["as_known"]
                    else deciding_values(*at)
                )
                beside = pl.concat([head, found], how="horizontal")
                beside.write_parquet(into / file_name(score.name) / f"{number:04d}.parquet")
