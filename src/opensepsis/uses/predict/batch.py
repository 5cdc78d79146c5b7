"""The features of many patients at once: blocks of stays of like length, each advanced hour by hour."""

from collections.abc import Iterator
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
    plan = layout(grid.inputs)
    width = len(plan.features) if columns is None else len(columns)
    rows = np.empty((grid.hours, width), np.float32)

    def fill(block: np.ndarray) -> None:
        for places, part in _advanced(grid, plan, block):
            rows[places] = part if columns is None else part[:, columns]

    with ThreadPoolExecutor(_THREADS) as pool:
        list(pool.map(fill, _blocks(grid)))
    return rows


def _blocks(grid: Grid) -> list[np.ndarray]:
    """The stays in blocks, the longest first."""
    order = np.argsort(-np.diff(grid.begin), kind="stable")
    return [order[i : i + _TOGETHER] for i in range(0, len(order), _TOGETHER)]


def _advanced(grid: Grid, plan: Layout, block: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    begin, sizes = grid.begin[block], np.diff(grid.begin)[block]
    state = State(plan, len(block))
    person = grid.person[block]
    held: list[tuple[np.ndarray, np.ndarray]] = []
    for hour in range(int(sizes[0])):
        here = int(np.searchsorted(-sizes, -hour, side="left"))  # stays that last longer
        places = begin[:here] + hour
        held.append(
            (places, state.advance(grid.values[places], np.full(here, hour + 1, np.float32), person[:here]))
        )
        if sum(len(places) for places, _ in held) >= _SCORED:
            yield _scored(plan, held)
            held = []
    if held:
        yield _scored(plan, held)


def _scored(plan: Layout, held: list[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """The places and rows of some hours, with the scores of their last values."""
    places, rows = (np.concatenate(parts) for parts in zip(*held, strict=True))
    add_scores(plan, rows)
    return places, rows
