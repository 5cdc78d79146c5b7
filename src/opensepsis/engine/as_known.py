"""What could be known at each tick: every tick becomes a patient of its own who ends there.

The batch engine then scores these as it scores any patients, so no rule is written twice.
"""

import polars as pl

from opensepsis.engine.batch import score_ticks
from opensepsis.engine.charts import charts
from opensepsis.engine.running import HOUR
from opensepsis.engine.ticks import Ticks
from opensepsis.rules import Score

PATIENTS_AT_ONCE = 20  # each event is copied to every tick after it, so few patients at a time


def score_ticks_as_known(score: Score, ticks: Ticks, events: pl.DataFrame) -> pl.DataFrame:
    """As `score_ticks`, at each tick from the events known by then. `events` have their open ends closed."""
    needed = events.filter(pl.col("concept").is_in(list(score.concepts)))
    parts = []
    pids = ticks.ticks["pid"].unique(maintain_order=True)
    for start in range(0, len(pids), PATIENTS_AT_ONCE):
        some = pids[start : start + PATIENTS_AT_ONCE].to_list()
        parts.append(_snapshots(score, ticks.ticks.filter(pl.col("pid").is_in(some)), needed))
    return pl.concat(parts)


def _snapshots(score: Score, ticks: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    at = ticks.with_row_index("snapshot")
    seen = events.join(at.select("snapshot", "pid", tick="time"), on="pid")
    seen = seen.filter((pl.col("known") <= pl.col("tick")) & (pl.col("time") <= pl.col("tick")))
    seen = seen.with_columns(pid=pl.col("snapshot").cast(pl.UInt32)).select(events.columns)
    alone = at.select(sid="snapshot", pid="snapshot", hour=pl.lit(1, pl.Int64), time="time")
    stays = at.select(
        sid="snapshot",
        pid="snapshot",
        admitted=pl.col("time") - HOUR,
        discharged="time",
        hours=pl.lit(1, pl.Int64),
    )
    return score_ticks(score, Ticks(stays, alone), charts(seen, score.concepts))
