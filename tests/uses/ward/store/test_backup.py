"""A backup while a ward runs, and a ward made from it: the same messages, alerts, users and board, on either database."""

import os
import stat
from threading import Event, Thread

import pytest
from typer.testing import CliRunner

from opensepsis.data.decode.site import read_site
from opensepsis.errors import MissingError, OutputError
from opensepsis.uses.ward.cli import ward
from opensepsis.uses.ward.model.clock import HandClock
from opensepsis.uses.ward.model.messages import Arrival
from opensepsis.uses.ward.security.accounts import Accounts
from opensepsis.uses.ward.server import WardConfig, WardServer, board_of
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.store.backup import back_up, opened_backup, restore
from opensepsis.uses.ward.store.database import open_database
from tests.support.ward.pages import NOW, PASSWORD, adt, vitals


def house_with_patients(address: str) -> WardServer:
    plan = WardConfig(database=address, listeners=(), clock=HandClock(NOW), policy=AlertPolicy(silent=False))
    house = WardServer(plan)
    house.accounts.add("ada", PASSWORD, "nurse")
    house.accounts.log_in("ada", PASSWORD, NOW)
    house.audit.note(NOW, "ada", "logged in")
    said = (adt(), adt("5", "Other", "4A"), vitals(), b"not a message")
    house.store.keep([Arrival("hl7", "hl7", str(i), raw, NOW) for i, raw in enumerate(said)])
    house.engine.round()
    return house


def test_a_restored_ward_shows_the_same_board_and_knows_its_users(address, tmp_path):
    house, file = house_with_patients(address), tmp_path / "copy.db"
    rows = back_up(house.store.database, file)
    assert rows["message"] == 4 and rows["transition"] > 0 and rows["account"] == 1
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("copy")] == ["copy.db"]
    target = str(tmp_path / "restored.db")
    database = open_database(target)
    assert restore(file, database) == rows
    assert database.rows("SELECT count(*) FROM session") == [(0,)], "nobody is logged in"
    assert Accounts(database).log_in("ada", PASSWORD, NOW) is not None
    database.close()
    told = list(house.store.transitions())
    house.close()
    assert board_of(target, read_site(), "UTC", NOW) == board_of(address, read_site(), "UTC", NOW) != ()
    restored = open_database(target)
    assert restored.rows("SELECT count(*) FROM transition") == [(len(told),)], "nothing is told twice"
    restored.close()


def test_a_backup_can_move_a_ward_to_the_other_database(address, tmp_path):
    house, file = house_with_patients(str(tmp_path / "first.db")), tmp_path / "copy.db"
    rows = back_up(house.store.database, file)
    house.close()
    database = open_database(address)
    assert restore(file, database) == rows
    database.close()
    assert len(board_of(address, read_site(), "UTC", NOW)) == 2


def test_what_is_written_meanwhile_is_whole_or_not_there(address, tmp_path):
    house, stop, kept = house_with_patients(address), Event(), []

    def send() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            kept.append(house.store.keep([Arrival("lab", "hl7", f"l{number}", vitals(), NOW)]))
            house.engine.round()

    sending = Thread(target=send)
    sending.start()
    try:
        for number in range(5):
            file = tmp_path / f"{number}.db"
            rows = back_up(house.store.database, file)
            with opened_backup(file) as backup:
                ((messages, most),) = backup.rows("SELECT count(*), max(number) FROM message")
                assert messages == most == rows["message"]
                waiting = backup.rows("SELECT count(*) FROM unread WHERE number > ?", (most,))
                beyond = backup.rows("SELECT count(*) FROM entry WHERE message > ?", (most,))
                assert waiting == beyond == [(0,)]
    finally:
        stop.set()
        sending.join()
        house.close()
    assert kept


def test_nothing_is_overwritten_and_what_is_no_backup_is_said(tmp_path):
    house, file = house_with_patients(str(tmp_path / "ward.db")), tmp_path / "copy.db"
    back_up(house.store.database, file)
    with pytest.raises(OutputError, match="already exists"):
        back_up(house.store.database, file)
    with pytest.raises(OutputError, match="not empty"):
        restore(file, house.store.database)
    house.close()
    empty = open_database(tmp_path / "new.db")
    with pytest.raises(MissingError):
        restore(tmp_path / "absent.db", empty)
    (tmp_path / "text.db").write_text("no database, but long enough to be looked at as one" * 10)
    with pytest.raises(OutputError, match="not an SQLite database"):
        restore(tmp_path / "text.db", empty)
    with pytest.raises(OutputError, match="is not a ward's database"):
        back_up(open_database(tmp_path / "other.db"), tmp_path / "copy-2.db")
    changed = open_database(file)
    with changed.transaction() as run:
        run("UPDATE standing SET value = 99 WHERE name = 'schema'")
    changed.close()
    with pytest.raises(OutputError, match="a different schema"):
        restore(file, empty)
    empty.close()


def test_the_commands_say_what_was_copied_and_that_the_boards_are_equal(tmp_path):
    house, file = house_with_patients(str(tmp_path / "ward.db")), tmp_path / "copy.db"
    run = CliRunner().invoke
    said = run(ward, ["backup", str(file), "--database", str(tmp_path / "ward.db")])
    assert said.exit_code == 0 and "4 messages" in said.output and "whole" in said.output
    house.close()
    said = run(ward, ["restore", str(file), "--database", str(tmp_path / "new.db")])
    assert said.exit_code == 0, said.output
    assert "the same in both" in said.output
