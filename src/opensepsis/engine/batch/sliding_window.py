"""The worst of a window up to any moments of many patients; `hourly_grid` gives the same up to the hours of a stay."""

import numpy as np

from opensepsis.engine.batch.moments import Moments, extreme_between, in_window, last_before
from opensepsis.engine.batch.row_keys import Keyed, Stretches
from opensepsis.engine.batch.score_tables import UNKNOWN


class SlidingWindowMax:
    """The window (moment − window, moment] of each of these moments."""

    def __init__(self, moments: Moments, window: int):
        self.moments, self.window = moments, window

    def worst(self, points: Keyed, stretches: Stretches) -> np.ndarray:
        """The highest key in each moment's window, in the order of the moments.

        Both lie in order of place; the stretches of a patient count from their time to before `until` and do not overlap.
        """
        worst = self._started(points)
        if not len(stretches):
            return worst
        return np.maximum(worst, np.maximum(self._started(stretches), self._running_before(stretches)))

    def _started(self, keyed: Keyed) -> np.ndarray:
        """The highest key whose place lies in each window."""
        first, behind = in_window(self.moments, keyed, self.window)
        return extreme_between(keyed.key, first, behind, np.maximum, UNKNOWN)

    def _running_before(self, stretches: Stretches) -> np.ndarray:
        """The key of the stretch that still runs when each window begins."""
        opening = self.moments.time - self.window
        begins = Moments(self.moments.pid, opening, self.moments.place - self.window)
        at, there = last_before(begins, stretches)
        runs = there & (stretches.until[at] - 1 > opening)
        return np.where(runs, stretches.key[at], UNKNOWN).astype(np.int8)
