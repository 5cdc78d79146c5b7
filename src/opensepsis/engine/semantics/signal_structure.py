"""What a signal is made of, whoever works it out. Plain Python."""

from opensepsis.rules import (
    Age,
    Assumed,
    BackCalculated,
    CarriedDuringInterval,
    Count,
    CountActive,
    Denominator,
    FirstKnown,
    Highest,
    HighestWithin,
    InARow,
    Latest,
    Linear,
    Lowest,
    MeanRate,
    Plus,
    Quotient,
    Ratio,
    Rise,
    Rounded,
    Running,
    Signal,
    Since,
    SinceAmount,
    Total,
    ValueBeforeInterval,
    WithinLast,
    children,
)  # fmt: skip


def measured_concepts(signal: Signal) -> set[str]:
    """The concepts whose recording makes a moment for this signal."""
    match signal:
        case Running() | ValueBeforeInterval() | Age() | BackCalculated():
            return set()
        case CarriedDuringInterval(signal=inner) | Assumed(signal=inner) | Rounded(signal=inner):
            return measured_concepts(inner)
        case WithinLast(signal=inner) | HighestWithin(signal=inner) | Linear(signal=inner):
            return measured_concepts(inner)
        case Ratio(numerator=inner) | Rise(measured=inner) | Denominator(ratio=Ratio(numerator=inner)):
            return {inner.concept.name}
        case MeanRate(total=total):
            return {total.concept.name}
        case Plus() | FirstKnown() | CountActive() | Quotient():
            return set[str]().union(*map(measured_concepts, children(signal)))
        case InARow(read=read):
            return set[str]().union(*map(measured_concepts, read))
        case Latest() | Lowest() | Highest() | Total() | Count() | Since() | SinceAmount():
            return {signal.concept.name}
        case _:
            raise TypeError(f"No engine knows {type(signal).__name__}.")


def adds_up(signal: Running) -> bool:
    """Whether the rates of several pumps are added."""
    return bool(signal.concept.unit) and not signal.highest
