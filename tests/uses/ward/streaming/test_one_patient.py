"""The reducer of one patient, with its state as bytes between any two steps, gives what the ward gives for all patients at once."""

from collections import defaultdict
from itertools import groupby
from pathlib import Path

import pytest

from opensepsis.data.sources import open_source
from opensepsis.data.timeline.timeline import read_timeline, write_timeline
from opensepsis.uses.ward.model.facts import Acted, Entry
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.state.codec import Unreadable
from opensepsis.uses.ward.state.monitored import watched
from opensepsis.uses.ward.state.ward import Ward
from opensepsis.uses.ward.streaming.one_patient import take
from tests.uses.ward.reducer.hospital import entries, facts_of

EXAMPLE = Path(__file__).parents[4] / "examples" / "hospital"
POLICY = AlertPolicy(silent=False)
HOUR = 3_600_000_000
PATIENTS = 5


@pytest.fixture(scope="module")
def log(tmp_path_factory) -> list[Entry]:
    """Some patients of the example hospital as a ward's log; somebody acknowledges the first alert of a patient."""
    folder = tmp_path_factory.mktemp("hospital") / "timeline"
    write_timeline(open_source("csv", EXAMPLE, "UTC"), folder)
    every = facts_of(read_timeline(folder))
    some = sorted({fact.patient for _, fact in every})[:PATIENTS]
    facts = [(received, fact) for received, fact in every if fact.patient in some]
    first = Ward(watched(), POLICY).take(entries(facts))[0]
    acted = first.time + HOUR
    facts.append((acted, Acted(first.patient, "acknowledge", "ada", acted)))
    return entries(sorted(facts, key=lambda fact: fact[0]))


def of_all(log: list[Entry], until: int) -> list:
    ward = Ward(watched(), POLICY)
    return sorted(
        (*ward.take(log), *ward.run_timers(until)), key=lambda told: (told.patient, told.time, told.name)
    )


def test_every_step_alone_gives_what_the_ward_gives(log):
    until = max(entry.received for entry in log) + 3 * HOUR
    expected = of_all(log, until)
    assert len(expected) > 10 and any(told.user == "ada" for told in expected)
    found, states = [], defaultdict(lambda: None)
    for (patient, _), some in groupby(log, key=lambda entry: (entry.fact.patient, entry.message // 100)):
        step = take(states[patient], list(some), None, watched(), POLICY)
        found += step.transitions
        states[patient] = step.state
    for state in states.values():
        step = take(state, [], until, watched(), POLICY)
        found += step.transitions
        assert step.next_look is None or step.next_look > until
    assert sorted(found, key=lambda told: (told.patient, told.time, told.name)) == expected


def test_a_state_of_something_else_is_refused(log):
    step = take(None, log[:1], None, watched(), POLICY)
    with pytest.raises(Unreadable):
        take(step.state[:9] + b"x" + step.state[10:], [], None, watched(), POLICY)
