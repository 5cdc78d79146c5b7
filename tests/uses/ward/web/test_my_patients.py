"""A list of one's own patients: on the board, in its stream, for oneself alone, and never beyond one's wards."""

import asyncio
import json

from tests.support.ward.pages import CANARY, logged_in, token


def follow(client, key: str, mine: bool = True):
    return client.post(f"/patient/{key}/mine", data={"token": token(client), "mine": str(mine).lower()})


def test_whom_somebody_follows_is_on_their_board_alone(bench):
    nurse, physician, key = logged_in(bench, "nurse"), logged_in(bench, "physician"), bench.key()
    assert "You follow nobody" in nurse.get("/?ward=my patients").text
    assert "Add to my patients" in nurse.get(f"/patient/{key}").text
    assert follow(nurse, key).status_code == follow(nurse, key).status_code == 303
    board = nurse.get("/?ward=my patients").text
    assert CANARY in board and "Other" not in board and "Other" in nurse.get("/").text
    assert CANARY not in physician.get("/?ward=my patients").text
    assert "Remove from my patients" in nurse.get(f"/patient/{key}").text
    assert follow(nurse, key, False).status_code == 303
    assert "You follow nobody" in nurse.get("/?ward=my patients").text
    did = [(who, what) for _, _, who, what, _, _ in bench.house.audit.latest()]
    assert ("nurse", "follows a patient") in did and ("nurse", "follows a patient no longer") in did


def test_nobody_follows_a_patient_of_another_ward(bench):
    upstairs = logged_in(bench, "upstairs")
    assert follow(upstairs, bench.key()).status_code == 404
    assert follow(logged_in(bench, "nurse"), "0" * 24).status_code == 404


def test_a_list_goes_with_its_user(bench):
    nurse = logged_in(bench, "nurse")
    follow(nurse, bench.key())
    bench.house.accounts.remove("nurse")
    bench.house.accounts.add("nurse", "a long enough password", "nurse")
    assert "You follow nobody" in logged_in(bench, "nurse").get("/?ward=my patients").text


def test_the_stream_follows_the_list(bench):
    from opensepsis.uses.ward.web import board

    keys = {bed.key: bed for bed in bench.house.hospital.board(None)}
    chosen = {bench.key()}

    async def first() -> dict:
        class Asked:
            async def is_disconnected(self) -> bool:
                return False

        class Desk:
            place = bench.house.hospital
            guard = None

        session = type("S", (), {"user": type("U", (), {"wards": None})()})()
        choose = lambda: lambda bed: bed.key in chosen  # noqa: E731
        changes = board._changes(
            Desk, Asked(), session, choose, lambda bed: True, lambda bed, session: bed.key
        )
        return json.loads((await anext(changes))["data"])

    assert asyncio.run(first())["order"] == [bench.key()] and len(keys) == 2
