"""A limit of which one end is known and the other not: the points are not known, in both engines."""

import pytest

from opensepsis.definitions import SCORES
from opensepsis.engine.live.chart import Event
from tests.support.parity.patients import HOUR
from tests.support.parity.tables import batch_points, live_points


@pytest.mark.parametrize("engine", [batch_points, live_points])
@pytest.mark.parametrize(
    "limit, points", [(">", None), (">=", None), ("<", None), ("<=", None), (None, 0)], ids=str
)
def test_scale_2_of_news2_without_a_word_on_oxygen(limit, points, engine):
    """91 % gives 0 on scale 2; from 93 % on it turns on the oxygen, which is not charted, and down to 83 % it gives 3."""
    events = [Event("spo2_scale_2", 0), Event("spo2", 0, None, 0, 91.0, limit)]
    first = engine([SCORES["news2"]], [events], [(0, 0, 2 * HOUR)])["news2"][0]
    assert first["oxygenation"] == points


@pytest.mark.parametrize("engine", [batch_points, live_points])
def test_scale_2_of_news2_on_charted_air(engine):
    """On air any saturation from 88 % on gives 0."""
    events = [Event("spo2_scale_2", 0), Event("oxygen", 0, 3 * HOUR, 0, None, "air")]
    events += [Event("spo2", 0, None, 0, 91.0, ">")]
    first = engine([SCORES["news2"]], [events], [(0, 0, 2 * HOUR)])["news2"][0]
    assert first["oxygenation"] == 0


@pytest.mark.parametrize("engine", [live_points, batch_points])
def test_a_limit_takes_the_place_of_another_with_the_same_end(engine):
    # both allow down to the lowest plausible rate: once taken for one said again, the number between them stood
    told = [
        Event("heart_rate", 6 * HOUR, None, 11 * HOUR, 60.01, "<", "a"),
        Event("heart_rate", 6 * HOUR, None, 11 * HOUR, 59.99, None, "a"),
        Event("heart_rate", 6 * HOUR, None, 12 * HOUR, 59.99, "<", "a"),
        Event("born", -9 * HOUR, None, -9 * HOUR, None, None, None),
    ]
    rows = engine([SCORES["nice_under_5"]], [told], [(0, 5 * HOUR, 7 * HOUR)])["nice_under_5"]
    assert [row["pulse"] for row in rows] == [None] * len(rows)  # below 60 it is high, just below not known
