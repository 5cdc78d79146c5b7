"""The worst of a window at each hour of each stay."""

import numpy as np

from opensepsis.engine.batch.axis import Axis
from opensepsis.engine.batch.evaluation_times import EvaluationTimes
from opensepsis.engine.batch.moments import spread
from opensepsis.engine.batch.row_keys import Keyed, Stretches
from opensepsis.engine.batch.score_tables import UNKNOWN
from opensepsis.engine.semantics.time import HOUR


class Grid:
    """One cell per stay and hour, with the hours before admission that the first window looks back on."""

    def __init__(self, ticks: EvaluationTimes, window: int, axis: Axis):
        self.window = window // HOUR
        if self.window * HOUR != window:
            raise ValueError("a score's window must be whole hours")
        self.first = 2 - self.window  # the first hour the window of tick 1 reaches
        stays = ticks.stays
        self.pid, self.admitted, hours = (
            stays[name].to_numpy().astype(np.int64) for name in ("pid", "admitted", "hours")
        )
        self.until = stays["until"].to_numpy() if "until" in stays.columns else self.admitted + hours * HOUR
        size = hours + 1 - self.first
        self.offset = np.cumsum(size) - size
        self.cells = int(size.sum())
        self.positions = (
            self.offset[ticks.ticks["sid"].to_numpy()] + ticks.ticks["hour"].to_numpy() - self.first
        )
        opening = self.admitted + (self.first - 1) * HOUR
        self.begin, self.end = axis.places(self.pid, opening), axis.places(self.pid, self.until)

    def worst(self, points: Keyed, stretches: Stretches) -> np.ndarray:
        """The highest key in each tick's window, in the order of the ticks."""
        cells = np.full(self.cells, UNKNOWN, np.int8)
        stay, position = self._of_moments(points)
        _raise_to(cells, self._cell(stay, points.time[position]), points.key[position])
        if len(stretches):
            self._add_stretches(cells, stretches)
        return _worst_behind(cells, self.window)[self.positions]

    def _of_moments(self, points: Keyed) -> tuple[np.ndarray, np.ndarray]:
        """The stay and the position of every moment: a stay's moments lie side by side."""
        first = np.searchsorted(points.place, self.begin, side="right")
        behind = np.searchsorted(points.place, self.end, side="right")
        stay, position = spread(first, behind)
        mine = points.pid[position] == self.pid[stay]
        return (stay, position) if mine.all() else (stay[mine], position[mine])

    def _cell(self, stay: np.ndarray, time: np.ndarray) -> np.ndarray:
        return self.offset[stay] + (time - self.admitted[stay] + HOUR - 1) // HOUR - self.first

    def _add_stretches(self, cells: np.ndarray, stretches: Stretches) -> None:
        """Raises every cell that a stretch touches, up to its last moment `until` - 1."""
        begin = np.searchsorted(stretches.pid, self.pid, side="left")
        stay, which = spread(begin, np.searchsorted(stretches.pid, self.pid, side="right"))
        last = np.minimum(stretches.until[which] - 1, self.until[stay])
        first = np.maximum(stretches.time[which], self.admitted[stay] + (self.first - 1) * HOUR + 1)
        touched = first <= last
        stay, which, first, last = stay[touched], which[touched], first[touched], last[touched]
        row, cell = spread(self._cell(stay, first), self._cell(stay, last) + 1)
        np.maximum.at(cells, cell, stretches.key[which[row]])


def _raise_to(cells: np.ndarray, cell: np.ndarray, key: np.ndarray) -> None:
    """Raises each cell to the highest of its keys; those of one cell lie side by side."""
    if not len(cell):
        return
    starts = np.flatnonzero(np.concatenate([[True], cell[1:] != cell[:-1]]))
    found = cell[starts]
    cells[found] = np.maximum(cells[found], np.maximum.reduceat(key, starts))


def _worst_behind(cells: np.ndarray, window: int) -> np.ndarray:
    """The highest of each cell and those before it in the window: reach doubles, so few steps are needed."""
    reach = 1
    while reach < window:
        step = min(reach, window - reach)
        further = cells.copy()
        np.maximum(cells[step:], cells[:-step], out=further[step:])
        cells, reach = further, reach + step
    return cells
