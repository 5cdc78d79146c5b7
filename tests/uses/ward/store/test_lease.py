"""Two wards on one database: one works, the other waits and takes over; whoever was taken over from can write nothing more."""

import os
import signal
import subprocess
import sys
from time import monotonic, sleep

import pytest

from opensepsis.uses.ward.model.messages import Arrival
from opensepsis.uses.ward.store import Store, lease
from opensepsis.uses.ward.store.database import open_database
from opensepsis.uses.ward.store.lease import Lease, Superseded
from tests.support.waiting import waited_for

HOLDER = """
import sys, time
from opensepsis.uses.ward.store.database import open_database
from opensepsis.uses.ward.store.lease import Lease
held = Lease(open_database(sys.argv[1]))
assert held.try_take()
print("taken", flush=True)
while True:
    held.beat()
    time.sleep(0.2)
"""


def taken_within(waiting: Lease, seconds: float) -> float | None:
    began = monotonic()
    while monotonic() - began < seconds:
        if waiting.try_take():
            return monotonic() - began
        sleep(0.1)
    return None


@pytest.fixture
def holder(address):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, address], stdout=subprocess.PIPE, text=True, env=environment
    )
    with process:
        assert process.stdout.readline() == "taken\n"
        yield process
        process.kill()


def test_a_second_ward_waits_and_takes_over_when_the_first_is_killed(address, holder, monkeypatch):
    monkeypatch.setattr(lease, "HUNG_AFTER", 60.0)  # a holder that a busy machine holds up has not hung
    waiting = Lease(open_database(address))
    assert taken_within(waiting, 4) is None, "it beats"
    holder.kill()
    holder.wait()
    assert taken_within(waiting, 60) is not None
    waiting.release()
    waiting.database.close()


def test_a_ward_that_hangs_is_taken_over_and_can_write_nothing_more(address, monkeypatch):
    first = Lease(open_database(address))
    assert first.try_take()
    store = Store(first.database)
    first.database.fence = first.fence
    store.keep([Arrival("lab", "hl7", "a", b"MSH|", 1)])
    second = Lease(open_database(address))
    assert not second.try_take()
    monkeypatch.setattr(lease, "HUNG_AFTER", 0.5)
    assert taken_within(second, 60) is not None
    with pytest.raises(Superseded):
        first.beat()
    with pytest.raises(Superseded):
        store.keep([Arrival("lab", "hl7", "b", b"MSH|", 1)])
    assert [m.key for m in Store(second.database).unread()] == ["a"]
    for one in (first, second):
        one.release()
        one.database.close()


def test_a_ward_that_was_killed_begins_again_at_once(address, holder, monkeypatch):
    """Without the time for which another would have to stand by; the server notices in a moment that a holder is gone."""
    monkeypatch.setattr(lease, "HUNG_AFTER", float("inf"))
    monkeypatch.setattr(lease, "GONE_AFTER", float("inf"))
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    again = waited_for(lambda: begun(address))
    again.release()
    again.database.close()


def begun(address) -> Lease | None:
    """A ward that has just begun and is at work, if it is at its first try."""
    found = Lease(open_database(address))
    if found.try_take():
        return found
    found.release()
    found.database.close()
    return None


def test_nobody_is_sure_of_the_lease_for_as_long_as_another_may_have_it(address):
    held = Lease(open_database(address))
    assert held.try_take() and held.is_sure
    held.last_beat -= lease.GONE_AFTER
    assert not held.is_sure
    held.beat()
    assert held.is_sure
    held.release()
    held.database.close()
