"""Values that a person should look at: beside the last one, at the bedside, or because nothing changes. Points stay as they are."""

from collections.abc import Mapping, Sequence

from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.definitions.concepts.marks import CHECKS, DELTAS, STUCK, VOLUMES, Stuck

HOUR = 3_600_000_000
LEAST = 20  # values that came in as they came; of fewer a share says nothing
Reading = tuple[int, float]  # microseconds, and the value in the concept's unit


def needs_check(concept: str, value: float) -> bool:
    """Whether a value should be checked at the bedside, also one that is rejected as impossible.

    >>> needs_check("heart_rate", 0), needs_check("heart_rate", 88)
    (True, False)
    """
    check = CHECKS.get(concept)
    return check is not None and not check.low <= value <= check.high


def is_delta(concept: str, before: Reading, now: Reading) -> bool:
    """Whether a value differs from the one before by more than a patient's does in that time.

    >>> is_delta("lactate", (0, 1.8), (2 * HOUR, 18.0)), is_delta("lactate", (0, 1.8), (2 * HOUR, 4.1))
    (True, False)
    """
    delta = DELTAS.get(concept)
    if delta is None or not 0 <= now[0] - before[0] <= delta.hours * HOUR:
        return False
    low, high = sorted((before[1], now[1]))
    return high - low >= delta.difference and high >= low * delta.factor


def is_stuck(sets: Sequence[tuple[int, Mapping[str, float]]], rule: Stuck = STUCK) -> bool:
    """Whether the last sets of one device, in the order of their times, repeat one another; a set maps concepts to values.

    >>> same = {"heart_rate": 80.0, "respiratory_rate": 16.0, "spo2": 97.0, "systolic_pressure": 120.0, "temperature": 37.0}
    >>> is_stuck([(15 * n * 60_000_000, same) for n in range(32)])
    True
    """
    if not sets:
        return False
    last_time, last = sets[-1]
    repeated = list(_repeated(sets, last))
    long_enough = bool(repeated) and last_time - repeated[-1] >= rule.hours * HOUR
    return len(last) >= rule.concepts and len(repeated) >= rule.sets and long_enough


def volumes_told(low: Mapping[str, Mapping[str, float]]) -> list[str]:
    """What to say of values that are too often too low: `low` by concept, as a timeline's counts have it.

    >>> volumes_told({"pao2": {"below": 40, "rows": 8, "of": 100}})
    ['PaO₂: 8 of 100 values below 40 mm[Hg] (8 %), more than expected. Check that the map sends only arterial blood there.']
    >>> volumes_told({"pao2": {"below": 40, "rows": 5, "of": 100}})
    []
    """
    return [
        f"{CONCEPTS[name].label}: {told['rows']:,} of {told['of']:,} values below {told['below']:g} {CONCEPTS[name].unit} "
        f"({told['rows'] / told['of']:.0%}".replace("%", " %")
        + "), more than expected. Check that the map sends only arterial blood there."
        for name, told in low.items()
        if told["rows"] > VOLUMES[name].share * told["of"]
    ]


def low_volumes(values: Mapping[str, Sequence[float]]) -> list[str]:
    """What to say of the values that a feed has brought so far, by concept.

    >>> low_volumes({"pao2": [38.0] * 2 + [80.0] * 18})
    ['PaO₂: 2 of 20 values below 40 mm[Hg] (10 %), more than expected. Check that the map sends only arterial blood there.']
    >>> low_volumes({"pao2": [38.0] * 2 + [80.0] * 17})
    []
    """
    told = {}
    for name, rule in VOLUMES.items():
        came = values.get(name, ())
        if len(came) >= LEAST:
            told[name] = {
                "below": rule.below,
                "rows": sum(value < rule.below for value in came),
                "of": len(came),
            }
    return volumes_told(told)


def _repeated(sets: Sequence[tuple[int, Mapping[str, float]]], last: Mapping[str, float]):
    """The times of the sets that equal the last, backwards to the first that does not."""
    for time, values in reversed(sets):
        if values != last:
            return
        yield time
