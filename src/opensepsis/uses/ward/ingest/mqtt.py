"""Bedside devices over MQTT: a publication is acknowledged to the broker after it is kept. Needs the extra `ward`.

QoS 1 may deliver twice: the key is the topic and the hash of the payload, so the second is a duplicate. The message is the
payload as it came; the topic is the part of its key before the last `|`.
"""

import asyncio
import logging
import ssl
from dataclasses import dataclass, field
from hashlib import sha256

import aiomqtt

from opensepsis.uses.ward.model.clock import Clock
from opensepsis.uses.ward.model.messages import Arrival
from opensepsis.uses.ward.store.group_commit import Committer

logger = logging.getLogger("opensepsis.ward.mqtt")


@dataclass(frozen=True)
class Broker:
    """Where to listen, to which topics. The broker keeps what comes while the ward is away under `identifier`."""

    topics: tuple[str, ...]
    host: str = "127.0.0.1"
    port: int = 1883
    identifier: str = "opensepsis-ward"
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: ssl.SSLContext | None = None
    longest: int = 2**20


def topic_of(key: str) -> str:
    """The topic in the key of a message.

    >>> topic_of("icu/bed7/hr|2cf24dba")
    'icu/bed7/hr'
    """
    return key.rpartition("|")[0]


async def subscribe(
    broker: Broker, feed: str, committer: Committer, clock: Clock, pause: float = 3.0
) -> None:
    """Keeps what is published until it is cancelled; connects again, after `pause` seconds, when the broker goes away."""
    while True:
        try:
            await _listen(broker, feed, committer, clock)
        except (aiomqtt.MqttError, OSError) as problem:
            logger.warning("The broker of feed %s is away (%s)", feed, type(problem).__name__)
        await asyncio.sleep(pause)


async def _listen(broker: Broker, feed: str, committer: Committer, clock: Clock) -> None:
    client = aiomqtt.Client(
        broker.host,
        broker.port,
        identifier=broker.identifier,
        clean_session=False,
        username=broker.user,
        password=broker.password,
        tls_context=broker.tls,
    )
    # aiomqtt acknowledges when it has read a message; only its inner client can leave that to us
    inner = client._client
    inner.manual_ack_set(True)
    failed = asyncio.get_running_loop().create_future()

    def answered(message: aiomqtt.Message, kept: asyncio.Future) -> None:
        if not kept.cancelled() and kept.exception() is None:
            inner.ack(message.mid, message.qos)
        elif not failed.done():
            failed.set_exception(OSError("not kept"))

    async with client:
        for topic in broker.topics:
            await client.subscribe(topic, qos=1)
        taking = asyncio.ensure_future(_take(client, broker, feed, committer, clock, answered))
        try:
            await asyncio.wait((taking, failed), return_when=asyncio.FIRST_COMPLETED)
            (failed if failed.done() else taking).result()
        finally:
            taking.cancel()
            failed.cancel()


async def _take(client, broker: Broker, feed: str, committer: Committer, clock: Clock, answered) -> None:
    async for message in client.messages:
        payload = bytes(message.payload or b"")
        if len(payload) > broker.longest:
            logger.warning(
                "A message of feed %s is longer than %d bytes and was left out", feed, broker.longest
            )
            client._client.ack(message.mid, message.qos)
            continue
        key = f"{message.topic.value}|{sha256(payload).hexdigest()}"
        kept = committer.keep(Arrival(feed, "mqtt", key, payload, clock.now()))
        kept.add_done_callback(lambda done, message=message: answered(message, done))
