"""A database of schema 10 has patients by the bare names of the feed `ehr` (FHIR) and `csv`; it is brought up to date.

`schema_10.sql`: HL7 numbers 66, 77, 88 of the issuer H beside the ids 55, 77, 99 of the feed `ehr`, all made up.
`schema_10_met.sql`: the same of the issuer `ehr`, so that a number and an id were one patient.
"""

import logging
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from opensepsis.data.decode.site import Feed, read_site
from opensepsis.uses.ward.model.clock import HandClock
from opensepsis.uses.ward.model.messages import Arrival
from opensepsis.uses.ward.server import WardConfig, WardServer
from opensepsis.uses.ward.service import parting
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.store import Store
from opensepsis.uses.ward.store.commit import AlertRoute
from opensepsis.uses.ward.store.older_spaces import older_spaces, parted_patients
from opensepsis.uses.ward.store.retention import forget
from tests.support.ward.older_stores import lay
from tests.support.ward.one_name import measured, person
from tests.support.ward.pages import NOW, vitals

CLEAR, MET = (
    Path(__file__).with_name(name).read_text(encoding="utf-8")
    for name in ("schema_10.sql", "schema_10_met.sql")
)
LATER = NOW + 180_000_000


def opened(address: str, **feeds: Feed) -> WardServer:
    site = replace(read_site(), feeds=feeds)
    plan = WardConfig(
        address, site=site, policy=AlertPolicy(silent=False), listeners=(), clock=HandClock(LATER)
    )
    house = WardServer(plan)
    house.store.outlets = (AlertRoute("pager"),)
    house.engine.rebuild()
    house.engine.round()
    return house


def told(house: WardServer) -> list[tuple]:
    return [
        (t.patient, t.alert, t.state.value)
        for t in house.store.transitions()
        if t.spoken and t.state != "watch"
    ]


def beds(house: WardServer) -> dict[str, tuple]:
    return {
        bed.name.split()[-2 if bed.name.endswith("Quill") else -1]: (bed.authority, bed.record, bed.alert and bed.alert.state)
        for bed in house.hospital.board(None)
    }  # fmt: skip


def waiting(house: WardServer) -> int:
    return house.store.database.rows("SELECT count(*) FROM outbox WHERE standing = 'waiting'")[0][0]


def tell(house: WardServer, *said: tuple[str, str, bytes]) -> None:
    house.store.keep(
        [Arrival(feed, form, f"later {n}", raw, LATER) for n, (feed, form, raw) in enumerate(said)]
    )
    house.engine.round()


@pytest.fixture
def clear(address) -> str:
    lay(CLEAR, address)
    return address


@pytest.fixture
def met(address) -> str:
    lay(MET, address)
    return address


ALONE = {
    "Rowan": ("H", "77", "alert"), "Sorrel": ("H", "88", None), "Tansy": ("ehr", "77", "acknowledged"),
    "Umber": ("ehr", "99", "acknowledged"), "Violet": ("csv", "77", None),
}  # fmt: skip


def test_names_boards_links_and_alerts_stay(clear):
    house = opened(clear)
    assert beds(house) == ALONE
    rows = house.store.database.rows
    assert older_spaces(house.store.database) == {"server ehr": "ehr", "rows csv": "csv"}
    assert (waiting(house), len(told(house)), len(list(house.store.transitions()))) == (0, 7, 9), (
        "as in the dump"
    )
    here = {bed.key for bed in house.hospital.board(None)}
    assert {key for (key,) in rows("SELECT patient FROM my_patient")} <= here
    row = b"patient,concept,time,value,unit\n77,lactate,2026-03-02T11:55:00Z,4.5,mmol/L\n"
    tell(house, ("ehr", "fhir", measured("99", 3.5)), ("csv", "csv", row))
    charts = {name: p.bedside.chart for name, p in house.engine.ward.patients.items()}
    assert [e.value for e in charts["ehr|99"].standing("lactate")] == [3.5]
    assert [e.value for e in charts["csv|77"].standing("lactate")] == [4.5]
    assert {bed.key for bed in house.hospital.board(None)} == here
    house.close()


