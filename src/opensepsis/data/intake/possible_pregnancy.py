"""Whether a pregnancy that is charted or coded can be this patient's; one that cannot is nobody's, for every source and the ward."""

import polars as pl

from opensepsis.data.intake.age import YEAR_DAYS
from opensepsis.data.intake.text_codes import sex_of
from opensepsis.definitions.concepts.person import MATERNITY_AGES, PREGNANCY

_FIRST, _LAST = MATERNITY_AGES
_YEAR = round(YEAR_DAYS * 24 * 3_600_000_000)  # microseconds
_YOUNGEST, _OLDEST = _FIRST * _YEAR, (_LAST + 1) * _YEAR
WORDS = ("pregnant", "recently pregnant")
OF_A_MAN = "a pregnancy of a man: not counted"
OUTSIDE_AGES = f"a pregnancy outside the ages of {_FIRST} to {_LAST} years: not counted"


def why_impossible(time: int, sex: str | None, born: int | None) -> str:
    """Why a pregnancy charted at a time (microseconds) cannot be the patient's; empty where it can, and where sex or birth is not known.

    >>> year = 366 * 24 * 3_600_000_000  # microseconds
    >>> why_impossible(30 * year, "M", 0), why_impossible(30 * year, "F", 0), why_impossible(30 * year, None, None)
    ('a pregnancy of a man: not counted', '', '')
    >>> why_impossible(76 * year, "F", 0), why_impossible(64 * year, "F", 0), why_impossible(76 * year, "F", None)
    ('a pregnancy outside the ages of 9 to 64 years: not counted', '', '')
    """
    if sex and sex_of(sex) == "M":
        return OF_A_MAN
    if born is not None and not _YOUNGEST <= time - born < _OLDEST:
        return OUTSIDE_AGES
    return ""


def men_of(stays: pl.DataFrame, who: str) -> pl.DataFrame:
    """Who (`who`) is a man (`man`): one in every stay that tells a sex; without those of whom none does. `stays` have `who` and sex."""
    sexes = stays.select(who, sex=pl.col("sex").replace_strict(_sexes(stays), default=None)).drop_nulls("sex")
    return sexes.group_by(who).agg(man=(pl.col("sex") == "M").all())


def impossible(pregnancies: pl.DataFrame, men: pl.DataFrame, born: pl.DataFrame, who: str) -> pl.Series:
    """For each entry (`who`, time in microseconds, text) why it cannot be its patient's, null where it can.

    `men` are those of `men_of`. `born` has `who` and time.
    """
    told = pregnancies.select(who, "time", "text").join(men, on=who, how="left", maintain_order="left")
    told = told.join(born.select(who, born="time"), on=who, how="left", maintain_order="left")
    age = pl.col("time") - pl.col("born")
    why = (
        pl.when(~pl.col("text").cast(pl.String).is_in(WORDS))
        .then(None)
        .when(pl.col("man"))
        .then(pl.lit(OF_A_MAN))
        .when((age < _YOUNGEST) | (age >= _OLDEST))
        .then(pl.lit(OUTSIDE_AGES))
    )
    return told.select(why.alias("why"))["why"]


def without_impossible(
    events: pl.DataFrame, stays: pl.DataFrame, born: pl.DataFrame, who: str = "pid"
) -> pl.DataFrame:
    """The events (`who`, concept, time in microseconds, text) without pregnancies that cannot be."""
    kept = ~are_impossible(events, stays, born, who)
    return events if kept.all() else events.filter(kept)


def are_impossible(
    events: pl.DataFrame, stays: pl.DataFrame, born: pl.DataFrame, who: str = "pid"
) -> pl.Series:
    """Which of the events (`who`, concept, time in microseconds, text) are pregnancies that cannot be."""
    places = (events["concept"] == PREGNANCY.name).fill_null(False).arg_true()
    found = pl.repeat(False, events.height, eager=True)
    if len(places):
        told = events[places].select(who, "time", "text")
        wrong = impossible(told, men_of(stays, who), born, who).is_not_null()
        found = found.scatter(places.filter(wrong), True)
    return found


def _sexes(stays: pl.DataFrame) -> dict[str, str | None]:
    return {said: sex_of(said) for said in stays["sex"].drop_nulls().unique().to_list()}
