"""The aims of a bundle's arm: where the last measurement lies, for how long it says so, and for whom the aim is."""

import pytest

from opensepsis.definitions import CLOCKS
from opensepsis.engine.clocks.targets import aims_at
from opensepsis.engine.clocks.time_zero import TimeZero
from opensepsis.engine.live.chart import Chart, Event
from opensepsis.rules import clock_concepts

CLOCK = CLOCKS["ssc2026_adults"]  # a mean pressure of 65 mmHg, from 65 years on of 60 to 65, told for an hour
MINUTE = 60_000_000
HOUR = 60 * MINUTE


def charted(*values: tuple[int, float | None], text: str | None = None) -> Chart:
    """A chart with mean pressures as (minute, value)."""
    chart = Chart(clock_concepts(CLOCK))
    for minute, value in values:
        chart.see(Event("mean_pressure", minute * MINUTE, known=minute * MINUTE, value=value, text=text))
    return chart


def standing(chart: Chart, age: float | None, minute: int = 10, **finding) -> list[str]:
    findings = [TimeZero("septic_shock", **{"time": 0, "known": 0, **finding})]
    return [state.standing for state in aims_at(CLOCK, findings, chart, age, minute * MINUTE)]


@pytest.mark.parametrize(
    ("value", "under_65", "from_65"),
    [
        (59.9, "below", "below"),
        (60.0, "below", "within"),
        (64.9, "below", "within"),
        (65.0, "within", "within"),
        (65.1, "within", "above"),
    ],
)
def test_the_aim_is_that_of_the_age(value, under_65, from_65):
    chart = charted((5, value))
    assert standing(chart, 64.9) == standing(chart, None) == [under_65]
    assert standing(chart, 65.0) == [from_65]


def test_a_measurement_tells_for_an_hour():
    chart = charted((5, 70.0))
    assert [standing(chart, 40, minute) for minute in (4, 5, 64, 65)] == [
        ["not known"],
        ["within"],
        ["within"],
        ["not known"],
    ]
    assert standing(charted(), 40) == ["not known"]


def test_a_limit_that_leaves_it_open_is_not_known():
    assert standing(charted((5, 64.0), text="<"), 40) == ["below"]
    assert standing(charted((5, 70.0), text="<"), 40) == ["not known"]
    assert standing(charted((5, 70.0), text=">"), 40) == ["within"]


def test_only_an_arm_whose_time_zero_stands_has_aims():
    chart = charted((5, 70.0))
    assert standing(chart, 40, time=11 * MINUTE) == []
    assert standing(chart, 40, withdrawn=10 * MINUTE) == []
    assert standing(chart, 40, withdrawn=11 * MINUTE) == ["within"]
    assert standing(chart, 17.9) == []  # the programme is for adults
