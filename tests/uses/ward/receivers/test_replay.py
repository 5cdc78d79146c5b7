"""Recordings played again: the same messages, in their order, received at the time of the clock."""

import asyncio
import os
from itertools import pairwise
from pathlib import Path

import orjson
import pytest

from opensepsis.data.sources import open_source
from opensepsis.data.timeline.writer import write_timeline
from opensepsis.errors import MissingError, TimeError
from opensepsis.uses.ward.ingest.mllp_client import Target
from opensepsis.uses.ward.ingest.recordings import Step, read_recording, split_messages
from opensepsis.uses.ward.ingest.replay import OverTheWire, clock_for, into_store, play
from opensepsis.uses.ward.model.clock import HandClock, RunningClock, WallClock
from tests.support.ward.listening import frame, message, run
from tests.support.ward.receiving import receiving

SHARED = Path(os.environ.get("OPENSEPSIS_SHARED", "../shared")) / "data"
HOSPITAL = Path(__file__).parents[4] / "examples" / "hospital"
NOON = 1_767_268_800_000_000  # 2026-01-01T12:00:00Z
MINUTE = 60_000_000


def hl7(name: str, minute: int) -> bytes:
    return message(name, msh7=f"202601011{200 + minute:03d}+0000")


def test_a_file_of_many_messages(tmp_path):
    raws = [hl7("1", 0), hl7("2", 5), hl7("3", 2)]
    batch = b"FHS|^~\\&\rBHS|^~\\&\r" + b"".join(raws) + b"BTS|3\rFTS|1\r"
    for name, content in (
        ("plain.hl7", b"".join(raws)),
        ("framed.hl7", b"".join(map(frame, raws))),
        ("marked.hl7", b"\xef\xbb\xbf" + b"\n\n".join(raws).replace(b"\r", b"\n")),
        ("batch.hl7", batch),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        steps = read_recording(path)
        assert [step.key for step in steps] == ["LAB|HOSP|1", "LAB|HOSP|3", "LAB|HOSP|2"], name
        assert [step.time for step in steps] == [NOON, NOON + 2 * MINUTE, NOON + 5 * MINUTE]
        assert all(b"BTS" not in step.raw and b"\x1c" not in step.raw for step in steps)
    (read_back,) = split_messages(raws[0])
    assert read_back == raws[0]


def test_a_text_with_msh_in_it_is_not_cut():
    raw = message("1", "OBX|1|TX|||see MSH|^~ there»")
    assert split_messages(raw) == [raw]


def test_times_without_a_zone_need_one(tmp_path):
    path = tmp_path / "a.hl7"
    path.write_bytes(message("1", msh7="20260101120000"))
    with pytest.raises(TimeError, match="--timezone"):
        read_recording(path)
    assert read_recording(path, "Europe/Berlin")[0].time == NOON - 60 * MINUTE


def test_messages_without_a_time_follow_the_one_before(tmp_path):
    (tmp_path / "a.hl7").write_bytes(
        message("0", msh7="") + hl7("1", 1) + message("2", msh7="soon") + hl7("3", 3)
    )
    steps = read_recording(tmp_path)
    assert [(step.key[-1], (step.time - NOON) // MINUTE) for step in steps] == [
        ("0", 1),
        ("1", 1),
        ("2", 1),
        ("3", 3),
    ]


def test_fhir_lines(tmp_path):
    lines = [
        {"resourceType": "Patient", "id": "p"},
        {
            "resourceType": "Observation",
            "id": "o",
            "issued": "2026-01-01T12:05:00Z",
            "effectiveDateTime": "2026-01-01",
        },
        {
            "resourceType": "Observation",
            "id": "o",
            "meta": {"versionId": "2", "lastUpdated": "2026-01-01T12:09:00Z"},
        },
        {"resourceType": "Encounter", "id": "e", "period": {"start": "2026-01-01T12:01:00+00:00"}},
    ]
    (tmp_path / "x.ndjson").write_bytes(b"\n".join(map(orjson.dumps, lines)) + b"\n\n")
    steps = read_recording(tmp_path)
    assert [(s.key, (s.time - NOON) // MINUTE) for s in steps] == [
        ("Patient/p/", 1), ("Encounter/e/", 1), ("Observation/o/", 5), ("Observation/o/2", 9),
    ]  # fmt: skip
    assert orjson.loads(steps[2].raw) == lines[1]


def test_fhir_does_not_tell_the_future(tmp_path):
    lines = [
        {"resourceType": "Condition", "id": "c"},
        {"resourceType": "Patient", "id": "p", "deceasedDateTime": "2026-01-01T12:30:00Z"},
        {
            "resourceType": "Encounter",
            "id": "e",
            "status": "finished",
            "period": {"start": "2026-01-01T12:00:00Z", "end": "2026-01-01T12:20:00Z"},
            "hospitalization": {"dischargeDisposition": {"text": "died"}},
        },
    ]
    (tmp_path / "x.ndjson").write_bytes(b"\n".join(map(orjson.dumps, lines)))
    steps = read_recording(tmp_path)
    minutes = {step.key: (step.time - NOON) // MINUTE for step in steps}
    assert minutes == {
        "Patient/p//begun": 0,
        "Encounter/e//begun": 0,
        "Encounter/e/": 20,
        "Patient/p/": 30,
        "Condition/c/": 30,
    }
    begun = orjson.loads(next(step.raw for step in steps if step.key == "Encounter/e//begun"))
    assert begun == {
        "resourceType": "Encounter", "id": "e", "status": "in-progress", "period": {"start": "2026-01-01T12:00:00Z"}
    }  # fmt: skip


def test_a_csv_folder_does_not_tell_the_future():
    steps = read_recording(HOSPITAL)
    assert all(a.time <= b.time for a, b in pairwise(steps))
    stays = [step for step in steps if step.key.startswith("stays")]
    events = [step for step in steps if step.key.startswith("events")]
    assert len(events) > 100 and len({step.key for step in steps}) == len(steps)
    seen: dict[str, int] = {}
    for step in stays:
        header, row = step.raw.decode().splitlines()
        said = dict(zip(header.split(","), row.split(","), strict=True))
        seen[said["stay"]] = seen.get(said["stay"], 0) + 1
        if seen[said["stay"]] == 1:
            assert not said["discharged"] and not said.get("died")
    assert set(seen.values()) <= {1, 2}


def test_a_timeline(tmp_path):
    write_timeline(open_source("csv", HOSPITAL, None), tmp_path / "timeline")
    steps = read_recording(tmp_path / "timeline")
    assert all(a.time <= b.time for a, b in pairwise(steps)) and len({step.key for step in steps}) == len(
        steps
    )
    rows = [orjson.loads(step.raw) for step in steps]
    from_csv = [step for step in read_recording(HOSPITAL) if step.key.startswith("events")]
    events = [row for row in rows if row["table"] == "events"]
    assert 0 < len(events) <= len(from_csv)
    assert all(
        row.get("known", row["time"]) == step.time
        for row, step in zip(rows, steps, strict=True)
        if row in events
    )


def test_nothing_to_replay(tmp_path):
    with pytest.raises(MissingError, match="holds nothing"):
        read_recording(tmp_path)
    with pytest.raises(MissingError, match="nothing at"):
        read_recording(tmp_path / "x")


@pytest.mark.parametrize(
    ("folder", "least"),
    [("hl7v2-samples", 143), ("mimic-iv-demo-fhir/fhir/MimicObservationED.ndjson.gz", 1000)],
)
def test_shared_recordings_can_be_read(folder, least):
    if not (SHARED / folder).exists():
        pytest.skip(f"{SHARED / folder} is not there; set OPENSEPSIS_SHARED")
    steps = read_recording(SHARED / folder, "UTC")
    assert len(steps) >= least and all(a.time <= b.time for a, b in pairwise(steps))


def steps_of(*minutes: int) -> list[Step]:
    return [
        Step(NOON + minute * MINUTE, "hl7", f"k{n}", hl7(str(n), minute)) for n, minute in enumerate(minutes)
    ]


def test_as_fast_as_it_goes_into_the_store(tmp_path):
    async def work(ward):
        steps = steps_of(*range(900))
        assert await play(steps, into_store(ward.committer, "replay"), clock_for(steps, None)) == 900
        kept = ward.store.unread()
        assert [(m.raw, m.received) for m in kept] == [(step.raw, step.time) for step in steps]

    run(tmp_path, work)


def test_at_a_thousand_times_real_time(tmp_path):
    async def work(ward):
        steps = steps_of(0, 5, 5, 10)
        loop = asyncio.get_running_loop()
        before = loop.time()
        await play(steps, into_store(ward.committer, "replay"), clock_for(steps, 1000))
        assert 0.59 < loop.time() - before < 20
        kept = ward.store.unread()
        assert all(
            step.time <= m.received < step.time + 60 * MINUTE for step, m in zip(steps, kept, strict=True)
        )

    run(tmp_path, work)


def test_over_real_connections(tmp_path):
    resource = {"resourceType": "Observation", "id": "o"}

    async def work(ward):
        with receiving() as receiver:
            receiver.faults = ["503", "200", "422"]
            wire = OverTheWire(Target(port=ward.server.port), receiver.url)
            fhir = [Step(NOON, "fhir", f"Observation/{n}/", orjson.dumps(resource)) for n in range(2)]
            await play([*steps_of(0, 1), *fhir, Step(NOON, "csv", "x", b"")], wire, HandClock())
            await wire.close()
            assert wire.refused == 2 and len(receiver.taken) == 1 and receiver.tried == 3
            assert orjson.loads(receiver.taken[0][1]) == resource
        assert [m.key for m in ward.store.unread()] == ["LAB|HOSP|0", "LAB|HOSP|1"]

    run(tmp_path, work)


def test_a_recording_played_twice_is_kept_once(tmp_path):
    async def work(ward):
        steps = steps_of(*range(50))
        for _ in range(2):
            await play(steps, into_store(ward.committer, "replay"), clock_for(steps, None))
        (feed,) = ward.store.feeds()
        assert (feed.messages, feed.duplicates) == (50, 50)

    run(tmp_path, work)


def test_clocks():
    async def work():
        assert abs(WallClock().now() - WallClock().now()) < 1_000_000
        await WallClock().until(WallClock().now() + 1000)
        running = RunningClock(NOON, 600)
        await running.until(NOON + MINUTE)
        assert NOON + MINUTE <= running.now() < NOON + 30 * MINUTE
        by_hand = HandClock(5)
        waiting = asyncio.create_task(by_hand.until(9))
        for moment in (7, 8):
            by_hand.set(moment)
            await asyncio.sleep(0)
            assert not waiting.done()
        by_hand.set(9)
        await asyncio.wait_for(waiting, 1)
        by_hand.set(3)
        assert by_hand.now() == 9

    asyncio.run(work())
