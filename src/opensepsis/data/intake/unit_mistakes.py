"""By how much a value is off when its unit was taken for the concept's own: to recognise the mistake, never to mend it."""

from functools import cache

from opensepsis.data.intake.units import conversions

_CLEAR = 3  # a smaller factor is hard to tell from other patients


@cache
def clear_factors(concept: str) -> dict[str, float]:
    """The units whose conversion changes a number at least threefold, with their factor to the concept's unit.

    >>> round(clear_factors("lactate")["mg/dL"], 3), "[lb_av]" in clear_factors("weight")
    (0.111, False)
    """
    factors = {
        unit: one.multiply / one.divide for unit, one in conversions(concept).items() if not one.subtract
    }
    return {unit: factor for unit, factor in factors.items() if not 1 / _CLEAR < factor < _CLEAR}
