"""The measurements and treatments from which features are made. Antibiotics and cultures, which define infection, are not among them."""

import csv
from dataclasses import dataclass
from importlib.resources import files

from opensepsis.definitions.concepts import CONCEPTS

SIGN, SETTING, LABORATORY, RUNNING = "sign", "setting", "laboratory", "running"


@dataclass(frozen=True)
class Input:
    """One concept that is looked at; `form` says how, `key` whether its rise since the first value is followed.

    `core`: every hospital measures it of nearly everybody who needs it. What is not core is measured here by habit and there not at all.
    `local`: the site of an adapted model has it, its base does not read it. It counts in no feature of all inputs, so that the base's
    features are what they were without it.
    """

    concept: str
    form: str
    key: bool = False
    core: bool = True
    local: bool = False

    @property
    def unit(self) -> str:
        return CONCEPTS[self.concept].unit

    @property
    def title(self) -> str:
        return CONCEPTS[self.concept].label


def read_inputs() -> tuple[Input, ...]:
    """Every input that a model may use, in the order of its features.

    >>> [one.concept for one in read_inputs()][:2]
    ['heart_rate', 'spo2']
    """
    text = (files("opensepsis.uses.predict") / "inputs.csv").read_text(encoding="utf-8")
    return tuple(
        Input(row["concept"], row["form"], row["key"] == "yes", row["core"] == "yes")
        for row in csv.DictReader(text.splitlines())
    )
