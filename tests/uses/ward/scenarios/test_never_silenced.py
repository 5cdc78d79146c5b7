"""Calls that must be made though something seems to speak against them, and storms that must not be. Whole days as HL7 and as FHIR."""

import re

import pytest

from opensepsis.uses.ward.model.transitions import AlertState
from opensepsis.uses.ward.notify.fhir import resources
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.state.treatment import treatment_of
from opensepsis.uses.ward.store import outbox
from opensepsis.uses.ward.store.commit import AlertRoute

HOURS = 60
SOME = {"rate": 21, "spo2": 95, "systolic": 108, "pulse": 112, "temp": 37.0, "flow": 0}  # NEWS2 2 + 1 + 1 + 2
POLICY = AlertPolicy(silent=False)


def infected(day, minute: float) -> None:
    """Suspected infection: a culture and an antibiotic."""
    day.culture(minute)
    day.dose(minute + 5)


def letters(day) -> list[tuple[str, str]]:
    """What a pager is told: the state, and of which ward."""
    due = outbox.due(day.store.database, "pager", 2**62)
    return [(letter.transition.state.value, letter.transition.ward) for letter in due]


def test_treatment_suppresses_no_high_news2(day):
    """Cefazolin before an operation; eleven hours later the patient is in shock."""
    day.admit(0)
    day.dose(10, "cefazolin")
    day.well(20)
    for hour in range(11, 17):
        day.ill(hour * HOURS, systolic=78)
    assert day.alerts()[:1] == ["alert"]
    assert "suppressed" not in day.alerts()


def test_treatment_suppresses_what_rests_on_infection_until_the_patient_gets_worse(day):
    day.admit(0)
    day.result(5, **SOME)
    infected(day, 10)
    day.result(30, **SOME)
    assert day.total("news2", 30) == 6
    assert day.alerts()[-1] == "suppressed"
    day.result(120, **SOME | {"temp": 38.5})
    assert day.alerts()[-1] == "alert" and day.total("news2", 120) == 7
    assert day.last().reasons[0].startswith("NEWS2 7")


def test_worse_after_a_dose_calls_below_seven_points(day):
    day.admit(0)
    day.well(5)
    infected(day, 10)
    day.result(30, **SOME)
    assert day.total("news2", 30) == 6
    assert day.last().state.value == "alert"


def test_an_order_that_nobody_carried_out_silences_no_high_news2(day):
    day.admit(0)
    day.ordered(5)
    day.ill(10)
    assert day.alerts() == ["alert"]


@pytest.mark.parametrize("given", [False, True])
def test_an_order_counts_until_it_is_overdue(day, given):
    """An order suppresses what rests on infection for three hours; a dose for a day and a half."""
    day.admit(0)
    day.ordered(12)
    day.result(15, **SOME)
    if given:
        day.dose(100)
    day.wait(12 + 3 * HOURS + 1)
    times = [12 + 3 * HOURS - 1, 12 + 3 * HOURS]
    found = [treatment_of(day.patient(), day.to_microseconds(minute), POLICY) for minute in times]
    assert [t.treated for t in found] == [True, given]
    assert found[1].over == ("" if given else "an order was not carried out")


def test_an_alert_of_a_silent_ward_is_told_on_arrival_in_one_that_speaks(new_day):
    day = new_day(policy=AlertPolicy(speaking_wards=frozenset(["5A"])))
    day.store.outlets = (AlertRoute("pager"),)
    day.admit(0, "3B")
    day.ill(10)
    assert (day.alerts(), letters(day)) == (["silent"], [])
    day.admit(20, "5A", event="A02")
    assert letters(day) == [("alert", "5A")]
    assert day.last().words == "moved from 3B to 5A"
    day.admit(30, "3B", event="A02")
    assert letters(day) == [("alert", "5A"), ("alert", "3B")]  # whoever was told hears where the patient is


def test_an_answer_names_what_was_seen(day):
    """A nurse reads the page; before the answer comes, two organs fail."""
    day.admit(0)
    day.ill(10)
    page = day.page()
    seen = dict(re.findall(r'name="(alert|step)" value="(\d+)"', page))
    day.result(12, late=20, creatinine=2.5, platelets=60)
    assert day.last().words == "new organ: coagulation, kidney"
    with pytest.raises(AssertionError, match="changed since you looked"):
        day.does(21, "acknowledge", **seen)
    assert day.patient().alert_record.state is AlertState.ALERT
    seen = dict(re.findall(r'name="(alert|step)" value="(\d+)"', day.page()))
    day.does(22, "acknowledge", **seen)
    day.wait(23)
    assert day.alerts()[-1] == "acknowledged"


def test_thirty_minutes_of_illness_every_three_hours_are_no_storm(day):
    day.admit(0)
    for i in range(15):
        day.ill(10 + i * 195)
        day.well(40 + i * 195)
        day.wait(10 + (i + 1) * 195 - 1)
    assert day.alerts().count("alert") <= 48 // 8


