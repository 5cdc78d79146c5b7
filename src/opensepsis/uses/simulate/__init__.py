"""Virtual patients with sepsis: the biology, the care, the hospital's chart and, beside it, the truth."""

from opensepsis.uses.simulate.patients import Cohort
from opensepsis.uses.simulate.policy import Policy
from opensepsis.uses.simulate.refusals import SimulationError
from opensepsis.uses.simulate.simulation import Simulation, simulate

__all__ = ["Cohort", "Policy", "Simulation", "SimulationError", "simulate"]
