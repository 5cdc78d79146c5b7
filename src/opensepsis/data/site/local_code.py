"""One local code of a hospital's data with its volume and values: what a proposal of its meaning rests on."""

import re
from dataclasses import dataclass
from typing import NamedTuple

# what the rows of a table can be: numbers; drugs of any kind; what runs; orders, which prove no dose
NUMBER, DRUG, INFUSION, ORDER = "number", "drug", "infusion", "order"
FEWEST_PATIENTS = 3  # a code of fewer may be a name in the wrong column
_LONGEST, _LONGEST_PATH = 80, 200  # of a name, and of a name with the path to it
_IDENTIFIER = re.compile(r"\d{6,}|@")
SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)


class Spread(NamedTuple):
    """The values of a code at 5, 25, 50, 75 and 95 % of its rows."""

    lowest: float
    low: float
    middle: float
    high: float
    highest: float


@dataclass(frozen=True)
class LocalCode:
    """A code of a table: what it is called, its unit, how many rows and patients have it, and how its values lie.

    `codes` are its standard codes, as `LOINC/2524-7` or `RxNorm/7512`. `mapped` is its concept by the project's own list, if any.
    `printed`: the code is a text that people typed, not one of a vocabulary. `numbers` is how many of its rows hold a number.
    """

    table: str
    code: str
    name: str
    kind: str = NUMBER
    rows: int = 0
    patients: int = 0
    unit: str = ""
    values: Spread | None = None
    codes: tuple[str, ...] = ()
    mapped: str = ""
    printed: bool = False
    numbers: int = 0

    @property
    def may_be_listed(self) -> bool:
        """Whether it may stand in a list: at least three patients have it, and it looks like no sentence and no identifier.

        >>> LocalCode("lab", "Lactat", "Lactat", patients=40, printed=True).may_be_listed
        True
        >>> LocalCode("lab", "Lactat", "Lactat", patients=2, printed=True).may_be_listed
        False
        """
        if self.patients < FEWEST_PATIENTS:
            return False
        if not self.printed:
            return True
        texts = (self.code, self.name)
        plain = all(text.isprintable() and not _IDENTIFIER.search(text) for text in texts)
        return plain and len(self.name) <= _LONGEST and len(self.code) <= _LONGEST_PATH
