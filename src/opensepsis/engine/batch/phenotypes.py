"""Episodes of many stays: infection with organ failure, and shock. Polars twin of `live/phenotypes.py`."""

from typing import cast

import polars as pl

from opensepsis.engine.batch.adult_sepsis_event import adult_sepsis_events
from opensepsis.engine.batch.availability import first_computable_at, with_knowledge
from opensepsis.engine.batch.bacteremia import bacteremias, shock_events
from opensepsis.engine.batch.chart import THOUSANDTHS, Charts, surely_above
from opensepsis.engine.batch.criteria import criteria_met, worsened
from opensepsis.engine.batch.infection import (
    episodes_frame,
    first_in_window,
    infection_episodes,
    infections,
    stood,
)
from opensepsis.engine.batch.infusions import step_function
from opensepsis.engine.batch.nhsn_bacteremia import nhsn_bacteremias
from opensepsis.engine.batch.nhsn_sepsis import nhsn_sepsis_events
from opensepsis.engine.semantics.perspective import Perspective
from opensepsis.engine.semantics.time import to_microseconds
from opensepsis.rules import (
    AdultSepsisEvent,
    Bacteremia,
    BacteremiaShock,
    Baseline,
    Concept,
    CriteriaMet,
    Infection,
    NhsnBacteremia,
    NhsnSepsisEvent,
    OrganFailure,
    Shock,
    Worsened,
)

NEVER = 2**61


def organ_failures(
    phenotype: OrganFailure, stays: pl.DataFrame, patients: Charts, ticks: pl.DataFrame
) -> pl.DataFrame:
    """For each course of infection the first suspicion that has organ failure.

    `ticks`: sid, time, and the total of each score in a column of its name.
    """
    return patients.worked_out(_organ_failures, phenotype, stays, ticks)


def _organ_failures(
    phenotype: OrganFailure, stays: pl.DataFrame, ticks: pl.DataFrame, patients: Charts
) -> pl.DataFrame:
    suspected = infections(phenotype.infection, stays, patients).rename({"time": "suspected"})
    total = pl.col(phenotype.score.name).cast(pl.Int16)
    known = ticks.select("sid", "time", total=total).drop_nulls("total")
    if phenotype.baseline is Baseline.ZERO:
        risen = _above_zero(phenotype, suspected, known)
    else:
        pairs = suspected.join(known, on="sid").with_columns(after=pl.col("time") - pl.col("suspected"))
        judged = _against_baseline(phenotype, pairs.sort("sid", "suspected", "time"))
        risen = judged.filter(pl.col("total") - pl.col("lowest") >= phenotype.by)
    first = (
        risen.sort("sid", "course", "suspected", "time")
        .group_by("sid", "course", maintain_order=True)
        .first()
    )
    first = first.with_columns(known=pl.max_horizontal("known", "time", "latest"))
    enough = [pl.col("lowest") + phenotype.by]
    if phenotype.baseline is Baseline.ZERO:
        risen = known.filter(pl.col("total") >= phenotype.by).with_columns(lowest=pl.lit(0, pl.Int16))
    first = with_knowledge(phenotype, [phenotype.score], patients, first, risen, enough)
    found = episodes_frame(
        first.select(
            "sid",
            "suspected",
            onset=pl.min_horizontal("suspected", "time"),
            known="known",
            organ_failure="time",
            points="total",
            baseline="lowest",
            withdrawn="withdrawn",
        )
    )
    return stood(found)


