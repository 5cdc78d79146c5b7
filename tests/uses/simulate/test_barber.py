"""Barber 2021: health, aseptic and septic by dose, and damage that comes earlier with more bacteria."""

import numpy as np
import pytest

from opensepsis.errors import SimulationError
from opensepsis.uses.simulate.published_models.barber import Barber, barber_start, course


@pytest.mark.parametrize(
    "dose, outcome, hour",
    [
        (100, "health", None),
        (128, "health", None),
        (150, "aseptic", 37.3),
        (248, "aseptic", 23.6),
        (300, "septic", 20.6),
        (505, "septic", 16.9),
        (1940, "septic", 13.4),
    ],
)
def test_dose_series(dose, outcome, hour):
    found = course(dose, hours=600, step=0.1)
    assert found.outcome == outcome
    if hour is None:
        assert found.lethal_hour is None
    else:
        assert found.lethal_hour == pytest.approx(hour, abs=0.1)
    assert (found.state >= 0).all()


def test_end_states():
    aseptic, septic = course(248, hours=1200, step=0.2).state, course(505, hours=1200, step=0.2).state
    assert aseptic[0] < 1e-6 and aseptic[3] == pytest.approx(158.2, abs=0.3)
    assert septic[0] == pytest.approx(124.3, abs=0.4)  # still creeping down at 1,200 h


def test_without_damage_gain_there_is_none():
    assert course(505, hours=50, model=Barber(damage_gain=0.0), step=0.1).lethal_hour is None


def test_a_negative_dose_is_refused():
    with pytest.raises(SimulationError):
        barber_start(np.nan)
