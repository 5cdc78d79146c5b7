"""`days.parquet`: the SOFA scores of each day of a stay, by the calendar or by 24 hours from admission.

A row keeps its worst points of the day; a day is complete, and its score known, at its end.
"""

from datetime import timedelta

import polars as pl

from opensepsis.data.intake.zones import local_times
from opensepsis.data.schema import MOMENT
from opensepsis.definitions.scores.sofa2 import SOFA_2, SOFA_2_PAPER_MISSING
from opensepsis.engine.batch.as_known import score_ticks_as_known
from opensepsis.engine.batch.evaluation_times import EvaluationTimes, daily
from opensepsis.engine.batch.scores import BASIS, score_ticks
from opensepsis.errors import DefinitionError
from opensepsis.rules import Score
from opensepsis.uses.label.shard import Shard, of_age

KINDS = ("calendar", "24h")
FAMILIES = ("sofa", "sofa2")
DAY = timedelta(hours=24)
COLUMNS = {
    "patient": pl.String,
    "stay": pl.String,
    "day": pl.Int32,
    "start": MOMENT,
    "end": MOMENT,
    "score": pl.String,
    "row": pl.String,
    "points": pl.Int8,
    "basis": BASIS,
}
CHOICES = {
    "day 1": "24h: from admission. calendar: from the midnight before admission, so what happened that day before it counts",
    "last day": "ends at its full length; nothing after discharge counts",
    "midnight": "of the zone of the times (UTC without --timezone), as at admission: a change of the clock moves no day",
    "points": "the worst of each row in the day; total: the sum of the known rows, on the weakest basis among the rows",
    "missing": "not known; beside it sofa2:missing_as_paper, with 0 for what was never observed and the last points carried on",
}


def scores_by_day(scores: tuple[Score, ...]) -> list[Score]:
    """The scores told by day: those of the SOFA family that were asked for, and SOFA-2 as its paper fills gaps."""
    found = [s for s in scores if s.name.partition(":")[0] in FAMILIES]
    if not found:
        raise DefinitionError(
            "Scores by day need sofa or sofa2 among the definitions. Add one to --definitions."
        )
    paper = [SOFA_2_PAPER_MISSING] if SOFA_2 in found and SOFA_2_PAPER_MISSING not in found else []
    return [*found, *paper]


def label_days(
    shard: Shard, scores: list[Score], kind: str, zone: str | None, as_known: bool
) -> pl.DataFrame:
    """One row per patient, stay, day, score and row of the score, and one for the total."""
    spans = shard.ticks.stays.drop("hours")
    ticks = daily(spans, _midnight(spans, zone) if kind == "calendar" else None)
    head = ticks.ticks.select(
        "sid",
        day=(pl.col("hour") // 24).cast(pl.Int32),
        start=(pl.col("time") + 1).cast(MOMENT) - DAY,
        end=(pl.col("time") + 1).cast(MOMENT),
    )
    parts = [_long(score, head, _points(shard, score, ticks, as_known)) for score in scores]
    who = shard.stays.select("sid", "patient", "stay")
    found = pl.concat(parts).join(who, on="sid", maintain_order="left")
    return found.sort("sid", "day", maintain_order=True).select(
        pl.col(name).cast(dtype) for name, dtype in COLUMNS.items()
    )


def _midnight(spans: pl.DataFrame, zone: str | None) -> pl.Expr:
    """Microseconds after 00:00 UTC at which the days of each stay begin, in the order of the stays."""
    if zone is None:
        return pl.lit(0)
    admitted = spans.select(pl.from_epoch("admitted", time_unit="us").dt.replace_time_zone("UTC")).to_series()
    away = local_times(admitted, zone) - admitted.dt.replace_time_zone(None)
    return pl.lit(-away.dt.total_microseconds())


def _points(shard: Shard, score: Score, ticks: EvaluationTimes, as_known: bool) -> pl.DataFrame:
    found = (
        score_ticks_as_known(score, ticks, shard.charts)
        if as_known
        else score_ticks(score, ticks, shard.charts)
    )
    return of_age(score, shard, ticks.ticks, found)


def _long(score: Score, head: pl.DataFrame, points: pl.DataFrame) -> pl.DataFrame:
    rows = [row.name for row in score.rows]
    weakest = pl.max_horizontal(pl.col(f"{r}_basis").to_physical() for r in rows)
    wide = pl.concat([head, points], how="horizontal").with_columns(total_basis=weakest.cat.to(BASIS))
    every = [*rows, "total"]
    parts = [
        wide.select(
            *head.columns,
            row=pl.lit(name),
            points=pl.col(name).cast(pl.Int8),
            basis=f"{name}_basis",
            nr=pl.lit(i),
        )
        for i, name in enumerate(every)
    ]
    long = pl.concat(parts).with_columns(score=pl.lit(score.name))
    return long.sort("sid", "day", "nr").drop("nr")
