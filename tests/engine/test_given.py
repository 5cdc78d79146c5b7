"""Values given by hand: what cannot be true is not known and says why; what is no number is refused."""

from math import inf, nan

import pytest

from opensepsis import NEWS2, QSOFA, SOFA, points, why
from opensepsis.engine.live.bedside import Bedside
from opensepsis.engine.live.chart import Event
from opensepsis.engine.live.score_tables import RowPoints
from opensepsis.errors import DefinitionError, FormatError

PLATELETS = "outside plausible limits (1 to 3000 10*3/uL)"


@pytest.mark.parametrize(
    ("name", "value", "row", "reason"),
    [
        ("platelets", nan, "coagulation", "not a finite number"),
        ("platelets", inf, "coagulation", "not a finite number"),
        ("platelets", -5, "coagulation", PLATELETS),
        ("bilirubin", 900, "liver", "outside plausible limits (0 to 90 mg/dL)"),
        ("pao2_fio2", -1, "respiration", "outside plausible limits (15 to 3444.98 mm[Hg])"),
        ("norepinephrine", nan, "circulation", "not a finite number"),
        ("norepinephrine", 50, "circulation", "outside plausible limits (0 to 10 ug/kg/min)"),
        ("urine_24h", -1, "kidney", "outside plausible limits (0 or more mL)"),
    ],
)
def test_what_cannot_be_true_is_not_known(name, value, row, reason):
    given = points(SOFA, {name: value})
    assert given.rows[row] == RowPoints(None, "not known")
    assert given.rows_known == 0 and given.total is None
    assert given.rejected == {name: reason}
    assert reason in why(SOFA, {name: value})


def test_an_impossible_value_leaves_the_others():
    given = points(SOFA, {"platelets": nan, "bilirubin": 2.0})
    assert (given.total, given.rows_known) == (2, 1)
    assert given.rejected == {"platelets": "not a finite number"}
    shown = why(SOFA, {"platelets": -5, "bilirubin": 2.0})
    assert shown.endswith(f"  rejected: platelets, {PLATELETS}")
    assert "not known: platelets" in shown


@pytest.mark.parametrize("value", ["92", b"92", [92], object()])
def test_what_is_no_number_is_refused_without_showing_it(value):
    for ask in (points, why):
        with pytest.raises(FormatError, match="'platelets' must be a number") as told:
            ask(SOFA, {"platelets": value})
        assert "92" not in str(told.value)


def test_a_score_by_its_name_is_refused():
    with pytest.raises(DefinitionError, match="Give a score"):
        points("sofa2", {"platelets": 19})


def test_words_are_read_in_any_spelling():
    assert points(NEWS2, {"consciousness": "Alert"}).rows["consciousness"].points == 0
    assert points(NEWS2, {"consciousness": "confused"}).rows["consciousness"].points == 3
    unread = points(NEWS2, {"consciousness": "sleepy"})
    assert unread.rows["consciousness"].points is None
    assert unread.rejected["consciousness"] == "a word that it does not allow (A, C, V, P, U)"
    with pytest.raises(FormatError, match="'consciousness' is a word"):
        points(NEWS2, {"consciousness": 1})


def test_an_age_that_cannot_be_true_is_not_known():
    given = points(SOFA, {"platelets": 92}, age=nan)
    assert (given.total, given.rejected) == (2, {"age": "not a finite number"})
    assert "rejected: age" in why(SOFA, {"platelets": 92}, age=-3)
    with pytest.raises(FormatError, match="'age' must be a number"):
        points(SOFA, {"platelets": 92}, age="60")


@pytest.mark.parametrize("value", [nan, inf, -5.0, 4000.0])
def test_the_bedside_sets_aside_what_cannot_be_true(value):
    bedside = Bedside([SOFA])
    bedside.see(Event("platelets", 0, value=value))
    given = bedside.points(SOFA, 0)
    assert given.rows["coagulation"].points is None
    assert list(given.rejected) == ["platelets"]
    bedside.see(Event("platelets", 0, value=40.0))
    assert bedside.points(SOFA, 0).rows["coagulation"].points == 3


def test_the_bedside_refuses_text_for_a_number():
    bedside = Bedside([QSOFA])
    with pytest.raises(FormatError, match="'respiratory_rate' must be a number"):
        bedside.see(Event("respiratory_rate", 0, value="24"))


def test_the_earlier_name_of_what_was_rejected_warns():
    with pytest.warns(FutureWarning, match="is now called rejected"):
        assert points(SOFA, {"platelets": -1}).set_aside == points(SOFA, {"platelets": -1}).rejected
