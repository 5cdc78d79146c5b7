"""What the stays tell of a person, as events, so that the engines can tell an age at any moment and when charting began."""

import polars as pl

from opensepsis.definitions.concepts.person import ADMISSION, BORN, SEX
from opensepsis.engine.batch.arrivals import sex_in_words

TOLD_BY_STAYS = (BORN.name, ADMISSION.name, SEX.name)


def stay_events(stays: pl.DataFrame, born: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """Births (pid, time) and the admissions and sexes of stays (pid, admitted, sex) with the columns of `events`."""
    admitted = stays.select("pid", time=pl.col("admitted").to_physical())
    sex = sex_in_words()
    sexes = (
        admitted.with_columns(stays.select(text=sex)["text"]).drop_nulls("text").unique(maintain_order=True)
    )
    parts = [
        _events(born, BORN.name, events),
        _events(admitted.unique(maintain_order=True), ADMISSION.name, events),
        _events(sexes, SEX.name, events),
    ]
    return pl.concat(parts)


def _events(told: pl.DataFrame, concept: str, events: pl.DataFrame) -> pl.DataFrame:
    """These rows (pid, time and maybe text) as events of a concept; known from the start."""
    made = told.with_columns(concept=pl.lit(concept), known=pl.col("time"), origin=pl.lit("stays"))
    blank = [pl.lit(None).alias(c) for c in events.columns if c not in made.columns]
    return made.with_columns(blank).select(pl.col(name).cast(dtype) for name, dtype in events.schema.items())
