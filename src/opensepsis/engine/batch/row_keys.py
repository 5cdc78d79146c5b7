"""What gives a row of a table its points: moments, and stretches of time while something runs."""

from collections.abc import Collection
from dataclasses import dataclass, fields

import numpy as np

from opensepsis.engine.batch.infusions import steps_of
from opensepsis.engine.batch.moments import Moments, Whole, union
from opensepsis.engine.batch.score_tables import UNKNOWN, row_points
from opensepsis.engine.batch.signal_math import known
from opensepsis.engine.batch.signals import evaluate, moments_of
from opensepsis.engine.charts import NEVER, Charts
from opensepsis.engine.intervals import running_in
from opensepsis.engine.table import OBSERVED
from opensepsis.rules import Row, lasts

NOTHING = np.empty(0, np.int64)


@dataclass(frozen=True, eq=False)
class Keyed(Moments):
    """Moments with points × 4 + certainty."""

    key: np.ndarray

    def take(self, which: np.ndarray) -> "Keyed":
        """Those at these positions, or where the mask is true."""
        return type(self)(*(getattr(self, f.name)[which] for f in fields(self)))


@dataclass(frozen=True, eq=False)
class Stretches(Keyed):
    """What counts from each moment to before `until`."""

    until: Whole


@dataclass(frozen=True, eq=False)
class RowInputs:
    """Every moment and stretch at which a row has points."""

    moments: Keyed
    stretches: Stretches


def row_inputs(row: Row, charts: Charts) -> RowInputs:
    """What gives a row its points, worked out once for all scores that share its table."""
    table = tuple((points, id(condition)) for points, condition in row.cells.items())
    if table not in charts.tables:
        charts.tables[table] = RowInputs(_moments(row, charts), _stretches(row, charts))
    return charts.tables[table]


def _moments(row: Row, charts: Charts) -> Keyed:
    signals = row.signals
    at = moments_of([s for s in signals.values() if not lasts(s)], charts)
    keys = row_keys(row, at, charts, signals)
    there = keys != UNKNOWN
    return Keyed(at.pid[there], at.time[there], at.place[there], keys[there])


def _stretches(row: Row, charts: Charts) -> Stretches:
    lasting = {name: s for name, s in row.signals.items() if lasts(s)}
    changes = [steps_of(r, charts).place for s in lasting.values() for r in running_in(s)]
    at = union([NOTHING, *changes], charts.axis)
    if not len(at):
        return Stretches(at.pid, at.time, at.place, np.empty(0, np.int8), NOTHING)
    keys = row_keys(row, at, charts, lasting, only_running=True)
    same = at.pid[:-1] == at.pid[1:]
    until = np.append(np.where(same, at.time[1:], NEVER), NEVER)
    there = keys != UNKNOWN
    return Stretches(at.pid[there], at.time[there], at.place[there], keys[there], until[there])


def row_keys(
    row: Row, moments: Moments, charts: Charts, signals: Collection[str], only_running: bool = False
) -> np.ndarray:
    """Points × 4 + certainty of a row at each moment, from these of its signals; the others are not known."""
    values, length = {}, len(moments)
    basis, runs = np.full(length, OBSERVED, np.int8), np.zeros(length, bool)
    for name, signal in row.signals.items():
        if name not in signals:
            values[name] = np.full(length, np.nan)
            continue
        found = evaluate(signal, moments, charts)
        values[name] = found.value
        if not (isinstance(found.basis, int) and found.basis == OBSERVED):
            basis = np.maximum(basis, np.where(known(found.value), found.basis, OBSERVED))
        runs |= found.value > 0
    points = row_points(row, values, length)
    there = (points != UNKNOWN) & runs if only_running else points != UNKNOWN
    return np.where(there, points * 4 + 3 - basis, UNKNOWN).astype(np.int8)
