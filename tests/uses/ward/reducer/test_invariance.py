"""The same facts end in the same state, in whatever order, however often, and after a restart; the log replays byte for byte."""

from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opensepsis.rules import State
from opensepsis.uses.ward.model.clock import HandClock
from opensepsis.uses.ward.model.facts import Acted, Charted, Entry, Merged, packed, unpacked
from opensepsis.uses.ward.model.messages import Arrival
from opensepsis.uses.ward.service.processor import Processor
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.state.ward import Ward
from opensepsis.uses.ward.store import Store
from tests.support.ward.hospital import FEW, HOUR, entries, example_facts, lines, of, patients_of, watching

POLICY = AlertPolicy(silent=False)


@pytest.fixture(scope="module")
def facts():
    return list(example_facts())


def state(ward: Ward, name: str, now: int) -> tuple:
    """What a patient's state comes to: scores, courses, tasks, visit; time zeros that came and went are history, not state."""
    patient = ward.patients[ward.root(name)]
    totals = [patient.bedside.points(s, now) for s in watching().scores]
    episodes = {
        n: [(e.onset, e.suspected, e.organ_failure, e.points) for e in found]
        for n, found in patient.found.items()
    }
    tasks = [
        (t.clock, t.trigger, t.time_zero, t.task, t.state, t.due_by, t.done)
        for t in patient.tasks
        if t.state is not State.CONTRADICTED
    ]
    return totals, episodes, sorted(tasks, key=repr), patient.visits


@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_shuffled_and_doubled_facts_end_in_the_same_state(facts, data):
    name = data.draw(st.sampled_from(patients_of(facts)))
    mine = [fact for _, fact in facts if fact.patient == name]
    end = max(received for received, fact in facts if fact.patient == name) + HOUR
    order = data.draw(st.permutations(range(len(mine)))) + data.draw(
        st.lists(st.sampled_from(range(len(mine))), max_size=5)
    )
    right, shuffled = Ward(watching(), POLICY), Ward(watching(), POLICY)
    right.take([Entry(i, 1, end, fact) for i, fact in enumerate(mine, 1)])
    shuffled.take([Entry(i, i // 60, end, mine[j]) for i, j in enumerate(order, 1)])
    assert state(right, name, end) == state(shuffled, name, end)


def played(path, facts) -> Store:
    """A store in which an engine has played the facts, stopping and beginning anew every 250 messages."""
    clock = HandClock(0)
    for first in range(0, len(facts), 250):
        store = Store(path)
        engine = Processor(store, lambda m: ((unpacked(m.raw),), ()), watching(), POLICY, clock)
        engine.rebuild()
        for number, (received, fact) in enumerate(facts[first : first + 250], first):
            clock.set(received)
            store.keep([Arrival("sim", "timeline", str(number), packed(fact), received)])
            if number % 5 == 0:
                engine.round()
        engine.round()
        store.close()
    return Store(path)


def test_a_ward_that_is_restarted_tells_what_one_that_ran_on_tells(address):
    with closing(played(address, of(FEW))) as store:
        told = list(store.transitions())
        assert len(told) > 10
        ward = Ward(
            watching(), POLICY, lambda name, before: [e for e in store.log([name]) if e.number < before]
        )
        again = [*ward.take(store.log()), *ward.run_timers(store.horizon())]
    assert lines(again) == lines(told)
    assert len({t.name for t in told}) == len(told)


@pytest.fixture(scope="module")
def taken():
    """A ward that took everything at once, and what it told."""
    ward = Ward(watching(), POLICY)
    told = ward.take(entries(of(FEW)))
    assert len(told) > 30
    return ward, lines(told)


def test_a_replay_of_the_log_is_the_same_byte_for_byte(taken):
    log = [Entry(e.number, e.message, e.received, unpacked(packed(e.fact))) for e in entries(of(FEW))]
    assert lines(Ward(watching(), POLICY).take(log)) == taken[1]


def test_two_halves_of_a_patient_come_to_what_the_whole_would_be(facts):
    name = patients_of(facts)[0]
    mine = [(received, fact) for received, fact in facts if fact.patient == name]
    end = max(received for received, _ in mine) + HOUR
    whole, halves = Ward(watching(), POLICY), Ward(watching(), POLICY)
    whole.take([Entry(i, 1, end, fact) for i, (_, fact) in enumerate(mine, 1)])
    split = [
        _as(fact, "SIM|half") if isinstance(fact, Charted) and i % 2 else fact
        for i, (_, fact) in enumerate(mine)
    ]
    merge = Entry(len(split) + 1, len(split) + 1, end, Merged(name, "SIM|half", end))
    halves.take([*(Entry(i, 1, end, fact) for i, fact in enumerate(split, 1)), merge])
    assert state(whole, name, end) == state(halves, "SIM|half", end)
    assert sum(p.alert_record.open for p in halves.patients.values()) <= 1


def test_a_merge_that_is_undone_leaves_two_patients_as_they_were(facts):
    one, other = patients_of(facts)[:2]
    mine = [(received, fact) for received, fact in facts if fact.patient in (one, other)]
    end = max(received for received, _ in mine) + HOUR
    log = [Entry(i, 1, end, fact) for i, (_, fact) in enumerate(mine, 1)]
    apart, again = Ward(watching(), POLICY), Ward(watching(), POLICY)
    apart.take(log)
    n = len(log)
    again.take(
        [
            *log,
            Entry(n + 1, n + 1, end, Merged(one, other, end)),
            Entry(n + 2, n + 2, end, Merged(one, other, end + 1, True)),
        ]
    )
    for name in (one, other):
        assert state(apart, name, end) == state(again, name, end)


def test_a_tick_by_hand_is_kept_apart_from_the_feeds(facts, taken):
    ward, _ = taken  # the last that needs it
    patient, task = next(
        (p, t)
        for p in ward.patients.values()
        for t in p.tasks
        if t.task == "source_control" and t.state is not State.CONTRADICTED
    )
    act = Acted(
        patient.name,
        "tick",
        "ada",
        task.time_zero + HOUR,
        clock=task.clock,
        trigger=task.trigger,
        task=task.task,
    )
    ward.take([Entry(len(facts) + 1, 10**6, ward.horizon + 1, act)])
    now = next(
        t
        for t in patient.tasks
        if (t.clock, t.task) == (task.clock, task.task) and t.time_zero == task.time_zero
    )
    assert now.by_hand == task.time_zero + HOUR
    assert now.reason == "by hand"


def _as(fact: Charted, patient: str) -> Charted:
    return Charted(patient, fact.event, fact.shown, fact.preliminary)
