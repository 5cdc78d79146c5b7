"""Moments of many patients as arrays, in order of place (see `axis.py`), and how to search among them."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import polars as pl

from opensepsis.engine.batch.axis import EMPTY, Axis

Whole = np.ndarray  # of int64
Numbers = np.ndarray  # of float64; NaN: not known
FEW = 2  # times as many are asked for


@dataclass(frozen=True, eq=False)
class Moments:
    """Patient number, time in microseconds, and both in one number; sorted by `place`."""

    pid: Whole
    time: Whole
    place: Whole

    def __len__(self) -> int:
        return len(self.place)

    def take(self, which: np.ndarray) -> "Moments":
        """Those at these positions, or where the mask is true."""
        return Moments(self.pid[which], self.time[which], self.place[which])

    def frame(self) -> pl.DataFrame:
        """The same as a frame: pid, time, place."""
        return pl.DataFrame({"pid": self.pid.astype(np.uint32), "time": self.time, "place": self.place})


@dataclass(frozen=True, eq=False)
class Readings(Moments):
    """Moments with one value each, none of them unknown; words are numbers (see `charts.readings`)."""

    value: np.ndarray


class LastReading(NamedTuple):
    """Where the last reading at or before each moment lies, and where there is one of the same patient."""

    at: np.ndarray
    there: np.ndarray


def moments_at(places: Whole, axis: Axis) -> Moments:
    """The moments of sorted places."""
    pid, time = axis.patient_and_time(places)
    return Moments(pid, time, places)


def moments_of_frame(frame: pl.DataFrame, axis: Axis) -> Moments:
    """The moments of a frame (pid, time), in its order."""
    pid = frame["pid"].to_numpy().astype(np.int64)
    time = frame["time"].to_numpy()
    return Moments(pid, time, axis.places(pid, time))


def union(places: list[Whole], axis: Axis) -> Moments:
    """The moments of all these sorted places, each once, in order."""
    return moments_at(distinct(places), axis)


def distinct(places: list[Whole]) -> Whole:
    """All these places in order, each once; sorted parts are merged."""
    every = np.sort(np.concatenate(places), kind="stable")
    return every[np.append(True, every[1:] != every[:-1])[: len(every)]]


def search(places: Whole, asked: Whole, side: Literal["left", "right"] = "left") -> np.ndarray:
    """As `np.searchsorted`; of few places among many asked in order, each place is searched among the asked instead.

    >>> search(np.array([3, 5]), np.array([1, 3, 4, 4, 5, 6, 7, 8]), "right").tolist()
    [0, 1, 1, 1, 2, 2, 2, 2]
    """
    if len(places) * FEW > len(asked) or not (asked[1:] >= asked[:-1]).all():
        return np.searchsorted(places, asked, side=side)
    first = np.searchsorted(asked, places, side="left" if side == "right" else "right")
    return np.cumsum(np.bincount(first, minlength=len(asked)))[: len(asked)]


def last_before(moments: Moments, readings: Moments) -> LastReading:
    """The last of the readings of the same patient at or before each moment."""
    if not len(readings):
        nowhere = np.zeros(len(moments), np.intp)
        return LastReading(nowhere, np.zeros(len(moments), bool))
    at = search(readings.place, moments.place, "right") - 1
    there = at >= 0
    at = np.maximum(at, 0)
    return LastReading(at, there & (readings.pid[at] == moments.pid))


def last_within(moments: Moments, readings: Moments, valid: int) -> tuple[LastReading, Whole]:
    """The last reading of the same patient less than `valid` before each moment, and its age: 0 where there is none."""
    if not len(readings):
        return last_before(moments, readings), np.zeros(len(moments), np.int64)
    at = search(readings.place, moments.place, "right") - 1
    there, at = at >= 0, np.maximum(at, 0)
    if valid <= EMPTY:  # patients lie further apart: the place alone tells whose it is
        age = moments.place - readings.place[at]
    else:
        age = moments.time - readings.time[at]
        there &= readings.pid[at] == moments.pid
    there &= age < valid
    return LastReading(at, there), np.where(there, age, 0)


def at_the_moment(moments: Moments, readings: Moments) -> LastReading:
    """The reading made at each moment itself."""
    if not len(readings):
        return last_before(moments, readings)
    if len(moments) == len(readings) and np.array_equal(moments.place, readings.place):
        return LastReading(np.arange(len(moments)), np.ones(len(moments), bool))
    at = np.minimum(search(readings.place, moments.place), len(readings) - 1)
    return LastReading(at, readings.place[at] == moments.place)


def in_window(moments: Moments, readings: Moments, over: int) -> tuple[np.ndarray, np.ndarray]:
    """From which reading to before which lie those in (moment − over, moment]."""
    first = search(readings.place, moments.place - over, "right")
    return first, search(readings.place, moments.place, "right")


def spread(first: np.ndarray, behind: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The row and the position of everything from `first` to before `behind` of each row.

    >>> row, position = spread(np.array([0, 5]), np.array([2, 6]))
    >>> row.tolist(), position.tolist()
    ([0, 0, 1], [0, 1, 5])
    """
    length = np.maximum(behind - first, 0)
    row = np.repeat(np.arange(len(length)), length)
    started = np.cumsum(length) - length
    return row, np.arange(len(row)) - started[row] + first[row]


def extreme_between(values: np.ndarray, first, behind, worse: np.ufunc, nothing) -> np.ndarray:
    """The highest (`np.maximum`) or lowest of values[first:behind] for each pair; `nothing` where that is empty.

    Two stretches of a power of 2 cover any stretch; each power's extremes come from those of the power before.

    >>> extreme_between(np.array([3, 9, 4]), np.array([0, 2, 1]), np.array([2, 3, 1]), np.maximum, -1).tolist()
    [9, 4, -1]
    """
    found = np.full(len(first), nothing, values.dtype)
    length = behind - first
    rows = np.flatnonzero(length > 0)
    reach = 1
    while len(rows):
        near = length[rows] < 2 * reach
        here = rows[near]
        if len(here):
            found[here] = worse(values[first[here]], values[behind[here] - reach])
        rows = rows[~near]
        if len(rows):
            values = worse(values[: len(values) - reach], values[reach:])
            reach *= 2
    return found
