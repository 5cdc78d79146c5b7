"""When the worst of a window was: the first moment or stretch that has the highest points of each table of a row."""

from typing import NamedTuple

import numpy as np

from opensepsis.engine.batch.chart import Charts
from opensepsis.engine.batch.moments import Moments, extreme_between, in_window, spread
from opensepsis.engine.batch.row_keys import Keyed, RowInputs, row_inputs
from opensepsis.engine.batch.score_tables import UNKNOWN
from opensepsis.engine.semantics.time import to_microseconds
from opensepsis.rules import CompositeRow, Row, Score


class Deciding(NamedTuple):
    """The worst key of each window, and when it first was: at a moment, or in a stretch that ran from it on."""

    key: np.ndarray
    time: np.ndarray
    lasting: np.ndarray


def deciding(score: Score, row: Row | CompositeRow, moments: Moments, patients: Charts) -> list["Deciding"]:
    """For each table of a row when it was worst in the window up to each moment; of tables that stand in for one another only one."""
    worst = [_worst(moments, row_inputs(part, patients), to_microseconds(score.window)) for part in row.parts]
    if isinstance(row, CompositeRow) and (row.first_known or row.worst_known):
        return _of_one_table(row, worst)
    return worst


def _worst(moments: Moments, inputs: RowInputs, window: int) -> Deciding:
    first, behind = in_window(moments, inputs.moments, window)
    key, time = _first_highest(inputs.moments, first, behind)
    if not len(inputs.stretches):
        return Deciding(key, time, np.zeros(len(key), bool))
    stretches = inputs.stretches
    first, behind = in_window(moments, stretches, window)
    before = np.maximum(first - 1, 0)
    opening = moments.time - window
    runs = (first > 0) & (stretches.pid[before] == moments.pid) & (stretches.until[before] - 1 > opening)
    lasting_key, since = _first_highest(stretches, first - runs, behind)
    lasting = (lasting_key > key) | ((lasting_key == key) & (since < time) & (key != UNKNOWN))
    return Deciding(np.where(lasting, lasting_key, key), np.where(lasting, since, time), lasting)


def _of_one_table(row: CompositeRow, worst: list[Deciding]) -> list[Deciding]:
    """For each episode only the first table that is known, or the first of those with most points."""
    keys = np.stack([w.key for w in worst])
    chosen = (keys // 4 if row.worst_known else keys != UNKNOWN).argmax(axis=0)
    return [w._replace(key=np.where(chosen == i, w.key, UNKNOWN)) for i, w in enumerate(worst)]


def _first_highest(keyed: Keyed, first: np.ndarray, behind: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The highest key of each stretch of these, and the time of the first that has it."""
    key = extreme_between(keyed.key, first, behind, np.maximum, UNKNOWN)
    row, position = spread(first, behind)
    hits = keyed.key[position] == key[row]
    row, position = row[hits], position[hits]
    time = np.zeros(len(key), np.int64)
    time[row[::-1]] = keyed.time[position[::-1]]  # the first of a row is written last
    return key, time
