"""Who goes to intensive care, and when intensive care and hospital are left."""

from functools import cache

import numpy as np
import pytest

from opensepsis.uses.simulate.care.policy import Placement, Policy
from opensepsis.uses.simulate.cohort import Request, blocks
from opensepsis.uses.simulate.physiology.state import NEVER_YET
from opensepsis.uses.simulate.population import Cohort

PATIENTS, HOURS, SEED = 384, 480, 5


@cache
def arm(**placement):
    request = Request(PATIENTS, HOURS, SEED, Cohort(infected=1.0), charted=False, truth_interval=0)
    return next(blocks(request, Policy(placement=Placement(**placement))))


def times(name, **placement):
    return arm(**placement).states[name]


def both(name, **placement):
    """The moments of the usual rules and of changed ones, of those who come to it under both."""
    usual, other = times(name), times(name, **placement)
    come = (usual < NEVER_YET) & (other < NEVER_YET)
    return usual[come], other[come], come


@pytest.mark.parametrize(
    "name, sooner",
    [
        ("icu_from", {"news": 7.0}),
        ("icu_until", {"leave_after": 18.0}),
        ("icu_until", {"leave_sofa": 99.0}),
        ("discharged", {"home_after": 10.0}),
        ("discharged", {"course": 40.0}),
        ("discharged", {"weakness": 1.0}),
    ],
)
def test_a_rule_keeps_patients_and_hurries_none(name, sooner):
    usual, other, come = both(name, **sooner)
    assert come.sum() > 50 and (usual > other).sum() > 5
    assert np.mean(usual < other) < 0.03  # who left too soon and came back leaves later


def test_frailty_makes_wear_count_for_more():
    strong = times("discharged", weakness=1.0)
    kept = (times("discharged") > strong) & (strong < NEVER_YET)
    frailty = arm().who["frailty"]
    assert frailty[kept].mean() > frailty[(strong < NEVER_YET) & ~kept].mean() + 0.03
