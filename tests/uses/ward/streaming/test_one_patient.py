"""The reducer of one patient, with its state as bytes between any two steps, gives what the ward gives for all patients at once."""

from collections import defaultdict
from itertools import groupby

import pytest

from opensepsis.uses.ward.state.codec import Unreadable
from opensepsis.uses.ward.state.monitored import watched
from opensepsis.uses.ward.streaming.one_patient import take
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


def test_a_state_of_something_else_is_refused(log):
    step = take(None, log[:1], None, watched(), POLICY)
    with pytest.raises(Unreadable):
        take(step.state[:9] + b"x" + step.state[10:], [], None, watched(), POLICY)
