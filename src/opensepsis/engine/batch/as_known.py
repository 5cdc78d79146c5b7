"""What could be known at each tick: every tick becomes a patient of its own who ends there.

The batch engine then scores these as it scores any patients, so no rule is written twice.
"""

from collections.abc import Mapping, Sequence

import polars as pl

from opensepsis.engine.batch.chart import charts
from opensepsis.engine.batch.evaluation_times import EvaluationTimes
from opensepsis.engine.batch.scores import score_ticks
from opensepsis.engine.semantics.time import HOUR, to_microseconds
from opensepsis.rules import Score
from opensepsis.rules.look_back import look_backs

EVER = 2**60  # how far back, where no length of time bounds it
SNAPSHOTS_AT_ONCE = 2000  # each event is copied to every tick after it, so few ticks at a time


def score_ticks_as_known(score: Score, ticks: EvaluationTimes, events: pl.DataFrame) -> pl.DataFrame:
    """As `score_ticks`, at each tick from the events known by then. `events` have their open ends closed."""
    needed = events.filter(pl.col("concept").is_in(list(score.concepts)))
    parts = []
    for some in ticks.ticks.iter_slices(SNAPSHOTS_AT_ONCE):
        theirs = pl.col("pid").is_between(some["pid"][0], some["pid"][-1])  # ticks are in order of patient
        parts.append(snapshots(score, some, needed.filter(theirs)))
    return pl.concat(parts)


def snapshots(score: Score, ticks: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """The score at each tick (pid, time) from what was known at it, or at `by` where that is given; up to `until`."""
    at = ticks.with_row_index("snapshot")
    at = at if "until" in at.columns else at.with_columns(until="time")
    at = at if "by" in at.columns else at.with_columns(by="time")
    seen = _seen(at, events, reach([score]))
    alone = at.select(sid="snapshot", pid="snapshot", hour=pl.lit(1, pl.Int64), time="time")
    stays = at.select(
        sid="snapshot",
        pid="snapshot",
        admitted=pl.col("time") - HOUR,
        discharged="time",
        hours=pl.lit(1, pl.Int64),
    )
    return score_ticks(score, EvaluationTimes(stays, alone), charts(seen, score.concepts))


def reach(scores: Sequence[Score]) -> dict[str, int]:
    """For how long before a moment the records of each concept can matter to one of the scores, in microseconds."""
    longest: dict[str, int] = {}
    for score in scores:
        backs = look_backs(score)
        for name in score.concepts:
            back = to_microseconds(backs[name]) if name in backs else EVER
            longest[name] = max(back, longest.get(name, 0))
    return longest


def _seen(at: pl.DataFrame, events: pl.DataFrame, backs: Mapping[str, int]) -> pl.DataFrame:
    """What was known of each patient at each snapshot, with the snapshot as its patient; not what is too old to matter."""
    back = pl.col("concept").cast(pl.String).replace_strict(backs, return_dtype=pl.Int64)
    narrow = events.select("pid", "time", "known", back=back).with_row_index("row")
    seen = narrow.join(at.select("snapshot", "pid", "until", "by"), on="pid")
    in_time = (pl.col("time") <= pl.col("until")) & (pl.col("until") - pl.col("time") <= pl.col("back"))
    seen = seen.filter((pl.col("known") <= pl.col("by")) & in_time)
    whole = events[seen["row"]].with_columns(seen["until"], pid=seen["snapshot"].cast(pl.UInt32))
    beyond = pl.col("end") > pl.col("until")
    return whole.with_columns(end=pl.when(beyond).then(pl.col("until") + 1).otherwise("end")).drop("until")
