"""Golden scenarios of the clocks: what ticks, what does not, what is late, what moves. Typed from live.md, section 5.3, and clocks.md."""

from tests.support.ward.feeds import to_microseconds

SSC, HOUR1, SEP1 = "ssc2026_adults", "hour1", "sep1"


def test_18_vancomycin_by_mouth_ticks_nothing(day):
    day.admit(0)
    day.culture(5)
    day.dose(10, "vancomycin", "PO")
    assert day.patient().found["suspected_infection"] == []
    assert day.patient().tasks == []
    assert day.patient().rejected[0][1].reason == "by mouth it does not reach the blood"
    assert "by mouth it does not reach the blood" in day.page()
    day.does(20, "start", "physician", trigger="suspected_infection")
    day.dose(25, "vancomycin", "PO")
    assert day.task(SSC, "suspected_infection", "antibiotic").state == "due"
    day.wait(201)
    assert day.last().reasons == ("deadline missed: Antimicrobial",)
    day.dose(210, "vancomycin", "IV")
    assert day.task(SSC, "suspected_infection", "antibiotic").state == "done late"
    assert day.audited() == [("physician", "start")]


def test_19_a_culture_after_the_antibiotic_breaks_the_order(day):
    day.admit(0)
    day.dose(10)
    day.culture(40)
    day.result(30, late=60, creatinine=4.0, platelets=40)
    task = day.task(HOUR1, "sepsis3", "blood_culture")
    assert (task.state, task.order) == ("done late", "broken")
    assert task.done == to_microseconds(40)
    assert task.reason == "order broken: antibiotic came first"
    assert day.task(HOUR1, "sepsis3", "antibiotic").state == "done in time"
    assert day.alerts()[-1] == "suppressed"


def test_20_twenty_eight_millilitres_per_kilogram_are_not_thirty(day):
    day.admit(0)
    day.result(1, weight=100)
    day.culture(5)
    day.dose(10)
    day.result(12, late=30, lactate=5.0, creatinine=4.0, platelets=40, mean=55)
    day.dose(40, "sodium chloride 0.9 %", amount=2800, unit="mL", end=100)
    task = day.task(SSC, "sepsis3", "fluid_30")
    assert (task.state, task.begun) == ("due", to_microseconds(100))
    assert task.due_by == to_microseconds(12 + 180)
    day.dose(110, "sodium chloride 0.9 %", amount=200, unit="mL", end=130)
    task = day.task(SSC, "sepsis3", "fluid_30")
    assert (task.state, task.done) == ("done in time", to_microseconds(130))
    assert "alert" not in day.alerts()


def test_20_twenty_eight_stay_overdue_and_are_told(day):
    day.admit(0)
    day.result(1, weight=100)
    day.culture(5)
    day.dose(10)
    day.result(12, late=30, lactate=5.0, creatinine=4.0, platelets=40, mean=55)
    day.dose(40, "sodium chloride 0.9 %", amount=2800, unit="mL", end=100)
    day.wait(193)
    assert day.last().state == "alert"
    assert any("30 mL/kg" in reason for reason in day.last().reasons)
    day.does(195, "tick", clock=SSC, trigger="sepsis3", task="fluid_30")
    task = day.task(SSC, "sepsis3", "fluid_30")
    assert (task.state, task.by_hand, task.done) == ("done late", to_microseconds(195), to_microseconds(195))
    assert day.audited() == [("nurse", "tick")]


def test_21_a_repeat_is_not_needed_after_the_correction(day):
    day.admit(0)
    day.culture(5)
    day.dose(10)
    day.result(12, late=20, creatinine=4.0, platelets=40)
    day.result(12, late=30, order="l", lactate=3.4)
    task = day.task(SSC, "sepsis3", "repeat_lactate")
    assert (task.state, task.due_by) == ("not due", to_microseconds(12 + 240))
    day.result(12, late=60, order="l", status="C", lactate=1.4)
    assert day.states(SSC, "sepsis3")["repeat_lactate"] == "contradicted"
    task = next(t for t in day.patient().tasks if (t.clock, t.task) == (SSC, "repeat_lactate"))
    assert task.reason.startswith("a correction took away its ground")
    assert day.states(SSC, "sepsis3")["lactate"] == "done in time"
    day.wait(300)
    assert "alert" not in day.alerts()  # nothing was missed


def test_27_from_possible_to_probable_moves_the_due_time(day):
    day.admit(0)
    day.culture(10)
    day.dose(100)
    possible = day.task(SSC, "suspected_infection", "antibiotic")
    assert (possible.due_by, possible.state) == (to_microseconds(10 + 180), "done in time")
    day.result(30, late=110, creatinine=4.0, platelets=40)
    probable = day.task(SSC, "sepsis3", "antibiotic")
    assert (probable.time_zero, probable.time_zero_known) == (to_microseconds(30), to_microseconds(110))
    assert probable.due_by == to_microseconds(30 + 60)
    assert probable.state == "done late"  # nobody could know in time: both times are told
    possible = day.task(SSC, "suspected_infection", "antibiotic")
    assert (possible.time_zero, possible.state) == (to_microseconds(10), "done in time")
    assert day.alerts() == ["watch", "alert"]
    assert "deadline missed: Measure lactate" in day.last().reasons  # treated, but this was forgotten
