"""The features of many patients at once: blocks of stays of like length, each advanced hour by hour."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from opensepsis.uses.predict.catalogue import Layout, layout
from opensepsis.uses.predict.features import State, add_scores
from opensepsis.uses.predict.grid import Grid

_TOGETHER = 800  # stays of a block: what they need stays in the processor's cache
_SCORED = 8000  # rows whose scores are worked out at once: their many small steps cost the same for one row as for hundreds
_THREADS = 2


def all_features(grid: Grid, columns: list[int] | None = None) -> np.ndarray:
    """A row of features for each hour of the grid (float32; NaN: not known), in the order of `layout(grid.inputs)` or only `columns`."""
    width = len(layout(grid.inputs).features) if columns is None else len(columns)
    rows = np.empty((grid.hours, width), np.float32)

    def fill(places: np.ndarray, part: np.ndarray) -> None:
        rows[places] = part if columns is None else part[:, columns]

    by_parts(grid, fill, _THREADS)
    return rows


def by_parts(grid: Grid, work: Callable[[np.ndarray, np.ndarray], None], threads: int) -> None:
    """Calls `work` with some rows of the grid and their features until all had their turn, from several threads.

    The features are overwritten when it returns: so many hours are never held as there are.
    """
    plan = layout(grid.inputs)

    def through(block: np.ndarray) -> None:
        for places, rows in _advanced(grid, plan, block):
            work(places, rows)

    if threads == 1:
        for block in _blocks(grid):
            through(block)
        return
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(through, _blocks(grid)))


def _blocks(grid: Grid) -> list[np.ndarray]:
    """The stays in blocks, the longest first."""
    order = np.argsort(-np.diff(grid.begin), kind="stable")
    return [order[i : i + _TOGETHER] for i in range(0, len(order), _TOGETHER)]


def _advanced(grid: Grid, plan: Layout, block: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The places and features of some hours at a time; those before are overwritten."""
    begin, sizes = grid.begin[block], np.diff(grid.begin)[block]
    state = State(plan, len(block))
    person = grid.person[block]
    places = np.empty(_SCORED + len(block), np.int64)
    rows = np.empty((len(places), len(plan.features)), np.float32)
    filled = 0
    for hour in range(int(sizes[0])):
        here = int(np.searchsorted(-sizes, -hour, side="left"))  # stays that last longer
        now = begin[:here] + hour
        after = filled + here
        places[filled:after] = now
        state.advance(
            grid.values[now], np.full(here, hour + 1, np.float32), person[:here], rows[filled:after]
        )
        filled = after
        if filled >= _SCORED or hour + 1 == sizes[0]:
            add_scores(plan, rows[:filled])
            yield places[:filled], rows[:filled]
            filled = 0
