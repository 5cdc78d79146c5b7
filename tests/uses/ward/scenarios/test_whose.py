"""Whose values are whose, on a whole day: two patients in one message, feeds that name a patient differently, swapped beds."""

from dataclasses import replace

import pytest

from opensepsis.data.decode.site import Feed
from tests.support.ward.feeds import SITE, Day

HEAD = "MSH|^~\\&|A|B|||{}||{}|%ID%|P|2.5.1\r"
ANN = "PID|1||100^^^feed^MR||ROE^ANN||19500101|F\r"
BEN = "PID|2||200^^^feed^MR||DOE^BEN||19600101|M\r"


@pytest.fixture
def day(tmp_path):
    begun = Day("hl7", tmp_path / "ward.db")
    yield begun
    begun.check()
    begun.close()


def lab(number: str, value: str) -> str:
    return f"OBR|1||{number}|2524-7^Lactate^LN|||20260302080000+0000\rOBX|1|NM|2524-7^Lactate^LN||{value}|mmol/L|||||F\r"


def tell(day: Day, minute: float, kind: str, text: str, feed: str = "feed") -> None:
    day.send(minute, HEAD.format(day.stamp(minute), kind) + text, {}, feed=feed)


def test_two_patients_in_one_message_have_their_own_values(day):
    day.admit(0, who="100")
    day.admit(1, who="200")
    tell(day, 5, "ORU^R01", ANN + lab("1", "1.1") + BEN + lab("2", "9.9"))
    values = {who: day.patient(who).bedside.chart.series["lactate"].values for who in ("100", "200")}
    assert values == {"100": [1.1], "200": [9.9]}


def test_a_swap_moves_both_beds(day):
    day.admit(0, ward="3B", who="100")
    day.admit(1, ward="4C", who="200")
    swap = ANN + "PV1|1|I|4C^1^1||||||||||||||||V100\r" + BEN + "PV1|1|I|3B^1^1||||||||||||||||V200\r"
    tell(day, 5, "ADT^A17", f"EVN|A17|{day.stamp(5)}\r" + swap)
    assert {who: day.patient(who).visit.ward for who in ("100", "200")} == {"100": "4C", "200": "3B"}


def test_the_page_of_feeds_counts_what_may_be_the_same_patient(day):
    day.admit(0, who="100")
    assert "values but no ward" not in day.at_work("admin").get("/feeds").text
    tell(day, 5, "ORU^R01", ANN.replace("feed", "lab") + lab("1", "2"))
    tell(day, 6, "SIU^S12", ANN)
    page = day.at_work("admin").get("/feeds").text
    assert "<b>1</b> patient has values but no ward" in page
    assert "<b>1</b> name and birth date occurs under two numbers" in page
    assert "message SIU^S12" in page and "ROE" not in page
    tell(day, 7, "ADT^A08", ANN.replace("19500101", "20010101") + "PV1|1|I|3B^1^1||||||||||||||||V100\r")
    assert "<b>1</b> number has birth dates more than a year apart" in day.at_work("admin").get("/feeds").text


def test_feeds_of_one_authority_name_one_patient(tmp_path):
    feeds = {"lab": Feed(authority="HOSP"), "adt": Feed(authority="HOSP")}
    day = Day("hl7", tmp_path / "ward.db", site=replace(SITE, feeds=feeds))
    stay = "PV1|1|I|3B^1^1||||||||||||||||V1\r"
    tell(day, 1, "ADT^A01", "PID|1||A1^^^HOSP^MR||ROE^ANN||19500101|F\r" + stay, feed="adt")
    tell(day, 2, "ORU^R01", "PID|1||A1\r" + lab("1", "2"), feed="lab")
    assert list(day.engine.ward.patients) == ["HOSP|A1"]
    assert day.hospital.identities().without_ward == 0
    day.close()


def test_two_messages_in_one_frame_are_refused(day):
    day.admit(0, who="100")
    text = ANN + lab("1", "2")
    with pytest.raises(AssertionError, match="AR"):
        tell(day, 5, "ORU^R01", text + HEAD.format(day.stamp(5), "ORU^R01") + BEN + lab("2", "9"))
    assert "lactate" not in day.patient("100").last_charted


def gas(number: int, value: float) -> str:
    return f"OBR|1||g{number}|2703-7^PaO2^LN|||2026030208{number:02}00+0000\rOBX|1|NM|2703-7^PaO2^LN||{value}|mm[Hg]|||||F\r"


@pytest.mark.parametrize(("low", "told"), [(1, False), (2, True)])
def test_the_page_of_feeds_tells_of_arterial_blood_that_is_mostly_venous(day, low, told):
    for who in ("100", "200"):
        day.admit(0, who=who)
    for number in range(20):
        person = ANN if number % 2 else BEN
        tell(day, 6 + number, "ORU^R01", person + gas(number, 38 if number < low else 90))
    words = f"PaO₂: {low} of 20 values below 40 mm[Hg]"
    assert (words in day.at_work("admin").get("/feeds").text) == told
