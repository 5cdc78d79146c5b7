"""A ward that was killed, or ended in order, goes on as if it had not been: what it holds, what it writes, whom it calls."""

import pytest

from opensepsis.uses.ward.model.facts import packed
from opensepsis.uses.ward.service import processor, snapshotting
from opensepsis.uses.ward.service.snapshotting import OF_PATIENTS
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.state.codec import differences
from opensepsis.uses.ward.state.patient import Patient
from tests.support.ward.feeds import WATCHING, Day


def state(day: Day) -> dict:
    """All that is held of everybody; what is worked out when asked for is worked out first."""
    ward, fresh, found = day.engine.ward, Patient("", WATCHING, 1), {}
    for name, patient in ward.patients.items():
        for score in WATCHING.scores:
            patient.bedside.points(score, ward.horizon)
        if patient.ticks:
            patient.ticks.refresh(ward.horizon)
        found[name] = differences(patient, fresh)
    timers = {(at, n) for at, n in ward._timers if n in ward.patients and at == ward._next(ward.patients[n])}
    ward._timers = sorted(timers)
    return found | {"": differences(ward, day.engine._empty(), OF_PATIENTS)}


def observed(day: Day, minute: float, name: str, who: str = "1", **parts) -> None:
    """An Observation with parts, under its own name, without a version."""
    units = {"8480-6": "mm[Hg]", "8462-4": "mm[Hg]", "8478-0": "mm[Hg]"}
    parts = {code.replace("_", "-"): value for code, value in parts.items()}
    components = [
        {"code": {"coding": [{"system": "http://loinc.org", "code": code}]},
         "valueQuantity": {"value": value, "unit": units[code], "code": units[code], "system": "http://unitsofmeasure.org"}}
        for code, value in parts.items()
    ]  # fmt: skip
    day.send(minute, "", {
        "resourceType": "Observation", "id": name, "status": "final", "subject": {"reference": f"Patient/{who}"},
        "code": {"coding": [{"system": "http://loinc.org", "code": "85354-9"}]}, "effectiveDateTime": day.iso(10),
        "issued": day.iso(minute), "component": components,
    })  # fmt: skip


def drug(day: Day, minute: float, name: str, words: str) -> None:
    day.send(
        minute, "", {"resourceType": "Medication", "id": name, "code": {"text": words}, "status": "active"}
    )


def given(day: Day, minute: float, of: str, who: str = "1") -> None:
    day.send(minute, "", {
        "resourceType": "MedicationAdministration", "id": f"given-{minute}", "status": "completed",
        "subject": {"reference": f"Patient/{who}"}, "medicationReference": {"reference": f"Medication/{of}"},
        "effectiveDateTime": day.iso(minute), "dosage": {"route": {"text": "IV"}, "dose": {"value": 2, "unit": "g", "code": "g"}},
    })  # fmt: skip


def ill_answered_and_merged(day: Day):
    """Steps of a day with bursts, answers, a merge and its end, a limit, references and versions."""
    yield lambda: [day.admit(0), day.admit(0, who="2"), day.admit(1, who="3")]
    yield lambda: [day.well(5), day.well(6, who="2"), day.result(7, who="3", lactate="1.5")]
    yield lambda: [
        observed(day, 12, "bp", **{"8480_6": 96, "8478_0": 60}),
        drug(day, 13, "m1", "ceftriaxone"),
    ]
    yield lambda: [day.ill(30), day.ill(31, rate=28), day.ill(31.2, pulse=130)]
    yield lambda: day.does(40, "acknowledge", reason="seen")
    yield lambda: [day.culture(45), given(day, 50, "m1")]
    yield lambda: observed(day, 60, "bp", **{"8480_6": 96})
    yield lambda: [day.ill(70, who="2", rate=30), day.merge(80, "1", "2")]
    yield lambda: [day.result(95, who="1", lactate="4.6", creatinine="2.4"), day.wait(100)]
    yield lambda: day.does(110, "snooze", role="physician", reason="on it", minutes="60")
    yield lambda: [observed(day, 120, "bp", who="3", **{"8480_6": 96}), day.wait(200)]
    yield lambda: [day.well(210, who="3"), day.wait(260)]


def played(path, monkeypatch, snapshot: int | None, kill: int | None, orderly: bool = False) -> Day:
    monkeypatch.setattr(snapshotting, "SLICE", 0.0)  # one patient a round: others change meanwhile
    monkeypatch.setattr(processor, "FIRST_SNAPSHOT", 1e9)
    day = Day("fhir", path, policy=AlertPolicy(silent=False))
    for number, step in enumerate(ill_answered_and_merged(day)):
        if snapshot in (number, number + 2):  # the second one has only those in it who have changed
            day.engine._snapshot_at = 0.0
        step()
        if number == kill:
            if orderly:
                day.engine.take_snapshot()
            day.killed()
    return day


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        day = played(tmp_path_factory.mktemp("day") / "ward.db", patch, None, None)
    yield [packed(e.fact) for e in day.store.log()], list(day.store.transitions()), state(day)
    day.close()


@pytest.mark.parametrize(("kill", "orderly"), [(3, False), (5, False), (5, True), (7, False), (9, False)])
def test_a_day_with_a_restart_is_as_one_without(tmp_path, monkeypatch, undisturbed, kill, orderly):
    day = played(tmp_path / "ward.db", monkeypatch, kill - 1, kill, orderly)
    log, told, held = undisturbed
    assert [packed(e.fact) for e in day.store.log()] == log
    assert list(day.store.transitions()) == told
    assert state(day) == held
    day.killed()
    day.check()
    day.close()


def test_only_who_has_changed_is_written_again(tmp_path):
    day = Day("hl7", tmp_path / "ward.db")
    for who in "1234":
        day.admit(0, who=who)
    day.engine.take_snapshot()
    parts = "SELECT name, snapshot FROM snapshot_part ORDER BY name"
    first = dict(day.store.database.rows(parts))
    day.ill(5, who="2")
    day.engine.take_snapshot()
    second = dict(day.store.database.rows(parts))
    assert first.keys() == second.keys() and len(first) == 5
    assert sum(first[name] != second[name] for name in first) == 2, "one patient and what is of nobody"
    day.killed()
    day.ill(9, who="3")
    day.engine.take_snapshot()
    third = dict(day.store.database.rows(parts))
    assert sum(second[name] != third[name] for name in second) == 2, "also after a restart"
    day.check()
    day.close()


def test_a_snapshot_after_the_last_one_was_lost_has_everybody(tmp_path):
    day = Day("hl7", tmp_path / "ward.db")
    day.admit(0)
    day.admit(0, who="2")
    day.engine.take_snapshot()
    with day.store.database.transaction() as run:
        run("DELETE FROM snapshot")
    day.ill(5)
    day.engine.take_snapshot()
    before = state(day)
    day.killed()
    assert state(day) == before
    assert day.store.database.rows("SELECT count(*) FROM snapshot_part") == [(3,)]
    day.close()
