"""The creatinine that the MDRD equation gives for a kidney of a stated eGFR. Plain Python."""

from opensepsis.rules import BackCalculated

ADULT = 216  # months
_FEMALE, _BY_AGE, _BY_CREATININE = 0.742, -0.203, -1.154  # of the equation


def back_calculated(signal: BackCalculated, months: float, female: bool) -> float:
    """In mg/dL, of an adult of so many months."""
    factor = signal.factor * (_FEMALE if female else 1.0)
    return (signal.egfr / (factor * (months / 12) ** _BY_AGE)) ** (1 / _BY_CREATININE)
