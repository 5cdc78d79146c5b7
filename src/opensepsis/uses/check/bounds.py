"""The bounds of what is plausible, as data with their reasons: bounds.csv."""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import inf

# concepts of which a limit or one value is natural: full marks, room air, all oxygen, a usual setting
NATURAL = frozenset(
    ("spo2", "fio2", "gcs_total", "gcs_eye", "gcs_verbal", "gcs_motor", "rass", "bands", "peep", "fixed_pupils", "urine_output",
     "weight", "height", "oxygen_flow", "spo2_scale_2")
)  # fmt: skip


@dataclass(frozen=True)
class Bound:
    """What a number may be, and why; None is no bound on that side."""

    check: str
    name: str
    kind: str
    lowest: float | None
    highest: float | None
    reason: str
    verified: bool

    @property
    def least(self) -> float:
        """The lowest that it may be: without one, anything."""
        return -inf if self.lowest is None else self.lowest

    @property
    def most(self) -> float:
        """The highest that it may be: without one, anything."""
        return inf if self.highest is None else self.highest

    def __str__(self) -> str:
        if self.lowest is None:
            return f"at most {self.highest:g}"
        if self.highest is None:
            return f"at least {self.lowest:g}"
        return f"{self.lowest:g} to {self.highest:g}"


@cache
def bounds() -> tuple[Bound, ...]:
    """Every bound of the list.

    >>> general("jump").highest
    3.0
    """
    text = (files("opensepsis.uses.check") / "bounds.csv").read_text(encoding="utf-8")
    return tuple(
        Bound(
            row["check"], row["name"], row["kind"], _number(row["lowest"]), _number(row["highest"]), row["reason"],
            row["verified"] == "yes",
        )
        for row in csv.DictReader(text.splitlines())
    )  # fmt: skip


def find(check: str, name: str, kind: str = "") -> Bound | None:
    """The bound of a check for a name and kind of stay: of both, else of the name, else of any name."""
    wanted = [(name, kind), (name, ""), ("*", "")]
    listed = {(one.name, one.kind): one for one in bounds() if one.check == check}
    return next((listed[key] for key in wanted if key in listed), None)


def named(check: str) -> dict[str, Bound]:
    """The bounds of a check by name."""
    return {one.name: one for one in bounds() if one.check == check}


def general(name: str) -> Bound:
    """A bound that is the same for all."""
    return named("general")[name]


def _number(text: str) -> float | None:
    return float(text) if text else None
