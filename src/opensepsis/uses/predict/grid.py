"""The values of a timeline by stay and hour: what was known at the end of each hour, nothing later."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from opensepsis.data.timeline.timeline import Timeline
from opensepsis.engine.semantics.time import HOUR
from opensepsis.errors import MissingError
from opensepsis.uses.predict.glasgow import PARTS, TOTAL, with_sums
from opensepsis.uses.predict.inputs import RUNNING, Input

_LONGEST = 24 * 90  # hours of a stay that are looked at


@dataclass(frozen=True)
class Grid:
    """Hours of stays. `values` has a row for each hour and a column for each input (float32, NaN: nothing was known in that hour).

    The rows of stay i are `begin[i]` to `begin[i + 1]`; the first is the hour after its admission. `stays` has patient, stay,
    admitted, hours, hospital (a name), sex, age, and `person`: hours in hospital at admission, age in whole years, 1 for female.
    """

    inputs: tuple[Input, ...]
    stays: pl.DataFrame
    begin: np.ndarray
    values: np.ndarray
    person: np.ndarray

    @property
    def hours(self) -> int:
        return int(self.begin[-1])

    @property
    def stay_of_row(self) -> np.ndarray:
        """The place of the stay of each row."""
        return np.repeat(np.arange(len(self.begin) - 1), np.diff(self.begin))

    @property
    def unit_hours(self) -> np.ndarray:
        """The hours since admission at the end of each row's hour."""
        return np.arange(self.hours) - self.begin[self.stay_of_row] + 1

    def of_stays(self, chosen: np.ndarray) -> "Grid":
        """The same for some stays, by their places in rising order."""
        sizes = np.diff(self.begin)[chosen]
        rows = (
            np.concatenate([np.arange(int(self.begin[i]), int(self.begin[i + 1])) for i in chosen])
            if len(chosen)
            else []
        )
        return replace(
            self, stays=self.stays[chosen], begin=np.concatenate([[0], np.cumsum(sizes)]),
            values=self.values[np.asarray(rows, int)], person=self.person[chosen],
        )  # fmt: skip

    def with_inputs(self, inputs: Sequence[Input]) -> "Grid":
        """The same with only these inputs; MissingError where one is not among its own."""
        own = [one.concept for one in self.inputs]
        columns = [own.index(one.concept) for one in inputs]
        return replace(self, inputs=tuple(inputs), values=self.values[:, columns])


def together(grids: Sequence[Grid]) -> Grid:
    """Several hospitals as one; their inputs must be the same."""
    sizes = np.concatenate([np.diff(grid.begin) for grid in grids])
    return Grid(
        grids[0].inputs, pl.concat([grid.stays for grid in grids]), np.concatenate([[0], np.cumsum(sizes)]),
        np.concatenate([grid.values for grid in grids]), np.concatenate([grid.person for grid in grids]),
    )  # fmt: skip


def read_grid(timeline: Timeline, inputs: Iterable[Input], hospital: str, stay_kind: str = "icu") -> Grid:
    """The hours of every stay of a kind. An event counts in the hour in which it happened or, if that was later, in which it was known.

    Of several values in an hour the last counts; the parts of the GCS count as their sum. An interval counts in every hour that it touches.
    MissingError: no such stays.
    """
    inputs = tuple(inputs)
    stays = _stays(timeline, hospital, stay_kind)
    if stays.is_empty():
        kinds = ", ".join(sorted(timeline.stays["kind"].unique())) or "none"
        raise MissingError(
            f"The timeline has no {stay_kind} stays (it has: {kinds}). Choose with --stay-kind."
        )
    begin = np.concatenate([[0], np.cumsum(stays["hours"].to_numpy())])
    values = np.full((begin[-1], len(inputs)), np.nan, np.float32)
    for cells in _cells(timeline, inputs, stays):
        values[begin[cells["sid"].to_numpy()] + cells["hour"].to_numpy() - 1, cells["column"].to_numpy()] = (
            cells["value"].to_numpy()
        )
    person = stays.select(
        pl.col("before").cast(pl.Float32), pl.col("age").floor().cast(pl.Float32),
        pl.when(pl.col("sex").is_not_null()).then(pl.col("sex") == "F").cast(pl.Float32),
    )  # fmt: skip
    return Grid(inputs, stays.drop("before"), begin, values, person.to_numpy().astype(np.float32))


