"""Nothing is scored after death: stays and events up to it. Polars."""

import polars as pl

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
    deaths = stays.group_by("pid").agg(pl.col("died").max()).drop_nulls()
    if deaths.is_empty():
        return events
    died = events.select("pid").join(deaths, on="pid", how="left", maintain_order="left")["died"]
    after = (events["time"] > died).fill_null(False) & ~events["concept"].is_in(FILED_AFTERWARDS)
    beyond = (events["end"] > died).fill_null(False)
    if beyond.any():
        events = events.with_columns(end=events["end"].zip_with(~beyond, died))
    return events.filter(~after) if after.any() else events
