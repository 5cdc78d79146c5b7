"""A definition that asks for the sex has it from who the patient is said to be, whenever that is said."""

from itertools import permutations

import pytest

from opensepsis.engine.live.chart import Event
from opensepsis.uses.ward.model.facts import Charted, Described, Move, Visited
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.state.monitored import watched
from opensepsis.uses.ward.state.ward import Ward
from tests.support.ward.hospital import entries

HOUR = 3_600_000_000
START = 500_000 * HOUR
SCORE = "kdigo:estimated_baseline"
BORN = START - 60 * 8766 * HOUR
# at 60 years MDRD gives 75 at 0.82 mg/dL in a woman and 1.07 in a man: 1.7 is stage 2 or 1
ADMITTED = Visited("A", "v", Move.ADMIT, START, START, "hospital", "3B", "1")
CREATININE = Charted("A", Event("creatinine", START + HOUR, None, START + HOUR, 1.7, None, "lab 1"))


def stage(*facts) -> int | None:
    ward = Ward(watched((SCORE,), (), ()), AlertPolicy())
    ward.take(entries([(START + 2 * HOUR, fact) for fact in facts]))
    patient = ward.patients["A"]
    score = next(s for s in patient.watching.scores if s.name == SCORE)
    return patient.bedside.points(score, START + 2 * HOUR).total


def said(sex: str | None, at: int = 0) -> Described:
    return Described("A", START + at, born=BORN, sex=sex)


@pytest.mark.parametrize(("sex", "points"), [("F", 2), ("M", 1), ("O", None), ("U", None), (None, None)])
def test_in_any_order(sex, points):
    for facts in permutations((ADMITTED, CREATININE, said(sex))):
        assert stage(*facts) == points


def test_the_last_word_counts():
    assert stage(ADMITTED, said("F"), CREATININE, said("M", 1)) == 1
    assert stage(ADMITTED, said("M", 1), CREATININE, said("F")) == 1
    assert stage(ADMITTED, said("F"), CREATININE, said("U", 1)) is None
    moved = Visited("A", "v", Move.ADMIT, START - HOUR, START + 1, "hospital", "3B", "1")
    assert stage(ADMITTED, said("F"), CREATININE, moved) == 2
