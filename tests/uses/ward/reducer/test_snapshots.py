"""The state from a snapshot and the rest of the log is that from the whole log; a snapshot that is not fit is left alone."""

import os
import pickle
import subprocess
import sys
from contextlib import closing
from dataclasses import replace

import pytest

from opensepsis.data.sources import open_source
from opensepsis.engine.live.chart import Event
from opensepsis.uses.ward.model.clock import HandClock
from opensepsis.uses.ward.model.facts import Acted, Charted, Merged, packed, unpacked
from opensepsis.uses.ward.model.messages import Arrival
from opensepsis.uses.ward.service import snapshotting
from opensepsis.uses.ward.service.processor import Processor
from opensepsis.uses.ward.service.snapshotting import OF_PATIENTS, read_snapshot
from opensepsis.uses.ward.state import codec
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.state.burst import Burst
from opensepsis.uses.ward.state.codec import Unreadable, differences, filled, written
from opensepsis.uses.ward.state.patient import Patient
from opensepsis.uses.ward.store import Store
from tests.support.ward.hospital import FEW, HOUR, lines, of, watching

POLICY = AlertPolicy(silent=False)
START = 1_772_452_800_000_000


@pytest.fixture(scope="module")
def facts():
    """Six patients; two of them are merged and parted again, somebody acts."""
    some, mine = FEW, []
    for name in some:  # all of them at once
        his = of([name])
        mine += [(received - his[0][0] + START, moved(fact, START - his[0][0])) for received, fact in his]
    mine.sort(key=lambda f: f[0])
    middle = mine[len(mine) // 2][0]
    mine += [
        (middle, Merged(some[0], some[1], middle)),
        (middle + HOUR, Acted(some[2], "acknowledge", "ada", middle + HOUR)),
        (middle + 2 * HOUR, Acted(some[3], "attribute", "ada", middle, concept="creatinine")),
        (middle + 9 * HOUR, Merged(some[0], some[1], middle + 9 * HOUR, undone=True)),
    ]
    return sorted(mine, key=lambda f: f[0])


def moved(fact, by: int):
    """The same at another time."""
    if isinstance(fact, Charted):
        end = fact.event.end and fact.event.end + by
        event = replace(fact.event, time=fact.event.time + by, end=end, known=fact.event.known + by)
        return replace(fact, event=event)
    return replace(fact, **{n: getattr(fact, n) + by for n in ("time", "stated") if hasattr(fact, n)})


def engine_on(store: Store, clock: HandClock) -> Processor:
    engine = Processor(
        store, lambda m: ((unpacked(m.raw),), ()), watching(), POLICY, clock, limits={"sim": HOUR}
    )
    engine.rebuild()
    return engine


def play(engine: Processor, clock: HandClock, facts, first: int, last: int) -> None:
    for number in range(first, last):
        received, fact = facts[number]
        clock.set(received)
        engine.store.keep([Arrival("sim", "timeline", str(number), packed(fact), received)])
        if number % 7 == 0:
            engine.round()
    engine.round()


def whole(engine: Processor) -> dict:
    """Everything that is held, patient by patient; what is worked out again when asked for is worked out first."""
    ward = engine.ward
    fresh, found = Patient("", watching(), 1), {}
    for name, patient in ward.patients.items():
        for score in watching().scores:
            patient.bedside.points(score, ward.horizon)
        if patient.ticks:
            patient.ticks.refresh(ward.horizon)
        found[name] = differences(patient, fresh)
    timers = [(at, name) for at, name in ward._timers if at == ward._next(ward.patients[name])]
    ward._timers = sorted(set(timers))
    return found | {"": differences(ward, engine._empty(), OF_PATIENTS)}


@pytest.mark.parametrize("at", [0.3, 0.55, 0.8])
def test_snapshot_and_rest_of_the_log_equal_the_whole_log(facts, address, at, monkeypatch):
    monkeypatch.setattr(snapshotting, "SLICE", 0.0)  # one patient a round: others change meanwhile
    clock, cut = HandClock(0), int(len(facts) * at)
    with closing(Store(address)) as store:
        engine = engine_on(store, clock)
        play(engine, clock, facts, 0, cut)
        engine._snapshot_at = 0.0
        play(engine, clock, facts, cut, cut + 60)
        assert not engine._snapshots.writing, "the snapshot was finished while the ward went on"
        play(engine, clock, facts, cut + 60, min(cut + 120, len(facts)))
    with closing(Store(address)) as store:
        ward, snapshot, _ = read_snapshot(store.database, engine_on(store, clock)._empty)
        assert snapshot is not None and 0 < snapshot.entry < store.last_entry()
        assert len(ward.patients) >= 5
        monkeypatch.setattr(snapshotting, "version_of", lambda ward: "another")
        from_log = engine_on(store, clock)
        monkeypatch.undo()
        from_snapshot = engine_on(store, clock)
        assert whole(from_snapshot) == whole(from_log)
        rest = range(min(cut + 120, len(facts)), min(cut + 200, len(facts)))
        if rest:
            play(from_snapshot, clock, facts, rest.start, rest.stop)
        told = list(store.transitions())
        again = from_snapshot._empty()
        assert lines([*again.take(store.log()), *again.run_timers(store.horizon())]) == lines(told)


DAMAGE = {
    "a bit": "UPDATE snapshot_part SET state = {flipped} WHERE name = 'ward'",
    "a part": "DELETE FROM snapshot_part WHERE name = (SELECT max(name) FROM snapshot_part)",
    "a name": "UPDATE snapshot_part SET name = 'x' WHERE name = (SELECT min(name) FROM snapshot_part)",
    "its digest": "UPDATE snapshot SET parts = parts + 1",
    "another version": "UPDATE snapshot SET version = 'other'",
    "never finished": "DELETE FROM snapshot",
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_snapshot_that_is_not_as_it_was_written_is_left_alone(facts, tmp_path, damage):
    clock = HandClock(0)
    with closing(Store(tmp_path / "ward.db")) as store:
        engine = engine_on(store, clock)
        play(engine, clock, facts, 0, 80)
        engine.take_snapshot()
        right = whole(engine_on(store, clock))
        with store.database.transaction() as run:
            if damage == "a bit":
                state = bytes(run("SELECT state FROM snapshot_part WHERE name = 'ward'")[0][0])
                flipped = state[:40] + bytes([state[40] ^ 1]) + state[41:]
                run("UPDATE snapshot_part SET state = ? WHERE name = 'ward'", (flipped,))
            else:
                run(DAMAGE[damage])
        assert read_snapshot(store.database, engine._empty)[1] is None
        again = engine_on(store, clock)
        assert whole(again) == right
        again.take_snapshot()
        _, found, _ = read_snapshot(store.database, engine._empty)
        assert found is not None and found.entry == store.last_entry()


def test_a_limit_outlives_a_snapshot():
    patient = Patient("A|1", watching(), 1)
    for minute, limit in ((1, "<"), (2, None)):
        event = Event("platelets", minute, None, minute, 60.0, limit, f"o {minute}")
        patient.take(minute, minute, Charted("A|1", event))
    again = filled(Patient("", watching(), 1), written(patient, Patient("", watching(), 1)))
    for one in (patient, again):
        one.take(3, 3, Charted("A|1", Event("platelets", 3, None, 3, 40.0, ">", "o 3")))
    for end in ("low", "high"):
        mine, restored = (
            getattr(one.bedside.chart, end).series["platelets"].values for one in (patient, again)
        )
        assert restored == mine and len(mine) == 3
    assert (
        again.bedside.chart.low.series["platelets"].values
        != again.bedside.chart.high.series["platelets"].values
    )


def test_a_large_patient_is_written_in_pieces_and_as_of_one_moment(tmp_path, monkeypatch):
    monkeypatch.setattr(snapshotting, "SLICE", 0.0)
    clock, number = HandClock(START), 2 * codec.LONG + 7

    def rate(minute: int) -> tuple[int, Charted]:
        at = START + minute * 60_000_000
        return at, Charted("A|1", Event("heart_rate", at, None, at, 80.0 + minute % 9, None, f"o {minute}"))

    with closing(Store(tmp_path / "ward.db")) as store:
        engine = engine_on(store, clock)
        raw = [packed(fact) for _, fact in map(rate, range(number))]
        store.keep([Arrival("sim", "timeline", str(n), said, START) for n, said in enumerate(raw)])
        monkeypatch.setattr(Burst, "is_on", lambda self, now: True)  # what is judged matters not here
        engine.round()
        engine._snapshot_at = 0.0
        engine._write_snapshot()
        begun = engine._snapshots
        assert begun.writing and begun._at == "A|1" and len(begun._said) == 1
        before = differences(engine.ward.patients["A|1"], Patient("", watching(), 1))["told"][:]
        play(engine, clock, [rate(number)] * 2, 0, 2)  # while it is being written
        while begun.writing:
            engine._write_snapshot()
        ward, snapshot, _ = read_snapshot(store.database, engine._empty)
        patient = ward.patients["A|1"]
        assert snapshot is not None
        assert snapshot.entry == number == len(patient.told) and patient.told == before
        assert patient.bedside.chart.series["heart_rate"].times == [rate(n)[0] for n in range(number)]
        fact = patient.told[5][2]
        assert isinstance(fact, Charted)
        one = fact.event  # held in two places: one thing still
        assert one is patient.bedside.chart.seen["heart_rate"][one.time][0]


def test_a_snapshot_that_cannot_be_written_is_no_messages_fault(facts, tmp_path, monkeypatch):
    monkeypatch.setattr(snapshotting, "SLICE", 0.0)
    clock, cut = HandClock(0), len(facts) // 10
    with closing(Store(str(tmp_path / "ward.db"))) as store:
        engine = engine_on(store, clock)
        play(engine, clock, facts, 0, cut)

        def fails(*parts):
            raise TypeError("of the state")

        engine._snapshot_at = 0.0
        engine._write_snapshot()
        monkeypatch.setattr(snapshotting, "written", fails)
        monkeypatch.setattr(snapshotting, "written_in_pieces", fails)
        play(engine, clock, facts, cut, cut + 30)
        assert not engine._snapshots.writing and store.unread() == []
        assert store.database.rows("SELECT count(*) FROM problem WHERE kind = 'dead'") == [(0,)]


def holds_each_moment_once(patient: Patient) -> bool:
    """Whether the moments of a chart are the very numbers of its events."""
    seen = patient.bedside.chart.seen.values()
    moments = [(time, event) for held in seen for time, events in held.items() for event in events]
    return bool(moments) and all(time is event.time for time, event in moments)


def test_moments_are_shared_where_the_next_snapshot_is_begun_and_no_restart_waits_for_it(
    facts, tmp_path, monkeypatch
):
    shared: list[str] = []
    share = snapshotting.share_moments
    monkeypatch.setattr(snapshotting, "share_moments", lambda p: (shared.append(p.name), share(p)))
    clock, cut = HandClock(0), len(facts) // 2
    with closing(Store(tmp_path / "ward.db")) as store:
        engine = engine_on(store, clock)
        play(engine, clock, facts, 0, cut)
        engine.take_snapshot()
        assert shared == [], "who came with messages holds each moment once"
        again = engine_on(store, clock)
        assert again._snapshots._number and shared == []
        charted = [n for n, p in again.ward.patients.items() if p.last_charted]
        assert charted and not any(holds_each_moment_once(again.ward.patients[n]) for n in charted)
        play(again, clock, facts, cut, cut + 60)
        changed = set(charted) & again._snapshots._changed & again.ward.patients.keys()
        before = whole(again)
        again.take_snapshot()
        assert changed and changed <= set(shared)
        assert all(holds_each_moment_once(again.ward.patients[name]) for name in changed)
        assert whole(again) == before
        play(again, clock, facts, cut + 60, cut + 90)
        again.take_snapshot()
        assert len(shared) == len(set(shared)), "once for each patient who was read"


def test_what_is_empty_by_its_class_is_left_out_and_there_again():
    fresh = Patient("", watching(), 1)
    event = Event("lactate", 1, known=2, value=0.0, origin="o 1")
    sure = Charted("A|1", event)
    other = Charted("A|1", event, shown="0", preliminary=True, whole=0.0, low=0.0)
    patient = Patient("A|1", watching(), 1)
    patient.told = [(1, 2, sure), (2, 3, other)]
    state = written(patient, fresh)
    read = [fact for _, _, fact in filled(Patient("", watching(), 1), state).told]
    assert read == [sure, other] and read[0].event is read[1].event
    assert [hash(one) for one in read] == [hash(sure), hash(other)]
    assert [str(one) for one in read] == [str(sure), str(other)], "zero is not empty"
    assert read[0].event.known == 2 and replace(read[0], whole=1.0).preliminary is False
    assert len(state) < len(pickle.dumps(differences(patient, fresh), protocol=5))


def test_of_a_dictionary_with_the_names_of_a_fresh_one_only_the_changed_is_written():
    fresh = Patient("", watching(), 1)
    patient = Patient("A|1", watching(), 1)
    for minute in range(3):
        patient.take(minute, minute, Charted("A|1", Event("lactate", minute, None, minute, 2.0, None, "o")))
    chart = differences(patient, fresh)["bedside"].said["chart"].said
    assert (
        {"lactate"}
        <= chart["seen"].said.keys()
        == chart["series"].said.keys()
        < fresh.bedside.chart.seen.keys()
    )
    again = filled(Patient("", watching(), 1), written(patient, fresh)).bedside.chart
    for name in ("seen", "series", "versions"):
        held, mine = getattr(again, name), getattr(patient.bedside.chart, name)
        assert held == mine and list(held) == list(mine)


class Called:
    """What would run a program when it is read."""

    def __init__(self, function, *arguments):
        self.how = function, arguments

    def __reduce__(self):
        return self.how


@pytest.mark.parametrize("function", [os.system, eval, open_source, Store, getattr, subprocess.Popen])
def test_no_code_of_a_snapshot_runs(function, tmp_path):
    made = tmp_path / "made"
    state = pickle.dumps({"name": Called(function, f"touch {made}")})
    patient = Patient("before", watching(), 1)
    with pytest.raises(Unreadable):
        filled(patient, state)
    assert patient.name == "before" and not made.exists()


VERSION = """
from opensepsis.uses.ward.service.snapshotting import version_of
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.state.monitored import watched
from opensepsis.uses.ward.state.ward import Ward
wards = frozenset(("3A", "3B", "ICU", "ED", "4C"))
print(version_of(Ward(watched(), AlertPolicy(speaking_wards=wards), limits={"lab": 5, "adt": 6})))
"""


def test_every_process_gives_the_same_version():
    found = set()
    for seed in "123":
        environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)}
        command = [sys.executable, "-c", VERSION]
        found.add(subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout)
    assert len(found) == 1 and len(found.pop()) == 65
