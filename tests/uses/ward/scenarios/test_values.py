"""Golden scenarios of values: units, corrections, late and doubled messages, wrong clocks, DST nights. Typed from live.md, section 5.3."""

from datetime import UTC, datetime, timedelta

import pytest

from opensepsis.data.decode.site import Feed, Site, own_codes
from opensepsis.uses.ward.model.facts import Rejected
from opensepsis.uses.ward.web.words import clock_in
from tests.support.ward.feeds import to_microseconds
from tests.support.ward.shock import shock

SSC = "ssc2026_adults"


def series(day, concept: str):
    return day.patient().bedside.chart.series[concept]


def test_04_lactate_in_milligrams(day):
    day.admit(0)
    day.culture(5)
    day.dose(8)
    day.result(10, lactate_mass=36.032, creatinine=2.4, platelets=88)
    assert series(day, "lactate").values == pytest.approx([4.0])
    assert day.task(SSC, "sepsis3", "lactate").state == "done in time"
    assert (
        day.task(SSC, "sepsis3", "repeat_lactate").state == "not due"
    )  # above 2 mmol/L: 36 would be too, 4 is what counts
    assert day.patient().found["septic_shock"] == []
    assert "sent as 36.032 mg/dL" in day.page() or "4 mmol/L" in day.page()


def test_05_creatinine_in_micromoles(day):
    day.admit(0)
    day.culture(5)
    day.dose(8)
    day.result(10, creatinine_molar=176.84)
    assert series(day, "creatinine").values == pytest.approx([2.0])
    assert day.total("sofa", 20) == 2
    assert day.patient().found["sepsis3"][0].points == 2
    assert "sent as 176.84 µmol/L" in day.page()
    assert day.alerts()[-1] == "suppressed"


def test_06_corrected_lactate_withdraws_shock(day):
    shock(day)
    assert day.last().level == "critical"
    day.result(10, late=700, status="C", lactate=0.8)
    assert day.patient().found["septic_shock"] == []
    withdrawn = [f for f in day.patient().findings["septic_shock"] if f.withdrawn is not None]
    assert [f.withdrawn for f in withdrawn] == [to_microseconds(700)]
    assert set(day.states(SSC, "septic_shock").values()) == {"contradicted"}
    assert day.states(SSC, "sepsis3")["antibiotic"] == "done in time"  # what was behind shock runs now
    told = [t for t in day.store.transitions() if t.time == to_microseconds(700)]
    assert "amended: result corrected: lactate to 0.8" in [t.words for t in told]
    assert all("shock" not in reason.lower() for reason in day.last().reasons)


def test_06_an_alert_that_rested_on_the_corrected_value_alone_is_withdrawn(day):
    day.admit(0)
    day.well(10)
    day.result(20, pulse=190, rate=26, order="x")
    day.result(20, late=25, temp=39.2)
    assert day.alerts() == ["watch", "alert"]
    day.does(30, "acknowledge")
    day.result(20, late=42, status="C", pulse=88, rate=16, order="x")
    assert day.alerts() == ["watch", "alert", "acknowledged", "withdrawn"]
    assert day.last().time == to_microseconds(42)
    said = {"result corrected: heart rate to 88", "result corrected: respiratory rate to 16"}
    assert set(day.last().words.split("; ")) == said
    day.ill(60)
    assert day.alerts()[-1] == "alert"  # what was withdrawn locks nothing out
    assert day.audited() == [("nurse", "acknowledge")]


def test_07_a_result_of_the_wrong_patient_is_taken_back(day):
    day.admit(0)
    day.culture(5)
    day.dose(8)
    day.result(10, platelets=40, order="x")
    assert day.total("sofa", 20) == 3
    assert day.patient().found["sepsis3"]
    day.result(10, late=60, status="W", platelets=40, order="x")
    assert day.total("sofa", 70) is None
    assert day.patient().found["sepsis3"] == []
    assert set(day.states(SSC, "sepsis3").values()) == {"contradicted"}
    withdrawn = next(t for t in day.store.transitions() if t.state.value == "withdrawn")
    assert (withdrawn.time, withdrawn.words) == (to_microseconds(60), "result withdrawn: platelets")


