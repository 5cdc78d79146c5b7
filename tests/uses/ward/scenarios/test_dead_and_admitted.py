"""Somebody was charted as dead, is admitted later and is measured: the later stay says that they live, as in exports."""

import pytest

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


def test_who_lives_is_not_dead_by_the_record_of_somebody_dead_that_was_merged(day):
    day.admit(0)
    day.ill(5)
    day.admit(6, who="2")
    day.death(10, True, who="2")
    day.ill(20)
    day.merge(30, "1", "2")
    assert day.alerts()[-1] == "alert" and "resolved" not in day.alerts()


def test_the_order_of_the_merge_and_the_signs_is_the_same(day):
    day.admit(0)
    day.admit(6, who="2")
    day.death(10, True, who="2")
    day.merge(12, "1", "2")
    day.ill(20)
    assert day.alerts() == ["alert"]


@pytest.mark.parametrize("form", ["hl7"])  # a Patient of FHIR that is replaced says whole anew who it is
def test_a_death_of_one_record_that_nobody_measured_after_holds_for_both(day):
    day.admit(0)
    day.ill(5)
    day.admit(6, who="2")
    day.death(10, True, who="2")
    day.merge(12, "1", "2")
    day.wait(200)
    assert day.alerts() == ["alert", "resolved"]


def test_a_death_told_of_the_number_that_is_measured_holds(day):
    day.admit(0)
    day.death(10, True)
    day.ill(12)
    assert day.alerts() == []
