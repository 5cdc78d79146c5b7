"""MLLP as honest and as hostile senders speak it."""

import asyncio
import logging
import socket
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensepsis.uses.ward.ingest.mllp_client import MLLPSender, Target, answer_code
from opensepsis.uses.ward.ingest.mllp_server import END, START, Limits
from tests.support.waiting import awaited
from tests.support.ward.listening import frame, listening, message, run


def test_binds_to_the_loopback_unless_told(tmp_path):
    async def work(ward):
        return ward.server._server.sockets[0].getsockname()[0]

    assert run(tmp_path, work) == "127.0.0.1"


def test_acknowledged_means_kept(tmp_path):
    async def work(ward):
        assert await ward.answers(frame(message("17"))) == [("AA", b"17")]
        kept = ward.store.unread()
        assert [(m.key, m.raw, m.form) for m in kept] == [("LAB|HOSP|17", message("17"), "hl7")]
        assert await ward.answers(frame(message("17"))) == [("AA", b"17")], "a duplicate is acknowledged"
        assert await ward.answers(frame(message("17", "PID|2"))) == [("AA", b"17")]
        assert len(ward.store.unread()) == 2
        assert (ward.store.feeds()[0].duplicates, ward.store.feeds()[0].clashes) == (1, 1)

    run(tmp_path, work)


def test_many_at_once_are_answered_in_their_order(tmp_path):
    async def work(ward):
        many = [str(n) for n in range(500)]
        sent = b"".join(frame(message(name)) for name in many)
        assert await ward.answers(sent) == [("AA", name.encode()) for name in many]
        assert [m.key.rpartition("|")[2] for m in ward.store.unread()] == many

    run(tmp_path, work)


def test_an_acknowledgement_is_not_answered(tmp_path):
    async def work(ward):
        heard = [
            message("1", "MSA|AA|9", msh9="ACK^A01^ACK"),
            message("2", "MSA|AA|9", msh9="ACK"),
            message("3"),
        ]
        assert await ward.answers(b"".join(map(frame, heard))) == [("AA", b"3")]
        assert len(ward.store.unread()) == 1 and ward.store.dead_letters() == []

    run(tmp_path, work)


def test_what_is_refused_lies_with_the_dead_letters(tmp_path):
    async def work(ward):
        bad = [b"hello", message("1", msh9="ORU"), message("2", msh11="T"), message("3", msh12="3"), b""]
        answers = await ward.answers(b"".join(map(frame, bad)))
        assert [code for code, _ in answers] == ["AR"] * 5
        assert [name for _, name in answers] == [b"", b"1", b"2", b"3", b""]
        assert {m.raw for m, _ in ward.store.dead_letters()} == set(bad)
        assert ward.store.unread() == [] and ward.server.counts.refused == 5

    run(tmp_path, work)


def test_own_failure_is_ae_and_the_next_try_works(tmp_path, monkeypatch):
    async def work(ward):
        real, broken = ward.store.keep, [True]

        def keep(arrivals):
            if broken.pop() if broken else False:
                raise OSError("disk full")
            return real(arrivals)

        monkeypatch.setattr(ward.store, "keep", keep)
        assert await ward.answers(frame(message("1"))) == [("AE", b"1")]
        sender = MLLPSender(Target(port=ward.server.port))
        broken.append(True)
        assert await sender.send(message("2")) == "AA", "the sender sends again after AE"
        await sender.close()
        assert [m.key for m in ward.store.unread()] == ["LAB|HOSP|2"]

    run(tmp_path, work)


def test_bytes_may_come_one_by_one(tmp_path):
    async def work(ward):
        reader, writer = await ward.open()
        for byte in b"\r\n" + frame(message("1")) + b"\r" + frame(message("2")):
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0)
        for name in (b"|1\r", b"|2\r"):
            assert name in await asyncio.wait_for(reader.readuntil(END), 20)
        writer.close()

    run(tmp_path, work)


def test_a_message_that_is_too_long(tmp_path):
    async def work(ward):
        long = message("big", "OBX|" + "x" * 20_000)
        assert await ward.answers(frame(message("1")) + frame(long) + frame(message("2"))) == [
            ("AA", b"1"),
            ("AR", b"big"),
        ]
        assert await ward.answers(START + b"x" * 100_000) == [("AR", b"")]
        assert len(ward.store.dead_letters()) == 2
        assert all(len(m.raw) <= 4096 for m, _ in ward.store.dead_letters())
        assert ward.server.in_hand == 0

    run(tmp_path, work, Limits(message=10_000))


