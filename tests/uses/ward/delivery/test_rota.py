"""Who is called when, by the hospital's clock; what is wrong with a rota; and answering by the link that was sent."""

import os
import re
from datetime import datetime
from zoneinfo import ZoneInfo

import orjson
import pytest
from fastapi.testclient import TestClient

from opensepsis.errors import FormatError, MissingError, OutputError
from opensepsis.uses.ward.model.clock import SECOND, HandClock, WallClock
from opensepsis.uses.ward.model.messages import Arrival
from opensepsis.uses.ward.model.transitions import AlertState
from opensepsis.uses.ward.notify.answer_links import HOLDS, AnswerLinks
from opensepsis.uses.ward.notify.rota import Rota, on_call, read_rota
from opensepsis.uses.ward.notify.webhook import Webhook, is_genuine
from opensepsis.uses.ward.server import WardConfig, WardServer
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.web.settings import Settings
from tests.support.ward.pages import CANARY, NOW, NUMBER, adt, vitals
from tests.support.ward.receiving import SECRET, change, receiving

HEAD = "ward,from,until,step,name,contact\n"
ALWAYS = (
    HEAD
    + "*,2020-01-01 00:00,2100-01-01 00:00,1,Night nurse,bleep 1\n*,2020-01-01 00:00,2100-01-01 00:00,2,Outreach,bleep 2\n"
)
WARD = "https://ward.example.org"


def at(text: str, zone: str = "Europe/London") -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()) * SECOND


def rota(tmp_path, text: str, zone: str = "Europe/London") -> Rota:
    path = tmp_path / "rota.csv"
    path.write_text(text, encoding="utf-8")
    return Rota(path, zone)


def names(found) -> list[str]:
    return [one.name for one in found]


def test_a_shift_ends_when_the_next_begins(tmp_path):
    lines = rota(
        tmp_path,
        HEAD
        + "3B,2026-03-02 08:00,2026-03-02 20:00,1,Day,1\n3B,2026-03-02 20:00,2026-03-03 08:00,1,Night,2\n",
    ).lines
    for moment, expected in (("07:59", []), ("08:00", ["Day"]), ("19:59", ["Day"]), ("20:00", ["Night"])):
        assert names(on_call(lines, "3B", 1, at(f"2026-03-02 {moment}"))) == expected, moment
    assert names(on_call(lines, "3b ", 1, at("2026-03-02 09:00"))) == ["Day"]
    assert (
        on_call(lines, "4A", 1, at("2026-03-02 09:00"))
        == on_call(lines, "3B", 2, at("2026-03-02 09:00"))
        == ()
    )


def test_a_wards_own_people_come_before_those_of_every_ward(tmp_path):
    lines = rota(tmp_path, ALWAYS + "3B,2026-03-02 08:00,2026-03-02 20:00,1,Own,3\n").lines
    assert names(on_call(lines, "3B", 1, at("2026-03-02 09:00"))) == ["Own"]
    assert names(on_call(lines, "3B", 1, at("2026-03-02 21:00"))) == ["Night nurse"]


def test_times_are_the_hospitals_also_in_the_night_of_daylight_saving(tmp_path):
    text = HEAD + "3B,2026-10-24 20:00,2026-10-25 08:00,1,Night,1\n"
    (line,) = rota(tmp_path, text, "Europe/Berlin").lines
    assert (line.ends - line.begins) == 13 * 3600 * SECOND


def test_a_change_is_read_and_one_that_cannot_be_read_keeps_the_lines_before(tmp_path):
    one = rota(tmp_path, ALWAYS)
    now = at("2026-03-02 09:00")
    assert names(one.who("3B", 1, now)) == ["Night nurse"] and one.problem == ""
    one.path.write_text(ALWAYS.replace("Night nurse", "Somebody else"), encoding="utf-8")
    assert names(one.who("3B", 1, now)) == ["Somebody else"]
    one.path.write_text(HEAD + "3B,soon,later,1,x,y\n", encoding="utf-8")
    assert names(one.who("3B", 1, now)) == ["Somebody else"] and "line 2" in one.problem
    os.remove(one.path)
    assert names(one.who("3B", 1, now)) == ["Somebody else"] and "cannot be read" in one.problem


def test_gaps_of_the_coming_day_are_found(tmp_path):
    one = rota(
        tmp_path,
        HEAD + "3B,2026-03-02 08:00,2026-03-02 20:00,1,Day,1\n4A,2026-03-01 00:00,2026-03-05 00:00,1,All,1\n",
    )
    assert one.gaps(["3B", "4A"], at("2026-03-02 09:00")) == ("3B",)
    assert one.gaps(["4A"], at("2026-03-02 09:00")) == ()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("ward,from,until,step,name\n", "no column contact"),
        (HEAD + "3B,2026-03-02 08:00,2026-03-02 08:00,1,CANARY,y\n", "line 2"),
        (HEAD + "3B,2026-03-02 08:00,2026-03-02 09:00,3,CANARY,y\n", "line 2"),
        (HEAD + "3B,2026-03-02 08:00,2026-03-02 09:00,x,CANARY,y\n", "line 2"),
        (HEAD + "3B,2026-03-02 08:00,2026-03-02 09:00,1,,y\n", "line 2"),
        (HEAD + "3B,02.03.2026,2026-03-02 09:00,1,CANARY,y\n", "line 2"),
        (HEAD + "3B,2026-03-02 08:00\n", "line 2"),
    ],
)
def test_a_line_that_cannot_be_meant_is_named_without_its_words(tmp_path, text, why):
    with pytest.raises(FormatError, match=why) as refused:
        rota(tmp_path, text)
    assert "CANARY" not in str(refused.value)
    with pytest.raises(MissingError):
        read_rota(tmp_path / "absent.csv", "UTC")


