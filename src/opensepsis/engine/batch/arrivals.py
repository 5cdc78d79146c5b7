"""How patients came to their stays: when they presented, at what age, and which visits are part of a stay. Polars."""

import polars as pl

from opensepsis.engine.batch.surveillance_days import days_of
from opensepsis.engine.semantics.calendar import Calendar
from opensepsis.engine.semantics.stays import LED_ON_WITHIN, VISITS

PERSON = ["patient", "person"]
_SEXES = {"female": "female", "f": "female", "male": "male", "m": "male"}


def arrivals(stays: pl.DataFrame, every: pl.DataFrame, calendar: Calendar) -> pl.DataFrame:
    """sid, presented and on_ward (microseconds), years, sex, visits, by_itself, led_on of the stays (sid, pid and the columns of stays).

    `every`: all stays of all kinds with `person`. A visit (emergency or observation) is part of the hospital stay that begins at most an
    hour after it, or of the visit before such a stay, and so on; and of the stay in which it lies, as sources tell whose stays begin at
    the door. `led_on`: a visit that is; `by_itself`: one that is not. `on_ward`: when a visit that goes on after the admission ends, and
    those that follow it at most an hour later.
    `visits`: how many are part of a stay; of a visit by itself one.
    """
    admissions = every.filter(pl.col("kind") == "hospital")
    admissions = admissions.select(*PERSON, "stay", "admitted", end="discharged", start="admitted")
    visits = every.filter(pl.col("kind").is_in(VISITS))
    visits = visits.select(*PERSON, visit="stay", came="admitted", left="discharged")
    chained = _chained(admissions, visits)
    first = chained.group_by("stay").agg(pl.col("came").min(), visits=pl.len())
    first = first.join(_left_the_door(chained), on="stay", how="left")
    led_on = pl.col("stay").is_in(chained["visit"].unique().implode())
    visit = pl.col("kind").is_in(VISITS)
    told = stays.join(first, on="stay", how="left", maintain_order="left").with_columns(
        presented=pl.min_horizontal("came", "admitted"), led_on=visit & led_on, by_itself=visit & ~led_on
    )
    return told.select(
        "sid",
        pl.col("presented").to_physical(),
        _years(calendar).alias("years"),
        sex_in_words().alias("sex"),
        pl.max_horizontal("left", "admitted").to_physical().alias("on_ward"),
        pl.when("by_itself").then(1).otherwise(pl.col("visits").fill_null(0)).cast(pl.Int64).alias("visits"),
        "by_itself",
        "led_on",
    )


def _chained(admissions: pl.DataFrame, visits: pl.DataFrame) -> pl.DataFrame:
    """Each hospital stay with each visit that lies in it or is of the chain before it: stay, admitted, visit, came, left."""
    names = ("stay", "admitted", "visit", "came", "left")
    within = admissions.join(visits, on=PERSON)
    within = within.filter(pl.col("came") >= pl.col("admitted"), pl.col("came") < pl.col("end"))
    found, starts = within.select(names), admissions.drop("end")
    while starts.height:
        pairs = starts.join(visits, on=PERSON)
        pairs = pairs.filter(
            pl.col("came") < pl.col("start"), pl.col("left") >= pl.col("start") - LED_ON_WITHIN
        )
        found = pl.concat([found, pairs.select(names)])
        starts = pairs.group_by(*PERSON, "stay", "admitted").agg(start=pl.col("came").min())
    return found


def _left_the_door(chained: pl.DataFrame) -> pl.DataFrame:
    """stay and left: the end of the visits from the door on, one after another."""
    ends = pl.col("left").max()
    found = chained.filter(pl.col("came") <= pl.col("admitted")).group_by("stay").agg(ends)
    while found.height:
        until = chained.join(found.rename({"left": "until"}), on="stay")
        later = until.filter(pl.col("came") <= pl.col("until") + LED_ON_WITHIN).group_by("stay").agg(ends)
        if later.sort("stay").equals(found.sort("stay")):
            return found
        found = later
    return found


def _years(calendar: Calendar) -> pl.Expr:
    """Whole years on the day of presentation: by the calendar where the birth is known, else the age as recorded."""

    def date_of(column: str) -> pl.Expr:
        return days_of(calendar, pl.col(column).to_physical()).cast(pl.Int32).cast(pl.Date)

    def day_of_year(date: pl.Expr) -> pl.Expr:
        return date.dt.month().cast(pl.Int32) * 100 + date.dt.day()

    born, then = date_of("born"), date_of("presented")
    birthday_ahead = day_of_year(then) < day_of_year(born)
    by_birth = then.dt.year() - born.dt.year() - birthday_ahead.cast(pl.Int32)
    return pl.coalesce(by_birth.cast(pl.Int64), pl.col("age").floor().cast(pl.Int64))


def sex_in_words() -> pl.Expr:
    """The column `sex` as female or male; anything else is not known."""
    said = pl.col("sex").str.strip_chars().str.to_lowercase()
    return said.replace_strict(_SEXES, default=None, return_dtype=pl.String)
