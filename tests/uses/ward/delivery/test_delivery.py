"""Every letter arrives at least once, whatever the receiver does and whenever the ward is restarted."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import orjson
import pytest

from opensepsis.errors import OutputError
from opensepsis.uses.ward.model.transitions import AlertState, Settled, Transition
from opensepsis.uses.ward.notify.http import Undelivered, checked_address, post
from opensepsis.uses.ward.notify.signing import signature
from opensepsis.uses.ward.notify.webhook import Webhook, body_of, is_genuine
from opensepsis.uses.ward.notify.worker import Delivery, Patience, deliver, outlets
from opensepsis.uses.ward.store import Store, outbox
from tests.support.waiting import waited_for
from tests.support.ward.receiving import LINGERS, SECOND, SECRET, change, receiving

QUICK = Patience(tries=5, first=1.0, longest=4.0)


def hook(receiver, **options) -> Webhook:
    return Webhook("pager", receiver.url, SECRET, **({"patience": 0.4} | options))


@pytest.fixture
def open_store(tmp_path):
    opened = []

    def opener(channels) -> Store:
        opened.append(Store(tmp_path / "ward.db", outlets=outlets(channels)))
        return opened[-1]

    yield opener
    for store in opened:
        store.close()


def settle(store: Store, *transitions: Transition) -> None:
    store.settle(Settled((), (), (), transitions, 1))


def test_a_letter_arrives_signed_and_without_names(open_store):
    with receiving() as receiver:
        channel = hook(receiver)
        store = open_store([channel])
        settle(store, change("A|1#1.1"))
        assert deliver(store, channel, 0, QUICK) == 1
        assert deliver(store, channel, 0, QUICK) == 0
    ((headers, body),) = receiver.taken
    assert headers["X-Opensepsis-Id"] == "A|1#1.1"
    assert is_genuine(SECRET, headers, body, time.time())
    assert not is_genuine(b"another secret!!", headers, body, time.time())
    assert not is_genuine(SECRET, headers, body + b" ", time.time())
    assert not is_genuine(SECRET, headers | {"X-Opensepsis-Id": "b"}, body, time.time())
    assert not is_genuine(SECRET, headers, body, time.time() + 301)
    assert not is_genuine(SECRET, {}, body, time.time())
    assert b"CANARY" not in body
    assert orjson.loads(body) == {
        "id": "A|1#1.1", "patient": "A|1", "alert": 1, "step": 1, "time": "1970-01-01T00:00:05Z", "state": "alert",
        "level": "alert", "reasons": ["lactate 4.1"], "ward": "W1", "policy": "p1", "evidence": [3, 4],
    }  # fmt: skip


def test_the_signature_is_the_one_that_is_documented():
    # printf '1700000000.id.{"a":1}' | openssl dgst -sha256 -hmac key
    expected = "c53e47916d9a83616a6d4b8b70118898d5041ac67940969af2d5ae4919266f79"
    assert signature(b"key", "1700000000", "id", b'{"a":1}') == f"v1={expected}"


@pytest.mark.parametrize("fault", ["500", "404", "301", "silence", "drip", "hang up", "garbage"])
def test_a_failure_is_tried_again_later(open_store, fault, caplog):
    with receiving() as receiver:
        channel = hook(receiver)
        receiver.faults = [fault]
        store = open_store([channel])
        settle(store, change("a"))
        before = time.monotonic()
        assert deliver(store, channel, 0, QUICK) == 0
        assert time.monotonic() - before < LINGERS, "it is not waited for to its end"
        assert deliver(store, channel, SECOND - 1, QUICK) == 0 and receiver.tried == 1
        assert deliver(store, channel, SECOND, QUICK) == 1
        assert len(receiver.taken) == 1
    assert "pager" in caplog.text and "A|1" not in caplog.text and "127.0.0.1" not in caplog.text


def test_after_enough_tries_it_is_a_dead_letter_that_can_be_sent_again(open_store):
    with receiving() as receiver:
        channel = hook(receiver)
        receiver.faults = ["500"] * 5
        store = open_store([channel])
        settle(store, change("a"))
        pauses = [0, 1, 3, 7, 11]
        for seconds in pauses:
            assert outbox.undelivered(store.database) == []
            assert deliver(store, channel, seconds * SECOND - 1, QUICK) == 0 or not seconds
            assert deliver(store, channel, seconds * SECOND, QUICK) == 0
        assert receiver.tried == 5
        (dead,) = outbox.undelivered(store.database)
        assert (dead.transition.name, dead.words, dead.tries) == ("a", "answered 500", 5)
        assert deliver(store, channel, 10**15, QUICK) == 0
        outbox.try_again(store.database, "pager", dead.number)
        assert deliver(store, channel, 0, QUICK) == 1


def test_a_later_change_does_not_overtake_an_earlier_one(open_store):
    with receiving() as receiver:
        channel = hook(receiver)
        receiver.faults = ["500"]
        store = open_store([channel])
        settle(store, change("1.1"), change("1.2", 2), change("other", patient="A|2"))
        assert deliver(store, channel, 0, QUICK) == 1
        settle(store, change("1.3", 3))
        assert deliver(store, channel, 1, QUICK) == 0
        assert deliver(store, channel, SECOND, QUICK) == 3
        names = [orjson.loads(body)["id"] for _, body in receiver.taken]
        assert names == ["other", "1.1", "1.2", "1.3"]


def test_nobody_there(open_store):
    with receiving() as receiver:
        channel = hook(receiver)
    store = open_store([channel])
    settle(store, change("a"))
    assert deliver(store, channel, 0, QUICK) == 0
    (letter,) = outbox.due(store.database, "pager", 10**15)
    assert letter.words == "ConnectionRefusedError"


def test_a_fault_of_a_channel_is_a_failed_try(open_store):
    class Broken:
        name, states = "broken", frozenset({AlertState.ALERT})

        def send(self, transition, history):
            raise ValueError("CANARY")

    store = open_store([Broken()])
    settle(store, change("a"))
    assert deliver(store, Broken(), 0, QUICK) == 0
    assert outbox.due(store.database, "broken", 10**15)[0].words == "ValueError"


def test_the_threads_deliver_and_survive_a_restart(open_store):
    with receiving() as receiver:
        channel = hook(receiver)
        receiver.faults = ["500", "hang up"]
        store = open_store([channel])
        settle(store, *(change(str(n), patient=f"A|{n}") for n in range(20)))
        first = Delivery(store, [channel], Patience(first=0.05)).start()
        first.wake()
        first.close()
        second = Delivery(open_store([channel]), [channel], Patience(first=0.05)).start()
        waited_for(lambda: not outbox.waiting(store.database))
        second.close()
        names = {orjson.loads(body)["id"] for _, body in receiver.taken}
        assert names == {str(n) for n in range(20)}


def test_killed_while_it_delivers(open_store, tmp_path):
    """kill -9 again and again: each letter arrives at least once, and only those under way arrive twice."""
    with receiving() as receiver:
        channel = hook(receiver)
        store = open_store([channel])
        names = {f"n{n}" for n in range(120)}
        settle(store, *(change(name, patient=name) for name in sorted(names)))
        script = Path(__file__).with_name("delivered.py")
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        random_, kills = random.Random(3), 0
        with subprocess.Popen(
            [sys.executable, script, tmp_path / "ward.db", receiver.url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
        ) as processes:
            while outbox.waiting(store.database):
                goal = len(receiver.taken) + random_.randint(0, 15)
                processes.stdin.write(b"another\n")
                processes.stdin.flush()
                process = int(processes.stdout.readline())
                waited_for(
                    lambda goal=goal: len(receiver.taken) >= goal or not outbox.waiting(store.database), 0.001
                )
                time.sleep(random_.uniform(0, 0.01))
                os.kill(process, signal.SIGKILL)
                assert processes.stdout.readline() == b"gone\n"
                kills += 1
        arrived = [orjson.loads(body)["id"] for _, body in receiver.taken]
        assert set(arrived) == names and kills > 1
        assert len(arrived) <= len(names) + kills


@pytest.mark.parametrize(
    "url", ["http://example.org/x", "ftp://127.0.0.1/", "https://user:pw@example.org/", "nonsense", "https:///x"]
)  # fmt: skip
def test_addresses_that_are_refused(url):
    with pytest.raises(OutputError) as said:
        checked_address(url)
    assert "example" not in str(said.value)


def test_a_short_secret_is_refused_and_none_is_shown():
    with pytest.raises(OutputError, match="16 bytes"):
        Webhook("pager", "https://example.org", b"short")
    assert "0123" not in repr(Webhook("pager", "https://example.org", SECRET))


def test_post_does_not_follow_or_wait():
    with receiving() as receiver:
        receiver.faults = ["307", "silence"]
        with pytest.raises(Undelivered, match="answered 307"):
            post(receiver.url, b"{}", {})
        with pytest.raises(Undelivered):
            post(receiver.url, b"{}", {}, patience=0.2)
        assert receiver.taken == []


def test_a_body_is_the_same_on_every_try():
    assert body_of(change("a")) == body_of(change("a"))
