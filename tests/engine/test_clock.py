"""Corrections, silence, ticks by hand and several clocks at once: what a ward needs beyond the cases."""

from opensepsis.definitions import CLOCKS
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.engine.clocks.evaluate import ManualEntry, evaluate
from opensepsis.engine.clocks.record import record_of
from opensepsis.engine.clocks.tasks import Admission
from opensepsis.engine.clocks.time_zero import TimeZero, follow
from opensepsis.engine.live.chart import Chart, Event
from opensepsis.rules import State

MINUTE = 60_000_000
HOUR = 60 * MINUTE
STAY = Admission(-50 * HOUR, age=50)
SEPSIS = TimeZero("sepsis3", 0, HOUR, ("culture/1", "labs/2"))


def chart_of(*events: Event) -> Chart:
    chart = Chart(CONCEPTS)
    for event in events:
        chart.see(event)
    return chart


def lactate(time, value, known=None, origin="labs/7") -> Event:
    return Event("lactate", time, None, time if known is None else known, value, None, origin)


def dose(time, text: str | None = "x|iv", known=None, origin="emar/1") -> Event:
    return Event("antibiotic", time, None, time if known is None else known, None, text, origin)


def task(name, *events, clock="hour1", findings=(SEPSIS,), now=10 * HOUR, stay=STAY, **more):
    states = evaluate(CLOCKS[clock], record_of(chart_of(*events)), findings, now, stay, **more)
    return {s.task: s for s in states}[name]


def test_a_retracted_lactate_closes_the_repeat_as_contradicted():
    first, gone = lactate(0, 3.0), lactate(0, None, 3 * HOUR)
    assert task("repeat_lactate", first, now=2 * HOUR).state is State.DUE
    found = task("repeat_lactate", first, gone, now=3 * HOUR)
    assert found.state is State.CONTRADICTED
    assert found.due_by == 4 * HOUR
    assert "correction" in found.reason


def test_a_lactate_corrected_to_2_closes_the_repeat_and_keeps_what_was_done():
    events = lactate(0, 3.0), lactate(2 * HOUR, 1.0, origin="labs/8"), lactate(0, 2.0, 5 * HOUR)
    found = task("repeat_lactate", *events)
    assert (found.state, found.done) == (State.CONTRADICTED, 2 * HOUR)
    assert task("lactate", *events).state is State.IN_TIME


def test_a_lactate_corrected_upwards_opens_the_repeat():
    assert task("repeat_lactate", lactate(0, 1.0)).state is State.NOT_INDICATED
    assert task("repeat_lactate", lactate(0, 1.0), lactate(0, 3.0, HOUR)).state is State.DUE


