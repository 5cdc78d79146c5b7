"""Bacteremia and the shock event that rests on it, for many stays. Polars twin of `live/bacteremia.py`."""

from functools import partial

import polars as pl

from opensepsis.engine.batch.chart import Charts
from opensepsis.engine.batch.infection import episodes_frame
from opensepsis.engine.batch.surveillance_days import (
    TRIGGER_EVENTS,
    begin_of,
    blood,
    counted,
    days_of,
    inside,
    new_starts,
    onset_type,
    stay_days,
    windows,
)
from opensepsis.engine.semantics.calendar import Calendar
from opensepsis.engine.semantics.organism_names import Growth, read_growth
from opensepsis.rules import Bacteremia, BacteremiaShock


def bacteremias(phenotype: Bacteremia, stays: pl.DataFrame, patients: Charts) -> pl.DataFrame:
    """One episode for each run of growth in blood that counts."""
    found = _growths(phenotype, patients)
    day_of = partial(days_of, patients.calendar)
    days = stays.select(
        "sid", "pid", first=day_of("admitted") - phenotype.days_before_stay, last=day_of("discharged")
    )
    mine = found.join(days, on="pid").with_columns(day=day_of("time"))
    mine = mine.filter(pl.col("day").is_between(pl.col("first"), pl.col("last"))).sort("sid", "time", "known")
    gap = pl.col("day") - pl.col("day").shift().over("sid")
    mine = mine.with_columns(course=(gap > phenotype.episode_days).fill_null(True).cum_sum())
    first = mine.group_by("course", maintain_order=True).first()
    trigger_events = first.select("sid", onset="time").join(
        mine.select("sid", "time", "origin", concept=pl.lit(phenotype.culture.name)),
        left_on=["sid", "onset"],
        right_on=["sid", "time"],
    )
    patients.trigger_events[phenotype.name] = trigger_events.with_columns(time=pl.col("onset")).select(
        *TRIGGER_EVENTS
    )
    return episodes_frame(
        first.with_columns(onset=pl.col("time"), suspected=pl.col("time")).sort("sid", "onset")
    )


def _grown(phenotype, patients: Charts) -> pl.DataFrame:
    """The rows of blood with the organism's name and what it is; `known` not before `time`."""
    rows = blood(phenotype, patients)
    read = [(text, *read_growth(phenotype.commensals, text)) for text in rows["text"].unique().to_list()]
    names = pl.DataFrame(
        read, schema={"text": pl.String, "name": pl.String, "growth": pl.String}, orient="row"
    )
    rows = rows.join(names, on="text").with_columns(known=pl.max_horizontal("time", "known"))
    return rows.select("pid", "time", "known", "origin", "name", "growth").with_row_index("row")


def _growths(phenotype: Bacteremia, patients: Charts) -> pl.DataFrame:
    """pid, time, known, origin of every row that shows a pathogen, or a commensal that grew often enough."""
    rows = _grown(phenotype, patients)
    pathogens = rows.filter(pl.col("growth") == Growth.PATHOGEN)
    skin = rows.filter(pl.col("growth") == Growth.COMMENSAL)
    specimens = skin.group_by("pid", "name", "time", "origin").agg(pl.col("known").min())
    pairs = skin.drop("known").join(specimens, on=["pid", "name"], suffix="_other")
    day_of = partial(days_of, patients.calendar)
    close = (day_of("time_other") - day_of("time")).abs() <= phenotype.days_apart
    pairs = pairs.filter(close)
    own = (pl.col("time_other") == pl.col("time")) & pl.col("origin_other").eq_missing(pl.col("origin"))
    others = phenotype.cultures_needed - 1
    enough = pairs.group_by("row").agg(
        own=pl.col("known").filter(own).first(),
        others=pl.col("known").filter(~own).sort().head(others).max(),
        number=(~own).sum(),
    )
    enough = enough.filter(pl.col("number") >= others).select("row", known=pl.max_horizontal("own", "others"))
    often = skin.drop("known").join(enough, on="row")
    found = pl.concat([part.select("pid", "time", "known", "origin") for part in (pathogens, often)])
    return found.sort("pid", "time", "known")


def shock_events(phenotype: BacteremiaShock, stays: pl.DataFrame, patients: Charts) -> pl.DataFrame:
    """Blood with a recognised pathogen, and a new vasopressor in the window around it."""
    grown = _grown(phenotype, patients).filter(pl.col("growth") == Growth.PATHOGEN)
    calendar, day_of = patients.calendar, partial(days_of, patients.calendar)
    around = windows(phenotype, stay_days(phenotype, stays, calendar), grown, calendar)
    patients.reached[phenotype.name] = [("pathogen in blood", around["sid"])]
    starts = pl.concat([patients.worked_out(new_starts, support) for support in phenotype.support])
    starts = inside(around, starts, calendar)
    starts = starts.with_columns(known=pl.max_horizontal("time", "known"))
    first = starts.sort("window", "time", "known").unique("window", keep="first", maintain_order=True)
    reported = grown.group_by("pid", culture=day_of("time")).agg(reported=pl.col("known").min())
    found = around.join(first.select("window", "known", shock="time"), on="window")
    found = found.join(reported, on=["pid", "culture"]).with_columns(
        known=pl.max_horizontal("known", "reported"),
        onset=begin_of(calendar, day_of("shock")),
        onset_type=onset_type(phenotype, day_of("shock")),
    )
    found = counted(phenotype, found, calendar)
    patients.trigger_events[phenotype.name] = _trigger_events(phenotype, found, grown, starts, calendar)
    return episodes_frame(found)


def _trigger_events(
    phenotype, found: pl.DataFrame, grown: pl.DataFrame, starts: pl.DataFrame, calendar: Calendar
) -> pl.DataFrame:
    """The specimens of that day with a pathogen, and the vasopressors that started then."""
    events = found.select("window", "sid", "pid", "onset", "culture", "shock")
    taken = events.join(grown.with_columns(culture=days_of(calendar, "time")), on=["pid", "culture"])
    taken = taken.with_columns(concept=pl.lit(phenotype.culture.name))
    began = events.drop("sid", "pid").join(starts, on="window").filter(pl.col("time") == pl.col("shock"))
    return pl.concat([part.select(*TRIGGER_EVENTS) for part in (taken, began)], how="vertical_relaxed")