def test_the_webhook_says_whom_to_call_and_signs_that(tmp_path):
    links = AnswerLinks(WARD, b"a secret of the ward")
    with receiving() as receiver:
        hook = Webhook("pager", receiver.url, SECRET, rota=rota(tmp_path, ALWAYS), links=links)
        for state in (AlertState.ALERT, AlertState.ESCALATED, AlertState.ACKNOWLEDGED):
            hook.send(change("A|1#1.1", state=state), ())
    said = [orjson.loads(body) for _, body in receiver.taken]
    headers, body = receiver.taken[0]
    assert is_genuine(
        SECRET, {k.title(): v for k, v in dict(headers).items()}, body, WallClock().now() / SECOND
    )
    assert [[(one["name"], one["contact"]) for one in each["call"]] for each in said[:2]] == [
        [("Night nurse", "bleep 1")],
        [("Outreach", "bleep 2")],
    ]
    assert "call" not in said[2], "an answer calls nobody"
    assert (
        said[0]["call"][0]["answer"].startswith(f"{WARD}/answer/")
        and "A|1" not in said[0]["call"][0]["answer"]
    )


@pytest.fixture
def house(tmp_path):
    (tmp_path / "rota.csv").write_text(ALWAYS, encoding="utf-8")
    plan = WardConfig(
        database=str(tmp_path / "ward.db"),
        policy=AlertPolicy(silent=False),
        listeners=(),
        clock=HandClock(NOW),
        web=Settings(silent=False, address=WARD),
        rota=tmp_path / "rota.csv",
    )
    house = WardServer(plan)
    house.store.keep([Arrival("hl7", "hl7", str(i), raw, NOW) for i, raw in enumerate((adt(), vitals()))])
    house.engine.round()
    yield house
    house.close()


def link_of(house, name: str = "Outreach", **other) -> str:
    alert = house.hospital.board(None)[0].alert
    links: AnswerLinks = house.links
    said = {
        "patient": f"H|{NUMBER}",
        "alert": alert.number,
        "step": alert.step,
        "name": name,
        "now": WallClock().now(),
    }
    return links.link(**said | other).removeprefix(WARD)


def test_a_link_shows_the_alert_without_the_patient_and_acknowledges_it_once(house):
    client = TestClient(house.app, headers={"accept": "text/html"})
    link = link_of(house)
    page = client.get(link)
    assert (
        page.status_code == 200
        and "NEWS2" in page.text
        and CANARY not in page.text
        and NUMBER not in page.text
    )
    assert house.hospital.board(None)[0].alert.unanswered, "looking answers nothing"
    assert "Acknowledged" in client.post(link).text
    house.engine.round()
    alert = house.hospital.board(None)[0].alert
    assert (alert.state, alert.unanswered) == ("acknowledged", False)
    again = client.post(link)
    assert again.status_code == 409 and "already answered this alert" in again.text
    lines = [(who, what) for _, _, who, what, _, _ in house.audit.latest()]
    assert ("Outreach (by link)", "acknowledge") in lines
    view = house.hospital.patient(house.hospital.board(None)[0].key, None)
    assert "Outreach (by link)" in {step.user for step in view.bed.alert.history}


def test_a_link_to_what_changed_is_over(house):
    client = TestClient(house.app, headers={"accept": "text/html"})
    old = link_of(house, step=0)
    assert "has changed" in client.get(old).text and client.post(old).status_code == 409
    other = link_of(house, alert=9)
    assert client.post(other).status_code == 409
    assert house.hospital.board(None)[0].alert.unanswered


def test_a_link_that_is_not_ours_or_is_over_shows_nothing(house):
    client = TestClient(house.app, headers={"accept": "text/html"})
    link = link_of(house)
    late = link_of(house, now=WallClock().now() - HOLDS)
    forged = (
        AnswerLinks(WARD, b"another secret")
        .link(f"H|{NUMBER}", 1, 1, "x", WallClock().now())
        .removeprefix(WARD)
    )
    stranger = link_of(house, patient="H|nobody")
    for wrong in (late, forged, stranger, link + "x", link[:-4], "/answer/x", "/answer/x.y"):
        for answer in (client.get(wrong), client.post(wrong)):
            assert answer.status_code == 404 and "not valid" in answer.text, wrong
    assert re.fullmatch(r"/answer/[\w-]+\.[\w-]+", link)


def test_everybody_is_told_of_a_gap_and_of_a_rota_that_cannot_be_read(house, tmp_path):
    house.accounts.add("ada", "a long enough password", "viewer")
    client = TestClient(house.app, headers={"accept": "text/html"})
    client.post("/login", data={"name": "ada", "password": "a long enough password"})
    assert "nobody is on call" not in client.get("/").text
    (tmp_path / "rota.csv").write_text(HEAD, encoding="utf-8")
    assert "Within 24 hours nobody is on call for 3B" in client.get("/").text
    (tmp_path / "rota.csv").write_text("x\n", encoding="utf-8")
    assert "The rota in force is an older one" in client.get("/").text


def test_a_rota_that_cannot_be_read_and_an_open_address_refuse_to_start(tmp_path):
    from opensepsis.uses.ward.cli import ward

    (tmp_path / "rota.csv").write_text("x\n", encoding="utf-8")
    for options, error in (
        (["--rota", str(tmp_path / "rota.csv")], FormatError),
        (["--address", "http://ward.example.org"], OutputError),
    ):
        with pytest.raises(error):
            ward(
                [*options, "--database", str(tmp_path / "w.db"), "--mllp", "none", "--port", "0"],
                standalone_mode=False,
            )
