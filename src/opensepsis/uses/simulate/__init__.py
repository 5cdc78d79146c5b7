"""Virtual patients with sepsis: the biology, the care, the hospital's chart and, beside it, the truth."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from opensepsis.errors import MissingError

if TYPE_CHECKING:
    from opensepsis.errors import SimulationError as SimulationError
    from opensepsis.uses.simulate.care.policy import Policy as Policy
    from opensepsis.uses.simulate.population import Cohort as Cohort
    from opensepsis.uses.simulate.report.accuracy import AgainstTruth as AgainstTruth
    from opensepsis.uses.simulate.report.accuracy import compare_with_truth as compare_with_truth
    from opensepsis.uses.simulate.report.html import truth_page as truth_page
    from opensepsis.uses.simulate.simulation import Simulation as Simulation
    from opensepsis.uses.simulate.simulation import open_simulation as open_simulation
    from opensepsis.uses.simulate.simulation import simulate as simulate

_LOADED_WHEN_ASKED = {
    "AgainstTruth": "report.accuracy",
    "Cohort": "population",
    "Policy": "care.policy",
    "Simulation": "simulation",
    "SimulationError": "simulation",
    "compare_with_truth": "report.accuracy",
    "open_simulation": "simulation",
    "simulate": "simulation",
    "truth_page": "report.html",
}  # so that what reads an export needs no numba


def __getattr__(name: str) -> Any:
    if name not in _LOADED_WHEN_ASKED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        module = import_module(f"{__name__}.{_LOADED_WHEN_ASKED[name]}")
    except ModuleNotFoundError as missing:
        raise MissingError(
            f"The simulator needs '{missing.name}', which is not installed. Install opensepsis with its extra `simulate`."
        ) from None
    return getattr(module, name)
