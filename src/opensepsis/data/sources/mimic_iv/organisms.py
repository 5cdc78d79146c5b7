"""Organisms grown or found, from microbiologyevents: one row per specimen and organism."""

from collections.abc import Iterator

import ibis
import polars as pl

from opensepsis.data.sources.mimic_iv.cultures import organism_rows
from opensepsis.data.sources.relational.expressions import coalesce
from opensepsis.data.sources.relational.tables import Tables


def organisms(tables: Tables, concepts: frozenset[str]) -> Iterator[pl.DataFrame]:
    """Text `specimen|organism` at the moment the specimen was taken, known when its last result was stored."""
    if "organism" not in concepts:
        return
    rows = organism_rows(tables)
    # a day without an hour is over when the next begins
    stored = coalesce(rows.storetime, rows.storedate + ibis.interval(days=1))
    grown = rows.group_by("subject_id", "micro_specimen_id", "text", "org_name").aggregate(
        charted=rows.charttime.min(), day=rows.chartdate.min(), stored=stored.max()
    )
    time = coalesce(grown.charted, grown.day)
    found = grown.select(
        "subject_id",
        concept=ibis.literal("organism"),
        time=time,
        known=ibis.greatest(coalesce(grown.stored, time), time),
        text=coalesce(grown.text, "") + "|" + grown.org_name,
        origin=ibis.literal("microbiologyevents/") + grown.micro_specimen_id.cast("string"),
    )
    yield from tables.stream(found, "microbiologyevents")
