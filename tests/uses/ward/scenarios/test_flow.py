"""Golden scenarios of the way through the hospital and of the ward: merges, transfers, silence, kills. Typed from live.md, section 5.3."""

from dataclasses import replace

import pytest

from opensepsis.data.decode.site import Feed, Site, own_codes
from opensepsis.uses.ward.model.facts import Heard
from tests.support.ward.feeds import Day, to_microseconds

SSC = "ssc2026_adults"


def test_08_a_merge_in_the_middle_leaves_one_alert(day):
    day.admit(0, who="1")
    day.ill(30, who="1")
    day.admit(40, who="2")
    day.culture(45, who="2")
    day.ill(50, who="2")
    assert day.alerts() == ["alert", "alert"]
    day.dose(55, who="1")
    assert day.patient("1").found["suspected_infection"] == []  # half of the pair each
    day.merge(60, survivor="1", old="2")
    open_alerts = [p for p in day.engine.ward.patients.values() if p.alert_record.open]
    assert len(open_alerts) == 1
    assert open_alerts[0].alert_record.since == to_microseconds(30)
    withdrawn = [t for t in day.store.transitions() if t.state.value == "withdrawn"]
    assert [t.words for t in withdrawn] == ["merged into another record"]
    assert day.patient("2") is day.patient("1")
    assert len(day.hospital.board(None)) == 1
    assert day.task(SSC, "suspected_infection", "antibiotic").state == "done in time"
    day.does(70, "acknowledge", who="2")
    assert day.patient("1").alert_record.state.value == "acknowledged"
    assert day.audited() == [("nurse", "acknowledge")]


def test_09_transfer_from_emergency_to_ward_to_intensive_care(day):
    day.admit(0, "ED")
    day.ill(20)
    assert day.last().ward == "ED"
    day.culture(30)
    day.dose(40)
    for minute, ward, kind in ((60, "3B", "hospital"), (200, "ICU", "icu")):
        day.admit(minute, ward, event="A02")
        assert (day.patient().visit.ward, day.patient().visit.kind) == (ward, kind)
        assert [bed.ward for bed in day.hospital.board(None)] == [ward]
    assert day.patient().visit.admitted == to_microseconds(0)
    task = day.task(SSC, "suspected_infection", "antibiotic")
    assert (task.time_zero, task.state) == (
        to_microseconds(30),
        "done in time",
    )  # the clock goes with the patient
    assert day.alerts()[0] == "alert" and day.alerts().count("alert") == 1
    assert day.hospital.board(frozenset(["ED"])) == ()


def test_10_a_cancelled_discharge_brings_the_patient_back(day):
    day.admit(0)
    day.ill(20)
    day.does(25, "acknowledge")
    day.admit(100, event="A03")
    assert day.patient().visit.discharged == to_microseconds(100)
    assert day.alerts() == ["alert", "acknowledged", "resolved"]
    assert day.last().words == "left"
    assert day.hospital.board(None) == ()
    day.admit(110, event="A13", at=0 if day.form == "fhir" else None)
    assert day.patient().visit.discharged is None
    assert len(day.hospital.board(None)) == 1
    day.culture(115)
    day.dose(118)
    assert day.task(SSC, "suspected_infection", "antibiotic").state == "done in time"
    assert day.alerts()[3:] == ["alert"]  # raised again with the patient
    assert day.audited() == [("nurse", "acknowledge")]


FEEDS = {name: Feed(authority="feed", silent_after=20) for name in ("feed", "lab", "pharmacy")}


def listened(new_day) -> Day:
    """A patient whose clock was started at minute 60; another, of whom the pharmacy has told a dose."""
    day = new_day(site=Site(own_codes(), feeds=FEEDS))
    day.admit(0)
    day.admit(1, who="2", ward="4A")
    day.well(5)
    day.well(6, who="2")
    day.dose(2, late=58, who="2", feed="pharmacy")
    day.result(3, late=59, feed="lab", lactate=1.0)
    day.does(60, "start", "physician", trigger="suspected_infection")
    return day


def vitals(day, from_: int, to: int) -> None:
    """The monitor and the laboratory go on; the pharmacy says nothing."""
    for minute in range(from_, to, 15):
        day.result(minute, pulse=72)
        day.result(minute, order=f"l{minute}", late=minute + 1, feed="lab", platelets=200)