def test_a_retracted_dose_reopens_the_task():
    given, gone = dose(HOUR // 2), dose(HOUR // 2, None, 2 * HOUR)
    assert task("antibiotic", given).state is State.IN_TIME
    found = task("antibiotic", given, gone)
    assert (found.state, found.done) == (State.DUE, None)
    assert found.reason.startswith("reopened") and "overdue" in found.reason


def test_a_culture_is_known_when_taken_not_when_it_grows():
    taken = Event("culture", 0, None, 5 * MINUTE, None, "blood", "micro/1")
    grown = Event("culture", 0, None, 40 * HOUR, 1.0, "blood", "micro/1")
    found = task("blood_culture", taken, grown)
    assert (found.state, found.done_known) == (State.IN_TIME, 5 * MINUTE)
    assert "reopened" not in found.reason


def test_both_times_and_the_evidence_of_time_zero_are_kept():
    found = task("antibiotic", dose(HOUR // 2, known=3 * HOUR))
    assert (found.time_zero, found.time_zero_known) == (0, HOUR)
    assert (found.done, found.done_known) == (HOUR // 2, 3 * HOUR)
    assert found.evidence == ("culture/1", "labs/2", "emar/1")


def test_a_moved_time_zero_shows_both():
    before = follow([], [SEPSIS], HOUR)
    after = follow(before, [TimeZero("sepsis3", 2 * HOUR, 3 * HOUR)], 4 * HOUR)
    assert [(f.time, f.withdrawn, f.supersedes) for f in after] == [(0, 4 * HOUR, None), (2 * HOUR, None, 0)]
    states = evaluate(CLOCKS["hour1"], record_of(chart_of(dose(0))), after, 5 * HOUR, STAY)
    mine = {s.time_zero: s for s in states if s.task == "antibiotic"}
    assert (mine[0].state, mine[2 * HOUR].state) == (State.CONTRADICTED, State.IN_TIME)
    assert "moved" in mine[0].reason
    earlier = evaluate(CLOCKS["hour1"], record_of(chart_of(dose(0))), after, 3 * HOUR, STAY)
    assert {s.state for s in earlier if s.time_zero == 0 and s.task == "antibiotic"} == {State.IN_TIME}


def test_a_cancelled_time_zero_contradicts_its_tasks_and_may_come_back():
    gone = follow(follow([], [SEPSIS], HOUR), [], 2 * HOUR)
    assert {s.state for s in evaluate(CLOCKS["hour1"], record_of(chart_of()), gone, 9 * HOUR, STAY)} == {
        State.CONTRADICTED
    }
    back = follow(gone, [SEPSIS], 3 * HOUR)
    assert [f.withdrawn for f in back] == [2 * HOUR, None]
    assert follow(back, [SEPSIS], 4 * HOUR) == back


def test_a_finding_keeps_when_it_was_first_known_and_a_person_s_finding_stays():
    mine = TimeZero("sepsis3", 5 * HOUR, 5 * HOUR, set_by="dr")
    found = follow([SEPSIS, mine], [TimeZero("sepsis3", 0, 9 * HOUR)], 9 * HOUR)
    assert found == [TimeZero("sepsis3", 0, HOUR), mine]


def test_a_silent_feed_makes_the_task_not_known():
    assert task("antibiotic", now=2 * HOUR).state is State.DUE
    found = task("antibiotic", now=2 * HOUR, feed_alive_until={"antibiotic": HOUR // 2})
    assert (found.state, found.reason) == (State.NOT_KNOWN, "no data on antibiotic")
    assert task("antibiotic", now=2 * HOUR, feed_alive_until={"antibiotic": HOUR}).state is State.DUE
    assert (
        task("antibiotic", dose(0), now=2 * HOUR, feed_alive_until={"antibiotic": 0}).state is State.IN_TIME
    )


def test_a_tick_by_hand_is_a_second_source_kept_apart():
    tick = ManualEntry("hour1", "sepsis3", "antibiotic", HOUR // 2, HOUR, "nurse")
    found = task("antibiotic", ticked=[tick])
    assert (found.state, found.done, found.by_hand, found.reason) == (
        State.IN_TIME,
        HOUR // 2,
        HOUR // 2,
        "by hand",
    )
    both = task("antibiotic", dose(2 * HOUR), ticked=[tick])
    assert (both.state, both.done, both.by_hand) == (State.LATE, 2 * HOUR, HOUR // 2)


def test_several_clocks_run_side_by_side():
    findings = [
        SEPSIS,
        TimeZero("septic_shock", 2 * HOUR, 2 * HOUR),
        TimeZero("suspected_infection", 0, 0),
        TimeZero("news2_high", -HOUR, 0),
    ]
    record = record_of(chart_of(dose(90 * MINUTE)))
    states = [s for clock in CLOCKS.values() for s in evaluate(clock, record, findings, 10 * HOUR, STAY)]
    mine = {(s.clock, s.trigger): s.state for s in states if s.task == "antibiotic"}
    assert mine == {
        ("hour1", "sepsis3"): State.LATE,
        ("ssc2026_adults", "sepsis3"): State.LATE,
        ("ssc2026_adults", "septic_shock"): State.IN_TIME,
        ("ssc2026_adults", "suspected_infection"): State.NOT_INDICATED,
        ("nice_ng253", "news2_high"): State.LATE,
    }


def test_nothing_after_now_is_used():
    later = dose(5 * HOUR), lactate(5 * HOUR, 9.0), Event("comfort_care", 5 * HOUR, None, 5 * HOUR)
    found = task("antibiotic", *later, now=2 * HOUR)
    assert (found.state, found.done) == (State.DUE, None)
    assert evaluate(CLOCKS["hour1"], record_of(chart_of()), [SEPSIS], -1, STAY) == []


def limit(value: float, sign: str) -> Event:
    return Event("lactate", 0, None, 0, value, sign, "labs/7")


def test_a_lactate_given_as_a_limit_opens_the_repeat_only_where_it_is_surely_above_2():
    assert task("repeat_lactate", limit(4.0, ">")).state is State.DUE
    assert task("repeat_lactate", limit(2.0, ">")).state is State.DUE
    assert task("repeat_lactate", limit(2.0, "<")).state is State.NOT_INDICATED
    assert task("repeat_lactate", limit(2.0, "<=")).state is State.NOT_INDICATED
    open_ = task("repeat_lactate", limit(4.0, "<"))
    assert open_.state not in (State.DUE, State.NOT_INDICATED, State.IN_TIME)
    assert "limit" in open_.reason
    assert task("lactate", limit(4.0, "<")).state is State.IN_TIME
