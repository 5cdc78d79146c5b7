"""A score that is not made for the patient's age is refused wherever it is asked, and says so."""

from datetime import UTC, datetime

import pytest

from opensepsis import NEWS2, SOFA, points, why
from opensepsis.definitions.scores.phoenix import PHOENIX
from opensepsis.engine.live.bedside import Bedside, moment
from opensepsis.engine.live.chart import Event
from opensepsis.engine.live.explain import at_bedside

NOW = moment(datetime(2026, 3, 2, 12, tzinfo=UTC))


def bedside(score, born: datetime | None) -> Bedside:
    made = Bedside([score])
    if born:
        made.see(Event("born", moment(born)))
    made.see(Event("platelets", NOW, value=40.0))
    made.see(Event("heart_rate", NOW, value=140.0))
    return made


@pytest.mark.parametrize(
    "score, born, refused",
    [
        (SOFA, datetime(2008, 3, 2, tzinfo=UTC), ""),
        (SOFA, datetime(2008, 3, 3, tzinfo=UTC), "made for 18 years and over"),
        (SOFA, None, ""),
        (NEWS2, datetime(2010, 3, 2, tzinfo=UTC), ""),
        (NEWS2, datetime(2010, 3, 3, tzinfo=UTC), "made for 16 years and over"),
        (PHOENIX, datetime(2008, 3, 2, tzinfo=UTC), "made for under 18 years"),
        (PHOENIX, datetime(2008, 3, 3, tzinfo=UTC), ""),
    ],
)
def test_the_bedside_refuses_and_says_so(score, born, refused):
    given = bedside(score, born).points(score, NOW)
    assert given.refused == refused
    assert (given.total is None) == bool(refused)
    assert (given.rows_known == 0) == bool(refused)
    assert all(row.basis == "not known" for row in given.rows.values()) or not refused


def test_every_row_says_why_it_is_refused():
    child = bedside(SOFA, datetime(2020, 1, 1, tzinfo=UTC))
    assert {r.words for r in at_bedside(child, SOFA, NOW)} == {"not known: made for 18 years and over"}


def test_one_set_of_values_with_an_age():
    assert points(SOFA, {"platelets": 40}, age=17.9).total is None
    assert points(SOFA, {"platelets": 40}, age=18).total == points(SOFA, {"platelets": 40}).total == 3
    assert why(SOFA, {"platelets": 40}, age=6).endswith("not known, made for 18 years and over")
