"""The board answers whom to go to and what to do: a night with hard ones to show, read as a nurse reads it."""

import re
from html import unescape

import pytest
from fastapi.testclient import TestClient

from opensepsis.uses.ward.model.clock import HandClock
from opensepsis.uses.ward.model.messages import Arrival
from opensepsis.uses.ward.server import WardConfig, WardServer
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.web.settings import Settings
from tests.support.ward.night import WELL, Person, messages
from tests.support.ward.pages import PASSWORD

NOW = 1_772_452_800_000_000  # 2 March 2026, 12:00
MINUTE = 60_000_000


class Night:
    """A ward at night and somebody who looks at it."""

    def __init__(self, path):
        self.clock = HandClock(NOW)
        plan = WardConfig(
            database=str(path / "ward.db"),
            policy=AlertPolicy(silent=False),
            listeners=(),
            clock=self.clock,
            web=Settings(silent=False),
        )
        self.house = WardServer(plan)
        for role in ("viewer", "nurse", "physician"):
            self.house.accounts.add(role, PASSWORD, role)

    def receive(self, raws, now=NOW) -> None:
        self.house.store.keep([Arrival("hl7", "hl7", f"{now} {i}", raw, now) for i, raw in enumerate(raws)])
        for later in (0, 6_000_000):  # what came late and together is judged when nothing more comes
            self.clock.set(now + later)
            self.house.engine.round()

    def client(self, role="nurse") -> TestClient:
        client = TestClient(self.house.app, follow_redirects=False)
        assert client.post("/login", data={"name": role, "password": PASSWORD}).status_code == 303
        return client

    def board(self, role="nurse") -> str:
        return self.client(role).get("/").text

    def row(self, number: str, role="nurse") -> str:
        return next(r for r in rows(self.board(role)) if f"No. {number}" in r)

    def page(self, number: str, role="nurse") -> str:
        key = re.search(r'data-key="(\w+)"', self.row(number, role))[1]
        return self.client(role).get(f"/patient/{key}").text

    def bed(self, number: str):
        return next(b for b in self.house.hospital.board(None) if b.record == number)


def rows(page: str) -> list[str]:
    return re.findall(r"<tr id=.*?</tr>", page, re.S)


