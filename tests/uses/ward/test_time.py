"""The wall's clock as the ward believes it: small corrections are followed, jumps are not, and nothing goes back."""

from time import sleep

import orjson
import pytest

from opensepsis.uses.ward.model import clock as ward_time
from opensepsis.uses.ward.model.clock import SECOND, WallClock
from opensepsis.uses.ward.model.messages import Arrival
from opensepsis.uses.ward.model.transitions import AlertState
from opensepsis.uses.ward.notify.receiver_answer import ReceiverAnswer
from opensepsis.uses.ward.notify.webhook import Webhook, is_genuine
from opensepsis.uses.ward.server import WardConfig, WardServer
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.web.settings import Settings
from tests.support.ward.feeds import Day
from tests.support.ward.pages import adt, vitals
from tests.support.ward.receiving import SECRET, change, receiving

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


ROTA = """ward,from,until,step,name,contact
*,2026-03-02 09:00,2026-03-02 11:00,1,two hours too early,x
*,2026-03-02 11:00,2026-03-02 13:00,1,at noon,x
*,2026-03-02 13:00,2026-03-02 15:00,1,two hours too late,x
"""


@pytest.mark.parametrize("hours", [2, -2])
def test_after_a_jump_the_pager_calls_whom_the_right_time_names_and_nothing_is_stamped_wrong(
    tmp_path, machine, hours
):
    (tmp_path / "rota.csv").write_text(ROTA, encoding="utf-8")
    with receiving() as receiver:
        plan = WardConfig(
            str(tmp_path / "ward.db"), listeners=(), rota=tmp_path / "rota.csv",
            channels=(Webhook("pager", receiver.url, SECRET),), web=Settings(zone="UTC"),
        )  # fmt: skip
        house = WardServer(plan)
        machine.passes(60)
        right = machine.wall
        machine.wall += hours * 3600 * 10**9
        for channel in house.delivery.channels:
            channel.send(change("A|1#1.1"), ())
        house._answered("pager", change("A|1#1.1"), ReceiverAnswer(problem="not signed"))
        stamps = [line[1] for line in house.audit.lines()]
        house.close()
    ((headers, body),) = receiver.taken
    titled = {name.title(): value for name, value in headers.items()}
    assert is_genuine(SECRET, titled, body, right / 1e9, within=5)
    assert [one["name"] for one in orjson.loads(body)["call"]] == ["at noon"]
    assert stamps[-1] == right // 1000


def test_time_that_was_is_not_gone_through_again_and_goes_on_more_slowly(machine):
    clock, began = WallClock(), machine.wall // 1000
    clock.no_earlier_than(began - HOUR)
    assert (clock.now(), clock.jump()) == (began, 0)
    clock.no_earlier_than(began + 2 * HOUR)
    assert (clock.now(), clock.jump()) == (began + 2 * HOUR, -2 * HOUR)
    for _ in range(16 * 60):  # however often it is asked
        machine.passes(60)
        clock.now()
    assert (clock.now(), clock.jump()) == (began + 17 * HOUR, -HOUR)
    machine.passes(16 * 3600)
    machine.passes(1)
    assert (clock.now(), clock.jump()) == (began + 32 * HOUR + SECOND, 0)
    machine.passes(60)
    assert clock.now() == began + 32 * HOUR + 61 * SECOND


@pytest.mark.parametrize(("before", "after"), [(0, -2), (2, 0), (2, -2), (0, 2)])
def test_a_restart_by_a_clock_that_was_or_is_wrong_loses_no_call_and_is_told(
    tmp_path, machine, before, after
):
    def ward() -> WardServer:
        plan = WardConfig(
            str(tmp_path / "ward.db"),
            listeners=(),
            policy=AlertPolicy(silent=False),
            web=Settings(silent=False),
        )
        return WardServer(plan)

    def call(house: WardServer, number: str) -> set[str]:
        for n, raw in enumerate((adt(number), vitals(number))):
            house.store.keep([Arrival("hl7", "hl7", f"{number} {n}", raw, house.wall.now())])
        for _ in range(30):
            house.engine.round()
            machine.passes(1)
        return {t.patient for t in house.store.transitions() if t.state is AlertState.ALERT}

    right = machine.wall
    machine.wall = right + before * 3600 * 10**9
    house = ward()
    assert call(house, "1234") == {"H|1234"}
    house.close()
    machine.wall = right + after * 3600 * 10**9
    house = ward()
    house.engine.rebuild()
    assert {"H|1234", "H|5678"} == call(house, "5678")
    told = [notice.kind for notice in house.hospital.notices()]
    assert told == (["clock"] if after < before else [])
    house.close()


def test_the_real_clock_can_be_believed():
    clock = WallClock()
    sleep(0.01)
    assert clock.jump() == 0
    assert abs(clock.now() - ward_time.time_ns() // 1000) < SECOND
