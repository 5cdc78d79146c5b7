"""A drug in a carrier: how much of it runs, by what the mixture is made of and the rate at which that runs. For HL7 and FHIR."""

from collections.abc import Iterable
from dataclasses import dataclass

from opensepsis.data.intake.unit_spelling import fold

NO_CONCENTRATION = (
    "its rate is a volume rate, and the composition of the mixture does not give its concentration"
)
_MILLILITRES = {"ml": 1.0, "cc": 1.0, "dl": 100.0, "l": 1000.0}
_PER_HOUR = {"h": 1.0, "min": 60.0, "s": 3600.0, "d": 1 / 24}


@dataclass(frozen=True)
class Component:
    """One thing in a mixture: its amount, and its strength as amount, unit and the volume that holds it, in mL."""

    name: str
    codes: tuple[str, ...]
    amount: float | None = None
    unit: str = ""
    strength: float | None = None
    strength_unit: str = ""
    strength_volume: float = 1.0

    @property
    def millilitres(self) -> float | None:
        """Its volume; None where it is told as a mass, or not."""
        return millilitres(self.amount, self.unit)

    @property
    def quantity(self) -> tuple[float, str] | None:
        """How much of the drug there is, with its unit; None where that is not told."""
        volume = self.millilitres
        if volume is None:
            return (self.amount, self.unit) if self.amount and self.unit else None
        if self.strength is None or not self.strength_unit or self.strength_volume <= 0:
            return None
        return volume * self.strength / self.strength_volume, self.strength_unit


def millilitres(amount: float | None, unit: str) -> float | None:
    """A volume in mL; None for what is none.

    >>> millilitres(0.25, "L"), millilitres(4, "mg")
    (250.0, None)
    """
    size = _MILLILITRES.get(fold(unit))
    return None if amount is None or size is None else amount * size


def millilitres_per_hour(rate: float | None, unit: str) -> float | None:
    """A rate of volume in mL/h; None for any other rate.

    >>> millilitres_per_hour(10, "mL/hr"), millilitres_per_hour(0.5, "mL/min"), millilitres_per_hour(0.1, "ug/kg/min")
    (10.0, 30.0, None)
    """
    above, slash, below = fold(unit).partition("/")
    volume, per = _MILLILITRES.get(above), _PER_HOUR.get(below)
    return None if rate is None or not slash or volume is None or per is None else rate * volume * per


def rate_of(drug: Component, mixture: Iterable[Component], per_hour: float) -> tuple[float, str] | None:
    """The rate of a drug, with its unit, in a mixture that runs at so many mL/h; None where its concentration is not told.

    The volumes that are told add up; a drug that is told as a mass adds none.

    >>> carrier = Component("sodium chloride 0.9 %", (), 250, "mL")
    >>> drug = Component("norepinephrine", (), 4, "mg")
    >>> rate_of(drug, (carrier, drug), 15.0)
    (0.24, 'mg/h')
    """
    quantity = drug.quantity
    total = sum(volume for part in mixture if (volume := part.millilitres))
    if quantity is None or not total:
        return None
    return per_hour * quantity[0] / total, f"{quantity[1]}/h"
