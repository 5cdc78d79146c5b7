"""How long before a moment a record can still matter at it."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from opensepsis.rules.scores import Score
from opensepsis.rules.signal_parts import children, concepts_of
from opensepsis.rules.signals import (
    Count,
    CountActive,
    Denominator,
    FirstKnown,
    Highest,
    HighestWithin,
    Latest,
    Linear,
    LogisticRisk,
    Lowest,
    MeanRate,
    Plus,
    Quotient,
    Ratio,
    Rise,
    Rounded,
    Signal,
    Total,
    WithinLast,
)

NONE = timedelta(0)


def look_backs(score: Score) -> Mapping[str, timedelta]:
    """By name of concept, for how long before a moment its records matter to the score there.

    A concept that is absent matters however old its records are: what runs, and what was measured before it began.

    >>> from opensepsis import QSOFA
    >>> look_backs(QSOFA)["systolic_pressure"].total_seconds() / 3600
    12.0
    """
    window = (score.window or NONE) + (score.carried or NONE)
    longest: dict[str, timedelta | None] = dict.fromkeys(score.refusal.concepts) if score.refusal else {}
    for signal in score.signals.values():
        for name, back in _of(signal):
            known = longest.get(name, NONE)
            longest[name] = None if back is None or known is None else max(known, back)
    return {name: window + back for name, back in longest.items() if back is not None}


def _of(signal: Signal) -> Iterator[tuple[str, timedelta | None]]:
    """Each concept the signal reads and how far back; None without a limit."""
    match signal:
        case Latest(concept=concept, valid=valid):
            yield concept.name, valid or NONE
        case Lowest(concept=concept, over=over) | Highest(concept=concept, over=over):
            yield concept.name, over
        case Count(concept=concept, over=over):
            yield concept.name, over
        case Total(over=over, first_covers=covers, longest_gap=gap):
            # so far the chain of records is seen to begin before it
            yield from ((concept.name, over + covers + gap) for concept in concepts_of(signal))
        case Ratio(numerator=numerator, denominator=denominator, paired_within=within, room_air=None):
            yield from _of(numerator)
            yield denominator.name, (numerator.valid or NONE) + within
        case Ratio(numerator=numerator):
            yield from _of(numerator)
            yield from ((c.name, None) for c in concepts_of(signal) if c is not numerator.concept)
        case (
            Rise(measured=inner, over=more)
            | WithinLast(signal=inner, within=more)
            | HighestWithin(signal=inner, over=more)
        ):
            yield from ((name, None if back is None else back + more) for name, back in _of(inner))
        case (
            Plus()
            | FirstKnown()
            | CountActive()
            | Rounded()
            | Linear()
            | Quotient()
            | LogisticRisk()
            | MeanRate()
            | Denominator()
        ):
            for part in children(signal):
                yield from _of(part)
        case _:
            yield from ((concept.name, None) for concept in concepts_of(signal))
