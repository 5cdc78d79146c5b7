"""Calendar days of many stays and support that is new on a day. Polars twin of `live/surveillance_days.py`."""

from functools import partial

import polars as pl

from opensepsis.data.intake.zones import local_times
from opensepsis.engine.batch.chart import NEVER, Charts
from opensepsis.engine.semantics.calendar import DAY, LATEST, Calendar
from opensepsis.engine.semantics.specimens import of_specimen
from opensepsis.rules import NewSupport, Surveillance

OUTCOMES = {"age": pl.Float64, "died": pl.Int64, "discharged_to": pl.String}
TRIGGER_EVENTS = {
    "sid": pl.UInt32,
    "onset": pl.Int64,
    "concept": pl.String,
    "time": pl.Int64,
    "origin": pl.String,
}


def days_of(calendar: Calendar, column: str | pl.Expr) -> pl.Expr:
    """The calendar day of each moment, counted from 1970."""
    moments = pl.col(column) if isinstance(column, str) else column
    if calendar.zone is None:
        return moments // DAY
    here = pl.from_epoch(moments.clip(upper_bound=LATEST), time_unit="us").dt.replace_time_zone("UTC")
    shown = here.map_batches(partial(local_times, zone=calendar.zone), return_dtype=pl.Datetime("us"))
    return shown.dt.date().cast(pl.Int32).cast(pl.Int64)


def begin_of(calendar: Calendar, days: pl.Expr) -> pl.Expr:
    """The first moment of each day; in a zone day by day, as there are few."""
    if calendar.zone is None:
        return days * DAY
    return days.map_elements(calendar.begins, return_dtype=pl.Int64)


def stay_days(phenotype: Surveillance, stays: pl.DataFrame, calendar: Calendar) -> pl.DataFrame:
    """The stays that are old enough, each with its admission day and the first and last day that count."""
    missing = [pl.lit(None, kind).alias(name) for name, kind in OUTCOMES.items() if name not in stays.columns]
    stays = stays.with_columns(missing).filter((pl.col("age") >= phenotype.lowest_age).fill_null(True))
    admitted = days_of(calendar, "admitted")
    return stays.select(
        "sid",
        "pid",
        "discharged",
        "died",
        "discharged_to",
        admission=admitted,
        stay_first=admitted - phenotype.days_before_stay,
        stay_last=days_of(calendar, "discharged"),
    )


def chosen(standing: pl.DataFrame, reads, *settings) -> pl.DataFrame:
    """The rows whose text passes a reading from `semantics/organism_names.py`."""
    kept = [text for text in standing["text"].unique().to_list() if reads(*settings, text)]
    return standing.filter(pl.col("text").is_in(pl.Series(kept, dtype=pl.String).drop_nulls().implode()))


def blood(phenotype, patients: Charts) -> pl.DataFrame:
    """The cultures, or rows of organisms, from blood."""
    return chosen(
        patients.standing[phenotype.culture.name],
        of_specimen,
        phenotype.specimens,
        phenotype.specimens_left_out,
    )


def windows(
    phenotype: Surveillance, days: pl.DataFrame, cultures: pl.DataFrame, calendar: Calendar
) -> pl.DataFrame:
    """One window for each stay and day on which blood was taken, numbered by `window`."""
    taken = cultures.select("pid", "time", culture=days_of(calendar, "time")).join(days, on="pid")
    taken = taken.filter(pl.col("culture").is_between(pl.col("stay_first"), pl.col("stay_last")))
    found = taken.group_by("sid", "culture").agg(suspected=pl.col("time").min()).join(days, on="sid")
    reach = phenotype.window_days
    return (
        found.sort("sid", "culture")
        .with_row_index("window")
        .with_columns(
            first=pl.max_horizontal(pl.col("culture") - reach, "stay_first"),
            last=pl.min_horizontal(pl.col("culture") + reach, "stay_last"),
        )
    )


def new_starts(support: NewSupport, patients: Charts) -> pl.DataFrame:
    """pid, time, known, origin, concept of new support: none of it ran on the days before."""
    ran = patients.standing[support.concept.name].filter(pl.col("value").is_null() | (pl.col("value") > 0))
    if support.words:
        ran = ran.filter(pl.col("text").is_in(support.words))
    ran = ran.with_columns(pl.col("end").fill_null(NEVER)).filter(pl.col("time") < pl.col("end"))
    day_of = partial(days_of, patients.calendar)
    ran = ran.with_columns(day=day_of("time"))
    by_day = ran.group_by("pid", "day").agg(pl.col("end").max())
    by_day = by_day.with_columns(until=day_of(pl.col("end") - 1)).sort("pid", "day")
    before = pl.col("until").cum_max().shift().over("pid")
    fresh = by_day.filter((before < pl.col("day") - support.free_days).fill_null(True))
    return ran.join(fresh.select("pid", "day"), on=["pid", "day"], how="semi").select(
        "pid", "time", "known", "origin", concept=pl.lit(support.concept.name)
    )


def inside(windows: pl.DataFrame, events: pl.DataFrame, calendar: Calendar) -> pl.DataFrame:
    """Each event with each window whose days hold it."""
    pairs = windows.select("window", "sid", "pid", "first", "last").join(events, on="pid")
    return pairs.filter(days_of(calendar, "time").is_between(pl.col("first"), pl.col("last")))


def counted(phenotype: Surveillance, found: pl.DataFrame, calendar: Calendar) -> pl.DataFrame:
    """The events that count: the earliest of a stay, and later ones far enough from the one before."""
    found = found.sort("sid", "onset", "suspected")
    if phenotype.repeat_after_days is None:
        return found.unique("sid", keep="first", maintain_order=True)
    kept, last = [], {}
    days = found.select(days_of(calendar, "onset")).to_series()
    for row, sid, day in zip(range(found.height), found["sid"], days, strict=True):
        if sid not in last or day - last[sid] >= phenotype.repeat_after_days:
            last[sid] = day
            kept.append(row)
    return found[kept]


def onset_type(phenotype: Surveillance, day: pl.Expr) -> pl.Expr:
    """Community onset up to hospital day 2, hospital onset after it."""
    late = day - pl.col("admission") + 1 >= phenotype.hospital_from_day
    return pl.when(late).then(pl.lit("hospital")).otherwise(pl.lit("community"))
