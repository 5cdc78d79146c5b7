"""The engine goes on: one message at which the reducer fails is left to a person, and stops nobody else's."""

from time import monotonic, sleep

from opensepsis.uses.ward.facts import Charted
from opensepsis.uses.ward.reducer.patient import Patient
from tests.uses.ward.feeds import Day, micro

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
    assert times == [micro(5), micro(7)]
    assert "patient's value" not in caplog.text
    day.ill(8)
    assert day.alerts()[-1] == "alert"
    day.close()
