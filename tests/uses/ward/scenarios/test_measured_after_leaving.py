"""Values of somebody who was discharged: nobody is alerted, and everybody is told that they came."""

import re

DAY = 24 * 60


def told(day) -> list[str]:
    return re.findall(r'<p class="banner">(Record.*?)<', day.at_work().get("/").text)


def feeds(day) -> str:
    found = re.search(
        r"<p><b>\d+</b> patients? (was|were) discharged.*?</p>", day.at_work("admin").get("/feeds").text
    )
    return re.sub("<.*?>", "", found[0]) if found else ""


def test_vital_signs_after_a_discharge_are_told_on_the_board_the_page_and_the_feeds(day):
    day.admit(0)
    day.admit(20, event="A03")
    assert (told(day), feeds(day)) == ([], "")
    day.ill(80)
    assert day.alerts() == []
    assert told(day) == [
        "Record 1: vital signs 60 min after the discharge. Nobody is alerted until it is cancelled. "
    ]
    assert "<b>5</b> values were measured since: nobody is alerted" in day.page()
    assert feeds(day).startswith(
        "1 patient was discharged and has values measured since, the last within a day (5 values"
    )


def test_the_last_signs_of_a_discharge_and_laboratory_values_are_counted_and_no_banner(day):
    day.admit(0)
    day.admit(20, event="A03")
    day.ill(30)
    day.result(90, creatinine=1.1)
    assert told(day) == []
    assert "(6 values of patients who are not here)" in feeds(day)


def test_once_the_discharge_is_cancelled_they_call(day):
    day.admit(0)
    day.admit(20, event="A03")
    day.ill(80)
    day.admit(90, event="A13")
    assert day.alerts() == ["alert"]
    assert (told(day), feeds(day)) == ([], "")


def test_of_somebody_who_left_the_memory_they_are_counted_until_the_day_after(day):
    day.admit(0)
    day.admit(20, event="A03")
    day.wait(3 * DAY)
    assert day.name() in day.engine.ward.left
    day.result(3 * DAY + 5, creatinine=1.1)
    assert day.name() in day.engine.ward.left
    assert feeds(day).startswith("1 patient was discharged")
    day.wait(4 * DAY + 10)
    assert feeds(day) == ""