def test_an_issuer_that_comes_afterwards_is_another(clear):
    house = opened(clear)
    tell(house, ("mon", "hl7", vitals("77").replace(b"^^^H^", b"^^^ehr^").replace(b"MON|H", b"MON|X")))
    assert "issuer ehr|77" in house.engine.ward.patients
    assert house.engine.ward.patients["ehr|77"].person.name == "Tansy Quill"
    house.close()


def test_two_patients_who_were_one_are_parted(met, caplog):
    caplog.set_level(logging.WARNING)
    house = opened(met)
    assert "The feed ehr has the name of an issuer" in caplog.text
    assert "3 names of patients moved; under 1 of them" in caplog.text and "77" not in caplog.text
    assert beds(house) == {
        "Rowan": ("ehr", "77", "alert"), "Sorrel": ("ehr", "88", None), "Tansy": ("server ehr", "77", "alert"),
        "Umber": ("server ehr", "99", "acknowledged"), "Violet": ("csv", "77", None),
    }  # fmt: skip
    charts = {name: patient.bedside.chart for name, patient in house.engine.ward.patients.items()}
    rates = {
        name: [e.value for e in charts[name].standing("respiratory_rate")]
        for name in ("ehr|77", "server ehr|77")
    }
    assert rates == {"ehr|77": [28.0], "server ehr|77": [30.0]}
    assert sorted(told(house)[-3:]) == [
        ("ehr|77", 1, "alert"), ("ehr|77", 1, "withdrawn"), ("server ehr|77", 1, "alert")
    ]  # fmt: skip
    house.close()


def test_rows_are_parted_from_an_issuer_that_is_called_as_their_feed(address):
    lay(CLEAR.replace("H|", "csv|"), address)
    house = opened(address)
    people = {name: patient.person.name for name, patient in house.engine.ward.patients.items()}
    assert people["csv|77"] == "Rowan Quill" and people["feed csv|77"] == "Quill Violet"
    assert people["ehr|77"] == "Tansy Quill", "its feed keeps its names"
    row = b"patient,concept,time,value,unit\n77,lactate,2026-03-02T11:55:00Z,4.5,mmol/L\n"
    tell(house, ("csv", "csv", row))
    chart = house.engine.ward.patients["feed csv|77"].bedside.chart
    assert [e.value for e in chart.standing("lactate")] == [4.5]
    house.close()


def test_of_two_who_were_one_nothing_is_lost_and_others_are_not_told_twice(met):
    house = opened(met)
    since = [
        (t.patient, t.state.value)
        for number, t in enumerate(house.store.transitions(), 1)
        if house.store.database.rows("SELECT 1 FROM outbox WHERE standing = 'waiting' AND transition = ?", (number,))
    ]  # fmt: skip
    assert ("ehr|77", "withdrawn") in since
    assert {who for who, state in since if state == "alert"} == {"ehr|77", "server ehr|77"}
    assert not [who for who, _ in since if "99" in who]
    counted = len(since)
    house.close()
    house = opened(met)  # once
    assert waiting(house) == counted
    assert older_spaces(house.store.database) == {"rows csv": "csv"}
    house.close()