def _stays(timeline: Timeline, hospital: str, kind: str) -> pl.DataFrame:
    mine = timeline.stays.filter(pl.col("kind") == kind).sort("patient", "admitted", "stay")
    length = (pl.col("discharged") - pl.col("admitted")).dt.total_microseconds()
    around = timeline.stays.filter(pl.col("kind") == "hospital").select(
        "patient", arrived="admitted", left="discharged"
    )
    if kind == "hospital":
        before = mine.select("stay", before=pl.lit(0.0))
    else:
        inside = mine.join(around, on="patient").filter(
            pl.col("arrived") <= pl.col("admitted"), pl.col("admitted") <= pl.col("left")
        )
        hours = (pl.col("admitted") - pl.col("arrived")).dt.total_microseconds() / HOUR
        before = inside.group_by("stay").agg(hours.max().alias("before"))
    return mine.join(before, on="stay", how="left", maintain_order="left").select(
        "patient", "stay", "admitted", hours=((length + HOUR - 1) // HOUR).clip(1, _LONGEST), hospital=pl.lit(hospital),
        sex="sex", age="age", before="before",
    )  # fmt: skip


def _cells(timeline: Timeline, inputs: tuple[Input, ...], stays: pl.DataFrame):
    """sid, hour (from 1), column, value of each shard, the last value of an hour last."""
    places = pl.DataFrame(
        {"concept": [i.concept for i in inputs], "column": range(len(inputs)), "running": [i.form == RUNNING for i in inputs]}
    )  # fmt: skip
    numbered = stays.select("patient", "admitted", "hours").with_row_index("sid")
    read = [*places["concept"], *(PARTS if TOTAL in places["concept"] else ())]
    for _, events in timeline.parts():
        found = events.filter(pl.col("concept").cast(pl.String).is_in(read)).select(
            pl.col("patient", "concept").cast(pl.String), "time", "end", "value",
            at=pl.max_horizontal("time", "known"), known=pl.coalesce("known", "time"),
        ).collect()  # fmt: skip
        found = with_sums(found).join(places, on="concept").join(numbered, on="patient")
        first = ((pl.col("at") - pl.col("admitted")).dt.total_microseconds() + HOUR - 1) // HOUR
        found = found.with_columns(hour=first)
        yield from (_points(found), _spans(found))


def _points(found: pl.DataFrame) -> pl.DataFrame:
    mine = found.filter(
        ~pl.col("running"), pl.col("hour").is_between(1, pl.col("hours")), pl.col("value").is_not_null()
    )
    return mine.sort("time", "known", maintain_order=True).select("sid", "hour", "column", "value")


def _spans(found: pl.DataFrame) -> pl.DataFrame:
    """1 in each hour of the stay in which something ran; a rate of 0 ran not."""
    end = pl.coalesce("end", "time")
    last = ((end - pl.col("admitted")).dt.total_microseconds() + HOUR - 1) // HOUR
    mine = found.filter(pl.col("running"), (pl.col("value") != 0).fill_null(True)).with_columns(
        first=pl.col("hour").clip(1), last=pl.min_horizontal(last, "hours")
    )
    mine = mine.filter(pl.col("last") >= pl.col("first"))
    hours = mine.with_columns(hour=pl.int_ranges(pl.col("first"), pl.col("last") + 1)).explode("hour")
    return hours.select("sid", "hour", "column", value=pl.lit(1.0))
