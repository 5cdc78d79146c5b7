"""Reference ranges as laboratories print them."""

import pytest

from opensepsis.data.intake.reference_range import in_own_unit, read_range


@pytest.mark.parametrize(("text", "ends"), [
    ("3.5-5.1", (3.5, 5.1)), ("3.5 - 5.1", (3.5, 5.1)), ("3.5–5.1", (3.5, 5.1)), ("0.6 to 1.2", (0.6, 1.2)), ("3,5 bis 5,1", (3.5, 5.1)),
    ("(150-400)", (150, 400)), ("[-2 - 2]", (-2, 2)), ("0.6 to 1.2 mg/dL", (0.6, 1.2)), ("3.5-5.1mmol/L", (3.5, 5.1)),
    ("94-98 %", (94, 98)), ("<5", (None, 5)), ("≤ 0,5", (None, 0.5)), ("up to 40", (None, 40)), ("bis 40", (None, 40)),
    (">60", (60, None)), (">= 90 mL/min", (90, None)), ("from 12", (12, None)),
    ("", None), ("negative", None), ("see comment", None), ("5.1-3.5", None), ("3.5-5.1 (adults); 3.0-4.5 (children)", None),
    ("150.000-400.000", None), ("4", None), ("A-B", None),
])  # fmt: skip
def test_the_ends_of_a_range(text, ends):
    assert read_range(text) == ends


def test_the_decimal_mark_of_the_feed_counts():
    assert read_range("150.000-400.000", ",") == (150_000, 400_000)


@pytest.mark.parametrize(("concept", "ends", "unit", "low", "high"), [
    ("platelets", (150_000.0, 400_000.0), "/uL", 150, 400), ("lactate", (None, 2.0), "mmol/L", None, 2.0),
    ("lactate", (0.5, 2.0), "bananas", None, None), ("temperature", (97.0, 99.5), "degF", 36.11, 37.5),
])  # fmt: skip
def test_ends_are_in_the_unit_of_the_concept(concept, ends, unit, low, high):
    found = in_own_unit(concept, "as sent", ends, unit)
    assert [None if end is None else round(end, 2) for end in (found.low, found.high)] == [low, high]
    assert found.said == "as sent"
