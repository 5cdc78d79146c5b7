"""Suspected infection for many patients. Polars twin of the first half of `live/phenotypes.py`."""

import polars as pl

from opensepsis.engine.batch.chart import Charts
from opensepsis.engine.batch.retractions import SUSPICIONS, withdrawn_suspicions
from opensepsis.engine.semantics.doses import dose_counts
from opensepsis.engine.semantics.perspective import Perspective
from opensepsis.engine.semantics.specimens import is_from
from opensepsis.engine.semantics.time import to_microseconds
from opensepsis.rules import CriteriaMet, Infection, OrganFailure

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
    "strata": pl.String,
    "withdrawn": pl.Int64,
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
    before, after = to_microseconds(infection.antibiotic_within), to_microseconds(infection.culture_within)
    antibiotics = _with_one_near(antibiotics, cultures, before, after)
    cultures = _with_one_near(cultures, antibiotics, after, before)
    pairs = antibiotics.join(cultures, on="pid", suffix="_culture")
    apart = pl.col("time_culture") - pl.col("time")
    pairs = pairs.filter(apart.is_between(-before, after)).select(
        "pid",
        time=pl.min_horizontal("time", "time_culture"),
        known=pl.max_horizontal("time", "known", "time_culture", "known_culture"),
    )
    return pairs.group_by("pid", "time").agg(pl.col("known").min()).sort("pid", "time")


def _with_one_near(some: pl.DataFrame, others: pl.DataFrame, before: int, after: int) -> pl.DataFrame:
    """Those with one of the others from `before` before them to `after` after them: most have none, and pair with none."""
    asked = some.with_columns(earliest=pl.col("time") - before)
    nearest = others.select("pid", nearest="time")
    found = asked.join_asof(
        nearest, left_on="earliest", right_on="nearest", by="pid", strategy="forward", check_sortedness=False
    )
    return found.filter(pl.col("nearest") - pl.col("time") <= after).select(some.columns)


def _cultures(infection: Infection, patients: Charts) -> pl.DataFrame:
    cultures = patients.standing[infection.culture.name]
    if infection.specimens:
        told = cultures["text"].unique().to_list()
        wanted = [text for text in told if is_from(infection.specimens, text)]
        cultures = cultures.filter(pl.col("text").is_in(wanted, nulls_equal=True))
    return _each_moment(cultures)


def _each_moment(events: pl.DataFrame) -> pl.DataFrame:
    """pid, time and the earliest knowledge of each moment, in order."""
    moments = events.group_by("place").agg(pl.col("pid", "time").first(), known=pl.col("first_known").min())
    return moments.sort("place").select("pid", "time", "known")


def _courses(infection: Infection, patients: Charts) -> pl.DataFrame:
    """Time and knowledge of the doses that belong to a course with enough doses."""
    doses = patients.standing[infection.antibiotic.name]
    texts = doses["text"].unique()
    counted = pl.Series([t for t in texts if dose_counts(infection.given, t)], dtype=pl.String)
    doses = _each_moment(doses.filter(pl.col("text").is_in(counted.implode(), nulls_equal=True)))
    if infection.doses == 1:
        return doses
    gap = pl.when(pl.col("pid") == pl.col("pid").shift()).then(pl.col("time").diff())
    fresh = (gap > to_microseconds(infection.dose_gap)).fill_null(True)
    doses = doses.with_columns(course=fresh.cum_sum())
    known = doses.select("course", "known").sort("course", "known")
    last = pl.col("course") == pl.col("course").shift(infection.doses - 1)
    next_one = pl.col("course") == pl.col("course").shift(infection.doses)
    enough = known.filter(last & ~next_one.fill_null(False)).select("course", enough="known")
    doses = doses.join(enough, on="course", maintain_order="left")
    return doses.select("pid", "time", known=pl.max_horizontal("known", "enough"))


def infections(infection: Infection, stays: pl.DataFrame, patients: Charts) -> pl.DataFrame:
    """The suspicions that count for each stay, numbered by `course`: sid, pid, course, time, known, withdrawn."""
    return patients.worked_out(_infections, infection, stays)


def _infections(infection: Infection, stays: pl.DataFrame, patients: Charts) -> pl.DataFrame:
    standing = suspicions(infection, patients).with_columns(withdrawn=pl.lit(None, pl.Int64))
    found = standing.select(*SUSPICIONS)
    if patients.judged is not Perspective.NOW:
        found = pl.concat([found, withdrawn_suspicions(infection, patients, standing, suspicions)])
    found = found.join(stays.select("sid", "pid", "admitted", "discharged"), on="pid")
    from_ = pl.col("admitted") - to_microseconds(infection.before_stay)
    found = found.filter((pl.col("time") >= from_) & (pl.col("time") <= pl.col("discharged")))
    found = found.with_columns(gone=pl.col("withdrawn").is_not_null()).sort("sid", "gone", "time")
    gap = pl.col("time") - pl.col("time").shift().over("sid", "gone")
    fresh = (gap >= to_microseconds(infection.apart)).fill_null(True)
    return found.select("sid", "pid", "time", "known", "withdrawn", course=fresh.cum_sum())


def first_in_window(
    suspected: pl.DataFrame, ticks: pl.DataFrame, phenotype: OrganFailure | CriteriaMet
) -> pl.DataFrame:
    """Each suspicion with the first of the ticks (in order of time within a stay) in its window: no pairs need be made."""
    from_ = suspected.with_columns(start=pl.col("suspected") - to_microseconds(phenotype.before)).sort(
        "sid", "start"
    )
    found = from_.join_asof(
        ticks.with_columns(start="time"), on="start", by="sid", strategy="forward", check_sortedness=False
    )
    return found.filter(pl.col("time") - pl.col("suspected") <= to_microseconds(phenotype.after)).drop(
        "start"
    )


def stood(found: pl.DataFrame) -> pl.DataFrame:
    """The episodes that could be found before what they rest on was withdrawn."""
    return found.filter((pl.col("known") < pl.col("withdrawn")).fill_null(True))


def infection_episodes(infection: Infection, stays: pl.DataFrame, patients: Charts) -> pl.DataFrame:
    """Suspected infection: one episode per course."""
    found = (
        infections(infection, stays, patients)
        .group_by("sid", "course")
        .agg(pl.col("time", "known", "withdrawn").first())
        .with_columns(onset="time", suspected="time")
    )
    return episodes_frame(found.sort("sid", "onset", "known"))
