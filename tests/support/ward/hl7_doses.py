"""Doses of drugs as HL7 tells them, and what is charted of them."""

from opensepsis.uses.ward.model.facts import Charted
from tests.support.ward.hl7_messages import ANN, MINUTE, NOON, found

EPINEPHRINE, LEVOPHED = "epinephrine", "norepinephrine"


def dose(
    name: str = "ceftriaxone^Ceftriaxone^L", amount: str = "2", unit: str = "g", status: str = "CP", action: str = "A",
    start: str = "202603021130+0000", end: str = "", rate: str = "",
) -> str:  # fmt: skip
    """An RXA of 11:30."""
    return f"RXA|0|1|{start}|{end}|{name}|{amount}|{unit}|||||{rate}||||||||{status}|{action}"


def given(*lines: str, number: str = "77") -> list:
    """What is charted of the doses of an order."""
    facts, _ = found(ANN, f"ORC|RE||{number}", *lines, kind="RAS^O17")
    return [f.event for f in facts if isinstance(f, Charted)]


def minutes_before_noon(moment: int | None) -> int | None:
    """Minutes from a moment to noon; None where there is none."""
    return None if moment is None else (NOON - moment) // MINUTE
