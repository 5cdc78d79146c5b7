"""The example hospital as it is told night after night, as a source."""

import polars as pl

import opensepsis


class Night:
    """The example hospital as it is told one night: patients with a new value, patients who are gone, and patients who are new."""

    name = "timeline"

    def __init__(self, changed: dict[str, float], gone: set[str], new: dict[str, str]):
        source = opensepsis.open_source("csv", "examples/hospital")
        self._stays, self._events = source.stays(), pl.concat(source.events(None))
        self._changed, self._gone = changed, gone
        self._new = {"b": "P01", "k": "P07"} | new  # there every night

    def stays(self) -> pl.DataFrame:
        return self._with_new(self._stays, "patient", "stay")

    def events(self, concepts):
        text = self._events.with_columns(pl.col("patient").cast(pl.String))
        platelets = text.filter(pl.col("concept") == "platelets").unique(
            "patient", keep="first", maintain_order=True
        )
        more = [
            platelets.filter(pl.col("patient") == patient).with_columns(value=pl.lit(value))
            for patient, value in self._changed.items()
        ]
        told = self._with_new(pl.concat([text, *more]), "patient")
        yield told.with_columns(pl.col("patient").cast(pl.Categorical))

    def counts(self) -> dict:
        return {}

    def _with_new(self, rows: pl.DataFrame, *names: str) -> pl.DataFrame:
        renamed = [pl.format("{}-{}", pl.lit(new), name).alias(name) for new in self._new for name in names]
        new = [
            rows.filter(pl.col("patient") == like).with_columns(
                renamed[n * len(names) : (n + 1) * len(names)]
            )
            for n, like in enumerate(self._new.values())
        ]
        return pl.concat([rows.filter(~pl.col("patient").is_in(self._gone)), *new])
