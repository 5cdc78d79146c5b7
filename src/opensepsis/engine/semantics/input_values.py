"""Values as a user gives them by hand: what cannot be true is set aside with its reason, what is no value is refused."""

from collections.abc import Mapping
from math import inf, isfinite
from typing import Any

from opensepsis.data.intake.text_codes import word_of
from opensepsis.errors import FormatError
from opensepsis.rules import (
    Assumed,
    CarriedDuringInterval,
    Concept,
    CountActive,
    Denominator,
    FirstKnown,
    Highest,
    HighestWithin,
    Kind,
    Latest,
    Linear,
    Lowest,
    Plus,
    Quotient,
    Ratio,
    Rounded,
    Running,
    Signal,
    ValueBeforeInterval,
    WithinLast,
)

OLDEST = 130  # years
NOT_FINITE = "not a finite number"
NOT_A_WORD = "a word that it does not allow"
_ANY = (-inf, inf)
_NOT_NEGATIVE = (0.0, inf)


def sifted(signals: Mapping[str, Signal], values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """The values with None for those that cannot be true, and why by name; FormatError for what is no value at all.

    >>> from opensepsis import SOFA
    >>> sifted(SOFA.signals, {"platelets": -5, "bilirubin": 1.0})
    ({'platelets': None, 'bilirubin': 1.0}, {'platelets': 'outside plausible limits (1 to 3000 10*3/uL)'})
    """
    read, aside = dict(values), dict[str, str]()
    for name, value in values.items():
        if value is None:
            continue
        signal = signals[name]
        concept = getattr(signal, "concept", None)
        if concept is not None and concept.kind is Kind.WORD:
            read[name], reason = _word(name, concept, value)
        else:
            reason = _wrong(number(name, value), limits(signal), signal.unit)
        if reason:
            read[name], aside[name] = None, reason
    return read, aside


def sifted_age(age: float | None) -> tuple[float | None, dict[str, str]]:
    """The age in years, None when it cannot be true, and then why."""
    reason = "" if age is None else _wrong(number("age", age), (0.0, OLDEST), "years")
    return (None if reason else age), ({"age": reason} if reason else {})


def number(name: str, value: Any) -> float:
    """A value as a number; FormatError when it is none, which never holds the value."""
    if not isinstance(value, str | bytes | bytearray):
        try:
            return float(value)
        except (TypeError, ValueError):
            pass
    raise FormatError(f"'{name}' must be a number or None, got {type(value).__name__}.")


def _word(name: str, concept: Concept, value: object) -> tuple[str | None, str]:
    if not isinstance(value, str):
        said = f"'{name}' is a word, and {type(value).__name__} was given."
        raise FormatError(f"{said} Give one of {', '.join(concept.words)}, or None for not known.")
    word = word_of(concept.name, value)
    return word, "" if word is not None else f"{NOT_A_WORD} ({', '.join(concept.words)})"


def _wrong(value: float, within: tuple[float, float], unit: str) -> str:
    if not isfinite(value):
        return NOT_FINITE
    return "" if within[0] <= value <= within[1] else outside(within, unit)


def outside(within: tuple[float, float], unit: str) -> str:
    """Why a number is not believed."""
    shown = "" if unit in ("", "1", "{score}") else f" {unit}"
    upper = f"{within[0]:g} to {within[1]:g}" if within[1] < inf else f"{within[0]:g} or more"
    return f"outside plausible limits ({upper}{shown})"


def limits(signal: Signal) -> tuple[float, float]:
    """Between what a signal can lie, from the plausible limits of the concepts that it is worked out from."""
    match signal:
        case Latest(concept=concept) | Lowest(concept=concept) | Highest(concept=concept):
            return concept.plausible or _ANY
        case Running(concept=concept):
            return (concept.plausible or _NOT_NEGATIVE) if concept.unit else (0.0, 1.0)
        case (
            Rounded(signal=of)
            | CarriedDuringInterval(signal=of)
            | Assumed(signal=of)
            | ValueBeforeInterval(signal=of)
        ):
            return limits(of)
        case WithinLast(signal=of) | HighestWithin(signal=of):
            return limits(of)
        case FirstKnown(parts=parts):
            return min(limits(p)[0] for p in parts), max(limits(p)[1] for p in parts)
        case Plus(parts=parts):
            return sum(limits(p)[0] for p in parts), sum(limits(p)[1] for p in parts)
        case CountActive(parts=parts):
            return 0.0, float(len(parts))
        case Denominator(ratio=Ratio(denominator=bottom)):
            return bottom.plausible or _NOT_NEGATIVE
        case Ratio(numerator=top, denominator=bottom):
            return _divided(limits(top), bottom.plausible or _NOT_NEGATIVE, 1.0)
        case Quotient(top=top, bottom=bottom, times=times):
            return _divided(limits(top), limits(bottom), times)
        case Linear(signal=of, times=times, by=by, plus=plus):
            ends = [end * times / by + plus for end in limits(of)]
            return min(ends), max(ends)
        case _:
            return _NOT_NEGATIVE


def _divided(top: tuple[float, float], bottom: tuple[float, float], times: float) -> tuple[float, float]:
    lowest = top[0] * times / bottom[1]
    return lowest, (top[1] * times / bottom[0] if bottom[0] > 0 else inf)
