"""The one error of the simulator: what it refuses, said before any work starts."""

from opensepsis.errors import OpensepsisError


class SimulationError(OpensepsisError):
    """An impossible parameter, an unknown policy or a request that cannot be simulated."""

    exit_code = 6
