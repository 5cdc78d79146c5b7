"""KDIGO with values known only as limits: the stage never says more than every value that the limits allow."""

from itertools import islice, product
from random import Random

import pytest

from opensepsis.definitions.scores.kdigo import KDIGO, KDIGO_GIVEN_BASELINE
from opensepsis.engine.live.bedside import Bedside
from opensepsis.engine.live.chart import Event
from tests.support.parity.patients import HOUR
from tests.support.parity.tables import batch_points, live_points

VALUES = (0.5, 0.7, 0.9, 1.0, 1.2, 1.5, 1.9, 2.0, 2.4, 3.0, 3.9, 4.0, 4.5, 9.0)
ALLOWS = {"<": float.__lt__, "<=": float.__le__, ">": float.__gt__, ">=": float.__ge__, None: float.__eq__}


def creatinine(hour: int, value: float, limit: str | None = None, name: str = "creatinine") -> Event:
    return Event(name, hour * HOUR, None, hour * HOUR, float(value), limit)


@pytest.mark.parametrize("engine", [batch_points, live_points])
@pytest.mark.parametrize(("events", "stage", "basis"), [
    ([(0, 1, ">="), (24, 2.0)], None, "not known"),  # from 1 the rise doubles it, from 2 it is none
    ([(0, 1, ">"), (24, 4.5)], None, "not known"),
    ([(0, 1, ">="), (1, 1.2), (24, 2.0)], 1, "at least"),  # 1.2 is a baseline that is known
    ([(0, 1, "<"), (24, 2.0)], 2, "at least"),
    ([(0, 1, ">="), (24, 1.0)], 0, "observed"),
    ([(0, 1), (24, 2, ">=")], 2, "at least"),
    ([(0, 1), (24, 2, "<")], None, "not known"),
])  # fmt: skip
def test_a_baseline_known_only_as_a_limit(events, stage, basis, engine):
    patient = [creatinine(*event) for event in events]
    rows = engine([KDIGO], [patient], [(0, 0, 30 * HOUR)])["kdigo"]
    assert rows[24]["aki"] == stage
    bedside = Bedside([KDIGO])
    for event in patient:
        bedside.see(event)
    assert bedside.points(KDIGO, 24 * HOUR).rows["aki"].basis == basis


def stage(score, events: list[Event]) -> tuple[int | None, str]:
    bedside = Bedside([score])
    for event in events:
        bedside.see(event)
    found = bedside.points(score, 60 * HOUR).rows["aki"]
    return found.points, found.basis


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("score", [KDIGO, KDIGO_GIVEN_BASELINE], ids=lambda score: score.name)
def test_no_value_that_the_limits_allow_gives_fewer_points(score, seed):
    draw = Random(seed)
    for _ in range(40):
        events = [
            creatinine(
                draw.randrange(60), draw.choice(VALUES), draw.choice([None, None, "<", ">", ">=", "<="])
            )
            for _ in range(draw.randint(1, 4))
        ]
        if score is KDIGO_GIVEN_BASELINE:
            events.append(
                creatinine(0, draw.choice(VALUES), draw.choice([None, ">=", "<"]), "baseline_creatinine")
            )
        allowed = [[v for v in (0.05, *VALUES, 30.0) if ALLOWS[e.text](v, e.value)] for e in events]
        ways = list(islice(product(*allowed), 400))
        stages = [
            stage(
                score,
                [creatinine(e.time // HOUR, v, None, e.concept) for e, v in zip(events, way, strict=True)],
            )[0]
            for way in draw.sample(ways, min(25, len(ways)))
        ]
        points, basis = stage(score, events)
        if points is not None:
            assert all(other is not None and other >= points for other in stages)
            assert basis == "at least" or set(stages) == {points}
