"""Whether a new model may take the place of an old one: both judged on the same patients, neither of whom either has seen."""

from dataclasses import dataclass

import numpy as np

from opensepsis.errors import DefinitionError
from opensepsis.uses.areas import pulled_area
from opensepsis.uses.predict.alarms import raise_alarms, sums
from opensepsis.uses.predict.judged_rows import Rows
from opensepsis.uses.predict.metrics import WITHOUT_SEPSIS_LEAVE
from opensepsis.uses.shares import Z_95

MARGIN = 0.02
_POINT = "budget_2%"


@dataclass(frozen=True)
class Compared:
    """One figure of both, the difference with its paired 95 % interval, and whether the new one is worse."""

    figure: str
    old: float
    new: float
    low: float
    high: float
    worse: bool


def gate(old: Rows, new: Rows, margin: float = MARGIN) -> list[Compared]:
    """The figures that count: the AUROC within the hour, the utility of early hours, recall and precision at 2 % of hours.

    The new model is worse where the whole interval of the difference lies below 0, or the difference below -`margin`.
    """
    if len(old.at) != len(new.at) or (old.at != new.at).any():
        raise DefinitionError(
            "The models were not evaluated on the same hours. Give both the same timelines and labels."
        )
    return [_within_the_hour(old, new, margin), *_of_sums(old, new, margin)]


def _within_the_hour(old: Rows, new: Rows, margin: float) -> Compared:
    (before, pull), (after, other) = (
        pulled_area(one.risk, one.positive, one.hours, one.patient) for one in (old, new)
    )
    error = Z_95 * float(np.sqrt(((other - pull) ** 2).sum()))
    return _told(
        "AUROC within the hour", before, after, after - before - error, after - before + error, margin
    )


def _of_sums(old: Rows, new: Rows, margin: float) -> list[Compared]:
    stays = len(old.cohort.grid.begin) - 1
    early = old.hours <= WITHOUT_SEPSIS_LEAVE
    attainable = np.bincount(old.stay, np.where(early, np.maximum(old.gain, 0), 0), minlength=stays)
    hours = np.bincount(old.stay, minlength=stays)
    won, alarms = [], []
    for one in (old, new):
        gained = np.where(early & one.over["utility_early"], one.gain, 0)
        won.append(np.bincount(one.stay, gained, minlength=stays))
        raised = raise_alarms(one.over[_POINT], one.stay, one.hours, one.cohort.labels.onset)
        alarms.append(sums(raised, one.cohort.labels.onset, hours))

    def figures(which: int, weight: np.ndarray) -> dict[str, float]:
        of = float(weight @ attainable)
        told = alarms[which].figures(weight)
        return {
            "utility, early hours": float(weight @ won[which]) / of if of else float("nan"),
            "recall at 2 % of hours": told["recall"],
            "precision at 2 % of hours": told["precision"],
        }

    def differences(weight: np.ndarray) -> dict[str, float]:
        before, after = figures(0, weight), figures(1, weight)
        return {name: after[name] - before[name] for name in before}

    all_ = np.ones(stays)
    before, after, ends = figures(0, all_), figures(1, all_), old.draws.intervals(differences)
    return [_told(name, before[name], after[name], *ends[name], margin) for name in before]


def _told(figure: str, old: float, new: float, low: float, high: float, margin: float) -> Compared:
    return Compared(figure, old, new, low, high, not (new - old >= -margin) or high < 0)
