"""Pregnancy as coded diagnoses tell it: in their stay from presentation on, known when they were coded. Polars."""

import polars as pl

from opensepsis.data.intake.pregnancy_codes import pregnancy_word
from opensepsis.definitions.concepts.cultures import DIAGNOSIS
from opensepsis.definitions.concepts.person import PREGNANCY
from opensepsis.engine.batch.arrivals import arrivals
from opensepsis.engine.semantics.calendar import UTC_DAYS, Calendar

_ROW = ["pid", "time", "origin"]


def with_coded_pregnancies(
    events: pl.DataFrame, every: pl.DataFrame, calendar: Calendar = UTC_DAYS
) -> pl.DataFrame:
    """The events (pid, times in microseconds) with a row about pregnancy for each diagnosis that tells of one."""
    return pl.concat([events, coded_pregnancies(events, every, calendar)])


def coded_pregnancies(
    events: pl.DataFrame, every: pl.DataFrame, calendar: Calendar = UTC_DAYS
) -> pl.DataFrame:
    """A row about pregnancy for each diagnosis among the events (pid, times in microseconds) that tells of one.

    One stands at the time of the diagnosis, as in the ward; another at the presentation of its stay, with the same `known`: hospitals
    code when the patient leaves, and the patient was pregnant before. `every`: the stays of all kinds with pid and person.
    """
    told = events.filter(pl.col("concept") == DIAGNOSIS.name)
    texts = told["text"].drop_nulls().unique().to_list()
    words = {text: word for text in texts if (word := pregnancy_word(text))}
    if not words:
        return events.clear()
    coded = told.filter(pl.col("text").is_in(list(words)))
    gone = told.filter(pl.col("text").is_null(), pl.col("value").is_null())
    rows = pl.concat([coded, gone.join(coded.select(_ROW), on=_ROW, how="semi")])
    text = pl.col("text").replace_strict(words, default=None, return_dtype=pl.String)
    rows = rows.with_columns(
        text.cast(events.schema["text"]),
        pl.lit(PREGNANCY.name).cast(events.schema["concept"]).alias("concept"),
    )
    return pl.concat([rows, _from_presentation(rows, every, calendar).select(events.columns)])


def _from_presentation(rows: pl.DataFrame, every: pl.DataFrame, calendar: Calendar) -> pl.DataFrame:
    """The rows at the presentation of the stay that they lie in."""
    theirs = every.filter(pl.col("pid").is_in(rows["pid"].unique().implode())).with_row_index("sid")
    presented = arrivals(theirs, theirs, calendar).select("sid", "presented")
    spans = theirs.join(presented, on="sid").select(
        "pid", "presented", admitted=pl.col("admitted").to_physical(), left=pl.col("discharged").to_physical()
    )
    found = rows.with_row_index("row").join(spans, on="pid", maintain_order="left")
    found = found.filter(pl.col("time") >= pl.col("admitted"), pl.col("time") <= pl.col("left"))
    first = found.group_by("row", maintain_order=True).agg(pl.all().sort_by("presented").first())
    return first.filter(pl.col("presented") < pl.col("time")).with_columns(time="presented")