def test_what_is_no_mllp_is_ended(tmp_path):
    async def work(ward):
        for junk in (b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01", END, message("1")):
            assert await ward.answers(junk) == []
        assert await ward.answers(b"\x00\r\n  ") == []
        assert ward.store.feeds() == [] and ward.server.counts.dropped["not MLLP"] == 4

    run(tmp_path, work)


@pytest.mark.parametrize(("sent", "why"), [(b"\x0bMSH|", "too slow"), (b"", "idle")])
def test_slow_and_idle_senders_are_ended(tmp_path, sent, why):
    async def work(ward):
        reader, writer = await ward.open()
        writer.write(sent)
        with suppress(ConnectionError):
            assert await asyncio.wait_for(reader.read(), 20) == b""
        writer.close()
        assert ward.server.counts.dropped == {why: 1}

    run(tmp_path, work, Limits(frame=0.2, idle=0.2))


def test_drip_feeding_does_not_keep_a_frame_open(tmp_path):
    async def work(ward):
        _, writer = await ward.open()
        writer.write(START)
        with pytest.raises(ConnectionError):
            for _ in range(100):
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.02)
        assert ward.server.counts.dropped == {"too slow": 1}

    run(tmp_path, work, Limits(frame=0.3))


def test_a_sender_that_takes_no_answers_is_ended(tmp_path):
    async def work(ward):
        deaf = socket.socket()
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(deaf, ("127.0.0.1", ward.server.port))
        with suppress(ConnectionError):
            while True:
                await loop.sock_sendall(deaf, frame(b"x" * 10) * 100)
        deaf.close()
        assert ward.server.counts.dropped == {"does not read its answers": 1}

    run(tmp_path, work, Limits(frame=0.5, rate=1e9))


def test_too_many_connections(tmp_path):
    async def work(ward):
        first = await ward.open()
        second = await ward.open()
        await awaited(lambda: len(ward.server.open) == 2)
        assert await ward.answers(frame(message("1"))) == []
        first[1].close()
        await first[1].wait_closed()
        await awaited(lambda: len(ward.server.open) == 1)
        assert await ward.answers(frame(message("1"))) == [("AA", b"1")]
        second[1].close()

    run(tmp_path, work, Limits(connections=2))


def test_a_rate_slows_a_sender_and_loses_nothing(tmp_path):
    async def work(ward):
        loop = asyncio.get_running_loop()
        before = loop.time()
        answers = await ward.answers(b"".join(frame(message(str(n))) for n in range(150)))
        assert [code for code, _ in answers] == ["AA"] * 150
        assert loop.time() - before > 0.4  # 100 at once, then 100 in a second

    run(tmp_path, work, Limits(rate=100))


def test_memory_in_hand_is_bounded(tmp_path):
    async def work(ward):
        ends = [await ward.open() for _ in range(4)]
        for _, writer in ends:
            writer.write(START + b"x" * 40_000)
        await awaited(lambda: ward.server.counts.dropped.get("too much in hand"))
        assert ward.server.in_hand <= 100_000
        for _, writer in ends:
            writer.close()

    run(tmp_path, work, Limits(in_hand=100_000))


def test_closing_answers_what_was_taken(tmp_path):
    async def work(ward):
        reader, writer = await ward.open()
        writer.write(frame(message("1")))
        while not ward.server.open or not next(iter(ward.server.open)).waiting:
            await asyncio.sleep(0)
        await ward.server.close()
        assert b"MSA|AA|1" in await reader.read()
        writer.close()

    run(tmp_path, work)


def test_nothing_of_a_message_is_logged(tmp_path, caplog):
    async def work(ward):
        await ward.answers(frame(message("CANARY1", "PID|CANARY2")) + frame(b"CANARY3") + b"CANARY4")
        await ward.answers(START + b"CANARY5" * 3000)

    caplog.set_level(logging.DEBUG)
    run(tmp_path, work, Limits(message=10_000))
    assert "CANARY" not in caplog.text


