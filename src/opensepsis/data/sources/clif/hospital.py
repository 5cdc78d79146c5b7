"""One hospital's tables with what every reader needs of them: whose admission a row belongs to, and weights."""

from functools import cached_property

import polars as pl

from opensepsis.data.sources.clif.words import RAW, listed, numbers
from opensepsis.data.sources.relational.tables import Tables

ADMISSION = "hospitalization_id"


class Hospital:
    """The tables, and small frames that are worked out once."""

    def __init__(self, tables: Tables, timezone: str | None = None):
        self.tables = tables
        self.timezone = timezone
        self.stays: pl.DataFrame | None = None  # as they were read last

    @cached_property
    def admissions(self) -> pl.DataFrame:
        """hospitalization_id, patient, admitted and discharged of every admission."""
        rows = self.tables.get("hospitalization", "patient_id", ADMISSION, "admission_dttm", "discharge_dttm")
        found = self.tables.fetch(rows, "hospitalization").unique(
            ADMISSION, keep="first", maintain_order=True
        )
        return instants(found).rename(
            {"patient_id": "patient", "admission_dttm": "admitted", "discharge_dttm": "discharged"}
        )

    @cached_property
    def weights(self) -> pl.DataFrame:
        """patient, time and weight in kg, as charted."""
        empty = pl.DataFrame(
            schema={"patient": pl.String, "time": pl.Datetime("us", "UTC"), "weight": pl.Float64}
        )
        if not self.tables.has("vitals"):
            return empty
        used = listed(
            self.tables, "vitals", "vital_category", numbers(self.tables, "vitals", frozenset({"weight"}))
        )
        columns = (ADMISSION, "recorded_dttm", "vital_value")
        batches = self.tables.of_codes("vitals", "vital_category", used[RAW], *columns)
        charted = [
            self.whose(rows).select("patient", time="recorded_dttm", weight="vital_value") for rows in batches
        ]
        plausible = pl.col("weight").is_between(0.3, 450)
        return pl.concat([empty, *charted]).filter(plausible).drop_nulls().sort("time")

    def know_admissions(self) -> None:
        """Reads the admissions, if they were not read before."""
        self.admissions  # noqa: B018

    def whose(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows with their `patient`, empty where the admission is not in its table; times in UTC."""
        owners = self.admissions.select(ADMISSION, "patient")
        return instants(rows).join(owners, on=ADMISSION, how="left", maintain_order="left")

    @property
    def departures(self) -> pl.DataFrame:
        """hospitalization_id and when it ended."""
        return self.admissions.select(ADMISSION, outtime="discharged")


def instants(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with every time in UTC: CLIF calls all times UTC, also where a file forgot to say so."""
    naive = [n for n, kind in rows.schema.items() if isinstance(kind, pl.Datetime) and kind.time_zone is None]
    zoned = [
        n for n, kind in rows.schema.items() if isinstance(kind, pl.Datetime) and kind.time_zone is not None
    ]
    return rows.with_columns(
        *(pl.col(n).cast(pl.Datetime("us")).dt.replace_time_zone("UTC") for n in naive),
        *(pl.col(n).cast(pl.Datetime("us", "UTC")) for n in zoned),
    )