def test_a_burst_is_judged_when_it_is_over(day):
    """A monitor's feed was down for six hours; all comes in one second, the last hour well."""
    day.admit(0)
    now = 6 * HOURS + 1
    for i in range(24):
        tell = day.well if i >= 20 else day.ill
        tell_late(day, tell, 15 * (i + 1), now + i / 24 / 60)
    day.wait(now + 2)
    assert day.alerts() == []


def tell_late(day, tell, minute: float, received: float) -> None:
    """Tells a set of vital signs of a minute at a later one."""
    sent = day.send
    day.send = lambda _, hl7, fhir, **more: sent(received, hl7, fhir, **more)
    tell(minute)
    day.send = sent


def test_a_burst_that_ends_ill_calls_within_a_minute(day):
    day.admit(0)
    now = 6 * HOURS + 1
    for i in range(24):
        tell_late(day, day.ill, 15 * (i + 1), now + i / 24 / 60)
    day.wait(now + 1)
    assert day.alerts() == ["alert"]
    assert day.last().time <= day.to_microseconds(now + 1)


def test_a_reason_says_how_old_it_is(day):
    day.admit(0)
    day.ill(10)
    day.wait(10 + 29 * HOURS)
    assert day.alerts()[:2] == ["alert", "escalated"]
    assert re.search(r"NEWS2 12 \(5 of 7 rows known\) <time[^>]*>29 h ago</time>", day.page())


def test_a_child_with_one_sign_of_four_points_calls(new_day):
    day = new_day(born="20240101")
    day.admit(0)
    day.result(10, rate=70, mean=30, spo2=80)
    assert day.alerts() == ["alert"]
    (reason,) = day.last().reasons
    assert reason.startswith(
        "A 4-point sign of England's PEWS: respiratory rate 70 /min (≥ 60); SpO₂ 80 % (≤ 91)"
    )
    assert reason.endswith("(not a validated score)")
    day.result(12, late=20, lactate=9)
    assert day.last().level == "critical"
    assert "MAP 30 mmHg (< 45)" in day.last().reasons[0]


@pytest.mark.parametrize(
    ("born", "signs", "calls"),
    [
        ("20240101", {"rate": 59, "pulse": 169, "systolic": 129, "spo2": 92}, False),
        ("20240101", {"rate": 60}, True),
        ("20240101", {"pulse": 170}, True),
        ("20240101", {"systolic": 49}, True),
        ("20251201", {"pulse": 79}, True),
        ("20251201", {"pulse": 80}, False),
        ("20140101", {"rate": 50}, True),
        ("20110401", {"pulse": 130}, True),  # 14 years
        ("20090101", {"pulse": 130}, False),  # 17 years: NEWS2 is made
    ],
)
def test_the_limits_of_a_childs_signs(new_day, born, signs, calls):
    day = new_day(born=born)
    day.admit(0)
    day.result(10, **signs)
    assert (day.alerts() == ["alert"]) is calls


def test_a_pregnant_woman_in_shock_calls(mother):
    mother.admit(0)
    mother.pregnancy(5)
    mother.result(10, systolic=60)
    assert mother.alerts() == ["alert"]
    mother.result(20, systolic=60, mean=50, lactate=8)
    assert mother.last().level == "critical"
    assert "not a validated score" in mother.last().reasons[0]


@pytest.mark.parametrize(
    ("signs", "calls"),
    [({"systolic": 90, "pulse": 120, "rate": 30, "spo2": 95}, False), ({"systolic": 89}, True), ({"systolic": 161}, True),
     ({"pulse": 121}, True), ({"pulse": 49}, True), ({"rate": 9}, True), ({"rate": 31}, True), ({"spo2": 94}, True)],
)  # fmt: skip
def test_the_limits_of_the_maternal_early_warning_criteria(mother, signs, calls):
    mother.admit(0)
    mother.pregnancy(5)
    mother.result(10, **signs)
    assert ("alert" in mother.alerts()) is calls


def test_the_dead_call_nobody_until_the_death_is_taken_back(day):
    day.admit(0)
    day.death(10, True)
    day.ill(20)
    assert day.alerts() == []
    day.death(30, False)
    day.ill(40)
    assert day.alerts() == ["alert"]


def test_a_death_ends_an_alert_and_says_so(day):
    day.store.outlets = (AlertRoute("pager"),)
    day.admit(0)
    day.ill(10)
    day.death(20, True)
    assert [state for state, _ in letters(day)] == ["alert", "resolved"]
    assert day.last().words == "died"


def test_values_that_are_taken_back_take_their_alert_along(day):
    day.admit(0)
    day.ill(10)
    assert day.alerts() == ["alert"]
    day.result(10, late=15, status="W", rate=26, spo2=91, systolic=98, pulse=118, temp=39.2)
    assert day.alerts() == ["alert", "withdrawn"]


def test_who_is_of_unknown_age_is_said_to_be_taken_for_an_adult(new_day):
    day = new_day(born="")
    day.admit(0)
    day.ill(10)
    assert "age not known, scored as an adult" in day.last().reasons[0]
    assert "age not known, scored as an adult" in day.page()


