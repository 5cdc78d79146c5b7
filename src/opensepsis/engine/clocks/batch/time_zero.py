"""The time zeros of many stays. Polars twin of `clocks/time_zero.py`."""

from collections.abc import Callable, Iterator

import polars as pl

from opensepsis.engine.clocks.time_zero import MOVED, NO_LONGER, TimeZero
from opensepsis.engine.semantics.time import to_microseconds
from opensepsis.rules import BandTrigger


def episode_findings(trigger: str, episodes: pl.DataFrame) -> Iterator[tuple[int, TimeZero]]:
    """One finding an episode: `episodes` has sid, onset, known, suspected, organ_failure, shock, withdrawn, evidence."""
    there = pl.max_horizontal("suspected", "organ_failure", "shock")
    time = pl.coalesce(there, "onset")
    found = episodes.select("sid", "withdrawn", "evidence", time=time, known=pl.max_horizontal("known", time))
    yield from _told(trigger, found.sort("sid", "time", "known"))


def _told(trigger: str, found: pl.DataFrame) -> Iterator[tuple[int, TimeZero]]:
    """The findings of rows sid, time, known, withdrawn, evidence; one that was withdrawn says so, and why."""
    stands = found.filter(pl.col("withdrawn").is_null())
    moved = set(found.drop_nulls("withdrawn").join(stands, on="sid", how="semi")["sid"])
    for sid, at, known, gone, evidence in found.select(
        "sid", "time", "known", "withdrawn", "evidence"
    ).iter_rows():
        reason = "" if gone is None else MOVED if sid in moved else NO_LONGER
        yield sid, TimeZero(trigger, at, known, tuple(evidence or ()), withdrawn=gone, reason=reason)


Knowing = Callable[[BandTrigger, pl.DataFrame, pl.DataFrame], pl.DataFrame]


def band_findings(
    trigger: BandTrigger, infections: pl.DataFrame, ticks: pl.DataFrame, knowing: Knowing | None = None
) -> Iterator[tuple[int, TimeZero]]:
    """As `found_by_band`, for many stays. `ticks`: sid, time, total.

    `knowing` puts off `known` of the first ticks (sid, suspected, time, known) to when they or later ones could be found.
    """
    reaching = ticks.filter(pl.col("total") >= trigger.at_least)
    infections = infections.select("sid", "suspected", "known", "withdrawn", "evidence")
    near = infections.join(reaching, on="sid")
    after = pl.col("time") - pl.col("suspected")
    near = near.filter(
        (after >= -to_microseconds(trigger.before)) & (after <= to_microseconds(trigger.after))
    )
    first = near.sort("sid", "suspected", "time").group_by("sid", "suspected", maintain_order=True).first()
    if trigger.below is not None:
        first = first.filter(pl.col("total") < trigger.below)
    first = first.with_columns(known=pl.max_horizontal("time", "known"))
    first = knowing(trigger, first, reaching.select("sid", "time")) if knowing else first
    first = first.filter((pl.col("known") < pl.col("withdrawn")).fill_null(True))
    first = first.sort("sid", pl.col("withdrawn").is_not_null(), "suspected", maintain_order=True)
    yield from _told(trigger.name, first.unique(["sid", "time"], keep="first", maintain_order=True))
