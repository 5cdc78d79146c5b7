"""The features of one patient, hour by hour: the same numbers as `batch`, to the last bit."""

import numpy as np

from opensepsis.uses.predict.catalogue import Layout
from opensepsis.uses.predict.features import State, add_scores


class PatientState:
    """One stay as it goes on. `person` has the hours in hospital at admission, the age in years, and 1 for female; NaN: not known."""

    def __init__(self, plan: Layout, person: np.ndarray) -> None:
        self._plan, self._person, self.hours = plan, np.asarray(person, np.float32)[None, :], 0
        self._state = State(plan, 1)

    def advance(self, values: np.ndarray) -> np.ndarray:
        """The features at the end of the next hour of the stay, from its values (one for each input, NaN: nothing)."""
        self.hours += 1
        hour = np.array([self.hours], np.float32)
        rows = self._state.advance(np.asarray(values, np.float32)[None, :], hour, self._person)
        add_scores(self._plan, rows)
        return rows[0]
