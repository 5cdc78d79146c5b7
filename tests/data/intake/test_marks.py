"""Marks: delta, bedside check, stuck."""

import pytest

from opensepsis.data.intake.marks import HOUR, is_delta, is_stuck, needs_check
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.definitions.concepts.marks import CHECKS, DELTAS

SET = {
    "heart_rate": 80.0,
    "respiratory_rate": 16.0,
    "spo2": 97.0,
    "systolic_pressure": 120.0,
    "temperature": 37.0,
}
QUARTER = HOUR // 4


@pytest.mark.parametrize(
    ("concept", "before", "now", "hours", "marked"),
    [
        ("lactate", 1.8, 18.0, 2, True),
        ("lactate", 18.0, 1.8, 2, True),
        ("lactate", 1.8, 18.0, 13, False),
        ("lactate", 1.8, 4.1, 2, False),
        ("lactate", 0.5, 2.5, 2, False),
        ("platelets", 250.0, 25.0, 12, True),
        ("platelets", 30.0, 10.0, 12, False),
        ("creatinine", 0.8, 8.0, 20, True),
        ("heart_rate", 60.0, 180.0, 1, False),
        ("lactate", 1.8, 18.0, -1, False),
    ],
)
def test_delta(concept, before, now, hours, marked):
    assert is_delta(concept, (0, before), (int(hours * HOUR), now)) is marked


@pytest.mark.parametrize(
    ("concept", "value", "marked"),
    [
        ("heart_rate", 0, True),
        ("heart_rate", 30, False),
        ("spo2", 55, True),
        ("temperature", 42.1, True),
        ("lactate", 0, False),
    ],
)
def test_bedside_check(concept, value, marked):
    assert needs_check(concept, value) is marked


def test_stuck():
    same = [(n * QUARTER, SET) for n in range(32)]
    assert is_stuck(same)
    assert not is_stuck([])
    assert not is_stuck(same[:11])
    assert not is_stuck([(n * 60_000_000, SET) for n in range(32)])  # half an hour
    assert not is_stuck([(t, {"heart_rate": 80.0, "spo2": 97.0}) for t, _ in same])
    assert not is_stuck([*same, (32 * QUARTER, SET | {"heart_rate": 81.0})])
    assert not is_stuck([*same[:-5], (27 * QUARTER, SET | {"spo2": 96.0}), *same[-4:]])


def test_what_is_marked_is_a_concept_and_can_be():
    for name, check in CHECKS.items():
        low, high = CONCEPTS[name].plausible
        assert low <= check.low < check.high <= high
    assert all(name in CONCEPTS and delta.factor > 1 for name, delta in DELTAS.items())
