"""The wall's clock as the ward believes it: small corrections are followed, jumps are not, and nothing goes back."""

from time import sleep

import pytest

from opensepsis.uses.ward.model import clock as ward_time
from opensepsis.uses.ward.model.clock import SECOND, WallClock
from tests.support.ward.feeds import Day

HOUR = 3600 * SECOND


@pytest.fixture
def machine(monkeypatch):
    """A machine whose clock can be set: `wall` and `boot` in nanoseconds."""

    class Machine:
        wall, boot = 1_772_452_800 * 10**9, 10**12

        def passes(self, seconds: float) -> None:
            self.wall += int(seconds * 1e9)
            self.boot += int(seconds * 1e9)

    machine = Machine()
    monkeypatch.setattr(ward_time, "time_ns", lambda: machine.wall)
    monkeypatch.setattr(ward_time, "_since_boot", lambda: machine.boot)
    return machine


@pytest.mark.parametrize("hours", [6, -6])
def test_a_jump_is_told_and_not_followed(machine, hours):
    clock = WallClock()
    began = clock.now()
    machine.passes(10)
    machine.wall += hours * 3600 * 10**9
    assert clock.now() == began + 10 * SECOND
    assert clock.jump() == hours * HOUR
    machine.passes(4)
    machine.wall -= hours * 3600 * 10**9
    assert clock.now() == began + 14 * SECOND
    assert clock.jump() == 0


def test_a_small_correction_is_followed_and_time_never_goes_back(machine):
    clock = WallClock()
    began = clock.now()
    machine.wall += 900_000_000
    assert clock.now() == began + 900_000
    machine.wall -= 900_000_000
    assert clock.now() == began + 900_000
    machine.passes(2)
    assert clock.now() == began + 2 * SECOND


def test_a_jump_escalates_nothing_stamps_nothing_ahead_and_is_told(tmp_path, machine):
    day = Day("fhir", tmp_path / "ward.db")
    day.admit(0)
    machine.wall = (day.clock.now() + SECOND) * 1000
    clock = WallClock()
    day.engine.clock = clock
    health = day.at_work("nurse")
    day.engine.round()
    assert health.get("/healthz").json() == {"status": "ok"}
    machine.wall += 6 * 3600 * 10**9
    told = day.alerts()
    day.hospital.keep = lambda arrival: day.store.keep([arrival])[0]
    day.hospital.receive("feed", "fhir", "x", b"{}")
    day.engine.round()
    assert day.alerts() == told
    assert day.store.database.rows("SELECT max(received) FROM message")[0][0] < clock.now() + SECOND
    answer = health.get("/healthz")
    assert (answer.status_code, answer.json()["status"]) == (503, "clock")
    assert "6:00:00" in health.get("/").text and "clock jumped" in health.get("/").text
    machine.wall -= 6 * 3600 * 10**9
    assert health.get("/healthz").status_code == 200
    day.close()


def test_the_real_clock_can_be_believed():
    clock = WallClock()
    sleep(0.01)
    assert clock.jump() == 0
    assert abs(clock.now() - ward_time.time_ns() // 1000) < SECOND
