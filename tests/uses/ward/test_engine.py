"""The engine goes on: one message at which the reducer fails is left to a person, and stops nobody else's."""

from time import monotonic, sleep

from opensepsis.uses.ward.model.facts import Charted
from opensepsis.uses.ward.state.patient import Patient
from tests.uses.ward.feeds import Day, to_microseconds

FATAL = 66.6


def faulty(take):
    def failing(patient, message, received, fact):
        if isinstance(fact, Charted) and fact.event.value == FATAL:
            raise ZeroDivisionError("with a patient's value in its words")
        return take(patient, message, received, fact)

    return failing


def until(holds, seconds: float = 20) -> bool:
    end = monotonic() + seconds
    while not holds() and monotonic() < end:
        sleep(0.05)
    return holds()


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
    assert until(lambda: day.store.unread() == [])
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
