"""Where the Reynolds 2006 model changes its kind of outcome: the bifurcation values of its section 3."""

import numpy as np

from opensepsis.errors import SimulationError
from opensepsis.uses.simulate.published_models.reynolds import Reynolds, derivatives


def inflamed_equilibrium(pathogen: float, model: Reynolds, guess=(0.65, 17.4, 0.52)) -> np.ndarray:
    """Phagocytes, damage and mediator at rest beside a constant pathogen, found by Newton's method from an inflamed guess.

    >>> inflamed_equilibrium(0.0, Reynolds()).round(3).tolist()
    [0.635, 17.399, 0.523]
    """
    state = np.array(guess, dtype=float)

    def rest(x):
        return derivatives(np.array([pathogen, *x]), model)[1:]

    for _ in range(60):
        value = rest(state)
        slope = np.empty((3, 3))
        for i in range(3):
            nudge = np.zeros(3)
            nudge[i] = 1e-7 * max(1.0, abs(state[i]))
            slope[:, i] = (rest(state + nudge) - rest(state - nudge)) / (2 * nudge[i])
        change = np.linalg.solve(slope, value)
        state = state - change
        if np.abs(change).max() < 1e-13:
            return state
    raise SimulationError("No inflamed equilibrium was found for these Reynolds parameters.")


def growth_that_holds(pathogen: float, model: Reynolds) -> float:
    """The pathogen growth rate (per h) at which this pathogen count is an inflamed equilibrium (equation 9 at rest).

    >>> round(growth_that_holds(4.93635, Reynolds()), 4)
    0.6
    """
    phagocytes, _, mediator = inflamed_equilibrium(pathogen, model)
    effect = phagocytes / (1.0 + (mediator / model.inhibition) ** 2)
    local = model.local_kill * model.local_supply / (model.local_decay + model.local_use * pathogen)
    return float((local + model.phagocyte_kill * effect) / (1.0 - pathogen / model.pathogen_capacity))


def bifurcations(model: Reynolds | None = None) -> dict[str, float]:
    """The growth rates (per h) at which outcomes appear or vanish; published as 0.5137, 1.5, 1.755 and 0.059.

    >>> {name: round(value, 3) for name, value in bifurcations().items()}
    {'septic death appears': 0.514, 'health is lost': 1.5, 'aseptic death is lost': 1.755, 'local infection appears': 0.059}
    """
    model = model or Reynolds()
    return {
        "septic death appears": _lowest(lambda p: growth_that_holds(p, model), 0.05, 10.0),
        "health is lost": model.local_kill * model.local_supply / model.local_decay,
        "aseptic death is lost": growth_that_holds(0.0, model),
        "local infection appears": _lowest(
            lambda p: (
                model.local_kill
                * model.local_supply
                / ((model.local_decay + model.local_use * p) * (1.0 - p / model.pathogen_capacity))
            ),
            0.05,
            19.0,
        ),
    }


def _lowest(function, low: float, high: float) -> float:
    """The least value of a function with one valley, by golden sections."""
    golden = (np.sqrt(5.0) - 1.0) / 2.0
    for _ in range(120):
        left, right = high - golden * (high - low), low + golden * (high - low)
        if function(left) < function(right):
            high = right
        else:
            low = left
    return float(function((low + high) / 2.0))