def test_11_results_six_hours_late_count_from_their_own_time(day):
    day.admit(0)
    day.culture(5)
    day.dose(10)
    day.wait(300)
    assert day.patient().ticks.as_known[2][1] == day.patient().ticks.as_known[3][1]
    day.result(20, late=380, creatinine=4.0, platelets=40)
    sepsis = day.patient().found["sepsis3"][0]
    assert sepsis.organ_failure == to_microseconds(20)
    assert day.patient().findings["sepsis3"][0].known >= to_microseconds(380)
    task = day.task(SSC, "sepsis3", "antibiotic")
    assert (task.time_zero, task.time_zero_known, task.state) == (
        to_microseconds(20),
        to_microseconds(380),
        "done in time",
    )
    assert day.last().time == to_microseconds(380)  # nobody could know before


SAID = (
    lambda d: d.admit(100, at=0),
    lambda d: d.result(20, late=100, creatinine=4.0),
    lambda d: d.result(20, late=100 if d.form == "fhir" else 101, status="C", creatinine=1.0),
    lambda d: d.result(30, late=100, platelets=40),
)
ORDERS = {
    "hl7": ((0, 1, 2, 3), (0, 3, 1, 2), (3, 0, 1, 2), (1, 0, 3, 2)),
    "fhir": ((0, 1, 2, 3), (0, 3, 1, 2), (1, 2, 3, 0)),
}


def test_12_duplicates_and_another_order_change_nothing(new_day, form):
    ends = []
    for order in ORDERS[form]:
        day = new_day()
        for i in order:
            SAID[i](day)
            SAID[i](day)
        day.wait(200)
        ends.append(
            (day.total("sofa", 200), day.alerts(), day.patient().visits, series(day, "creatinine").values)
        )
    assert all(end == ends[0] for end in ends)
    assert ends[0][0] == 3


def test_12_the_same_message_again_is_counted_and_does_nothing(day):
    day.admit(0)
    day.ill(10)
    before = (list(day.store.transitions()), day.store.last_entry())
    for message in [day.store.message(n) for n in (1, 2)]:
        kept = day.hospital.receive(message.feed, message.form, message.key, message.raw)
        assert kept is False
    day.wait(11)
    assert (list(day.store.transitions()), day.store.last_entry()) == before
    assert day.store.feeds()[0].duplicates == 2


NIGHTS = [  # zone, the moment at which the clock is changed, hours it is put on
    ("Europe/Berlin", datetime(2026, 10, 25, 1, tzinfo=UTC), -1),
    ("Europe/Berlin", datetime(2026, 3, 29, 1, tzinfo=UTC), 1),
    ("America/New_York", datetime(2026, 11, 1, 6, tzinfo=UTC), -1),
    ("America/New_York", datetime(2026, 3, 8, 7, tzinfo=UTC), 1),
    ("Australia/Sydney", datetime(2026, 4, 4, 16, tzinfo=UTC), -1),
    ("Australia/Sydney", datetime(2026, 10, 3, 16, tzinfo=UTC), 1),
]


def night(new_day, zone: str, change: datetime):
    """A day whose clock is changed at minute 120. HL7 says local times without an offset."""
    site = Site(own_codes(), feeds={"": Feed(zone, "feed")})
    return new_day(start=change - timedelta(minutes=120), zone=zone, site=site)


@pytest.mark.parametrize(("zone", "change", "hours"), NIGHTS)
def test_13_in_the_night_of_the_clock_change_three_hours_are_three_hours(new_day, zone, change, hours):
    day = night(new_day, zone, change)
    day.admit(0)
    day.well(5)
    day.does(30, "start", "physician", trigger="suspected_infection")
    day.culture(32)
    day.dose(30 + 179)
    task = day.task(SSC, "suspected_infection", "antibiotic")
    assert (task.due_by, task.state) == (day.to_microseconds(30 + 180), "done in time")
    shown = clock_in(zone)(task.due_by)
    assert shown.endswith(
        (day.start + timedelta(minutes=210)).astimezone(day.local(210).tzinfo).strftime("%H:%M")
    )
    walls = day.local(30 + 179).replace(tzinfo=None) - day.local(30).replace(tzinfo=None)
    assert walls == timedelta(minutes=179, hours=hours)  # a clock on the wall would have said otherwise
    assert "alert" not in day.alerts()
    day.wait(600)
    told = [time for time, _ in day.patient().ticks.as_known]
    assert told == [day.to_microseconds(60 * h) for h in range(1, 10)] + (
        [day.to_microseconds(600)] if len(told) == 10 else []
    )
    assert day.audited() == [("physician", "start")]


