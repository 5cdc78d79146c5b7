"""One's own password, accounts that are locked, and emergency access to wards that are not one's own."""

import time

import pytest

from opensepsis.uses.ward.model.clock import SECOND
from opensepsis.uses.ward.security.accounts import TRIES
from tests.support.ward.pages import CANARY, PASSWORD, logged_in, token

NEW = "another long password"


def did(bench) -> list[tuple[str, str, str]]:
    return [(who, what, detail) for _, _, who, what, _, detail in bench.house.audit.latest()]


def test_a_changed_password_ends_every_session_and_the_old_one(bench):
    one, other = logged_in(bench, "nurse"), logged_in(bench, "nurse")
    form = {"token": token(one), "password": PASSWORD, "new": NEW, "again": NEW}
    assert one.post("/account/password", data=form).status_code == 303
    assert one.get("/").status_code == other.get("/").status_code == 303, "both are logged out"
    assert bench.client().post("/login", data={"name": "nurse", "password": PASSWORD}).status_code == 401
    logged_in(bench, "nurse", NEW)
    assert ("nurse", "changed the password", "") in did(bench) and NEW not in str(did(bench))


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ({"password": "not the present one"}, "is wrong"),
        ({"new": "short", "again": "short"}, "too short"),
        ({"again": NEW + "x"}, "differ"),
        ({"new": PASSWORD, "again": PASSWORD}, "is the same as the old one"),
    ],
)
def test_a_password_is_not_changed_by_mistake(bench, form, why):
    client = logged_in(bench, "nurse")
    said = {"token": token(client), "password": PASSWORD, "new": NEW, "again": NEW} | form
    answer = client.post("/account/password", data=said)
    assert answer.status_code == 422 and why in answer.text
    logged_in(bench, "nurse")


def test_an_administrator_unlocks_an_account(bench):
    visitor = bench.client()
    for _ in range(TRIES + 1):
        assert visitor.post("/login", data={"name": "nurse", "password": "wrong"}).status_code == 401
    assert visitor.post("/login", data={"name": "nurse", "password": PASSWORD}).status_code == 401, "locked"
    admin = logged_in(bench, "admin")
    page = admin.get("/users").text
    assert page.count("Unlock") == 2, "one button, with its name"
    assert admin.post("/users/unlock", data={"token": token(admin), "name": "nurse"}).status_code == 303
    assert visitor.post("/login", data={"name": "nurse", "password": PASSWORD}).status_code == 303
    assert ("admin", "unlocked an account", "") in did(bench)


def test_emergency_access_shows_all_wards_for_an_hour_is_said_and_reviewed(bench):
    nurse, key = logged_in(bench, "upstairs"), bench.key()
    assert nurse.get(f"/patient/{key}").status_code == 404 and CANARY not in nurse.get("/").text
    asked = {"token": token(nurse), "reason": "Arrest team on 3B"}
    assert nurse.post("/emergency-access", data=asked).status_code == 303
    board = nurse.get("/").text
    assert CANARY in board and "Emergency access: you see all wards" in board
    assert nurse.get(f"/patient/{key}").status_code == 200
    assert nurse.get("/users").status_code == 403, "wards, not rights"
    other = logged_in(bench, "nurse")
    assert "Emergency access:" not in other.get("/").text
    lines = did(bench)
    assert ("upstairs", "began emergency access", "Arrest team on 3B") in lines
    assert ("upstairs", "saw a patient", "(emergency access)") in lines
    admin = logged_in(bench, "admin")
    assert "used 1 time without a review" in admin.get("/").text
    assert "Arrest team on 3B" in admin.get("/emergency-access").text
    assert "Arrest team" not in other.get("/emergency-access").text
    assert admin.post("/emergency-access/1/review", data={"token": token(admin)}).status_code == 303
    assert "without a review" not in admin.get("/").text
    began = time.time_ns() // 1000
    secret, accounts = nurse.cookies["opensepsis_ward"], bench.house.accounts
    for minutes in (20, 40, 59):
        assert accounts.session(secret, began + minutes * 60 * SECOND).user.wards is None
    ended = accounts.session(secret, began + 61 * 60 * SECOND)
    assert ended.user.wards == frozenset(["4A"]) and ended.emergency_until is None


def test_emergency_access_is_given_back_and_needs_a_reason(bench):
    nurse, key = logged_in(bench, "upstairs"), bench.key()
    said = {"token": token(nurse)}
    for reason in ("", "   ", "urgent"):
        assert nurse.post("/emergency-access", data=said | {"reason": reason}).status_code == 422
    assert nurse.get(f"/patient/{key}").status_code == 404
    assert nurse.post("/emergency-access", data=said | {"reason": "Arrest team on 3B"}).status_code == 303
    assert nurse.post("/emergency-access/end", data=said).status_code == 303
    assert nurse.get(f"/patient/{key}").status_code == 404
    physician = logged_in(bench, "physician")
    all_wards = {"token": token(physician), "reason": "Arrest team on 3B"}
    assert physician.post("/emergency-access", data=all_wards).status_code == 422


def test_nobody_reviews_their_own_emergency_access(bench):
    bench.house.accounts.add("upstairs admin", PASSWORD, "admin", frozenset(["4A"]))
    own = logged_in(bench, "upstairs admin")
    assert (
        own.post("/emergency-access", data={"token": token(own), "reason": "Arrest team on 3B"}).status_code
        == 303
    )
    assert own.post("/emergency-access/1/review", data={"token": token(own)}).status_code == 422
    assert "by another administrator" in own.get("/emergency-access").text
    admin = logged_in(bench, "admin")
    assert admin.post("/emergency-access/1/review", data={"token": token(admin)}).status_code == 303


def test_an_emergency_access_of_any_number_is_only_not_there(bench):
    admin = logged_in(bench, "admin")
    for number in (0, -1, 9, 2**64):
        answer = admin.post(f"/emergency-access/{number}/review", data={"token": token(admin)})
        assert answer.status_code == 422, number


def test_setting_aside_no_measurement_is_refused(bench):
    physician, key = logged_in(bench, "physician"), bench.key()
    for act in ("attribute", "count"):
        said = {"token": token(physician), "act": act, "reason": "chronic", "minutes": 1440}
        assert physician.post(f"/patient/{key}/act", data=said).status_code == 422
    bench.house.engine.round()
    assert physician.get(f"/patient/{key}").status_code == 200
