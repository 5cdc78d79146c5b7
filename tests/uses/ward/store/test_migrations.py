"""A database of every earlier schema is brought up to date: nothing is lost, and it ends as a new one begins."""

import logging
from pathlib import Path

import pytest

from opensepsis.uses.ward.model.clock import HandClock
from opensepsis.uses.ward.model.messages import Arrival
from opensepsis.uses.ward.security.accounts import Accounts
from opensepsis.uses.ward.security.audit import Audit
from opensepsis.uses.ward.server import WardConfig, WardServer
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.store import Store, schema
from opensepsis.uses.ward.store.database import open_database
from tests.support.ward.older_stores import lay
from tests.support.ward.pages import NOW, PASSWORD

OLD = Path(__file__).with_name("schema_1.sql").read_text(encoding="utf-8")


@pytest.fixture
def old(address) -> str:
    lay(OLD, address)
    return address


def columns(address: str) -> set[tuple]:
    database = open_database(address)
    if address.startswith("postgres"):
        query = "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public'"
    else:
        query = "SELECT m.name, c.name, c.type FROM sqlite_master m JOIN pragma_table_info(m.name) c"
    found = set(database.rows(query))
    database.close()
    return found


def test_everything_of_schema_1_is_there_afterwards(old, caplog):
    caplog.set_level(logging.INFO)
    house = WardServer(
        WardConfig(database=old, listeners=(), clock=HandClock(NOW), policy=AlertPolicy(silent=False))
    )
    assert "from schema 1 to schema" in caplog.text
    store, accounts = house.store, house.accounts
    assert [m.number for m in store.unread()] == [4]
    assert [m.number for m, _ in store.dead_letters()] == [3]
    assert store.position("csv", "events.csv").place == 10
    told = list(store.transitions())
    assert told and store.database.rows("SELECT count(*) FROM outbox")[0][0] == 1
    house.engine.rebuild()
    house.engine.round()
    assert [one for one in store.transitions() if one.spoken] == told, "nothing is told twice"
    assert len(house.hospital.board(None)) == 2
    assert [user.name for user in accounts.users()] == ["ada", "bea"]
    assert accounts.log_in("bea", PASSWORD, NOW) is not None
    assert Audit(store.database).verify().whole
    assert store.database.rows("SELECT count(*) FROM audit")[0][0] == 3
    house.close()


def test_a_migrated_database_is_as_a_new_one(old, tmp_path, request):
    Store(old).close()
    migrated = columns(old)
    if old.startswith("postgres"):
        import psycopg

        with psycopg.connect(old, autocommit=True) as connection:
            connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        new = old
    else:
        new = str(tmp_path / "new.db")
    Store(new).close()
    assert columns(new) == migrated


def test_a_migration_that_fails_changes_nothing(old, monkeypatch):
    before = columns(old)
    monkeypatch.setitem(schema.MIGRATIONS, 2, (*schema.MIGRATIONS[2], "INSERT INTO nowhere VALUES (1)"))
    with pytest.raises(Exception, match="nowhere"):
        Store(old)
    assert columns(old) == before
    monkeypatch.undo()
    Store(old).close()
    accounts = Accounts(open_database(old))
    assert accounts.any()
    accounts.database.close()


NUMBERS = ("H|77712399", "|77712399")  # as a database without issuers has them


def test_a_board_of_numbers_without_issuers_stays_as_it_was(address, caplog):
    lay(OLD.replace(*NUMBERS), address)
    plan = WardConfig(database=address, listeners=(), clock=HandClock(NOW), policy=AlertPolicy(silent=False))
    house = WardServer(plan)
    assert house.store.shared_feeds() == frozenset({"hl7"})
    house.engine.rebuild()
    house.engine.round()
    before = {bed.key for bed in house.hospital.board(None)}
    again = (
        "MSH|^~\\&|ADT|H|||20260302120000+0000||ADT^A08|77|P|2.5.1\rEVN|A08|20260302120000+0000\r"
        "PID|1||77712399||Quill^Zebedee||19500101|F\rPV1|1|I|3B^1^2||||||||||||||||V77712399\r"
    )
    for feed in ("hl7", "other"):
        house.store.keep([Arrival(feed, "hl7", f"{feed} 77", again.encode(), NOW)])
    house.engine.round()
    patients = {
        patient
        for (patient,) in house.store.database.rows(
            "SELECT DISTINCT patient FROM entry WHERE patient LIKE '%77712399'"
        )
    }
    assert patients == {"|77712399", "feed other|77712399"}
    assert before <= {bed.key for bed in house.hospital.board(None)}
    house.close()


def test_a_new_database_shares_nothing(address):
    store = Store(address)
    assert store.shared_feeds() == frozenset()
    store.close()
