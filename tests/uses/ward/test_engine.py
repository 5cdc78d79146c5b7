"""The engine goes on: one message at which the reducer fails is left to a person, and stops nobody else's."""

from threading import Event as Flag

import orjson
import pytest

from opensepsis.uses.ward.model.facts import Charted
from opensepsis.uses.ward.model.messages import Arrival
from opensepsis.uses.ward.state.patient import Patient
from tests.support.waiting import LONGEST, waited_for
from tests.support.ward.feeds import Day, to_microseconds

FATAL = 66.6


def faulty(take):
    def failing(patient, message, received, fact):
        if isinstance(fact, Charted) and fact.event.value == FATAL:
            raise ZeroDivisionError("with a patient's value in its words")
        return take(patient, message, received, fact)

    return failing


def test_a_message_at_which_the_ward_fails_is_left_aside(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(Patient, "take", faulty(Patient.take))
    day = Day("fhir", tmp_path / "ward.db")
    day.admit(0)
    monkeypatch.setattr(day.engine, "round", lambda: None)
    for minute, pulse in ((5, 70), (6, FATAL), (7, 71)):
        day.result(minute, pulse=pulse)
    monkeypatch.undo()
    monkeypatch.setattr(Patient, "take", faulty(Patient.take))
    day.engine.start()
    waited_for(lambda: day.store.unread() == [])
    day.engine.stop()
    [(letter, problem)] = day.store.dead_letters()
    assert "ZeroDivisionError" in problem.words
    assert b"66.6" in letter.raw
    times = [e.time for e in day.patient().bedside.chart.standing("heart_rate")]
    assert times == [to_microseconds(5), to_microseconds(7)]
    assert "patient's value" not in caplog.text
    day.ill(8)
    assert day.alerts()[-1] == "alert"
    day.close()


def large(number: int) -> str:
    """An ORU of 5,000 results, a second apart."""
    rows = "\r".join(
        f"OBX|{i}|NM|8867-4^x^LN||{60 + i % 41}|/min|||||F|||2026030208{i // 60 % 60:02d}{i % 60:02d}+0000"
        for i in range(1, 5001)
    )
    head = "MSH|^~\\&|MON|H|||20260302100000+0000||ORU^R01|big|P|2.5.1\rPID|1||1^^^feed^MR\r"
    return f"{head}OBR|1||big{number}|x|||20260302080000+0000\r{rows}\r"


def test_a_large_message_holds_nobody_up_and_ends_in_the_same_state(tmp_path):
    day = Day("hl7", tmp_path / "ward.db")
    day.admit(0)
    day.admit(0, who="2")
    waits: list[int] = []
    settle = day.store.settle

    def settling(settled):
        waits.append(len(settled.entries))
        settle(settled)

    day.store.settle = settling
    day.send(120, large(1), {})
    assert max(waits) <= 500 and len(waits) >= 3
    assert day.store.unread() == []
    whole = [e.time for e in day.patient().bedside.chart.standing("heart_rate")]
    log = [e for e in day.store.log() if e.message == 3]
    assert [e.received for e in day.store.log()] == sorted(e.received for e in day.store.log())
    day.killed()
    assert [e.time for e in day.patient().bedside.chart.standing("heart_rate")] == whole
    assert [e for e in day.store.log() if e.message == 3] == log
    day.close()


def test_a_large_message_that_was_cut_off_goes_on_where_it_was(tmp_path):
    day = Day("hl7", tmp_path / "ward.db")
    day.admit(0)
    settle, done = day.store.settle, []

    def failing(settled):
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(len(settled.entries))
        settle(settled)

    day.store.settle = failing
    try:
        day.send(120, large(1), {})
    except KeyboardInterrupt:
        day.killed()
    assert [m.number for m in day.store.unread()] == [2]
    day.engine.round()
    assert day.store.unread() == []
    facts = [e.fact for e in day.store.log() if e.message == 2]
    assert len(facts) == len(set(facts)) == 5000, "none twice, none left out"
    day.close()


def large_bundle(*first: dict) -> bytes:
    """3,000 Observations of Patient/1, a second apart."""
    rows = [
        {
            "resourceType": "Observation", "id": f"b{n}", "status": "final", "subject": {"reference": "Patient/1"},
            "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
            "effectiveDateTime": f"2026-03-02T08:{n // 60:02d}:{n % 60:02d}Z",
            "valueQuantity": {"value": 60 + n % 41, "unit": "/min", "code": "/min", "system": "http://unitsofmeasure.org"},
        }
        for n in range(3000)
    ]  # fmt: skip
    return orjson.dumps(
        {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": r} for r in (*first, *rows)]}
    )


PLACE = {"resourceType": "Location", "id": "l", "name": "3B"}
INTO = {
    "resourceType": "Encounter", "id": "v", "status": "in-progress", "class": {"code": "IMP"}, "subject": {"reference": "Patient/1"},
    "period": {"start": "2026-03-02T08:00:00Z"}, "location": [{"location": {"reference": "Location/l"}, "status": "active"}],
}  # fmt: skip


def kept_at(day: Day, feed: str, key: str, raw: bytes) -> int:
    return day.store.keep([Arrival(feed, "fhir", key, raw, day.clock.now())])[0].number


def test_a_large_bundle_is_read_beside_other_feeds_and_before_its_own(tmp_path, monkeypatch):
    day = Day("fhir", tmp_path / "ward.db")
    day.clock.set(to_microseconds(120))
    big = kept_at(day, "feed", "big", large_bundle(PLACE))
    own, other = (
        kept_at(day, "feed", "own", orjson.dumps(INTO)),
        kept_at(day, "lab", "other", orjson.dumps(PLACE)),
    )
    reading, order = Flag(), []
    settle, beside = day.store.settle, day.engine._beside

    def slow(message):
        reading.wait(LONGEST)
        return beside(message)

    def settling(settled):
        settle(settled)
        order.extend(settled.messages)
        if other in settled.messages:
            reading.set()

    monkeypatch.setattr(day.engine, "_beside", slow)
    monkeypatch.setattr(day.store, "settle", settling)
    day.engine.start()
    waited_for(lambda: day.store.unread() == [])
    day.engine.stop()
    assert order[0] == other and set(order) == {big, own, other}
    assert len(day.patient().bedside.chart.standing("heart_rate")) == 3000
    assert day.patient().visit.ward == "3B", "the place that the Bundle told is known to what came after it"
    day.close()


def test_a_large_bundle_that_was_cut_off_goes_on_where_it_was(tmp_path, monkeypatch):
    day = Day("fhir", tmp_path / "ward.db")
    day.clock.set(to_microseconds(120))
    kept_at(day, "feed", "first", large_bundle())
    day.engine.round()
    day.clock.set(to_microseconds(130))
    again = large_bundle().replace(b"T08:", b"T09:")
    second = kept_at(day, "feed", "second", again)
    settle, done = day.store.settle, []

    def failing(settled):
        if len(done) == 7:
            raise KeyboardInterrupt
        done.append(len(settled.entries))
        settle(settled)

    monkeypatch.setattr(day.store, "settle", failing)
    with pytest.raises(KeyboardInterrupt):
        day.engine.round()
    day.killed()
    assert [m.number for m in day.store.unread()] == [second]
    day.engine.round()
    facts = [e.fact for e in day.store.log() if e.message == second]
    assert len(facts) == len(set(facts)) == 6000, "3,000 values and as many that they take the place of"
    times = [e.time for e in day.patient().bedside.chart.standing("heart_rate") if e.value is not None]
    assert len(times) == 3000 and min(times) >= to_microseconds(0)
    day.close()


def test_an_engine_that_is_busy_for_long_is_not_frozen(tmp_path, monkeypatch):
    """A slow machine: each message of a round takes 4 s, and the round 40 s."""
    day = Day("hl7", tmp_path / "ward.db")
    day.admit(0)
    ages: list[int] = []
    few = "\r".join(large(1).split("\r")[:5])
    raws = [few.replace("big", f"b{n}").encode() for n in range(10)]
    day.store.keep([Arrival("feed", "hl7", f"k{n}", raw, day.clock.now()) for n, raw in enumerate(raws)])
    take = type(day.engine.ward).take

    def slow(ward, entries):
        day.clock.set(day.clock.now() + 4_000_000)
        ages.append(day.clock.now() - day.engine.updated)
        return take(ward, entries)

    monkeypatch.setattr(type(day.engine.ward), "take", slow)
    day.engine.round()
    assert len(ages) == 10 and max(ages) <= 5_000_000, "each message is a sign of life"
    day.close()
