"""When a value is marked for a person to look at. A mark never changes a point; the limits are the project's own."""

from dataclasses import dataclass

from opensepsis.definitions.concepts.wording import listed


@dataclass(frozen=True)
class Check:
    """Outside these limits a value is checked at the bedside: in danger, or a sensor that fell off."""

    low: float
    high: float


@dataclass(frozen=True)
class Delta:
    """A change by this factor and this difference within these hours may be another patient's, or a slip of the decimal mark."""

    factor: float
    difference: float
    hours: float


@dataclass(frozen=True)
class Stuck:
    """So many sets in a row, over so many hours, of so many concepts that do not change: a device that repeats its last set."""

    concepts: int = 4
    sets: int = 12
    hours: float = 4.0


@dataclass(frozen=True)
class Volume:
    """More than this share of a source's values below the limit is told: arterial blood that is mostly venous, say."""

    below: float
    share: float


def _rows(rule: str) -> dict[str, dict[str, str]]:
    return {row["concept"]: row for row in listed("marks") if row["rule"] == rule}


CHECKS = {name: Check(float(row["low"]), float(row["high"])) for name, row in _rows("check").items()}
DELTAS = {
    name: Delta(float(row["factor"]), float(row["difference"]), float(row["hours"]))
    for name, row in _rows("delta").items()
}
VOLUMES = {name: Volume(float(row["low"]), float(row["factor"])) for name, row in _rows("volume").items()}
STUCK = Stuck()
