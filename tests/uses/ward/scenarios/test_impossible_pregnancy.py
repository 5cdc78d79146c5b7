"""A pregnancy of a man, or outside the ages of Medicare's code editor (9 to 64 years), is nobody's: NEWS2, NG253 and the alert go on."""

import pytest

NICE = "nice_ng253"
NOT_MADE = "not made for patients charted as pregnant or charted in the last 42 days as recently pregnant"


def charted(day):
    day.pregnancy(5)


def coded(day):
    day.condition(5, "O14.1")


def after_birth(day):
    day.condition(5, "O80")


@pytest.mark.parametrize("tell", [charted, coded, after_birth])
@pytest.mark.parametrize(
    ("sex", "born"), [("M", "19960101"), ("F", "19500101"), ("U", "19500101"), ("F", "20090601")]
)
def test_news2_and_its_clock_go_on(new_day, tell, sex, born):
    day = new_day(sex=sex, born=born)
    day.admit(0)
    tell(day)
    day.ill(30)
    possible = born == "20090601"  # 16 years
    assert (day.total("news2", 30) == NOT_MADE) is possible
    day.culture(40)
    day.dose(50)
    states = set(day.states(NICE, "news2_high").values())
    assert (not states or states == {"not indicated"}) is possible
    told = {score.name for score in day.hospital.board(None)[0].scores}
    assert ("nice_pregnant" in told, "news2" in told) == (possible, not possible)
    rejected = [fact.reason for _, fact in day.patient().rejected if fact.what == "pregnancy"]
    why = "of a man" if sex == "M" else "outside the ages of 9 to 64 years"
    assert rejected == ([] if possible else [f"a pregnancy {why}: not counted"])
    assert ("not counted" in day.page()) is not possible


@pytest.mark.parametrize(("sex", "calls"), [("M", False), ("F", True), ("U", True)])
def test_maternal_criteria_are_not_a_mans(new_day, sex, calls):
    day = new_day(sex=sex, born="19960101")
    day.admit(0)
    day.pregnancy(5)
    day.result(10, spo2=94)  # a maternal early warning criterion, and one point of NEWS2
    assert ("alert" in day.alerts()) is calls


def test_a_sex_that_is_corrected_judges_it_anew(new_day):
    day = new_day(sex="M", born="19960101")
    day.admit(0)
    day.pregnancy(5)
    day.ill(30)
    assert day.total("news2", 30) == 12
    day.sex = "F"
    day.admit(40, event="A08", at=0)
    assert day.total("news2", 30) == NOT_MADE
    assert [fact for _, fact in day.patient().rejected if fact.what == "pregnancy"] == []
    day.sex = "M"
    day.admit(50, event="A08", at=0)
    assert day.total("news2", 30) == 12


def test_told_before_anybody_said_who_it_is(new_day):
    day = new_day(sex="U", born="")
    day.pregnancy(5)
    day.ill(30)
    assert day.total("news2", 30) == NOT_MADE
    day.sex, day.born = "M", "19960101"
    day.admit(40, at=0)
    assert day.total("news2", 30) == 12


def test_it_is_rejected_once_however_often_it_is_said(new_day):
    day = new_day(sex="M")
    day.admit(0)
    for minute in range(5, 9):
        day.pregnancy(minute)
    assert len([fact for _, fact in day.patient().rejected if fact.what == "pregnancy"]) == 1