@given(
    st.lists(
        st.one_of(
            st.binary(max_size=40),
            st.just(START),
            st.just(END),
            st.just(b"\x1c"),
            st.just(frame(message("ok"))),
            st.binary(max_size=60).map(frame),
            st.binary(max_size=60).map(lambda tail: frame(b"MSH|^~\\&|" + tail)),
            st.tuples(st.binary(min_size=8, max_size=200), st.integers(0, 60)).map(
                lambda drawn: frame(message("f")[: drawn[1]] + drawn[0])
            ),
        ),
        max_size=8,
    ),
    st.integers(1, 50),
)
def test_any_bytes_are_answered_or_ended_and_never_half_kept(tmp_path_factory, parts, size):
    async def work(ward):
        data = b"".join(parts)
        reader, writer = await ward.open()
        said = b""
        try:
            for begin in range(0, len(data), size):
                writer.write(data[begin : begin + size])
                await asyncio.sleep(0)
            writer.write_eof()
            said = await asyncio.wait_for(reader.read(), 10)
        except OSError:
            pass
        writer.close()
        assert await ward.answers(frame(message("still alive"))) == [("AA", b"still alive")]
        counts = ward.server.counts
        assert said.count(END) <= counts.acknowledged + counts.refused and counts.failed == 0
        feeds = ward.store.feeds()
        kept = sum(feed.messages + feed.duplicates for feed in feeds)
        assert kept == counts.acknowledged + counts.refused
        assert ward.server.in_hand == 0

    run(tmp_path_factory.mktemp("fuzz"), work)


async def answered(ward, *parts: bytes, pause: float = 0.0) -> list[tuple[str, bytes]]:
    """What is answered to bytes that come with pauses, on a connection that stays open."""
    reader, writer = await ward.open()
    for part in parts:
        writer.write(part)
        await writer.drain()
        await asyncio.sleep(pause)
    said, wanted = b"", sum(part.count(START) for part in parts)
    while said.count(END) < wanted:
        said += await asyncio.wait_for(reader.read(65_536), 20)
    writer.close()
    return [answer_code(part.removeprefix(START)) for part in said.split(END)[:-1]]


@pytest.mark.parametrize(
    ("parts", "unended"),
    [
        ([frame(message("1"))[:-1]], 1),
        ([frame(message("1"))[:-1], frame(message("2"))], 1),
        ([frame(message("1"))[:-1] + b"\n" + frame(message("2"))], 1),
        ([frame(message("1"))[:-1] + frame(message("2"))[:-1] + frame(message("3"))], 2),
        ([frame(message("1"))[:-1], b"\r" + frame(message("2"))], 0),
    ],
    ids=["alone", "then another", "a line feed", "twice in a row", "late"],
)
def test_a_frame_without_its_last_byte_is_answered_and_counted(tmp_path, parts, unended):
    async def run():
        # a last byte that is waited for in vain ends soon; one that comes is waited for however busy the machine
        async with listening(tmp_path / "w.db", Limits(unended=0.2 if unended else 20)) as ward:
            answers = await answered(ward, *parts)
            wanted = [str(n).encode() for n in range(1, 1 + sum(part.count(START) for part in parts))]
            assert answers == [("AA", control) for control in wanted]
            assert ward.server.counts.unended == unended
            assert len(ward.store.unread()) == len(wanted)

    asyncio.run(run())


def test_whoever_sends_finds_a_place_among_those_who_only_hold_one(tmp_path):
    async def run():
        async with listening(tmp_path / "w.db", Limits(connections=6, handshake=0.2)) as ward:
            idle = [await ward.open() for _ in range(6)]
            await asyncio.sleep(0.5)
            assert await answered(ward, frame(message("1"))) == [("AA", b"1")]
            assert ward.server.counts.dropped == {"made room for another": 1}
            for _, writer in idle:
                writer.close()

    asyncio.run(run())


def test_one_address_does_not_take_all_places(tmp_path):
    async def run():
        async with listening(tmp_path / "w.db", Limits(connections=6, of_address=2)) as ward:
            held = [await ward.open() for _ in range(2)]
            await awaited(lambda: len(ward.server.open) == 2)
            assert await ward.answers(frame(message("1"))) == []
            assert ward.server.counts.dropped == {"too many connections": 1}
            for _, writer in held:
                writer.close()

    asyncio.run(run())