@pytest.mark.parametrize(("zone", "change", "hours"), NIGHTS)
def test_13_a_dose_after_three_hours_is_late_whatever_the_wall_says(new_day, zone, change, hours):
    day = night(new_day, zone, change)
    day.admit(0)
    day.well(5)
    day.does(30, "start", "physician", trigger="suspected_infection")
    day.wait(30 + 180)
    assert "alert" not in day.alerts()
    day.wait(30 + 181)
    assert day.last().state == "alert"
    assert day.last().reasons[0] == "deadline missed: Antimicrobial"
    day.dose(30 + 185)
    assert day.task(SSC, "suspected_infection", "antibiotic").state == "done late"


@pytest.mark.parametrize(("zone", "change"), [(z, c) for z, c, h in NIGHTS if h < 0])
def test_13_a_time_that_happens_twice(new_day, zone, change, form):
    """Without an offset the receipt tells which of the two is meant; a correction filed in the second hour still comes after."""
    day = night(new_day, zone, change)
    day.admit(0)
    day.result(10, late=10.1, pulse=80)
    day.result(70, late=70.1, pulse=81)
    day.result(65, late=110, order="x", platelets=40)
    day.result(130, late=130.1, pulse=82)
    day.result(65, late=140, order="x", status="C", platelets=240)
    day.result(190, late=190.1, pulse=83)
    assert series(day, "heart_rate").times == [day.to_microseconds(minute) for minute in (10, 70, 130, 190)]
    assert series(day, "platelets").values == [240]


@pytest.mark.parametrize(("zone", "change"), [(z, c) for z, c, h in NIGHTS if h > 0])
def test_13_a_time_that_never_happens_is_read_as_if_the_clock_had_not_been_changed(
    new_day, zone, change, form
):
    day = night(new_day, zone, change)
    day.admit(0)
    before = day.local(119).replace(tzinfo=None) + timedelta(
        minutes=31
    )  # half past the hour that is left out
    if form == "hl7":
        day.stamp = lambda minute: before.strftime("%Y%m%d%H%M%S")
    day.result(150, pulse=80)
    assert series(day, "heart_rate").times == [day.to_microseconds(150)]


def test_14_a_monitor_whose_clock_runs_seven_hours_ahead(day):
    day.admit(0)
    day.result(10 + 7 * 60, late=10, pulse=140, rate=30, systolic=80)
    assert day.alerts() == []
    told = [fact for _, fact in day.patient().rejected]
    assert [type(f) for f in told] == [Rejected] * 3
    assert {f.reason for f in told} == {"in the future: a clock is wrong"}
    day.wait(10 + 7 * 60 + 30)
    assert day.alerts() == []  # nor when its time has come
    assert day.total("news2", 500) is None
    assert "Received but not used in scores" in day.page()
    day.ill(520)
    assert day.alerts() == ["alert"]


PERIODS = {
    "urine_output": ("9187-6", 300, "mL", True), "mean_pressure": ("8478-0", 52, "mm[Hg]", True),
    "heart_rate": ("8867-4", 130, "/min", True), "respiratory_rate": ("9279-1", 30, "/min", True),
    "temperature": ("8310-5", 39.5, "Cel", True), "spo2": ("59408-5", 85, "%", True),
    "fio2": ("3150-0", 60, "%", True), "gcs_total": ("9269-2", 7, "{score}", True),
    "lactate": ("2524-7", 2, "mmol/L", False), "creatinine": ("2160-0", 2, "mg/dL", False),
    "pao2": ("2703-7", 60, "mm[Hg]", False),
}  # fmt: skip


