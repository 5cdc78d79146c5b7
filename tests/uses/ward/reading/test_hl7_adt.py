"""Persons and visits of ADT: names, births, times of steps, escapes."""

from datetime import UTC, datetime

import pytest

from opensepsis.data.decode.site import Feed, Site, own_codes
from opensepsis.uses.ward.decode import read
from opensepsis.uses.ward.decode.hl7.parser import segments
from opensepsis.uses.ward.model.facts import Charted, Described, Visited
from opensepsis.uses.ward.model.messages import Message
from tests.support.ward.hl7_messages import ANN, MINUTE, NOON, SITE, found, problems, sent


def described(pid: str, site: Site = SITE, at: str = "20260302120000+0000") -> Described:
    message = Message(1, "lab", "hl7", "k", sent(pid, kind="ADT^A31", at=at), NOON)
    return next(f for f in read(message, site)[0] if isinstance(f, Described))


@pytest.mark.parametrize(
    ("names", "name"),
    [("ROE^ANN", "ANN ROE"), ("OLD^ANN^^^^^M~ROE^ANN^^^^^L", "ANN ROE"), ("NICK^A^^^^^N~ROE^ANN", "ANN ROE"),
     ("ROE^ANN^^^^^D~OLD^ANN^^^^^M", "ANN ROE"), ("VAN DER ROE&VAN DER&ROE^ANN", "ANN VAN DER ROE"), ('""^ANN', "ANN"), ("", None)],
)  # fmt: skip
def test_the_name_by_its_use(names, name):
    assert described(f"PID|1||1^^^A^MR||{names}||19500101").name == name


@pytest.mark.parametrize(
    ("sent_as", "sex"),
    [
        ("F", "F"),
        ("w", "F"),
        ("weiblich", "F"),
        ("Male", "M"),
        ("m", "M"),
        ("1", "M"),
        ("A", "O"),
        ("U", "U"),
        ("", None),
        ('""', None),
        ("?", "?"),
    ],
)
def test_the_sex_by_the_one_list(sent_as, sex):
    assert described(f"PID|1||1^^^A^MR||ROE^ANN||19500101|{sent_as}").sex == sex


@pytest.mark.parametrize("at", ["20260302120000-0500", "20260302120000-0400", "20260302120000"])
def test_a_birth_is_a_date_of_the_feed(at):
    site = Site(own_codes(), feeds={"lab": Feed("America/New_York")})
    born = described("PID|1||1^^^A^MR||R^A||19500101", site, at).born
    assert datetime.fromtimestamp(born / 1e6, UTC).hour == 5


def test_a_birth_that_cannot_be_read_is_told():
    assert ("time", "unreadable") in problems("PID|1||1^^^A^MR||R^A||1950-01-01", kind="ADT^A31")


def moved(
    visit: str, event: str = "EVN|A01|202603021150+0000||||202603021140+0000", kind: str = "ADT^A01"
) -> Visited:
    facts, _ = found(event, ANN, visit, kind=kind)
    return next(f for f in facts if isinstance(f, Visited))


@pytest.mark.parametrize(("sort", "kind"), [("I", "hospital"), ("E", "emergency"), ("OBS", "observation")])
def test_the_sort_of_a_visit(sort, kind):
    assert moved(f"PV1|1|{sort}|3B^12^1").kind == kind
    assert moved(f"PV1|1|{sort}|").kind == kind


ADMISSION = "PV1|1|I|3B^12^1" + "|" * 41


@pytest.mark.parametrize(
    ("visit", "event", "minute"),
    [(ADMISSION + "202603021130+0000", "EVN|A01|202603021150+0000||||202603021140+0000", -30),
     (ADMISSION, "EVN|A01|202603021150+0000||||202603021140+0000", -20), (ADMISSION, "EVN|A01|202603021150+0000", -10),
     (ADMISSION, "EVN|A01", 0), (ADMISSION + "yesterday", "EVN|A01|202603021150+0000", 0),
     (ADMISSION, "EVN|A01|202603021150+0000||||soon", 0),
     (ADMISSION + "20260302", "EVN|A01|202603021150+0000", -10), (ADMISSION + '""', "EVN|A01|202603021150+0000", -10)],
)  # fmt: skip
def test_the_time_of_a_step(visit, event, minute):
    assert moved(visit, event).time == NOON + minute * MINUTE


def test_a_time_of_a_step_that_cannot_be_read_is_told():
    assert ("time", "unreadable") in problems("EVN|A01", ANN, ADMISSION + "yesterday", kind="ADT^A01")


def test_a_step_without_pv1_is_told():
    assert problems("EVN|A01", ANN, kind="ADT^A01") == [("unused", "ADT^A01")]


def test_pregnancy_as_an_ambulatory_status():
    facts, _ = found("EVN|A01|202603021150+0000", ANN, "PV1|1|I|3B" + "|" * 12 + "B6", kind="ADT^A01")
    assert [f.event.text for f in facts if isinstance(f, Charted)] == ["pregnant"]


def test_the_kind_may_stand_in_evn_only():
    facts, _ = found("EVN|A01|202603021150+0000", ANN, "PV1|1|I|3B", kind="ADT")
    assert [type(f) for f in facts] == [Visited]


@pytest.mark.parametrize(
    ("escaped", "text"),
    [("a\\F\\b", "a|b"), ("a\\S\\b\\T\\c\\R\\d\\E\\e", "a^b&c~d\\e"), ("a\\.br\\b", "a\nb"), ("\\H\\a\\N\\", "a"), ("\\XB5\\g", "µg"),
     ("\\XC2B5\\g", "µg"), ("C:\\x", "C:\\x"), ("1\\Z9\\2", "1\\Z9\\2"), ("\\.sp2\\a", "\na"), ("\\", "\\"), ("\\X1\\", "\\X1\\")],
)  # fmt: skip
def test_escape_sequences(escaped, text):
    obx = segments(sent(f"OBX|1|ST|x||{escaped}"))[1]
    assert obx.marks.plain(obx.raw(5)) == text
