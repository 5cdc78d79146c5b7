"""Vital signs."""

from collections.abc import Iterator

import polars as pl

from opensepsis.data.sources.clif.hospital import ADMISSION, Hospital
from opensepsis.data.sources.clif.names import misnamed
from opensepsis.data.sources.clif.words import RAW, listed, numbers


def vitals(hospital: Hospital, concepts: frozenset[str]) -> Iterator[pl.DataFrame]:
    """Every number in its concept's unit, at the time it was measured and known when it was recorded."""
    tables, wanted = hospital.tables, numbers(hospital.tables, "vitals", concepts)
    if wanted.is_empty() or not tables.has("vitals"):
        return
    used = listed(tables, "vitals", "vital_category", wanted).select(
        vital_category=RAW, concept="concept", word="word"
    )
    # where measuring and recording are two times, a later recording of another cuff is no correction
    measured = "measured_dttm" in tables.columns("vitals")
    columns = (
        ADMISSION,
        "recorded_dttm",
        "vital_value",
        "vital_name",
        *(["measured_dttm"] if measured else []),
    )
    for rows in tables.of_codes("vitals", "vital_category", used["vital_category"], *columns):
        charted = hospital.whose(rows.drop_nulls("vital_value")).join(
            used, on="vital_category", maintain_order="left"
        )
        if measured:
            named = pl.format("vitals/{}/{}/", "word", pl.col("vital_name").fill_null(""))
            time = pl.coalesce("measured_dttm", "recorded_dttm")
        else:
            named, time = pl.format("vitals/{}/", "word"), pl.col("recorded_dttm")
        yield charted.select(
            "patient", "concept", time=time, known="recorded_dttm", value="vital_value", origin=named,
            reason=misnamed(charted, "vital_name"),
        )  # fmt: skip
