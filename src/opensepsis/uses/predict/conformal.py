"""What cannot be ruled out, with a stated error: conformal p-values by class, calibrated on one hour of each patient.

Hours of one patient are not exchangeable, so each patient gives one hour: of a septic patient one of his positive hours, of others any one.
Source of the method: Vovk V, Gammerman A, Shafer G, Algorithmic Learning in a Random World, 2005 (label-conditional). It holds for
patients like those.
"""

from collections.abc import Mapping

import numpy as np

_KEPT = 500  # quantiles


def conformal_scores(
    risk: np.ndarray, positive: np.ndarray, patients: np.ndarray, seed: int = 0
) -> dict[str, list[float]]:
    """The risks of one drawn hour of each patient, in rising order, thinned: `positive` and `negative`."""
    order = np.random.default_rng(seed).permutation(len(risk))
    septic = np.bincount(patients, positive) > 0
    found = {}
    for name, mine in (("positive", positive), ("negative", ~septic[patients])):
        drawn = order[mine[order]]
        _, first = np.unique(patients[drawn], return_index=True)
        found[name] = _thinned(np.sort(risk[drawn[first]]))
    return found


def _thinned(ordered: np.ndarray) -> list[float]:
    if len(ordered) <= _KEPT:
        return [float(x) for x in ordered]
    return [float(x) for x in np.quantile(ordered, np.linspace(0, 1, _KEPT), method="lower")]


def not_ruled_out(
    risk: np.ndarray, scores: Mapping[str, list[float]], error: float = 0.1
) -> tuple[np.ndarray, np.ndarray]:
    """Whether *positive* and whether *negative* cannot be ruled out at this error. One alone is certain; both, or neither, is not.

    >>> yes, no = not_ruled_out(np.array([0.0, 0.9]), {"positive": [0.5] * 19, "negative": [0.1] * 19})
    >>> yes.tolist(), no.tolist()
    ([False, True], [True, False])
    """
    yes, no = np.array(scores["positive"]), np.array(scores["negative"])
    p_yes = (np.searchsorted(yes, risk, side="right") + 1) / (len(yes) + 1)
    p_no = (len(no) - np.searchsorted(no, risk, side="left") + 1) / (len(no) + 1)
    return p_yes > error, p_no > error
