"""The reducer of one patient, with its state as bytes between any two steps, gives what the ward gives for all patients at once."""

from collections import defaultdict
from dataclasses import replace
from itertools import groupby

import pytest

from opensepsis.uses.ward.model.facts import Acted, Charted, Merged
from opensepsis.uses.ward.state.codec import Unreadable
from opensepsis.uses.ward.state.monitored import watched
from opensepsis.uses.ward.streaming.one_patient import take
from tests.support.ward.hospital import entries
from tests.support.ward.one_patient import HOUR, POLICY, of_all


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


def test_a_merge_of_identifiers_that_come_to_one_state(log):
    """A patient is first told of under two identifiers, then they are merged, and perhaps parted again."""
    name = next(told.patient for told in of_all(log, log[-1].received))
    mine = [
        number
        for number, entry in enumerate(log)
        if entry.fact.patient == name and not isinstance(entry.fact, Acted)
    ]
    first, last = mine[len(mine) // 3], mine[2 * len(mine) // 3]
    facts = []
    for number, entry in enumerate(log):
        fact = entry.fact
        if isinstance(fact, Charted) and number in mine and number < first:
            fact = replace(fact, patient="other")
        facts.append((entry.received, fact))
        if number == first:
            facts.append((entry.received, Merged(name, "other", entry.received)))
        if number == last:
            facts.append((entry.received, Merged(name, "other", entry.received, undone=True)))
    merged_log = entries(facts)
    until = log[-1].received + 3 * HOUR
    expected = of_all(merged_log, until)
    assert expected != of_all(log, until) and len(expected) > 10
    found, states = [], defaultdict(lambda: None)
    for (key, _), some in groupby(merged_log, key=lambda e: (_person(e.fact.patient, name), e.message // 50)):
        step = take(states[key], list(some), None, watched(), POLICY)
        found += step.transitions
        states[key] = step.state
    for state in states.values():
        found += take(state, [], until, watched(), POLICY).transitions
    assert sorted(found, key=lambda told: (told.patient, told.time, told.name)) == expected


def _person(identifier: str, name: str) -> str:
    return name if identifier == "other" else identifier


def test_a_state_of_something_else_is_refused(log):
    step = take(None, log[:1], None, watched(), POLICY)
    with pytest.raises(Unreadable):
        take(step.state[:9] + b"x" + step.state[10:], [], None, watched(), POLICY)
