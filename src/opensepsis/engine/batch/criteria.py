"""Infection with criteria that hold together, for many stays. Polars twin of `live/criteria.py`.

`ticks`: sid, time, and the total of each score in a column of its name.
"""

import polars as pl

from opensepsis.engine.batch.availability import with_knowledge, with_knowledge_until
from opensepsis.engine.batch.chart import Charts
from opensepsis.engine.batch.infection import episodes_frame, first_in_window, infections, stood
from opensepsis.engine.semantics.time import to_microseconds
from opensepsis.rules import AtLeast, CriteriaMet, Worsened


def criteria_met(
    phenotype: CriteriaMet, stays: pl.DataFrame, patients: Charts, ticks: pl.DataFrame
) -> pl.DataFrame:
    """For each course of infection the first suspicion around which every criterion is met."""
    return patients.worked_out(_criteria_met, phenotype, stays, ticks)


def _criteria_met(
    phenotype: CriteriaMet, stays: pl.DataFrame, ticks: pl.DataFrame, patients: Charts
) -> pl.DataFrame:
    suspected = infections(phenotype.infection, stays, patients).rename({"time": "suspected"})
    good = ticks.filter(pl.all_horizontal(*(_enough(c) for c in phenotype.criteria)))
    good = good.select("sid", "time", points=phenotype.criteria[0].score.name)
    found = first_in_window(suspected, good, phenotype)
    first = found.sort("sid", "course", "suspected", "time").unique(
        ["sid", "course"], keep="first", maintain_order=True
    )
    first = first.with_columns(known=pl.max_horizontal("known", "time"))
    enough = [pl.lit(c.points) for c in phenotype.criteria]
    scores = [c.score for c in phenotype.criteria]
    first = with_knowledge(phenotype, scores, patients, first, good, enough)
    which = pl.max_horizontal if phenotype.complete else pl.min_horizontal
    found = first.select(
        "sid",
        "suspected",
        "points",
        "known",
        "withdrawn",
        onset=which("suspected", "time"),
        organ_failure="time",
    )
    return stood(episodes_frame(found))


def worsened(phenotype: Worsened, stays: pl.DataFrame, patients: Charts, ticks: pl.DataFrame) -> pl.DataFrame:
    """For each episode of criteria met, the first tick from its onset on with the further sign."""
    before = criteria_met(phenotype.after, stays, patients, ticks).drop("shock").with_row_index("course")
    signs = ticks.filter(_enough(phenotype.sign)).select("sid", shock="time")
    found = before.join(signs, on="sid")
    after = pl.col("shock") - pl.col("onset")
    found = found.filter((after >= 0) & (after <= to_microseconds(phenotype.within)))
    first = found.sort("course", "shock").unique("course", keep="first", maintain_order=True)
    first = first.with_columns(known=pl.max_horizontal("known", "shock"))
    asked = first.join(stays.select("sid", "pid"), on="sid").with_columns(time="shock", since="onset")
    score = phenotype.sign.score
    last = pl.col("since") + to_microseconds(phenotype.within)
    asked = with_knowledge_until(
        [score], patients, asked, signs.rename({"shock": "time"}), [pl.lit(phenotype.sign.points)], last
    )
    return stood(episodes_frame(asked.with_columns(onset="shock")))


def _enough(criterion: AtLeast) -> pl.Expr:
    return (pl.col(criterion.score.name) >= criterion.points).fill_null(False)
