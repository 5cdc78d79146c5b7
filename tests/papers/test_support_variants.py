"""Variants for support that is not there, that pauses or that has just ended, in both engines. Hours count from admission."""

import pytest

from opensepsis.definitions import PHENOTYPES, SCORES
from tests.support.parity.episodes import batch_episodes, live_episodes
from tests.support.parity.tables import batch_points, live_points
from tests.support.typed import events, moment

ENGINES = [live_points, batch_points]


def row_at(score: str, row: str, hour: int, typed: str, engine) -> int | None:
    ticks = engine([SCORES[score]], [events(typed)], [(0, 0, moment("60"))])[score]
    return ticks[hour - 1][row]


# definitions.md 1.2 h and m: without support the ratio alone decides, and the MAP without vasoactive drugs
WITHOUT = {
    "ratio 75 without a device": ("fio2@1=0.8 pao2@1=60", "respiration", 4),
    "ratio 75.1": ("fio2@1=1.0 pao2@1=75.1", "respiration", 3),
    "ratio 150": ("fio2@1=0.4 pao2@1=60", "respiration", 3),
    "MAP 70": ("mean_pressure@1=70", "circulation", 0),
    "MAP 69.9": ("mean_pressure@1=69.9", "circulation", 1),
    "MAP 60": ("mean_pressure@1=60", "circulation", 1),
    "MAP 59.9": ("mean_pressure@1=59.9", "circulation", 2),
    "MAP 49.9": ("mean_pressure@1=49.9", "circulation", 3),
    "MAP 40": ("mean_pressure@1=40", "circulation", 3),
    "MAP 39.9": ("mean_pressure@1=39.9", "circulation", 4),
    "creatinine 3.6": ("creatinine@1=3.6", "kidney", 3),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("case", WITHOUT)
def test_sofa2_where_no_support_can_be_had(case, engine):
    typed, row, points = WITHOUT[case]
    assert row_at("sofa2:without_support", row, 2, typed, engine) == points


@pytest.mark.parametrize("engine", [live_episodes, batch_episodes])
def test_sepsis_where_no_support_can_be_had_rests_on_that_sofa2(engine):
    told = events("culture@2/blood antibiotic@3/ceftriaxone|iv mean_pressure@4=55")
    stay = [(0, 0, moment("48"))]
    found = engine([PHENOTYPES["sepsis3:sofa2_without_support"]], [told], stay)
    assert [e["points"] for e in found] == [2]
    assert engine([PHENOTYPES["sepsis3:sofa2"]], [told], stay) == []  # a MAP alone is 1 point there


# definitions.md 1.3: how long the GCS stays invalid after sedation is open; 12 h is one reading
SEDATED = "gcs_total@1=15 sedative@2..10 gcs_total@9=6 gcs_total@12=7"


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "score, typed, hour, points",
    [
        ("sofa2", SEDATED, 13, 3),  # 7 at 12 h counts, sedation is over
        ("sofa2:sedation_12h", SEDATED, 13, 0),  # it does not: less than 12 h after the end
        ("sofa2:sedation_12h", SEDATED + " gcs_total@21.9=7", 22, 0),
        ("sofa2:sedation_12h", SEDATED + " gcs_total@22=7", 22, 3),
    ],
)
def test_how_long_sedation_lasts_after_its_end(score, typed, hour, points, engine):
    assert row_at(score, "brain", hour, typed, engine) == points


SESSION = "creatinine@1=1.0 creatinine@20=1.0 dialysis@2..6/hemodialysis creatinine@40=1.0"


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "score, hour, points",
    [("kdigo", 6, 3), ("kdigo", 40, 0), ("kdigo:between_sessions", 40, 3), ("kdigo:between_sessions", 6, 3)],
)
def test_kidney_injury_between_sessions_of_dialysis(score, hour, points, engine):
    assert row_at(score, "aki", hour, SESSION, engine) == points


FIBRIN = "fdp@1={fdp} {limit}"


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "fdp, limit, points",
    [
        (9.9, "fdp_upper_limit@0=5", 0),
        (10, "fdp_upper_limit@0=5", 2),  # definitions.md 9: moderate from 2 times, strong above 4 times
        (20, "fdp_upper_limit@0=5", 2),
        (20.1, "fdp_upper_limit@0=5", 3),
        (40, "", None),  # no limit of the site: not known
    ],
)
def test_fibrin_degradation_products_against_the_limit_of_the_site(fdp, limit, points, engine):
    typed = FIBRIN.format(fdp=fdp, limit=limit)
    assert row_at("isth_dic_2001:fdp", "fibrin", 2, typed, engine) == points


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("fdp, points", [(15, 0), (15.1, 2), (35, 2), (35.1, 3)])
def test_the_update_takes_3_and_7_times_the_limit(fdp, points, engine):
    typed = FIBRIN.format(fdp=fdp, limit="fdp_upper_limit@0=5")
    assert row_at("isth_dic_2025:fdp", "fibrin", 2, typed, engine) == points
