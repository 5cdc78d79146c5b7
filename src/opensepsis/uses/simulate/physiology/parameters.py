"""The body's parameters: one versioned file, each value with its unit and its source, read into one record."""

import json
from functools import cache
from importlib import resources

import numpy as np

from opensepsis.errors import SimulationError

OWN = "own calibration"


@cache
def document() -> dict:
    """The parameter file as it stands: its version and, for each parameter, value, unit and source.

    >>> document()["parameters"]["anti_inflammatory_decay"]["value"]
    0.1
    """
    return json.loads(
        resources.files("opensepsis.uses.simulate.physiology").joinpath("parameters.json").read_text("utf-8")
    )


def body_parameters(**changes: float):
    """Every parameter by name, as one record that the compiled body reads.

    >>> float(body_parameters(harm=2.0).harm)
    2.0
    """
    values = {name: entry["value"] for name, entry in document()["parameters"].items()}
    unknown = set(changes) - set(values)
    if unknown:
        raise SimulationError(f"Unknown parameter {sorted(unknown)}. See parameters.json for the names.")
    values.update(changes)
    if not np.isfinite(list(values.values())).all():
        raise SimulationError("Every parameter of the body must be a finite number.")
    record = np.zeros(1, dtype=[(name, "f8") for name in values])
    for name, value in values.items():
        record[name] = value
    return record.view(np.recarray)[0]
