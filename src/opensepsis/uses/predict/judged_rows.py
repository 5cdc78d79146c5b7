"""The rows that are judged: their risks, and at which of them an alarm is allowed, with nothing from the patients themselves."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from opensepsis.uses.predict.alarms import BUDGETS
from opensepsis.uses.predict.beside import CLOCK
from opensepsis.uses.predict.bootstrap import Draws
from opensepsis.uses.predict.conformal import not_ruled_out
from opensepsis.uses.predict.data import Cohort
from opensepsis.uses.predict.model import Model
from opensepsis.uses.predict.score import Scored, score_grid
from opensepsis.uses.predict.train import settled

MODEL = "model"


@dataclass(frozen=True)
class Rows:
    """The rows that count, with the scores that are compared; `over` says at which rows an alarm is allowed at each operating point."""

    cohort: Cohort
    model: Model
    scored: Scored
    at: np.ndarray
    risk: np.ndarray
    clock: np.ndarray
    over: Mapping[str, np.ndarray]
    clock_over: Mapping[str, np.ndarray]
    not_ruled_out: tuple[np.ndarray, np.ndarray]
    nested: bool
    draws: Draws
    acted: np.ndarray | None = field(default=None)
    true_onset: np.ndarray | None = field(default=None)

    @property
    def stay(self) -> np.ndarray:
        return self.cohort.stay_of_row[self.at]

    @property
    def hours(self) -> np.ndarray:
        return self.cohort.hours[self.at]

    @property
    def positive(self) -> np.ndarray:
        return self.cohort.labels.positive[self.at]

    @property
    def gain(self) -> np.ndarray:
        return self.cohort.labels.gain[self.at]

    @property
    def patient(self) -> np.ndarray:
        return self.cohort.patients[self.stay]


def prepared(
    model: Model,
    cohort: Cohort,
    folds: np.ndarray | None = None,
    acted: np.ndarray | None = None,
    threads: int = 2,
    scored: Scored | None = None,
) -> Rows:
    """The rows with their risks and alarms. With `folds`, the patients are those of the training: each is judged by the boosters,
    calibration and thresholds of the other folds alone. `acted`: the hour at which the clinicians of each stay first acted (NaN: never).
    """
    cohort = cohort.with_inputs(model.inputs)
    scored = scored or score_grid(model, cohort.grid, threads, folds, beside=True)
    at = cohort.counted if folds is None else cohort.counted[folds[cohort.stay_of_row[cohort.counted]] >= 0]
    risk, clock = scored.risk[at].copy(), model.clock_of(cohort.hours[at])
    points = ["utility", "utility_early", *(f"budget_{share:.0%}" for share in BUDGETS), "promise"]
    over = {name: np.zeros(len(at), bool) for name in points}
    clock_over = {name: np.zeros(len(at), bool) for name in points[:2]}
    yes, no = np.ones(len(at), bool), np.ones(len(at), bool)
    fold_of = np.zeros(len(at), int) if folds is None else folds[cohort.stay_of_row[at]]
    for fold in np.unique(fold_of):
        here, others = fold_of == fold, fold_of != fold
        judge = model if folds is None else settled(model, cohort, at[others], scored.score[at[others]])
        risk[here] = judge.risk_of_score(scored.score[at[here]], cohort.hours[at[here]])
        clock_here = judge.clock_of(cohort.hours[at[here]])
        if judge.conformal:
            yes[here], no[here] = not_ruled_out(risk[here], judge.conformal)
        for name in points:
            over[name][here] = risk[here] > judge.thresholds.get(name, np.inf)
        for name in points[:2]:
            clock_over[name][here] = clock_here > judge.thresholds.get(f"clock_{name}", np.inf)
    return Rows(
        cohort,
        model,
        scored,
        at,
        risk,
        clock,
        over,
        clock_over,
        (yes, no),
        folds is not None,
        Draws(cohort.patients),
        acted,
    )


def compared(rows: Rows) -> dict[str, np.ndarray]:
    """The model and what stands beside it, each as a score of the rows."""
    beside = {name: values[rows.at] for name, values in rows.scored.beside.items()}
    return {MODEL: rows.risk, **beside, CLOCK: rows.clock}