def test_22_a_feed_goes_silent(new_day):
    day = listened(new_day)
    vitals(day, 65, 96)
    assert {f.name: f.silent_since for f in day.hospital.feeds()} == {
        "feed": None, "lab": None, "pharmacy": to_microseconds(58 + 20),
    }  # fmt: skip
    task = day.task(SSC, "suspected_infection", "antibiotic")
    assert (task.state, task.reason) == ("not known", "no data on antibiotic")
    assert "No data from feed pharmacy for 38 min." in day.at_work().get("/").text
    vitals(day, 110, 306)
    assert "alert" not in day.alerts()  # the deadline of minute 240 was not missed: nobody knows
    day.dose(120, late=310, feed="pharmacy")
    assert day.task(SSC, "suspected_infection", "antibiotic").state == "done in time"
    assert "alert" not in day.alerts()
    assert [f.silent_since for f in day.hospital.feeds()] == [None] * 3
    assert day.audited() == [("physician", "start")]


def test_22_a_silent_feed_that_comes_back_with_nothing_leaves_a_missed_deadline(new_day):
    day = listened(new_day)
    vitals(day, 65, 306)
    assert day.task(SSC, "suspected_infection", "antibiotic").state == "not known"
    day.send(
        310,
        "MSH|^~\\&|P|H|||20260302131000+0000||SIU^S12|%ID%|P|2.5.1\r",
        {"resourceType": "Basic", "id": "b"},
        feed="pharmacy",
    )
    assert isinstance(list(day.store.log())[-1].fact, Heard)  # of no use, but a sign of life
    task = day.task(SSC, "suspected_infection", "antibiotic")
    assert (task.state, task.reason) == ("due", "overdue")
    assert (day.last().state, day.last().time) == ("alert", to_microseconds(310))
    assert day.last().reasons == ("deadline missed: Antimicrobial, 1 h ago",)


def test_22_a_ward_goes_silent_though_its_feed_speaks(new_day):
    day = listened(new_day)
    vitals(day, 65, 306)
    assert day.hospital.silent_wards(None) == (("4A", to_microseconds(58)),)
    page = day.at_work().get("/").text
    assert "No data from ward 4A for 248 min." in page
    assert day.hospital.silent_wards(frozenset(["3B"])) == ()


def test_22_the_engine_stops_and_the_board_says_so(day):
    day.admit(0)
    day.ill(10)
    client = day.at_work()
    assert client.get("/healthz").status_code == 200
    day.clock.set(to_microseconds(11))  # time goes on, no round is done
    assert client.get("/healthz").status_code == 503
    day.engine.round()
    assert client.get("/healthz").status_code == 200


STEPS = (
    lambda d: d.admit(0),
    lambda d: d.ill(30),
    lambda d: d.does(35, "snooze", reason="scan first", minutes="30"),
    lambda d: d.culture(40),
    lambda d: d.dose(50),
    lambda d: d.result(45, late=70, creatinine=4.0, platelets=40, lactate=4.4),
    lambda d: d.order(80, "scale_2"),
    lambda d: d.does(90, "attribute", "physician", concept="platelets", reason="long known", minutes="1440"),
    lambda d: d.result(45, late=100, status="C", creatinine=1.0),
    lambda d: d.order(110, "scale_2", began=80),
    lambda d: d.wait(400),
)


def test_23_killed_at_each_step(new_day):
    told, tasks = [], []
    for kill in (False, True):
        day = new_day()
        for step in STEPS:
            step(day)
            if kill:
                day.killed()
        told.append(list(day.store.transitions()))
        tasks.append(day.patient().tasks)
        assert [what for _, what in day.audited()] == ["snooze", "attribute"]
    assert [replace(t, time=0) for t in told[0]] == [replace(t, time=0) for t in told[1]]
    assert [t.time for t in told[0]] == [t.time for t in told[1]]
    assert [t.state.value for t in told[0]][:2] == ["alert", "snoozed"]
    assert len(told[0]) > 4
    assert tasks[0] == tasks[1]


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_chronic_condition_needs_a_reason(day, reason):
    day.admit(0)
    day.well(5)
    with pytest.raises(AssertionError, match="Give a reason"):
        day.does(10, "attribute", "physician", concept="creatinine", reason=reason, minutes="1440")
    with pytest.raises(AssertionError, match="no such task"):
        day.does(11, "attribute", "physician", concept="lactate", reason="x", minutes="1440")
    with pytest.raises(AssertionError, match="Your role"):
        day.does(12, "attribute", concept="creatinine", reason="x", minutes="1440")
