"""The course of every stay of one shard: what was worked out of it, handed to the engine, and named."""

import polars as pl

from opensepsis.data.schema import MOMENT
from opensepsis.engine.batch.chart import Charts
from opensepsis.engine.batch.evaluation_times import EvaluationTimes
from opensepsis.engine.batch.evidence import tick_evidence
from opensepsis.engine.batch.finding_rows import Reach, StayFindings
from opensepsis.engine.batch.findings import courses_of
from opensepsis.rules import Course, Reached, marks_of

COLUMNS = {
    "patient": pl.String,
    "stay": pl.String,
    "part": pl.String,
    "finding": pl.String,
    "state": pl.String,
    "time": MOMENT,
    "known": MOMENT,
    "value": pl.Float64,
    "unit": pl.String,
    "text": pl.String,
    "reason": pl.String,
    "verified": pl.Boolean,
    "evidence": pl.List(pl.String),
}


def hospital_stays(every: pl.DataFrame) -> pl.DataFrame:
    """pid, start and stop of every hospital stay (pid, kind, admitted, discharged), in microseconds."""
    mine = every.filter(pl.col("kind") == "hospital")
    return mine.select("pid", start=pl.col("admitted").to_physical(), stop=pl.col("discharged").to_physical())


def inside_hospital(stays: pl.DataFrame, hospital: pl.DataFrame) -> pl.DataFrame:
    """The stays with the hospital stay around each, the first that overlaps it; its own times where there is none."""
    both = stays.select("sid", "pid", "admitted", "discharged").join(hospital, on="pid")
    both = both.filter((pl.col("start") <= pl.col("discharged")) & (pl.col("stop") >= pl.col("admitted")))
    same = (pl.col("start") == pl.col("admitted")) & (pl.col("stop") == pl.col("discharged"))
    first = both.sort(~same, "start", "stop").unique("sid", keep="first", maintain_order=True)
    found = stays.join(first.select("sid", "start", "stop"), on="sid", how="left", maintain_order="left")
    return found.with_columns(
        hospital_from=pl.coalesce("start", "admitted"), hospital_to=pl.coalesce("stop", "discharged")
    ).drop("start", "stop")


def reached(
    course: Course,
    ticks: EvaluationTimes,
    points: dict[str, pl.DataFrame],
    patients: Charts,
    events: pl.DataFrame,
    as_known: bool,
) -> dict[str, Reach]:
    """For each score that the course looks at: its highest points, and the tick that reaches those asked for, with evidence."""
    found = {}
    for mark in (m for m in marks_of(course) if isinstance(m, Reached)):
        scored = points[mark.score.name][mark.row or "total"].alias("points")
        at = ticks.ticks.select("sid", "pid", "time").with_columns(scored).drop_nulls("points")
        told = at.group_by("sid").agg(value=pl.col("points").max().cast(pl.Float64))
        reaching = at.filter(pl.col("points") >= mark.at_least)
        first = reaching.group_by("sid").agg(pl.col("pid").first(), pl.col("time").min())
        traced = tick_evidence(mark.score, mark.row, first, patients, events)
        traced = traced.with_columns(known=pl.col("time") if as_known else pl.lit(None, pl.Int64))
        found[mark.key] = Reach(told, traced)
    return found


def label_course(cases: StayFindings, stays: pl.DataFrame) -> pl.DataFrame:
    """One row for each finding of a stay that is there or not known. `stays`: sid, patient, stay."""
    findings = cases.course.findings
    named = pl.DataFrame(
        {
            "part": [f.part.value for f in findings],
            "name": [f.name for f in findings],
            "unit": [f.unit or None for f in findings],
            "verified": [f.verified for f in findings],
        },
        schema={"part": pl.String, "name": pl.String, "unit": pl.String, "verified": pl.Boolean},
    )
    found = courses_of(cases)
    rows = pl.concat([found.drop("finding"), named[found["finding"]]], how="horizontal")
    rows = rows.join(stays.select("sid", "patient", "stay"), on="sid", maintain_order="left")
    return rows.rename({"name": "finding"}).select(pl.col(c).cast(t) for c, t in COLUMNS.items())