@pytest.mark.parametrize("born", ["20300101", "18500101"])
def test_an_impossible_date_of_birth_is_rejected(new_day, born):
    day = new_day(born=born)
    day.admit(0)
    day.ill(10)
    assert day.alerts() == ["alert"]
    assert day.patient().person.born is None
    assert "impossible: rejected" in day.page()


def test_two_dates_of_birth_under_one_number_are_noted(day):
    day.admit(0)
    day.born = "20010101"
    day.admit(10, event="A08")
    day.well(20)
    assert "51 years from the one sent before: two people under one number?" in day.page()


def test_a_called_alert_of_a_merged_record_is_told_as_merged(day):
    day.store.outlets = (AlertRoute("pager"),)
    day.admit(0, who="1")
    day.admit(5, who="2")
    day.ill(10, who="2")
    day.merge(20, survivor="1", old="2")
    old, gone, new = day.store.transitions()
    assert (old.patient, gone.patient, new.patient) == (day.name("2"), day.name("2"), day.name("1"))
    assert (gone.state.value, gone.merged_into) == ("withdrawn", (day.name("1"), new.alert))
    assert (new.state.value, new.replaces) == ("alert", (day.name("2"), old.alert))
    assert [state for state, _ in letters(day)] == ["alert", "withdrawn", "alert"]
    flag, _, told = resources(gone, (old, gone))
    assert (flag["status"], flag["id"]) == ("entered-in-error", resources(old, (old,))[0]["id"])
    new_flag, risk, _ = resources(new, (new,))
    assert new_flag["status"] == "active"
    assert {"reference": f"Flag/{new_flag['id']}"} in told["about"]
    assert risk["basis"] == [{"reference": f"Flag/{flag['id']}"}]


def test_a_suspicion_that_is_taken_back_takes_its_missed_deadline_along(day):
    day.admit(0)
    day.well(5)
    day.does(10, "start", "physician", trigger="suspected_infection")
    day.wait(10 + 3 * HOURS + 1)
    assert day.alerts()[-1] == "alert"
    assert "deadline missed" in day.last().reasons[0]
    zero = re.search(r'name="zero" value="(\d+)"', day.page("physician"))[1]
    day.does(300, "retract", "physician", trigger="suspected_infection", zero=zero, reason="it was a graze")
    assert day.alerts()[-1] == "withdrawn"
    assert day.last().words == "suspicion of infection taken back: it was a graze"
    assert set(day.states("ssc2026_adults", "suspected_infection").values()) == {"contradicted"}
    assert 'name="zero"' not in day.page("physician")
    assert day.audited() == [("physician", "start"), ("physician", "retract")]


def test_a_tick_can_be_taken_back(day):
    day.admit(0)
    day.well(5)
    day.does(10, "start", "physician", trigger="suspected_infection")
    about = {"clock": "ssc2026_adults", "trigger": "suspected_infection", "task": "antibiotic"}
    day.does(20, "tick", **about)
    assert day.task(*about.values()).by_hand
    assert "Undo" in day.page()
    day.does(30, "untick", **about)
    assert not day.task(*about.values()).by_hand
    assert day.audited() == [("physician", "start"), ("nurse", "tick"), ("nurse", "untick")]


def test_a_value_is_shown_with_what_its_own_message_sent(day):
    """Two pressures under one order number, minutes apart."""
    day.admit(0)
    day.result(10, order="7", mean=52, systolic=80)
    day.result(20, order="7", mean=88, systolic=120)
    day.result(30, late=31, order="8", mean=52, systolic=80)
    page = day.page()
    assert "sent as 88" not in page or "MAP 88" in page
    shown = [i for i in day.hospital.patient(day.key(), None).why_now if i.what == "MAP" and i.note]
    assert all(i.note.removeprefix("sent as ").split()[0] == i.value.split()[0] for i in shown)


def test_comfort_care_of_an_earlier_stay_silences_no_later_one(day):
    day.admit(0)
    day.order(10, "comfort")
    day.ill(20)
    assert day.alerts() == ["suppressed"]
    day.admit(60, event="A03")
    day.firsts.clear()
    day.readmit(30 * 24 * HOURS, "V2")
    day.ill(30 * 24 * HOURS + 10)
    assert day.alerts()[-1] == "alert"


def test_what_is_told_in_any_order_of_a_sorted_day_is_the_same(new_day):
    """The last statement of a death counts, whatever came in between."""
    day = new_day()
    day.admit(0)
    for minute, died in ((5, True), (10, False), (15, True), (20, False)):
        day.death(minute, died)
    day.ill(30)
    assert day.alerts() == ["alert"]


def test_a_monitor_whose_clock_is_minutes_fast_delays_no_call_until_its_next_message(day):
    day.admit(0)
    tell_late(day, day.ill, 14, 10)
    assert day.alerts() == []  # it has not happened yet
    day.wait(14)
    assert day.alerts() == ["alert"]
    assert day.last().time == day.to_microseconds(14)
