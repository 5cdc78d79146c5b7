"""The scores of a model for every hour of a grid, with what stands beside it and whether it is to be trusted."""

from dataclasses import dataclass

import numpy as np

from opensepsis.errors import MissingError
from opensepsis.uses.predict.batch import all_features
from opensepsis.uses.predict.beside import plain_score, ward_scores
from opensepsis.uses.predict.catalogue import layout
from opensepsis.uses.predict.familiarity import states, vital_signs
from opensepsis.uses.predict.grid import Grid
from opensepsis.uses.predict.model import Model

_STAYS_AT_ONCE = 4000
# of the stays, below which a site does not give an input; a tenth of what training asks, for a rare treatment may be rarer elsewhere
_SEEN = 0.001


@dataclass(frozen=True)
class Scored:
    """For every row of a grid: the score, its risk, its state (a place in `familiarity.STATES`), and the scores that stand beside it."""

    score: np.ndarray
    risk: np.ndarray
    state: np.ndarray
    beside: dict[str, np.ndarray]


def check_inputs(model: Model, grid: Grid) -> None:
    """MissingError where the site does not give an input of the model: its absence would be read as a finding."""
    seen = ~np.isnan(grid.with_inputs(model.inputs).values)
    stays = max(len(grid.begin) - 1, 1)
    of_row = grid.stay_of_row
    absent = [
        one.title
        for i, one in enumerate(model.inputs)
        if (np.bincount(of_row, seen[:, i], minlength=stays) > 0).mean() < _SEEN
    ]
    if absent:
        raise MissingError(
            f"The model needs {', '.join(absent)}, which this timeline does not give (in fewer than 1 in 1,000 stays). "
            "Train a model without them, or map them: `opensepsis coverage` shows what there is."
        )


def score_grid(model: Model, grid: Grid, threads: int = 2, folds: np.ndarray | None = None) -> Scored:
    """The scores of every row. With `folds` (of each stay) each is scored by the boosters alone that have not seen it (-1: by all)."""
    grid = grid.with_inputs(model.inputs)
    plan = layout(grid.inputs)
    names = plan.names
    columns, vital = list(model.columns), vital_signs(names)
    score, state = np.zeros(grid.hours), np.zeros(grid.hours, np.int8)
    beside: dict[str, np.ndarray] = {}
    for first in range(0, len(grid.begin) - 1, _STAYS_AT_ONCE):
        chosen = np.arange(first, min(first + _STAYS_AT_ONCE, len(grid.begin) - 1))
        block = grid.of_stays(chosen)
        at = slice(grid.begin[first], grid.begin[chosen[-1] + 1])
        rows = all_features(block)
        own = np.ascontiguousarray(rows[:, columns])
        state[at] = states(model, rows, names, rows[:, names.index("record_hours")], rows[:, vital])
        found = ward_scores(rows, names)
        if model.about.get("plain"):
            found |= {"logistic regression": plain_score(model.about["plain"], rows, names)}
        for name, values in found.items():
            beside.setdefault(name, np.zeros(grid.hours))[at] = values
        score[at] = (
            model.score(own, threads) if folds is None else _by_fold(model, own, folds[chosen][block.stay_of_row], threads)
        )  # fmt: skip
    return Scored(score, model.risk_of_score(score, grid.unit_hours), state, beside)


def _by_fold(model: Model, rows: np.ndarray, fold_of: np.ndarray, threads: int) -> np.ndarray:
    score = np.zeros(len(rows))
    for fold in np.unique(fold_of):
        mine = np.flatnonzero(fold_of == fold)
        score[mine] = (
            model.of_fold(int(fold)).score(rows[mine], threads)
            if fold >= 0
            else model.score(rows[mine], threads)
        )
    return score