def _above_zero(phenotype: OrganFailure, suspected: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """For each suspicion the first tick in its window that is high enough in itself: no pairs need be made."""
    high = known.filter(pl.col("total") >= phenotype.by)
    found = first_in_window(suspected, high, phenotype)
    return found.with_columns(lowest=pl.lit(0, pl.Int16), latest=pl.lit(0, pl.Int64))


def _against_baseline(phenotype: OrganFailure, pairs: pl.DataFrame) -> pl.DataFrame:
    """The ticks that are judged, each with its baseline `lowest` and the latest tick that the baseline rests on."""
    after = pl.col("after")
    window = pairs.filter(
        (after >= -to_microseconds(phenotype.before)) & (after <= to_microseconds(phenotype.after))
    )
    key = ["sid", "suspected"]
    match phenotype.baseline:
        case Baseline.LOWEST_SO_FAR:
            lowest = pl.col("total").cum_min().over(key)
            return window.with_columns(lowest=lowest, latest=pl.lit(0, pl.Int64))
        case Baseline.WINDOW_START:
            return window.with_columns(lowest=pl.col("total").first().over(key), latest=pl.lit(0, pl.Int64))
    around = (after >= -to_microseconds(phenotype.baseline_before)) & (
        after <= to_microseconds(phenotype.baseline_after)
    )
    low = pairs.filter(around).sort(*key, "total", "time").group_by(key, maintain_order=True).first()
    low = low.select(*key, lowest="total", latest="time")
    return window.filter(after >= 0).join(low, on=key).sort("sid", "suspected", "time")


def shocks(phenotype: Shock, stays: pl.DataFrame, patients: Charts, ticks: pl.DataFrame) -> pl.DataFrame:
    """Sepsis with a vasopressor and a high lactate: at most one shock for each course of sepsis."""
    sepsis = organ_failures(phenotype.sepsis, stays, patients, ticks).with_row_index("course")
    last_tick = ticks.group_by("sid").agg(last_tick=pl.col("time").max())
    sepsis = sepsis.join(stays.select("sid", "pid"), on="sid").join(last_tick, on="sid")
    limit = pl.min_horizontal(pl.col("onset") + to_microseconds(phenotype.until), "last_tick")
    near = to_microseconds(phenotype.paired_within)
    found = sepsis.with_columns(limit=limit).join(_vasopressor_and_lactate(phenotype, patients), on="pid")
    found = found.filter(
        (pl.col("end") + near >= pl.col("onset")) & (pl.col("lactate") + near >= pl.col("onset"))
    )
    found = found.with_columns(moment=pl.max_horizontal("start", "lactate", "onset"))
    if phenotype.fluid:
        found = _when_fluids_given(phenotype, found, patients)
    found = found.filter(pl.col("moment") <= pl.col("limit"))
    found = found.with_columns(shock_known=pl.max_horizontal("moment", "lactate_known"))
    first = found.sort("course", "moment", "shock_known", "start")
    first = first.group_by("course", maintain_order=True).first()
    first = first.with_columns(known=pl.max_horizontal("shock_known", "known"))
    found = first.with_columns(
        onset="moment", shock="moment", known=_supported_known(phenotype, first, patients)
    )
    return stood(episodes_frame(found))


def _supported_known(phenotype: Shock, first: pl.DataFrame, patients: Charts) -> pl.Series:
    """From `known` on, when the vasopressor of each shock could be known to run as it began to count."""
    if patients.judged is not Perspective.IN_RETROSPECT:
        return first["known"]
    asked = first.select("pid", time="start", **{"from": "known"}, enough0=pl.lit(1, pl.Int64))
    later = pl.DataFrame(schema={"row": pl.UInt32, "time": pl.Int64, "enough0": pl.Int64})
    return first_computable_at([phenotype.supported], patients, asked, later)


def _vasopressor_and_lactate(phenotype: Shock, patients: Charts) -> pl.DataFrame:
    """Start and end of each stretch of vasopressor with each high lactate near it."""
    stretches = []
    for drug in phenotype.vasopressors:
        end = pl.col("time").shift(-1).over("pid").fill_null(NEVER)
        steps = step_function(drug, patients).frame().with_columns(end=end).filter(pl.col("value") > 0)
        stretches.append(steps.select("pid", "end", start="time"))
    high = patients.measured[phenotype.lactate.name].filter(surely_above(phenotype.lactate_above))
    high = high.select("pid", lactate="time", lactate_known=pl.max_horizontal("time", "known"))
    near = to_microseconds(phenotype.paired_within)
    close = (pl.col("start") - pl.col("lactate") <= near) & (pl.col("lactate") - pl.col("end") <= near)
    return pl.concat(stretches).unique().join(high, on="pid").filter(close)


def _when_fluids_given(phenotype: Shock, found: pl.DataFrame, patients: Charts) -> pl.DataFrame:
    """The first moment from `moment` on, while the pair holds, at which enough fluid per kilogram had been given."""
    fluid, weight = cast(Concept, phenotype.fluid), cast(Concept, phenotype.weight)
    given = patients.frame(fluid.name).select("pid", fluid_time="time", volume="value")
    weights = patients.frame(weight.name).select("pid", time="time", weight="value")
    near = to_microseconds(phenotype.paired_within)
    last = pl.min_horizontal(pl.col("end") + near, pl.col("lactate") + near, "limit")
    found = found.with_row_index("pair").with_columns(last=last)
    later = found.join(given.select("pid", "fluid_time"), on="pid")
    later = later.filter((pl.col("fluid_time") > pl.col("moment")) & (pl.col("fluid_time") <= pl.col("last")))
    asked = pl.concat([found, later.with_columns(moment="fluid_time").select(found.columns)]).with_row_index(
        "try"
    )
    over = to_microseconds(phenotype.fluid_over)
    sums = asked.select("try", "pid", "moment").join(given, on="pid")
    inside = (pl.col("fluid_time") > pl.col("moment") - over) & (pl.col("fluid_time") <= pl.col("moment"))
    sums = sums.filter(inside).group_by("try").agg(pl.col("volume").sum())
    asked = (
        asked.join(sums, on="try")
        .sort("moment")
        .join_asof(weights.sort("time"), left_on="moment", right_on="time", by="pid", check_sortedness=False)
    )
    enough = pl.col("volume") / pl.lit(THOUSANDTHS, pl.Float64) / pl.col("weight") >= phenotype.fluid_at_least
    first = asked.filter(enough).sort("pair", "moment").group_by("pair", maintain_order=True).first()
    return first.select(found.columns)


def episodes(phenotype, stays: pl.DataFrame, patients: Charts, ticks: pl.DataFrame) -> pl.DataFrame:
    """Every episode of a phenotype: sid, onset, known, suspected, organ_failure, shock, points, baseline, onset_type."""
    match phenotype:
        case Infection():
            return infection_episodes(phenotype, stays, patients)
        case OrganFailure():
            return organ_failures(phenotype, stays, patients, ticks)
        case Shock():
            return shocks(phenotype, stays, patients, ticks)
        case AdultSepsisEvent():
            return adult_sepsis_events(phenotype, stays, patients)
        case NhsnBacteremia():
            return nhsn_bacteremias(phenotype, stays, patients)
        case NhsnSepsisEvent():
            return nhsn_sepsis_events(phenotype, stays, patients)
        case CriteriaMet():
            return criteria_met(phenotype, stays, patients, ticks)
        case Worsened():
            return worsened(phenotype, stays, patients, ticks)
        case Bacteremia():
            return bacteremias(phenotype, stays, patients)
        case BacteremiaShock():
            return shock_events(phenotype, stays, patients)
    raise TypeError(f"no batch form of {phenotype!r}")