def over_a_period(day, code, value, unit, begin=0, end=480, measured=None, laboratory=False, received=510):
    """A value whose request, or whose resource, has a period; `measured`: the observation has a time of its own."""
    section = "|" * 16 + "LAB" if laboratory else ""
    asked = f"OBR|1||{code}|x|||{day.stamp(begin)}|{day.stamp(end)}{section}\r"
    line = f"OBX|1|NM|{code}^x^LN||{value}|{unit}|||||F|||{day.stamp(measured) if measured else ''}\r"
    effective = {"effectivePeriod": {"start": day.iso(begin), "end": day.iso(end)}}
    if measured:
        effective = {"effectiveDateTime": day.iso(measured)}
    category = {"category": [{"coding": [{"code": "laboratory"}]}]} if laboratory else {}
    day.send(received, day._head("ORU^R01", received, "1") + asked + line, {
        "resourceType": "Observation", "id": code, "status": "final", "subject": {"reference": "Patient/1"}, **effective, **category,
        "code": {"coding": [{"system": "http://loinc.org", "code": code}]}, "valueQuantity": {"value": value, "unit": unit},
    })  # fmt: skip


def minutes_of(day, name):
    return [(e.time - day.to_microseconds(0)) / 6e7 for e in day.patient().bedside.chart.standing(name)]


@pytest.mark.parametrize("name", PERIODS)
def test_what_is_measured_at_the_bedside_counts_at_the_end_of_its_period(day, name):
    """An amount too; what is measured of a specimen is of the moment of its collection."""
    code, value, unit, at_the_end = PERIODS[name]
    day.admit(0)
    over_a_period(day, code, value, unit)
    assert minutes_of(day, name) == [480 if at_the_end else 0]


@pytest.mark.parametrize("name", PERIODS)
def test_a_value_with_a_time_of_its_own_is_of_that_time(day, name):
    code, value, unit, _ = PERIODS[name]
    day.admit(0)
    over_a_period(day, code, value, unit, measured=500)
    assert minutes_of(day, name) == [500]


def test_what_the_laboratory_tells_is_of_the_moment_of_collection(day):
    day.admit(0)
    over_a_period(day, "3150-0", 60, "%", laboratory=True)
    over_a_period(day, "9187-6", 300, "mL", laboratory=True)  # an amount is known when it is whole
    assert (minutes_of(day, "fio2"), minutes_of(day, "urine_output")) == ([0], [480])


def test_a_measure_of_a_specimen_is_of_the_moment_of_collection(day):
    day.admit(0)
    asked = f"OBR|1||gas|x|||{day.stamp(0)}|{day.stamp(60)}\r"
    line = "OBX|1|NM|3150-0^x^LN||60|%|||||F\rSPM|1|||BLDA^Blood arterial\r"
    specimen = {"resourceType": "Specimen", "id": "s", "type": {"text": "Blood arterial"}}
    day.send(65, day._head("ORU^R01", 65, "1") + asked + line, {
        "resourceType": "Observation", "id": "g", "status": "final", "subject": {"reference": "Patient/1"}, "contained": [specimen],
        "effectivePeriod": {"start": day.iso(0), "end": day.iso(60)}, "specimen": {"reference": "#s"},
        "code": {"coding": [{"system": "http://loinc.org", "code": "3150-0"}]}, "valueQuantity": {"value": 60, "unit": "%"},
    })  # fmt: skip
    assert minutes_of(day, "fio2") == [0]


def test_a_mean_of_an_hour_is_not_charted_before_the_hour_is_over(day):
    day.admit(0)
    over_a_period(day, "8478-0", 52, "mm[Hg]", begin=60, end=120, received=121)
    day.result(90, late=122, mean=75)
    assert minutes_of(day, "mean_pressure") == [90, 120]


def test_a_period_that_ends_before_it_begins_has_no_time(day):
    day.admit(0)
    over_a_period(day, "8478-0", 52, "mm[Hg]", begin=480, end=0)
    over_a_period(day, "9187-6", 300, "mL", begin=480, end=0)
    assert minutes_of(day, "mean_pressure") == minutes_of(day, "urine_output") == []
    assert len(day.patient().rejected) == 2


@pytest.mark.parametrize("form", ["hl7"])
@pytest.mark.parametrize("end", ["", '""', "00000000", "00000000000000", "000000000000"])
def test_zeros_for_a_date_are_none(day, end):
    """Of what has no end the begin counts, for an observation with zeros in OBX-14 too."""
    day.admit(0)
    asked = f"OBR|1||m|x|||{day.stamp(60)}|{end}\r"
    day.send(
        61, day._head("ORU^R01", 61, "1") + asked + f"OBX|1|NM|8478-0^x^LN||52|mm[Hg]|||||F|||{end}\r", {}
    )
    assert minutes_of(day, "mean_pressure") == [60]
