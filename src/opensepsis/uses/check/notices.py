"""What is noticed, in words: which check, of what, where, what was found and against which bound."""

from dataclasses import dataclass

from opensepsis.uses.check.bounds import Bound
from opensepsis.uses.shares import wilson

_Z = 3.89  # 99.99 %: many groups are held against each other, and chance alone must not be noticed
_Z_OF_ALL = 2.58  # 99 %: all stays are held against a bound once


@dataclass(frozen=True)
class Notice:
    """One thing that is hard to believe. `where` is empty for all of the results, else the month, ward or other group."""

    check: str
    subject: str
    where: str
    found: str
    bound: str
    reason: str

    @property
    def line(self) -> str:
        """The notice as one line, without any value or name of a patient."""
        place = f" ({self.where})" if self.where else ""
        return f"{self.check}: {self.subject}{place}: {self.found}; plausible: {self.bound}. {self.reason[:1].upper()}{self.reason[1:]}."


def notice(check: str, subject: str, found: str, bound: Bound, where: str = "", hint: str = "") -> Notice:
    """A notice against a bound; `hint` says what it looks like."""
    return Notice(check, subject, where, found + (f", {hint}" if hint else ""), str(bound), bound.reason)


def likely(some: int, of: int, z: float = _Z) -> tuple[float, float]:
    """Between what a share surely lies, by Wilson's interval, of 99.99 % unless another `z` is given.

    >>> [round(end, 2) for end in likely(30, 100)]
    [0.16, 0.49]
    """
    return wilson(some, of, z)


def outside(some: int, of: int, bound: Bound) -> bool:
    """Whether a share surely lies outside a bound, not by chance."""
    low, high = likely(some, of, _Z_OF_ALL)
    return (bound.highest is not None and low > bound.highest) or (
        bound.lowest is not None and high < bound.lowest
    )
