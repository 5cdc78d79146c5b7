"""What a signal is built from: the signals and concepts it reads, and whether it lasts."""

from __future__ import annotations

from collections.abc import Iterator

from opensepsis.rules.concepts import Concept
from opensepsis.rules.signals import (
    Assumed,
    BackCalculated,
    CarriedDuringInterval,
    CountActive,
    Denominator,
    FirstKnown,
    HighestWithin,
    InARow,
    Linear,
    LogisticRisk,
    MeanRate,
    Plus,
    Quotient,
    Ratio,
    Rise,
    RoomAir,
    Rounded,
    Running,
    Signal,
    SinceAmount,
    Total,
    ValueBeforeInterval,
    WithinLast,
)


def children(signal: Signal) -> tuple[Signal, ...]:
    """The signals a signal is built from."""
    match signal:
        case Plus(parts=parts) | FirstKnown(parts=parts) | CountActive(parts=parts):
            return parts
        case Quotient(top=top, bottom=bottom):
            return (top, bottom)
        case MeanRate(total=total, per=per):
            return (total,) if per is None else (total, per)
        case CarriedDuringInterval(signal=inner, during=during) | Assumed(signal=inner, during=during):
            return (inner, during)
        case ValueBeforeInterval(signal=inner, during=during):
            return (inner, during)
        case Ratio(numerator=inner, room_air=RoomAir(unless=unless)):
            return (inner, unless)
        case Ratio(numerator=inner) | Denominator(ratio=inner) | Rounded(signal=inner) | Rise(measured=inner):
            return (inner,)
        case BackCalculated(age=age, sex=sex):
            return (age, sex)
        case WithinLast(signal=inner) | HighestWithin(signal=inner) | Linear(signal=inner):
            return (inner,)
        case SinceAmount(per=per):
            return (per,)
        case LogisticRisk(terms=terms, words=words, odds=odds):
            return tuple(dict.fromkeys(part for part, *_ in (*terms, *words, *odds)))
        case InARow(since=since):
            return (*signal.read, since)
        case _:
            return ()


def lasts(signal: Signal) -> bool:
    """Whether the signal holds for as long as something runs, rather than at moments of measurement."""
    if isinstance(signal, Running | ValueBeforeInterval):
        return True
    parts = children(signal)
    composed = isinstance(signal, Plus | FirstKnown | Rounded | Linear | CountActive)
    return composed and bool(parts) and all(map(lasts, parts))


def idle_is_zero(signal: Signal) -> bool:
    """Whether nothing running means 0."""
    if isinstance(signal, Running):
        return not signal.unknown_unless_charted
    return isinstance(signal, Plus | CountActive) and all(map(idle_is_zero, signal.parts))


def concepts_of(signal: Signal) -> Iterator[Concept]:
    """Every concept a signal reads."""
    match signal:
        case Ratio(denominator=denominator, room_air=air):
            yield from (denominator,) if air is None else (denominator, air.device, air.flow)
        case Total(since=Concept() as since):
            yield since
        case _:
            pass
    if concept := getattr(signal, "concept", None):
        yield concept
    for child in children(signal):
        yield from concepts_of(child)
