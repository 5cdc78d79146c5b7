"""Nothing is scored after death: stays and events up to it. Polars."""

from typing import cast

import numpy as np
import polars as pl

from opensepsis.engine.batch.chart import NEVER

# codes are filed after a stay, that of a patient who died too
FILED_AFTERWARDS = ("diagnosis", "procedure")


def scored_until(stays: pl.DataFrame) -> pl.DataFrame:
    """The stays (admitted, discharged, died in microseconds) with the death in place of a later discharge.

    >>> stays = pl.DataFrame({"admitted": [0], "discharged": [9], "died": [5]})
    >>> scored_until(stays)["discharged"].item()
    5
    """
    died = pl.max_horizontal("died", "admitted")
    before = pl.col("died").is_not_null() & (died < pl.col("discharged"))
    return stays.with_columns(discharged=pl.when(before).then(died).otherwise("discharged"))


def until_death(events: pl.DataFrame, stays: pl.DataFrame) -> pl.DataFrame:
    """The events without those charted after the death of their patient, by the latest death that a stay tells.

    What ran on ends with it. Codes stay: they are filed after the stay.
    """
    events, alive = alive_with_ends(events, stays)
    return events if alive.all() else events.filter(alive)


def alive_with_ends(events: pl.DataFrame, stays: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series]:
    """All events, with ends not after the death of their patient, and which of them `until_death` keeps."""
    deaths = stays.group_by("pid").agg(pl.col("died").max()).drop_nulls()
    if deaths.is_empty():
        return events, pl.repeat(True, events.height, eager=True)
    nobody = cast(int, deaths["pid"].max()) + 1
    died = _by_pid(deaths)[np.minimum(events["pid"].fill_null(nobody).to_numpy(), nobody)]
    late = np.flatnonzero(events["time"].to_numpy() > died)
    beyond = np.flatnonzero(events["end"].fill_null(-NEVER).to_numpy() > died)
    if len(beyond):
        events = events.with_columns(events["end"].clone().scatter(beyond, died[beyond]))
    late = late[~events["concept"].gather(late).is_in(FILED_AFTERWARDS).to_numpy()]
    alive = np.ones(events.height, bool)
    alive[late] = False
    return events, pl.Series(alive)


def _by_pid(deaths: pl.DataFrame) -> np.ndarray:
    """When each patient died, at the place of their number; at the end, for all beyond, never."""
    pid = deaths["pid"].to_numpy()
    found = np.full(int(pid.max()) + 2, NEVER)
    found[pid] = deaths["died"].to_numpy()
    return found
