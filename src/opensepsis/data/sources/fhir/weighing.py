"""Rates that are given for the whole patient, µg/min or mg/h, by the weight charted last: when all weights are known."""

import polars as pl

from opensepsis.data.schema import REASON
from opensepsis.data.sources.pump_rates import NO_WEIGHT
from opensepsis.definitions.concepts.vitals import WEIGHT

_LIGHTEST, _HEAVIEST = WEIGHT.limits


class Weighing:
    """Holds weights and such rates until both are complete; they are few."""

    def __init__(self) -> None:
        self._weights: list[pl.DataFrame] = []
        self._rates: list[pl.DataFrame] = []

    def take(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows without the rates that need a weight."""
        usable = pl.col("value").is_between(_LIGHTEST, _HEAVIEST) & pl.col("text").is_null()
        weights = rows.filter(pl.col("concept") == WEIGHT.name, usable)
        self._weights.append(weights.select("patient", "time", weight="value"))
        needs = pl.col("whole").is_not_null()
        self._rates.append(rows.filter(needs))
        return rows.filter(~needs)

    def weighed(self) -> pl.DataFrame | None:
        """Those rates for each kilogram, and the reason where no weight was charted before; None where there are none."""
        rates = pl.concat(self._rates) if self._rates else pl.DataFrame()
        if rates.is_empty():
            return None
        weights = pl.concat(self._weights).sort("time", maintain_order=True)
        joined = rates.sort("time", maintain_order=True).join_asof(
            weights, on="time", by="patient", strategy="backward", check_sortedness=False
        )
        whole, weight = pl.col("whole"), pl.col("weight")
        rate = pl.when(pl.col("weigh") == "divide").then(whole / weight).otherwise(whole * weight).round(9)
        lacking = (whole != 0) & weight.is_null()
        return joined.with_columns(
            pl.when(whole == 0).then(0.0).otherwise(rate).alias("value"),
            pl.when(lacking).then(pl.lit(NO_WEIGHT)).alias(REASON),
        ).drop("weight")
