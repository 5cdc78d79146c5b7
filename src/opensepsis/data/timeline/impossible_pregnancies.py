"""Counts the pregnancies of a source that cannot be their patients': they stay in the timeline, and no definition reads them. Polars."""

import polars as pl

from opensepsis.data.intake.possible_pregnancy import impossible, men_of
from opensepsis.data.intake.pregnancy_codes import pregnancy_word
from opensepsis.data.intake.rejections import Rejections
from opensepsis.data.timeline.births import births
from opensepsis.definitions.concepts.cultures import DIAGNOSIS
from opensepsis.definitions.concepts.person import PREGNANCY


class ImpossiblePregnancies:
    """Adds to the report of rejections which entries, charted or coded, are left out; `stays` are those of all patients."""

    def __init__(self, stays: pl.DataFrame, rejections: Rejections, kind: str):
        self._stays, self._rejections, self._kind = stays, rejections, kind
        self._people: tuple[pl.DataFrame, pl.DataFrame] | None = None  # men and births, once asked for

    def count(self, events: pl.DataFrame) -> None:
        """Counts those of a batch of events that can be true otherwise."""
        told = events.filter(pl.col("concept").is_in([PREGNANCY.name, DIAGNOSIS.name]))
        if told.is_empty():
            return
        told = told.select(
            pl.col("patient", "text").cast(pl.String), pl.col("time").to_physical(), "concept", "origin"
        )
        coded = {text: pregnancy_word(text) for text in told["text"].drop_nulls().unique().to_list()}
        word = pl.col("text").replace_strict(coded, default=None, return_dtype=pl.String)
        charted = pl.col("concept").cast(pl.String) == PREGNANCY.name
        told = told.with_columns(text=pl.when(charted).then("text").otherwise(word)).drop_nulls("text")
        if told.is_empty():
            return
        if self._people is None:
            stays = self._stays.with_columns(pl.col("patient").cast(pl.String))
            self._people = men_of(stays, "patient"), births(stays, "patient")
        table = pl.col("origin").cast(pl.String).str.extract(r"^([a-z_]+)/").fill_null("events")
        told = told.with_columns(impossible(told, *self._people, "patient"), table.alias("table"))
        counted = told.drop_nulls("why").group_by("table", "why", maintain_order=True).len()
        for table_name, why, count in counted.iter_rows():
            self._rejections.note("cell", table_name, self._kind, why, count, [], PREGNANCY.name)
