"""Which rule of a phenotype a stay is the first not to meet, and what met the last one where it has all. Polars."""

import polars as pl

from opensepsis.engine.batch.chart import Charts
from opensepsis.engine.batch.infection import infections
from opensepsis.engine.batch.phenotypes import episodes
from opensepsis.rules import (
    Bacteremia,
    BacteremiaShock,
    CriteriaMet,
    Infection,
    NhsnBacteremia,
    OrganFailure,
    Phenotype,
    Shock,
    Surveillance,
    Worsened,
)

RULES = {"sid": pl.UInt32, "met": pl.Boolean, "rule": pl.String}
SUSPECTED, RISEN = "suspected infection", "score that has risen enough"
# the last rule of a phenotype: who meets all before it and has no episode does not meet this one
LAST = (
    (Infection, "antibiotic and culture near each other"),
    (OrganFailure, RISEN),
    (Shock, "vasopressor and high lactate together"),
    (CriteriaMet, "criteria together"),
    (Worsened, "sign of shock"),
    (BacteremiaShock, "new vasopressor in the window"),
    (Bacteremia, "growth in blood"),
    (NhsnBacteremia, "growth in blood of a new organism"),
    (Surveillance, "onset that fits its rules"),
)
Steps = list[
    tuple[str, pl.Series]
]  # each rule but the last, with the stays (sid) that meet it and those before it


def first_unmet(
    phenotype: Phenotype, stays: pl.DataFrame, patients: Charts, found: pl.DataFrame, ticks: pl.DataFrame
) -> pl.DataFrame:
    """sid, met, rule of every stay: the first rule not met, else what met the last one where the phenotype tells.

    `found`: the episodes (sid, onset, organ_failure). To be asked after the episodes, which leave what was reached in the charts.
    """
    last = next(name for kind, name in LAST if isinstance(phenotype, kind))
    rule = pl.lit(last)
    for name, sids in reversed(_steps(phenotype, stays, patients, ticks)):
        rule = pl.when(pl.col("sid").is_in(sids.unique().implode())).then(rule).otherwise(pl.lit(name))
    without = stays.filter(~pl.col("sid").is_in(found["sid"].unique().implode()))
    unmet = without.select("sid", met=pl.lit(False), rule=rule)
    return pl.concat([unmet, _met(phenotype, found, patients)]).select(
        pl.col(name).cast(kind) for name, kind in RULES.items()
    )


def _steps(phenotype: Phenotype, stays: pl.DataFrame, patients: Charts, ticks: pl.DataFrame) -> Steps:
    match phenotype:
        case OrganFailure(infection=infection) | CriteriaMet(infection=infection):
            return [(SUSPECTED, infections(infection, stays, patients)["sid"])]
        case Shock(sepsis=sepsis):
            return [*_steps(sepsis, stays, patients, ticks), (RISEN, _having(sepsis, stays, patients, ticks))]
        case Worsened(after=before):
            having = _having(before, stays, patients, ticks)
            return [*_steps(before, stays, patients, ticks), ("criteria together", having)]
    return patients.reached.get(phenotype.name, [])


def _having(phenotype: Phenotype, stays: pl.DataFrame, patients: Charts, ticks: pl.DataFrame) -> pl.Series:
    """The stays with an episode of what a phenotype rests on: worked out before."""
    return episodes(phenotype, stays, patients, ticks)["sid"]


def _met(phenotype: Phenotype, found: pl.DataFrame, patients: Charts) -> pl.DataFrame:
    """The stays with an episode, and what the organ dysfunction of the first was, by concept."""
    first = found.sort("sid", "onset").unique("sid", keep="first", maintain_order=True)
    first = first.select("sid", "onset", "organ_failure")
    if not isinstance(phenotype, Surveillance):
        return first.select("sid", met=pl.lit(True), rule=pl.lit(None, pl.String))
    own = {phenotype.culture.name, *(c.name for c in getattr(phenotype, "antimicrobials", ()))}
    trigger = patients.trigger_events[phenotype.name].filter(~pl.col("concept").is_in(own))
    told = first.join(trigger, on=["sid", "onset"]).filter(pl.col("time") == pl.col("organ_failure"))
    named = told.group_by("sid").agg(rule=pl.col("concept").unique().sort().str.join(" and "))
    return first.join(named, on="sid", how="left").select("sid", met=pl.lit(True), rule="rule")
