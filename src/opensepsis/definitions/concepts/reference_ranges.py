"""What is usual in a healthy adult, in the concept's unit: to read a plot by, never to score by.

Common ranges, not a laboratory's own; none for children or in pregnancy.
"""

from opensepsis.definitions.concepts.wording import listed

Ends = tuple[float | None, float | None]
_RANGES: dict[tuple[str, str], Ends] = {
    (row["concept"], row["sex"]): (
        float(row["low"]) if row["low"] else None,
        float(row["high"]) if row["high"] else None,
    )
    for row in listed("reference_ranges")
}


def reference_range(concept: str, sex: str) -> Ends | None:
    """The lowest and highest usual value; None where there is no range, or only one for a sex that is not known.

    >>> reference_range("platelets", ""), reference_range("creatinine", "F"), reference_range("creatinine", "")
    ((150.0, 400.0), (0.5, 1.0), None)
    """
    return _RANGES.get((concept, sex), _RANGES.get((concept, "")))
