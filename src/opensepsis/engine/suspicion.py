"""Suspected infection for many patients. Polars twin of the first half of `course.py`."""

import polars as pl

from opensepsis.engine.charts import Charts
from opensepsis.engine.steps import micro
from opensepsis.rules import Infection

EPISODES = {
    "sid": pl.UInt32,
    "onset": pl.Int64,
    "known": pl.Int64,
    "suspected": pl.Int64,
    "organ_failure": pl.Int64,
    "shock": pl.Int64,
    "points": pl.Int16,
    "baseline": pl.Int16,
    "onset_type": pl.String,
}


def episodes_frame(found: pl.DataFrame) -> pl.DataFrame:
    """The columns every phenotype gives, null where it has none."""
    missing = [
        pl.lit(None, dtype).alias(name) for name, dtype in EPISODES.items() if name not in found.columns
    ]
    return found.with_columns(missing).select(pl.col(name).cast(dtype) for name, dtype in EPISODES.items())


def suspicions(infection: Infection, patients: Charts) -> pl.DataFrame:
    """pid, time of suspicion, and when it could first be known; each moment once."""
    antibiotics = _courses(infection, patients)
    cultures = _cultures(infection, patients)
    pairs = antibiotics.join(cultures, on="pid", suffix="_culture")
    after = pl.col("time_culture") - pl.col("time")
    within = (after >= 0) & (after <= micro(infection.culture_within))
    within = within | ((after < 0) & (-after <= micro(infection.antibiotic_within)))
    pairs = pairs.filter(within).select(
        "pid",
        time=pl.min_horizontal("time", "time_culture"),
        known=pl.max_horizontal("time", "known", "time_culture", "known_culture"),
    )
    return pairs.group_by("pid", "time").agg(pl.col("known").min()).sort("pid", "time")


def _cultures(infection: Infection, patients: Charts) -> pl.DataFrame:
    cultures = patients.standing[infection.culture.name]
    if infection.specimens:
        text = pl.col("text").fill_null("").str.to_lowercase()
        cultures = cultures.filter(
            pl.any_horizontal(*(text.str.contains(w, literal=True) for w in infection.specimens))
        )
    return cultures.group_by("pid", "time").agg(known=pl.col("first_known").min())


def _courses(infection: Infection, patients: Charts) -> pl.DataFrame:
    """Time and knowledge of the doses that belong to a course with enough doses."""
    doses = patients.standing[infection.antibiotic.name]
    if infection.routes_left_out:
        words = (
            pl.col("text").fill_null("").str.to_lowercase().str.split_exact("|", 1).struct.field("field_1")
        )
        left_out = [words.fill_null("").str.contains(w, literal=True) for w in infection.routes_left_out]
        doses = doses.filter(~pl.any_horizontal(*left_out))
    doses = doses.group_by("pid", "time").agg(known=pl.col("first_known").min()).sort("pid", "time")
    if infection.doses == 1:
        return doses
    gap = pl.col("time") - pl.col("time").shift().over("pid")
    fresh = (gap > micro(infection.dose_gap)).fill_null(True)
    doses = doses.with_columns(course=fresh.cum_sum())
    enough = pl.col("known").sort().get(infection.doses - 1, null_on_oob=True).over("course")
    return (
        doses.with_columns(enough=enough)
        .drop_nulls("enough")
        .select("pid", "time", known=pl.max_horizontal("known", "enough"))
    )


def infections(infection: Infection, stays: pl.DataFrame, patients: Charts) -> pl.DataFrame:
    """The suspicions that count for each stay, numbered by `course`: sid, pid, course, time, known."""
    found = suspicions(infection, patients).join(
        stays.select("sid", "pid", "admitted", "discharged"), on="pid"
    )
    from_ = pl.col("admitted") - micro(infection.before_stay)
    found = found.filter((pl.col("time") >= from_) & (pl.col("time") <= pl.col("discharged"))).sort(
        "sid", "time"
    )
    gap = pl.col("time") - pl.col("time").shift().over("sid")
    fresh = (gap >= micro(infection.apart)).fill_null(True)
    return found.select("sid", "pid", "time", "known", course=fresh.cum_sum())


def infection_episodes(infection: Infection, stays: pl.DataFrame, patients: Charts) -> pl.DataFrame:
    """Suspected infection: one episode per course."""
    found = (
        infections(infection, stays, patients)
        .group_by("sid", "course")
        .agg(onset=pl.col("time").first(), suspected=pl.col("time").first(), known=pl.col("known").first())
    )
    return episodes_frame(found.sort("sid", "onset"))
