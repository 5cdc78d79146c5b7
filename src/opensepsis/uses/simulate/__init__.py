"""Virtual patients with sepsis: the biology, the care, the hospital's chart and, beside it, the truth."""

from opensepsis.errors import SimulationError
from opensepsis.uses.simulate.care.policy import Policy
from opensepsis.uses.simulate.population import Cohort
from opensepsis.uses.simulate.report.accuracy import AgainstTruth, compare_with_truth
from opensepsis.uses.simulate.report.html import truth_page
from opensepsis.uses.simulate.simulation import Simulation, simulate

__all__ = [
    "AgainstTruth", "Cohort", "Policy", "Simulation", "SimulationError", "compare_with_truth", "simulate", "truth_page",
]  # fmt: skip
