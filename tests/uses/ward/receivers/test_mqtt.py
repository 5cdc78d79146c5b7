"""Bedside devices over a real Mosquitto: kept before the broker hears of it, once, also over broken connections."""

import asyncio
import os
import socket
from uuid import uuid4

import pytest

aiomqtt = pytest.importorskip("aiomqtt")

from opensepsis.uses.ward.ingest.mqtt import Broker, subscribe, topic_of  # noqa: E402
from opensepsis.uses.ward.model.clock import HandClock  # noqa: E402
from opensepsis.uses.ward.store import Store  # noqa: E402
from opensepsis.uses.ward.store.group_commit import Committer  # noqa: E402
from tests.support.waiting import awaited  # noqa: E402

HOST, _, PORT = os.environ.get("OPENSEPSIS_MQTT", "127.0.0.1:1883").partition(":")


@pytest.fixture
def broker():
    try:
        socket.create_connection((HOST, int(PORT)), timeout=2).close()
    except OSError:
        pytest.skip(f"no MQTT broker answers at {HOST}:{PORT}")
    name = uuid4().hex
    return Broker((f"opensepsis-{name}/#",), HOST, int(PORT), identifier=f"opensepsis-{name}")


def topic(broker: Broker) -> str:
    return broker.topics[0].replace("#", "bed7/hr")


async def publish(broker: Broker, payloads, **options) -> None:
    async with aiomqtt.Client(HOST, int(PORT)) as client:
        for payload in payloads:
            await client.publish(topic(broker), payload, qos=1, **options)


async def forget(broker: Broker) -> None:
    """Leaves no session on the broker."""
    async with aiomqtt.Client(HOST, int(PORT), identifier=broker.identifier, clean_session=True):
        pass


async def listening(broker: Broker, committer: Committer):
    """The receiver at work; its session is made before, so that nothing is published too early for it."""
    async with aiomqtt.Client(HOST, int(PORT), identifier=broker.identifier, clean_session=False) as client:
        await client.subscribe(broker.topics[0], qos=1)
    return again(broker, committer)


def again(broker: Broker, committer: Committer):
    """The receiver once more, with the session it had."""
    return asyncio.create_task(subscribe(broker, "bedside", committer, HandClock(9), pause=0.1))


def run(tmp_path, work, broker: Broker):
    async def inside():
        store = Store(tmp_path / "ward.db")
        committer = Committer(store)
        try:
            await work(store, committer)
        finally:
            await forget(broker)
            committer.close()
            store.close()

    asyncio.run(inside())


async def stop(task) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def test_what_is_published_is_kept_once(tmp_path, broker):
    async def work(store, committer):
        task = await listening(broker, committer)
        payloads = [b'{"hr": %d}' % n for n in range(100)]
        await publish(broker, payloads + payloads[:10])
        await awaited(
            lambda: store.feeds() and store.feeds()[0].messages == 100 and store.feeds()[0].duplicates == 10
        )
        await stop(task)
        messages = store.unread()
        assert [m.raw for m in messages] == payloads and store.feeds()[0].duplicates == 10
        assert {(m.form, m.received, topic_of(m.key)) for m in messages} == {("mqtt", 9, topic(broker))}

    run(tmp_path, work, broker)


def test_what_comes_while_the_ward_is_away_waits_at_the_broker(tmp_path, broker):
    async def work(store, committer):
        await stop(await listening(broker, committer))
        await publish(broker, [b"1", b"2"])
        task = again(broker, committer)
        await awaited(lambda: len(store.unread()) == 2)
        await stop(task)

    run(tmp_path, work, broker)


def test_what_could_not_be_kept_is_not_acknowledged_and_comes_again(tmp_path, broker, monkeypatch):
    async def work(store, committer):
        real, broken = store.keep, [True, True]

        def keep(arrivals):
            if broken.pop() if broken else False:
                raise OSError
            return real(arrivals)

        monkeypatch.setattr(store, "keep", keep)
        task = await listening(broker, committer)
        await publish(broker, [b"1", b"2", b"3"])
        await awaited(lambda: len(store.unread()) == 3)
        await stop(task)
        assert broken == []

    run(tmp_path, work, broker)


def test_a_broker_that_is_away_is_tried_again(tmp_path, broker):
    async def work(store, committer):
        nowhere = Broker(broker.topics, port=1, identifier=broker.identifier)
        task = again(nowhere, committer)
        await asyncio.sleep(0.5)
        assert not task.done()
        await stop(task)

    run(tmp_path, work, broker)


def test_a_message_that_is_too_long_is_left_out(tmp_path, broker):
    async def work(store, committer):
        short = Broker(broker.topics, HOST, int(PORT), identifier=broker.identifier, longest=10)
        task = await listening(short, committer)
        await publish(broker, [b"x" * 11, b"ok"])
        await awaited(lambda: len(store.unread()) == 1)
        await stop(task)
        assert store.unread()[0].raw == b"ok"

    run(tmp_path, work, broker)
