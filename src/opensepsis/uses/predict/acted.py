"""When clinicians first acted on a suspicion: a culture, a lactate, an antibiotic. An alarm after that tells them nothing new."""

import numpy as np
import polars as pl

from opensepsis.data.timeline.timeline import Timeline
from opensepsis.engine.semantics.time import HOUR
from opensepsis.uses.predict.grid import Grid

_ACTS = ("culture", "lactate", "antibiotic_order", "antibiotic")


def first_acts(timeline: Timeline, grid: Grid) -> np.ndarray:
    """Hours from admission to the first act in each stay (NaN: none); acts before the admission do not count."""
    wanted = timeline.events().filter(pl.col("concept").cast(pl.String).is_in(_ACTS))
    acts = wanted.select(pl.col("patient").cast(pl.String), "time").collect()
    stays = grid.stays.select("patient", "admitted", "hours").with_row_index("sid")
    hours = (pl.col("time") - pl.col("admitted")).dt.total_microseconds() / HOUR
    mine = acts.join(stays, on="patient").with_columns(hour=hours)
    first = (
        mine.filter(pl.col("hour") >= 0, pl.col("hour") <= pl.col("hours"))
        .group_by("sid")
        .agg(pl.col("hour").min())
    )
    found = np.full(len(stays), np.nan)
    found[first["sid"].to_numpy()] = first["hour"].to_numpy()
    return found