def plain(html: str) -> str:
    """The words of a page."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


@pytest.fixture(scope="module")
def night(tmp_path_factory):
    night = Night(tmp_path_factory.mktemp("night"))
    night.receive(messages(NOW, 18))
    yield night
    night.house.close()


@pytest.fixture
def quiet(tmp_path):
    """A ward of one."""
    night = Night(tmp_path)
    yield night
    night.house.close()


def somebody(number="100", name="Roe^Ann", ward="3B", bed="1", born="19500101") -> Person:
    return Person(number, name, born, "F", ward, bed, NOW).admit(600)


def sent(*people: Person) -> list[bytes]:
    return [m.encode() for p in people for m in p.told]


def test_every_line_has_bed_name_age_sex_record_number_and_birth(night):
    for row in rows(night.board()):
        words = plain(row)
        assert re.search(r"(3A|3B|4A|5C) · ", words)
        assert "No. " in words and "born " in words
    assert "3B · 3-1 Clara Moreau 66 y F · born 4 Apr 1959 · No. 400312" in plain(night.row("400312"))
    assert "4 months M" in plain(night.row("400303"))


def test_the_unanswered_come_first_and_critical_before_them_all(night):
    beds = night.house.hospital.board(None)
    waits = [bed.alert is not None and bed.alert.unanswered for bed in beds]
    assert waits == sorted(waits, reverse=True) and any(waits)
    levels = [bed.alert.level for bed, wait in zip(beds, waits, strict=True) if wait]
    assert levels == sorted(levels, key=["critical", "alert", "watch"].index)
    assert beds[0].record == "400301" and levels[0] == "critical"


def test_the_unanswered_are_counted_in_the_title(night):
    waiting = sum(b.alert is not None and b.alert.unanswered for b in night.house.hospital.board(None))
    assert f"<title>({waiting}) Board" in night.board()


def test_reasons_have_their_age_and_the_gravest_and_newest_come_first(night):
    alert = night.bed("400301").alert
    assert all(reason.measured is not None for reason in alert.why)
    order = [(-["watch", "alert", "critical"].index(r.level), -r.measured) for r in alert.why]
    assert order == sorted(order)
    assert re.search(r"NEWS2 \d+ with suspected infection 1 h 40 min ago", plain(night.row("400312")))
    assert "29 h ago" in plain(night.row("400311"))


def test_units_are_those_that_people_write(night):
    pages = [night.page(number) for number in ("400301", "400304", "400307", "400312")]
    for page in (night.board(), *pages):
        assert not re.search(r"mm\[Hg\]|\bCel\b|umol|10\*3|\{score\}", page)
    assert "mmHg" in pages[0] and "245 µmol/L" in pages[0] and "°C" in pages[0] and "10³/µL" in pages[0]


def test_two_of_one_name_are_marked_and_told_apart(night):
    one, other = plain(night.row("4001722")), plain(night.row("4001788"))
    assert "same name on this ward" in one and "same name on this ward" in other
    assert "born 11 Mar 1950" in one and "born 24 Sep 1950" in other
    assert "same name on this ward" in plain(night.page("4001788"))
    assert "same name" not in plain(night.row("400312"))


@pytest.mark.parametrize(
    ("name", "ward", "alike"),
    [("ROE^Ann^M", "3B", True), ("Röe^ANN", "3B", True), ("Roe^Anna", "3B", False), ("Roe^Ann", "4A", False)],
)
def test_what_is_the_same_name(quiet, name, ward, alike):
    quiet.receive(sent(somebody(), somebody("200", name, ward, "2")))
    assert quiet.bed("100").same_name is quiet.bed("200").same_name is alike


def test_a_name_is_no_longer_the_same_when_the_other_has_left(quiet):
    other = somebody("200")
    quiet.receive(sent(somebody(), other))
    assert quiet.bed("100").same_name
    quiet.receive([other.admit(0, "A03").told[-1].encode()], NOW + MINUTE)
    assert not quiet.bed("100").same_name


def test_child_pregnancy_unknown_age_transfer_and_merger_are_said(night):
    assert "child" in plain(night.row("400302"))
    assert "pregnant" in plain(night.row("400304"))
    assert "age not known, scored as an adult" in plain(night.row("400305"))
    assert "Name unknown" in plain(night.row("400305"))
    assert "from 3A at 2 Mar 10:25" in plain(night.row("400306"))
    assert "3A · 6-1 since 1 Mar 06:00 → 3B · 12-1 since 2 Mar 10:25" in plain(night.page("400306"))
    assert "merged with 499310" in plain(night.row("400310")) and "merged with 499310" in plain(
        night.page("400310")
    )


def test_signs_name_no_age_band(night):
    assert "respiratory rate 58 /min (≥ 50)" in plain(night.row("400302"))
    assert "age 6" not in plain(night.row("400302")) and "charted as" not in plain(night.row("400304"))


def test_unlikely_values_are_marked_beside_the_value_and_on_the_board(night):
    row, page = plain(night.row("400307")), plain(night.page("400307"))
    for words in (row, page):
        assert "heart rate 230 /min: check at the bedside" in words
        assert "heart rate 0 /min: check at the bedside" in words
        assert "lactate 18 mmol/L: was 1.1 mmol/L 4 h 10 min before: check the sample" in words
    assert re.search(r"heart rate 230 /min · .{1,12} ago check at the bedside", page)
    assert "all vital signs unchanged for 4 h or more: check the device" in plain(night.row("400308"))
    assert "check" not in plain(night.row("400310"))


def test_a_mark_names_values_in_the_units_that_were_sent(night):
    assert "creatinine 245 µmol/L: was 78 µmol/L 4 h before: check the sample" in plain(night.row("400301"))


def test_the_next_act_is_a_button_on_the_line(night):
    assert night.bed("400312").next_act.act == "acknowledge"
    assert "<button" in night.row("400312") and "Acknowledge" in night.row("400312")
    assert "<button" not in night.row("400312", "viewer") and "waiting for an answer" in night.row(
        "400312", "viewer"
    )


def act_on(night: Night, number: str, act: str, now: int, role="nurse"):
    """Presses the button of a line."""
    client = night.client(role)
    row = next(r for r in rows(client.get("/").text) if f"No. {number}" in r)
    form = next(f for f in re.findall(r"<form.*?</form>", row, re.S) if f'value="{act}"' in f)
    data = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    answer = client.post(re.search(r'action="([^"]+)"', form)[1], data=data)
    night.clock.set(now)
    night.house.engine.round()
    return answer


def test_an_alert_is_acknowledged_on_the_board_and_what_no_feed_shows_is_ticked_there(quiet):
    ill = somebody().ill(20, lactate=3.1, creatinine=245, platelets=88).cultured(25).treated(22)
    quiet.receive(sent(ill))
    answer = act_on(quiet, "100", "acknowledge", NOW + MINUTE)
    assert answer.status_code == 303 and answer.headers["location"] == "/"
    assert quiet.bed("100").alert.state == "acknowledged"
    tasks = [t for t in quiet.house.hospital.patient(quiet.bed("100").key, None).tasks if t.manual]
    assert {t.task for t in tasks} >= {"source_control"}
    assert "not reported by any feed" in quiet.page("100")
    ill.measure(0, lactate=1.2, **WELL)
    quiet.receive([ill.told[-1].encode()], NOW + 200 * MINUTE)
    for _ in range(
        12
    ):  # what the feeds would show is ticked by hand first, until only source control is left
        bed = quiet.bed("100")
        if bed.next_act is None or bed.next_act.act == "tick":
            break
        key, client = bed.key, quiet.client()
        token = re.search(r'name="token" value="([^"]+)"', client.get("/").text)[1]
        task = bed.next_act.task
        form = {
            "act": "tick",
            "token": token,
            "clock": task.clock,
            "trigger": task.trigger,
            "task": task.task,
        }
        assert client.post(f"/patient/{key}/act", data=form).status_code == 303
        quiet.house.engine.round()
    assert quiet.bed("100").next_act.task.task == "source_control"
    quiet.receive([], NOW + 400 * MINUTE)  # its time has passed, and nobody knows whether it was done
    assert quiet.bed("100").next_act.task.state == "not known", quiet.bed("100").next_act
    assert act_on(quiet, "100", "tick", NOW + 401 * MINUTE).status_code == 303
    done = [
        t
        for t in quiet.house.hospital.patient(quiet.bed("100").key, None).tasks
        if t.task == "source_control"
    ]
    assert all(t.by_hand for t in done) and "Undo" in quiet.page("100")


def test_an_answer_to_an_alert_that_has_changed_is_refused_on_the_board_too(quiet):
    quiet.receive(sent(somebody().ill(20)))
    client = quiet.client()
    form = re.search(r"<form.*?</form>", next(iter(rows(client.get("/").text))), re.S)[0]
    data = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    quiet.receive(sent(somebody().measure(5, creatinine=400, platelets=40)), NOW + MINUTE)
    answer = client.post(re.search(r'action="([^"]+)"', form)[1], data=data)
    assert answer.status_code == 409 and "changed since you looked" in answer.text


def test_what_to_do_stands_before_the_values(night):
    page = night.page("400312", "physician")
    assert (
        page.index('id="todo"')
        < page.index("Acknowledge")
        < page.index('id="why"')
        < page.index('id="clocks"')
    )
    assert page.index("I suspect infection") < page.index('id="why"')


def test_news2_says_who_comes_and_when_to_measure_again(night):
    words = plain(night.page("400312"))
    assert "emergency response" in words and "continuous monitoring" in words
    assert "Royal College of Physicians" in words
    words = plain(night.page("400306"))  # pulse 112: 2 points; 35 min ago
    assert "at least every 4 to 6 h" in words and "Next full set:" in words
    assert "NEWS2 is not made for patients charted as" in plain(night.page("400304"))


def test_a_set_is_as_old_as_its_oldest_value(quiet):
    one = somebody().well(300).measure(1, pulse=80)
    quiet.receive(sent(one))
    view = quiet.house.hospital.patient(quiet.bed("100").key, None)
    assert view.response.due == NOW + (12 * 60 - 300) * MINUTE
    assert view.response.missing == ()


def test_each_laboratory_value_has_its_range_and_thresholds(night):
    client = night.client()
    told = client.get(f"/patient/{night.bed('400312').key}/plot").json()
    labs = {s["concept"]: s for s in told["series"] if s["group"] == "labs"}
    assert labs["platelets"]["reference"] == [150, 400]
    assert [150, "SOFA 1"] in labs["platelets"]["thresholds"] and [100, "SOFA 2"] in labs["platelets"][
        "thresholds"
    ]
    assert [1.2, "SOFA 1"] in labs["creatinine"]["thresholds"]
    assert [2.0, "septic shock"] in labs["lactate"]["thresholds"]
    assert labs["creatinine"]["reference"] == [0.5, 1.0]


def test_the_laboratory_s_own_range_stands_before_the_usual_one(quiet):
    one = somebody().measure(20, creatinine=80, platelets=100)
    ranged = [line.replace(b"|umol/L|", b"|umol/L|60-90|", 1) for line in sent(one)]
    assert any(b"60-90" in line for line in ranged)
    quiet.receive(ranged)
    told = quiet.client().get(f"/patient/{quiet.bed('100').key}/plot").json()
    labs = {s["concept"]: s for s in told["series"] if s["group"] == "labs"}
    assert [round(end, 2) for end in labs["creatinine"]["reference"]] == [0.68, 1.02]
    assert labs["creatinine"]["sent_range"] is True and labs["platelets"]["sent_range"] is False
    words = plain(quiet.page("100"))
    assert "creatinine mg/dL laboratory’s range 0.679 to 1.02" in words
    assert "platelets 10³/µL usual 150 to 400" in words


def test_the_range_of_an_adult_is_not_a_childs(quiet):
    child = somebody(born="20210301").measure(20, creatinine=80, platelets=100)
    quiet.receive(sent(child))
    told = quiet.client().get(f"/patient/{quiet.bed('100').key}/plot").json()
    labs = [s for s in told["series"] if s["group"] == "labs"]
    assert labs and all(s["reference"] is None for s in labs)
    assert all("SOFA" not in words for s in labs for _, words in s["thresholds"])


def test_the_pages_say_things_as_clinical_software_does(night):
    assert "No active alert" in night.page("400306")
    assert "Received but not used in scores" in night.page("400307")
    assert "Unmapped codes and units" in night.client().get("/feeds").text
