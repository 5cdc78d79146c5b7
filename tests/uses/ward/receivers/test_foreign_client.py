"""Real HL7 clients that no one here wrote: both of python-hl7's, and netcat's way, with all sample messages."""

import asyncio
from itertools import product

import hl7
import hl7.client
import hl7.mllp
import pytest

from opensepsis.data.decode.site import read_site
from opensepsis.uses.ward.decode import read
from opensepsis.uses.ward.model.clock import WallClock
from opensepsis.uses.ward.service.processor import Processor
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.state.monitored import watched
from tests.support.ward.listening import frame, message, run, samples


def test_the_blocking_client(tmp_path):
    def send(port: int) -> list[bytes]:
        with hl7.client.MLLPClient("127.0.0.1", port) as client:
            parsed = hl7.parse(message("1", msh18="UNICODE UTF-8").decode())
            return [
                client.send_message(parsed),
                client.send_message("hello"),
                client.send_message(message("2")),
            ]

    async def work(ward):
        answers = await asyncio.to_thread(send, ward.server.port)
        first, second, third = (hl7.parse(answer[1:-2].decode()) for answer in answers)
        assert str(first.segment("MSA")) == "MSA|AA|1" and str(third.segment("MSA")) == "MSA|AA|2"
        assert str(second.segment("MSA")).startswith("MSA|AR||")
        assert [m.key for m in ward.store.unread()] == ["LAB|HOSP|1", "LAB|HOSP|2"]

    run(tmp_path, work)


def test_the_asynchronous_client(tmp_path):
    async def work(ward):
        reader, writer = await hl7.mllp.open_hl7_connection("127.0.0.1", ward.server.port, encoding="utf-8")
        for name in ("1", "2", "1"):
            writer.writemessage(hl7.parse(message(name).decode()))
            await writer.drain()
            answer = await asyncio.wait_for(reader.readmessage(), 5)
            assert str(answer.segment("MSA")) == f"MSA|AA|{name}"
        writer.close()
        await writer.wait_closed()
        assert len(ward.store.unread()) == 2

    run(tmp_path, work)


def test_all_sample_messages_are_kept_as_they_are(tmp_path):
    def send(port: int, raws: list[bytes]) -> list[str]:
        with hl7.client.MLLPClient("127.0.0.1", port) as client:
            return [str(hl7.parse(client.send_message(raw)[1:-2].decode()).segment("MSA")) for raw in raws]

    raws = samples()

    async def work(ward):
        said = await asyncio.to_thread(send, ward.server.port, raws)
        for raw, answer in zip(raws, said, strict=True):
            header = raw.removeprefix(b"\xef\xbb\xbf").splitlines()[0].decode().split("|")
            expected = "AA" if header[10].split("^")[0] in ("P", "T") else "AR"
            assert answer.split("|")[1:3] == [expected, header[9]]
        assert [m.raw for m in ward.store.unread()] == [
            raw for raw, answer in zip(raws, said, strict=True) if "|AA|" in answer
        ]
        again = await asyncio.to_thread(send, ward.server.port, raws)
        assert [a.split("|")[1] for a in again] == [a.split("|")[1] for a in said]
        assert sum(feed.messages for feed in ward.store.feeds()) == len(raws)

    run(tmp_path, work, processing=frozenset("PT"))


def test_every_acknowledged_sample_is_read_or_says_why_not(tmp_path):
    """Over the wire, through the engine: a fact, a dead letter with its reason, or a count on the page of feeds."""
    raws = samples()

    def send(port: int) -> list[str]:
        with hl7.client.MLLPClient("127.0.0.1", port) as client:
            return [hl7.parse(client.send_message(raw)[1:-2].decode()).segment("MSA")[1][0] for raw in raws]

    async def work(ward):
        said = await asyncio.to_thread(send, ward.server.port)
        assert set(said) == {"AA"}
        site = read_site()
        Processor(ward.store, lambda m: read(m, site), watched(), AlertPolicy(), WallClock()).round()
        assert ward.store.unread() == []
        read_at_all = {entry.message for entry in ward.store.log()}
        dead = {message.number: problem for message, problem in ward.store.dead_letters(1000)}
        assert all(problem.words for problem in dead.values())
        for number in range(1, len(raws) + 1):
            _, problems = read(ward.store.message(number), site)
            assert number in read_at_all or problems, number
        assert len(read_at_all) > 78  # six more carry a number of zeros, which is nobody's

    run(tmp_path, work, processing=frozenset("PT"))


@pytest.mark.parametrize("begin", ["FHS|^~\\&|A|B\r", "BHS|^~\\&|A|B\r"])
def test_a_batch_is_refused_and_lies_with_the_dead_letters(tmp_path, begin):
    """Batches are files' affair (`ward replay` reads them); over MLLP each message wants its own answer."""

    async def work(ward):
        raw = begin.encode() + message("1") + message("2")
        assert await ward.answers(frame(raw)) == [("AR", b"")]
        assert [m.raw for m, _ in ward.store.dead_letters()] == [raw]
        assert ward.store.unread() == []

    run(tmp_path, work)


def test_a_file_of_frames_poured_in_at_once(tmp_path):
    raws = samples()

    async def work(ward):
        answers = await ward.answers(b"".join(frame(raw) for raw in raws))
        assert len(answers) == len(raws) and {code for code, _ in answers} <= {"AA", "AR"}

    run(tmp_path, work, processing=frozenset("PT"))


def test_samples_broken_at_every_place(tmp_path):
    """Cut short, doubled and with a byte changed: everything is answered, and the ward goes on."""
    broken = product(samples()[::12], range(0, 120, 7), (b"", b"\xff", b"|"))
    raws = [raw[:cut] + instead + raw[cut + 1 :] for raw, cut, instead in broken]

    async def work(ward):
        answers = await ward.answers(b"".join(frame(raw) for raw in raws))
        assert len(answers) == len(raws) and {code for code, _ in answers} <= {"AA", "AR"}
        assert await ward.answers(frame(message("z"))) == [("AA", b"z")]

    run(tmp_path, work)
