"""Kaiser's equation of 2017 as the reference prints it, worked out here a second time, in both engines."""

from math import exp

import pytest

from opensepsis.definitions import SCORES
from opensepsis.engine.live.bedside import Bedside
from opensepsis.engine.live.signals import value_at
from tests.support.parity.tables import batch_points, live_points
from tests.support.typed import events, moment

INTERCEPT = {
    "0_1": 38.952265, "0_2": 39.646367, "0_3": 40.0528, "0_4": 40.3415, "0_5": 40.5656, "0_6": 40.7489,
    "0_7": 40.903919, "0_8": 41.0384, "0_9": 41.1571, "1": 41.263432, "2": 41.965852, "4": 42.676976,
}  # fmt: skip
GBS = {"negative": 0, "unknown": 0.0427, "positive": 0.5771}
ANTIBIOTIC = {"none": 0, "gbs_specific_2h": -1.0488, "broad_2h": -1.0488, "broad_4h": -1.1861}
EXAMINED = {"": 1, "well": 0.41, "equivocal": 5.0, "ill": 21.2}
BIRTHS = [  # incidence, weeks, °C, hours, GBS, antibiotic, examination
    ("0_6", 39.0, 37.0, 6, "negative", "none", ""),
    ("0_6", 39.0, 39.5, 20, "positive", "none", ""),
    ("0_6", 34.14, 38.5, 30, "unknown", "broad_4h", "equivocal"),
    ("0_6", 40.29, 38.0, 0, "negative", "gbs_specific_2h", "well"),
    ("0_6", 37.0, 38.3, 18, "positive", "broad_2h", "ill"),
    *((name, 36.43, 38.2, 12, "unknown", "none", "well") for name in INTERCEPT if name != "0_6"),
]


def printed(incidence, weeks, celsius, hours, gbs, antibiotic, examined) -> float:
    """Risk per 1000, term after term as printed."""
    logit = INTERCEPT[incidence] - 6.9325 * weeks + 0.0877 * weeks**2 + 0.8680 * (celsius * 9 / 5 + 32)
    logit += 1.2256 * (hours + 0.05) ** 0.2 + GBS[gbs] + ANTIBIOTIC[antibiotic]
    odds = exp(logit) * EXAMINED[examined]
    return 1000 * odds / (1 + odds)


def chart(weeks, celsius, hours, gbs, antibiotic, examined) -> str:
    told = f"born@0 gestational_age@1={weeks} maternal_temperature@1={celsius} membranes_ruptured@1={hours} "
    told += f"maternal_gbs@1/{gbs} intrapartum_antibiotic@1/{antibiotic}"
    return told + (f" newborn_examination@1/{examined}" if examined else "")


@pytest.mark.parametrize("birth", BIRTHS, ids=str)
def test_the_risk_is_that_of_the_printed_equation(birth):
    incidence, *rest = birth
    name = "early_onset_sepsis" + ("" if incidence == "0_6" else f":incidence_{incidence}")
    score, asked = SCORES[name], printed(*birth)
    bedside = Bedside([score])
    for event in events(chart(*rest)):
        bedside.see(event)
    told = value_at(score.signals["early_onset_risk"], moment("2"), bedside.chart)[0]
    assert told == pytest.approx(asked, rel=1e-9)
    points = 2 if asked >= 3 else 1 if asked >= 1 else 0
    for engine in (live_points, batch_points):
        row = engine([score], [events(chart(*rest))], [(0, moment("0"), moment("3"))])[name][1]
        assert row["risk"] == points
        assert row["examination"] == {"": None, "ill": 2}.get(rest[-1], 0)


@pytest.mark.parametrize(
    "left_out", ["gestational_age", "maternal_temperature", "membranes_ruptured", "maternal_gbs"]
)
def test_without_one_of_its_terms_the_risk_is_not_known(left_out):
    told = [e for e in events(chart(39.0, 39.5, 20, "positive", "none", "well")) if e.concept != left_out]
    for engine in (live_points, batch_points):
        row = engine([SCORES["early_onset_sepsis"]], [told], [(0, 0, moment("3"))])["early_onset_sepsis"][1]
        assert row["risk"] is None
        assert row["total"] is None


def test_all_twelve_intercepts_are_there():
    assert len([name for name in SCORES if name.startswith("early_onset_sepsis")]) == len(INTERCEPT) == 12
