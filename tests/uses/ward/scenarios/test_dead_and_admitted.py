"""Somebody was charted as dead, is admitted later and is measured: the later stay says that they live, as in exports."""

DAY = 24 * 60


def test_who_is_admitted_after_a_death_and_measured_is_called_for(day):
    day.admit(0)
    day.ill(10)
    day.death(20, True)
    assert day.alerts() == ["alert", "resolved"]
    day.readmit(DAY, "V2")
    assert day.alerts() == ["alert", "resolved"]
    day.ill(DAY + 10)
    assert day.alerts()[2:] == ["alert"]


def test_who_is_registered_anew_after_death_calls_nobody_by_what_was_measured_before(day):
    day.admit(0)
    day.ill(10)
    day.death(20, True)
    day.readmit(30, "V2")
    day.wait(200)
    assert day.alerts() == ["alert", "resolved"]


def test_a_death_in_the_later_stay_holds(day):
    day.admit(0)
    day.death(20, True)
    day.readmit(DAY, "V2")
    day.well(DAY + 5)
    day.death(DAY + 7, True)
    day.ill(DAY + 10)
    assert day.alerts() == []
