"""A risk by a logistic equation, one patient at a moment. Both engines ask it, so that they agree to the last digit."""

from collections.abc import Mapping
from math import exp, log

from opensepsis.rules import LogisticRisk, Signal


def logistic_risk(signal: LogisticRisk, values: Mapping[Signal, float | str | None]) -> float | None:
    """The risk per `per`; None where a term is not known or cannot be worked out."""
    logit = signal.intercept
    for of, times, plus, power in signal.terms:
        value = values[of]
        if not isinstance(value, int | float) or value + plus < 0:
            return None
        logit += times * (value + plus) ** power
    for of, coefficients in signal.words:
        coefficient = dict(coefficients).get(str(values[of]))
        if coefficient is None:
            return None
        logit += coefficient
    for of, factors in signal.odds:
        logit += log(dict(factors).get(str(values[of]), 1.0))
    if logit > 500:  # e^-x is 0 to the last digit
        return float(signal.per)
    return signal.per / (1 + exp(-logit)) if logit > -500 else 0.0
