"""Scores of a timeline as a table: one row for each hour, with its state and, where it is high, the reasons."""

import numpy as np
import polars as pl

from opensepsis.uses.predict.batch import all_features
from opensepsis.uses.predict.familiarity import OK, STATES
from opensepsis.uses.predict.grid import Grid
from opensepsis.uses.predict.model import Model
from opensepsis.uses.predict.reasons import reasons
from opensepsis.uses.predict.score import check_inputs, score_grid

_EXPLAINED_AT_ONCE = 2000


def score_table(model: Model, grid: Grid, budget: float = 0.02, threads: int = 2) -> pl.DataFrame:
    """patient, stay, time, hour, risk, state, above (the threshold of the alarm budget), reasons (where it is above).

    Risk is null where the state is not *ok*: the model abstains. MissingError: the site does not give an input of the model.
    """
    check_inputs(model, grid)
    scored = score_grid(model, grid, threads)
    stays = grid.stays[grid.stay_of_row]
    hours = pl.Series("hour", grid.unit_hours.astype(np.int32))
    ok = scored.state == STATES.index(OK)
    above = ok & (scored.risk > model.thresholds[f"budget_{budget:.0%}"])
    frame = stays.select("patient", "stay", "admitted").with_columns(hours)
    frame = frame.with_columns(
        time=pl.col("admitted") + pl.duration(hours=pl.col("hour")),
        risk=pl.when(pl.Series(ok)).then(pl.Series(scored.risk)),
        state=pl.Series([STATES[i] for i in scored.state], dtype=pl.String),
        above=pl.Series(above), reasons=_reasons(model, grid, np.flatnonzero(above)),
    )  # fmt: skip
    return frame.select("patient", "stay", "time", "hour", "risk", "state", "above", "reasons")


def _reasons(model: Model, grid: Grid, rows: np.ndarray) -> pl.Series:
    told: list[list[str]] = [[] for _ in range(grid.hours)]
    of_row = grid.stay_of_row
    for first in range(0, len(rows), _EXPLAINED_AT_ONCE):
        mine = rows[first : first + _EXPLAINED_AT_ONCE]
        stays = np.unique(of_row[mine])
        block = grid.with_inputs(model.inputs).of_stays(stays)
        shift = block.begin[np.searchsorted(stays, of_row[mine])] + mine - grid.begin[of_row[mine]]
        features = np.ascontiguousarray(all_features(block, list(model.columns))[shift])
        for row, found in zip(mine, reasons(model, features), strict=True):
            told[row] = [one.words for one in found]
    return pl.Series("reasons", told, dtype=pl.List(pl.String))
