"""The scores of a model for every hour of a grid, with what stands beside it and whether it is to be trusted."""

from dataclasses import dataclass, replace

import numpy as np

from opensepsis.errors import MissingError
from opensepsis.uses.predict.batch import by_parts
from opensepsis.uses.predict.beside import PLAIN, plain_score, ward_scores
from opensepsis.uses.predict.catalogue import SCORES, layout
from opensepsis.uses.predict.familiarity import states, vital_signs
from opensepsis.uses.predict.grid import Grid
from opensepsis.uses.predict.model import Model

_WHOLE = -1  # the fold of stays that no booster has seen: the whole model scores them
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
            f"The model needs {', '.join(absent)}, which this timeline lacks (present in fewer than 1 in 1,000 stays). "
            "Train a model without them, or map them: `opensepsis coverage` lists what was received."
        )


def score_grid(
    model: Model, grid: Grid, threads: int = 2, folds: np.ndarray | None = None, beside: bool = False
) -> Scored:
    """The scores of every row; with `beside` also those that stand beside the model.

    With `folds` (of each stay) each row is scored by what was fitted without its fold alone (-1: by the whole model).
    """
    grid = grid.with_inputs(model.inputs)
    names, of_row = layout(grid.inputs).names, grid.stay_of_row
    folds = np.full(len(grid.begin) - 1, _WHOLE) if folds is None else folds
    judges = {fold: model if fold == _WHOLE else model.of_fold(fold) for fold in np.unique(folds).tolist()}
    told = [name for name in SCORES if name in names] + [PLAIN] * bool(model.beside.plain) if beside else []
    found = Scored(
        np.zeros(grid.hours), np.zeros(0), np.zeros(grid.hours, np.int8), {name: np.zeros(grid.hours) for name in told}
    )  # fmt: skip

    def score(places: np.ndarray, rows: np.ndarray) -> None:
        if len(judges) == 1:
            _score_rows(next(iter(judges.values())), rows, names, places, found)
            return
        fold_of = folds[of_row[places]]
        for fold, judge in judges.items():
            mine = np.flatnonzero(fold_of == fold)
            _score_rows(judge, rows[mine], names, places[mine], found)

    for judge in judges.values():
        judge.score(np.zeros((0, len(judge.columns)), np.float32))  # trees are read once, not by each thread
    by_parts(grid, score, threads)
    return replace(found, risk=model.risk_of_score(found.score, grid.unit_hours))


def _score_rows(model: Model, rows: np.ndarray, names: list[str], places: np.ndarray, found: Scored) -> None:
    """Puts what a model says of some rows in their places."""
    found.score[places] = model.score(np.take(rows, model.columns, axis=1))  # row after row in memory
    record, vital = rows[:, names.index("record_hours")], rows[:, vital_signs(names)]
    found.state[places] = states(model, rows, names, record, vital)
    if found.beside:
        told = ward_scores(rows, names)
        if model.beside.plain:
            told |= {PLAIN: plain_score(model.beside.plain, rows, names)}
        for name, values in told.items():
            found.beside[name][places] = values
