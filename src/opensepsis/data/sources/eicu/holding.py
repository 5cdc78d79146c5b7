"""What is charted now and then while it lasts: each charting holds to the next, for so long at most, within the unit stay."""

from datetime import timedelta

import polars as pl

from opensepsis.data.sources.eicu.clock import STAY

VENTILATION_HOLDS = timedelta(hours=14)
OXYGEN_HOLDS = timedelta(hours=8)
INFUSION_HOLDS = timedelta(hours=4)


def held(charted: pl.DataFrame, at_most: timedelta, *group: str) -> pl.DataFrame:
    """The chartings (stay, time, left and others) with `end`; of one group the next charting ends the one before it."""
    owner = (STAY, *group)
    ordered = charted.sort(*owner, "time", maintain_order=True)
    following = pl.col("time").shift(-1).over(owner)
    leaves = pl.when(pl.col("left") > pl.col("time")).then("left")
    return ordered.with_columns(end=pl.min_horizontal(following, pl.col("time") + at_most, leaves))


def strongest(charted: pl.DataFrame, ranks: dict[str, int], word: str, *group: str) -> pl.DataFrame:
    """Of several chartings at one minute the one whose word ranks highest."""
    owner = (STAY, *group, "time")
    ranked = charted.with_columns(rank=pl.col(word).replace_strict(ranks, return_dtype=pl.Int64))
    return ranked.sort(*owner, "rank", "known", descending=[False] * len(owner) + [True, False]).unique(
        owner, keep="first", maintain_order=True
    )
