"""Who is learned from and who is not: folds of patients, drawn within hospital and outcome."""

import numpy as np

from opensepsis.counted import counted
from opensepsis.errors import DefinitionError

FOLDS = 5


def patient_folds(patients: np.ndarray, strata: np.ndarray, folds: int = FOLDS, seed: int = 0) -> np.ndarray:
    """The fold of each stay: all stays of a patient share one; of each stratum (hospital, ever septic) every fold has its part.

    >>> patient_folds(np.array(["a", "b", "a"]), np.array([0, 1, 0]), 2).tolist().count(0) in (1, 2)
    True
    """
    names, of_stay = np.unique(patients, return_inverse=True)
    highest = np.zeros(len(names), int)
    np.maximum.at(highest, of_stay, strata)
    drawn = np.random.default_rng(seed)
    fold = np.zeros(len(names), int)
    shift = 0
    for stratum in np.unique(highest):
        mine = np.flatnonzero(highest == stratum)
        drawn.shuffle(mine)
        fold[mine] = (np.arange(len(mine)) + shift) % folds
        shift += len(mine)
    return fold[of_stay]


def check_by_patient(patients: np.ndarray, folds: np.ndarray) -> None:
    """A split by hours or stays is refused: a patient who is in two folds is known before he is tested."""
    names, of = np.unique(patients, return_inverse=True)
    lowest, highest = np.full(len(names), np.iinfo(int).max), np.full(len(names), -1)
    np.minimum.at(lowest, of, folds)
    np.maximum.at(highest, of, folds)
    both = int((lowest != highest).sum())
    if both:
        raise DefinitionError(
            f"{counted(both, 'patient is', 'patients are')} in more than one fold, as in a split by rows or stays. Split by patient."
        )
