"""Conditions: true, false or not known for one patient at one moment. Data only; the engines decide."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import UnionType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opensepsis.rules.signals import Signal


class Condition:
    """Something that is true, false or not known."""

    def __and__(self, other: Condition) -> Condition:
        return All((self, other))

    def __or__(self, other: Condition) -> Condition:
        return Any((self, other))

    def __invert__(self) -> Condition:
        return Not(self)

    def where(self, provided: Condition) -> Condition:
        """This condition where another holds; not known elsewhere."""
        return Provided(self, provided)

    def __bool__(self) -> bool:
        raise TypeError(
            f"'{self}' has no truth value until it meets a patient. Write '&' and '|' instead of 'and' and 'or', "
            "and one comparison at a time instead of '1 < x < 2'."
        )


@dataclass(frozen=True)
class Compare(Condition):
    """A signal against a limit of the table, in the signal's unit."""

    signal: Signal
    sign: str
    limit: float

    def __str__(self) -> str:
        return f"{self.signal.label} {self.sign} {self.limit:g}"


@dataclass(frozen=True)
class Flag(Condition):
    """A yes or no: true while the signal is above zero."""

    signal: Signal

    def __str__(self) -> str:
        return self.signal.label


@dataclass(frozen=True)
class OneOf(Condition):
    """A word that is one of those named."""

    signal: Signal
    words: tuple[str, ...]

    def __str__(self) -> str:
        listed = " or ".join(
            [", ".join(self.words[:-1]), self.words[-1]] if len(self.words) > 1 else self.words
        )
        return f"{self.signal.label} {listed}"


@dataclass(frozen=True)
class All(Condition):
    """Every part holds; a false part decides, an unknown one leaves it unknown."""

    parts: tuple[Condition, ...]

    def __str__(self) -> str:
        return " and ".join(_wrapped(part, Any) for part in self.parts)


@dataclass(frozen=True)
class Any(Condition):
    """One part holds. Unknown alternatives are disregarded, unless `strict`: then they leave it unknown."""

    parts: tuple[Condition, ...]
    strict: bool = False

    def __str__(self) -> str:
        return " or ".join(_wrapped(part, All) for part in self.parts)


@dataclass(frozen=True)
class Not(Condition):
    """The part does not hold."""

    part: Condition

    def __str__(self) -> str:
        return f"not {_wrapped(self.part, All | Any)}"


@dataclass(frozen=True)
class Provided(Condition):
    """The part, where a limit on its use is met; else not known."""

    part: Condition
    provided: Condition

    def __str__(self) -> str:
        return f"{_wrapped(self.part, Any)} where {_wrapped(self.provided, All | Any)}"


@dataclass(frozen=True)
class FirstOf(Condition):
    """The first part that is known decides."""

    parts: tuple[Condition, ...]

    def __str__(self) -> str:
        return "; if not known ".join(map(str, self.parts))


def either(*parts: Condition) -> Condition:
    """True when one part is; unknown, not false, when none is true and one is unknown."""
    return Any(parts, strict=True)


def first_of(*parts: Condition) -> Condition:
    """The first condition that is known, as a value that only stands in for another."""
    return FirstOf(parts)


def _wrapped(part: Condition, kind: type[Condition] | UnionType) -> str:
    return f"({part})" if isinstance(part, kind | Provided | FirstOf) else str(part)


def leaves(condition: Condition) -> Iterator[Compare | Flag | OneOf]:
    """Every comparison, flag and word a condition makes, in reading order."""
    match condition:
        case All(parts) | Any(parts) | FirstOf(parts):
            for part in parts:
                yield from leaves(part)
        case Provided(part, provided):
            yield from leaves(part)
            yield from leaves(provided)
        case Not(part):
            yield from leaves(part)
        case Compare() | Flag() | OneOf():
            yield condition
        case _:
            raise TypeError(f"No engine knows {type(condition).__name__}.")
