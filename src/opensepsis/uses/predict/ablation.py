"""What a score rests on, the clock, the staff's habit of measuring or the patient: the same small trees on some kinds of features."""

import numpy as np

from opensepsis.uses.predict.catalogue import PHYSIOLOGY, PROCESS, SITE, TIME, TREATMENT
from opensepsis.uses.predict.data import Cohort
from opensepsis.uses.predict.learners import LABEL, Member
from opensepsis.uses.predict.metrics import WITHOUT_SEPSIS_LEAVE, hour_matched_auroc
from opensepsis.uses.predict.train import train
from opensepsis.uses.predict.utility import best_threshold, share

_KINDS = {
    "clock": (TIME,),
    "clock and observation process": (TIME, PROCESS),
    "physiology": (PHYSIOLOGY,),
    "physiology and treatment": (PHYSIOLOGY, TREATMENT),
    "clock, physiology and treatment": (TIME, PHYSIOLOGY, TREATMENT),
    "everything": (TIME, PROCESS, PHYSIOLOGY, TREATMENT, SITE),
}


def ablation(cohort: Cohort, folds: np.ndarray, threads: int = 2) -> list[dict]:
    """Utility (all hours; early hours) and AUROC within the hour with each set of kinds, cross-fitted; thresholds of the other folds."""
    found = []
    for name, tags in _KINDS.items():
        trained = train(
            cohort, folds=folds, threads=threads, members=(Member("one", LABEL, tags, 8, 100, 2000),)
        )
        at = cohort.counted
        score, gain, hours = trained.score[at], cohort.labels.gain[at], cohort.hours[at]
        fold = folds[cohort.stay_of_row[at]]
        early = hours <= WITHOUT_SEPSIS_LEAVE
        found.append(
            {
                "features": name,
                "utility": _nested(score, gain, fold, np.ones(len(at), bool)),
                "utility, early hours": _nested(score, gain, fold, early),
                "AUROC within the hour": hour_matched_auroc(score, cohort.labels.positive[at], hours).value,
            }
        )
    return found


def _nested(score: np.ndarray, gain: np.ndarray, fold: np.ndarray, mask: np.ndarray) -> float:
    over = np.zeros(len(score), bool)
    for one in np.unique(fold):
        others = mask & (fold != one)
        over |= (fold == one) & (score > best_threshold(score[others], gain[others]))
    return share(gain[mask], over[mask])