def test_a_parting_that_fails_changes_nothing(met, monkeypatch):
    store = Store(met)

    def dump() -> list[tuple]:
        tables = ("entry", "transition", "outbox", "older_space", "parted_patient", "my_patient")
        return [row for name in tables for row in store.database.rows(f"SELECT * FROM {name} ORDER BY 1")]

    before = dump()
    with monkeypatch.context() as failing, pytest.raises(ZeroDivisionError):
        failing.setattr(parting, "_withdraw", lambda *about: 1 // 0)
        parting.part_spaces(store.database, read_site(), b"secret")
    assert dump() == before
    store.close()
    house = opened(met)
    assert {"ehr|77", "server ehr|77"} <= house.engine.ward.patients.keys()
    house.close()


def test_who_is_followed_and_merged_goes_with_the_patient(met):
    house = opened(met)
    followed = {key for (key,) in house.store.database.rows("SELECT patient FROM my_patient")}
    names = ("ehr|77", "server ehr|77", "server ehr|99")
    assert followed == {house.hospital.key_of(name) for name in names}
    root = house.engine.ward.root
    assert (root("ehr|66"), root("server ehr|55")) == ("ehr|88", "server ehr|99")
    undone = person("55", meta={"versionId": "2"})
    tell(house, ("ehr", "fhir", undone))
    assert root("server ehr|55") == "server ehr|55"
    house.close()


def test_the_page_of_feeds_tells_whom_to_check_until_they_are_forgotten(met):
    house = opened(met)
    assert house.hospital.identities().parted == 2
    assert [notice.kind for notice in house.hospital.notices()] == ["parted"]
    assert parted_patients(house.store.database) == {"ehr|77", "server ehr|77"}
    tell(house, ("lab", "hl7", vitals("5")))
    forget(house.store.database, b"secret", LATER)
    assert not parted_patients(house.store.database)
    house.close()


def test_a_feed_that_is_called_as_its_authority_is_left(met, caplog):
    house = opened(met, ehr=Feed(authority="ehr"))
    assert "name of an issuer" not in caplog.text and not parted_patients(house.store.database)
    assert waiting(house) == 0
    tell(house, ("ehr", "fhir", measured("77", 3.5)))
    chart = house.engine.ward.patients["ehr|77"].bedside.chart
    assert [e.value for e in chart.standing("lactate")] == [3.5]
    house.close()


def test_the_log_reads_back_to_the_same_board(met):
    house = opened(met)
    before = (beds(house), [bed.key for bed in house.hospital.board(None)], told(house))
    house.close()
    house = opened(met)
    assert (beds(house), [bed.key for bed in house.hospital.board(None)], told(house)) == before
    house.close()


ADDRESS = "https://b.example/fhir"


def of_address(reference: dict | str, value: float) -> bytes:
    subject = {"reference": reference} if isinstance(reference, str) else reference
    return orjson.dumps(orjson.loads(measured("7", value)) | {"id": f"v{value}", "subject": subject})


def before_schema_12(address: str, *said: tuple[str, str, bytes]) -> WardServer:
    """A ward that was told things under an older version, brought up to date."""
    with closing(Store(address)) as store, store.database.transaction() as run:
        server = f"server {ADDRESS}"
        run("INSERT INTO older_space (name, older, met) VALUES (?, ?, 0)", (server, ADDRESS))
    house = opened(address)
    tell(house, *said)
    with house.store.database.transaction() as run:
        run("UPDATE standing SET value = 11 WHERE name = 'schema'")
        run(
            "UPDATE entry SET patient = replace(patient, 'issuer https', 'https'), fact = replace(fact, 'issuer https', 'https')"
        )
        run("DELETE FROM snapshot")
    house.close()
    return opened(address)


def lactates(house: WardServer) -> dict[str, list]:
    charts = {name: patient.bedside.chart for name, patient in house.engine.ward.patients.items()}
    return {name: [e.value for e in chart.standing("lactate")] for name, chart in charts.items()}


SERVERS = ("ehr", "fhir", of_address(f"{ADDRESS}/Patient/7", 1.5))
NUMBERS = ("ehr", "fhir", of_address({"identifier": {"system": ADDRESS, "value": "7"}}, 2.5))
AGAIN = (
    ("ehr", "fhir", of_address(f"{ADDRESS}/Patient/7", 3.5)),
    ("ehr", "fhir", of_address({"identifier": {"system": ADDRESS, "value": "7"}}, 4.5)),
)


@pytest.mark.parametrize(
    ("before", "right"),
    [
        ([SERVERS], {f"{ADDRESS}|7": [1.5, 3.5], f"issuer {ADDRESS}|7": [4.5]}),
        ([NUMBERS], {f"{ADDRESS}|7": [2.5, 4.5], f"server {ADDRESS}|7": [3.5]}),
        ([SERVERS, NUMBERS], {f"{ADDRESS}|7": [1.5, 2.5, 4.5], f"server {ADDRESS}|7": [3.5]}),
    ],
    ids=["a server", "a system", "both"],
)
def test_the_address_of_a_server_and_a_system_of_identifiers_are_two(address, before, right):
    house = before_schema_12(address, *before)
    for number, said in enumerate(AGAIN):
        house.store.keep([Arrival(said[0], said[1], f"again {number}", said[2], LATER)])
    house.engine.round()
    assert {name: sorted(values) for name, values in lactates(house).items()} == right
    told_apart = {f"{ADDRESS}|7"} if len(before) > 1 else set()
    assert parted_patients(house.store.database) == told_apart
    house.close()
