"""What if: named changes of the care policy, as typed on the command line (`delay_antibiotics=3h`)."""

import difflib

from opensepsis.errors import SimulationError
from opensepsis.uses.simulate.care.policy import Policy, changed, untreated


def _switch(value: str) -> bool:
    if value not in ("yes", "no"):
        raise SimulationError(f"'{value}' must be yes or no.")
    return value == "yes"


def _number(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise SimulationError(f"'{value}' is not a number.") from None


def _hours(value: str) -> float:
    for unit, hours in (("min", 1 / 60), ("h", 1.0), ("d", 24.0)):
        if value.endswith(unit):
            return _number(value.removesuffix(unit)) * hours
    raise SimulationError(f"'{value}' needs a unit: 90min, 3h or 1d.")


LEVERS = {
    "delay_antibiotics": ("antibiotics", "extra_delay", _hours),
    "fix_antibiotic_delay": ("antibiotics", "fixed_delay", _hours),
    "antibiotics": ("antibiotics", "given", _switch),
    "active_antibiotic": ("antibiotics", "always_active", _switch),
    "narrowing": ("antibiotics", "narrowing", _switch),
    "delay_source_control": ("source_control", "extra_delay", _hours),
    "source_control": ("source_control", "done", _switch),
    "delay_recognition": ("recognition", "delay", _hours),
    "fluids": ("fluids", "given", _switch),
    "fluid_bolus": ("fluids", "bolus", _number),
    "vasopressors": ("vasopressors", "given", _switch),
    "pressure_target": ("vasopressors", "target", _number),
    "steroid": ("steroid", "given", _switch),
    "oxygen": ("breathing", "oxygen", _switch),
    "intubation": ("breathing", "intubation", _switch),
    "dialysis": ("kidneys", "dialysis", _switch),
    "insulin": ("metabolism", "insulin", _switch),
    "intensive_care": ("placement", "intensive_care", _switch),
    "comfort_care": ("comfort", "offered", _switch),
}


def policy_for(what_if: str, policy: Policy | None = None) -> Policy:
    """The policy after one or more changes, separated by commas; `untreated` alone withdraws all care.

    >>> policy_for("delay_antibiotics=90min").antibiotics.extra_delay
    1.5
    """
    policy = policy or Policy()
    for change in filter(None, (part.strip() for part in what_if.split(","))):
        if change == "untreated":
            policy = untreated()
            continue
        name, _, value = change.partition("=")
        if name not in LEVERS:
            near = difflib.get_close_matches(name, LEVERS, 1)
            hint = f" Did you mean {near[0]}?" if near else f" Known: untreated, {', '.join(LEVERS)}."
            raise SimulationError(f"Unknown what-if '{name}'.{hint}")
        part, item, read = LEVERS[name]
        number = read(value)
        if number is not True and number is not False and number < 0:
            raise SimulationError(f"What-if '{name}' must not be negative.")
        policy = changed(policy, part, **{item: number})
    return policy
