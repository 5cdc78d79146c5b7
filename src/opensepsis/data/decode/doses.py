"""A rate or an amount of a drug as it was sent, for HL7 and FHIR alike: a limit or a range means in a dose what it means in a result."""

from dataclasses import dataclass

from opensepsis.data.intake.printed import is_missing, read_printed
from opensepsis.data.intake.value import AMBIGUOUS, COMPARED, NOT_A_NUMBER


@dataclass(frozen=True)
class Dose:
    """The number that was sent with its unit; `unclear` says why that is not exact, and `sent` what was sent then."""

    amount: float | None = None
    unit: str = ""
    unclear: str = ""
    sent: str = ""

    @property
    def exact(self) -> float | None:
        """The number; None where it is a limit, or none."""
        return None if self.unclear else self.amount


def dose_as_sent(text: str, unit: str = "", decimal: str = "", comparator: str = "") -> Dose:
    """What a text says of a dose; `comparator` is the sign that was sent beside it.

    >>> dose_as_sent("0.3", "ug/kg/min")
    Dose(amount=0.3, unit='ug/kg/min', unclear='', sent='')
    >>> [dose_as_sent(text).exact for text in ("=<0.3", "less than 0.3", "&lt;0.3", "0.1-0.3", "1.500", "")]
    [None, None, None, None, None, None]
    >>> dose_as_sent("less than 0.3", "mg").amount, dose_as_sent("0.1-0.3").unclear, dose_as_sent("NA")
    (0.3, 'not a number', Dose(amount=None, unit='', unclear='', sent=''))
    """
    if is_missing(text):
        return Dose(unit=unit)
    sent = f"{comparator}{text.strip()} {unit}".strip()
    printed = read_printed(text, decimal)
    if printed is None:
        return Dose(None, unit, NOT_A_NUMBER, sent)
    if printed.limit or comparator:
        return Dose(printed.number, unit, COMPARED, sent)
    if printed.thousands is not None:
        return Dose(printed.number, unit, AMBIGUOUS, sent)
    return Dose(printed.number, unit)
