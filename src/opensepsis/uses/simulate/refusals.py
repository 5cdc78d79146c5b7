"""The one error of the simulator: what it refuses, said before any work starts."""


class SimulationError(ValueError):
    """An impossible parameter, an unknown policy or an output that cannot be written."""
