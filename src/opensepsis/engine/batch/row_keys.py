"""What gives a row of a table its points: moments, and stretches of time while something runs."""

from collections.abc import Collection
from dataclasses import dataclass, fields, replace
from typing import Self

import numpy as np

from opensepsis.engine.batch.chart import NEVER, Charts
from opensepsis.engine.batch.infusions import step_function
from opensepsis.engine.batch.moments import Moments, Whole, union
from opensepsis.engine.batch.score_tables import UNKNOWN, row_points
from opensepsis.engine.batch.signal_math import known
from opensepsis.engine.batch.signals import evaluate, moments_of
from opensepsis.engine.semantics.basis import OBSERVED
from opensepsis.engine.semantics.infusion_delays import running_in
from opensepsis.rules import Row, concepts_of, lasts

NOTHING = np.empty(0, np.int64)


@dataclass(frozen=True, eq=False)
class Keyed(Moments):
    """Moments with points × 4 + certainty."""

    key: np.ndarray

    def take(self, which: np.ndarray) -> Self:
        """Those at these positions, or where the mask is true."""
        return type(self)(*(getattr(self, f.name)[which] for f in fields(self)))


@dataclass(frozen=True, eq=False)
class Stretches(Keyed):
    """What counts from each moment to before `until`."""

    until: Whole


@dataclass(frozen=True, eq=False)
class RowInputs:
    """Every moment and stretch at which a row has points; `tops`: likewise the most that limits allow, where that is more."""

    moments: Keyed
    stretches: Stretches
    tops: "RowInputs | None" = None


def row_inputs(row: Row, charts: Charts) -> RowInputs:
    """What gives a row its points, worked out once for all scores that share its table."""
    table = tuple((points, id(condition)) for points, condition in row.cells.items())
    if table not in charts.tables:
        moments, more = _moments(row, charts)
        stretches, lasting = _stretches(row, charts)
        tops = RowInputs(more, lasting) if limited(row, charts) else None
        charts.tables[table] = RowInputs(moments, stretches, tops), row  # kept, so that its ids stay its own
    return charts.tables[table][0]


def limited(row: Row, charts: Charts) -> bool:
    """Whether limits were given of something the row reads."""
    held = charts.limited[0]
    return bool(held) and any(c.name in held for s in row.signals.values() for c in concepts_of(s))


def _moments(row: Row, charts: Charts) -> tuple[Keyed, Keyed]:
    signals = row.signals
    at = moments_of([s for s in signals.values() if not lasts(s)], charts)
    keys, tops = keys_and_tops(row, at, charts, signals)
    found = Keyed(at.pid, at.time, at.place, keys)
    return found.take(keys != UNKNOWN), replace(found, key=tops).take(_more(keys, tops))


def _more(keys: np.ndarray, tops: np.ndarray) -> np.ndarray:
    """Where the most that limits allow is more than what is certain."""
    if tops is keys:
        return NOTHING
    return (tops != UNKNOWN) & ((keys == UNKNOWN) | (tops // 4 > keys // 4))


def _stretches(row: Row, charts: Charts) -> tuple[Stretches, Stretches]:
    lasting = {name: s for name, s in row.signals.items() if lasts(s)}
    changes = [step_function(r, charts).place for s in lasting.values() for r in running_in(s)]
    at = union([NOTHING, *changes], charts.axis)
    if not len(at):
        nothing = Stretches(at.pid, at.time, at.place, np.empty(0, np.int8), NOTHING)
        return nothing, nothing
    keys, tops = keys_and_tops(row, at, charts, lasting, only_running=True)
    same = at.pid[:-1] == at.pid[1:]
    until = np.append(np.where(same, at.time[1:], NEVER), NEVER)
    found = Stretches(at.pid, at.time, at.place, keys, until)
    return found.take(keys != UNKNOWN), replace(found, key=tops).take(_more(keys, tops))


def row_keys(
    row: Row, moments: Moments, charts: Charts, signals: Collection[str], only_running: bool = False
) -> np.ndarray:
    """Points × 4 + certainty of a row at each moment, from these of its signals; the others are not known."""
    return keys_and_tops(row, moments, charts, signals, only_running)[0]


def keys_and_tops(
    row: Row, moments: Moments, charts: Charts, signals: Collection[str], only_running: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """The keys of a row, and those of the most points that limits allow: the same where none were given."""
    if not limited(row, charts):
        values, basis, runs = _values(row, moments, charts, signals, only_running)
        keys = _keys(row_points(row, values, len(moments)), basis, runs, only_running)
        return keys, keys
    low, basis, runs = _values(row, moments, charts.at_ends[0], signals, only_running)
    high, _, _ = _values(row, moments, charts.at_ends[1], signals, only_running=False)
    least, most = row_points(row, low, len(moments), high), row_points(row, high, len(moments), low)
    most = np.where((most == UNKNOWN) & (least != UNKNOWN), max(row.cells), most)
    certain = np.where((least == 0) & (most > 0), UNKNOWN, least).astype(np.int8)
    return _keys(certain, basis, runs, only_running), _keys(most, basis, runs, only_running)


def _keys(points: np.ndarray, basis: np.ndarray, runs: np.ndarray, only_running: bool) -> np.ndarray:
    there = (points != UNKNOWN) & runs if only_running else points != UNKNOWN
    return np.where(there, points * 4 + 3 - basis, UNKNOWN).astype(np.int8)


def _values(row: Row, moments: Moments, charts: Charts, signals: Collection[str], only_running: bool):
    """The values of a row's signals, the least certain basis of those that are known, and, if asked, where one is above 0."""
    values, length = {}, len(moments)
    basis, runs = np.full(length, OBSERVED, np.int8), np.zeros(length, bool)
    for name, signal in row.signals.items():
        if name not in signals:
            values[name] = np.full(length, np.nan)
            continue
        found = evaluate(signal, moments, charts)
        values[name] = found.value
        if not (isinstance(found.basis, int) and found.basis == OBSERVED):
            np.maximum(basis, found.basis, out=basis, where=known(found.value))
        if only_running:
            runs |= found.value > 0
    return values, basis, runs
