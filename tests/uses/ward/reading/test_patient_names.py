"""No sender can say the name of a patient of another: every kind of number has a space of its own, whatever the senders call themselves."""

from dataclasses import replace
from itertools import combinations

import orjson
import pytest

from opensepsis.data.decode.patient_names import parts_of
from opensepsis.data.decode.site import Feed, Site, read_site
from opensepsis.uses.ward.decode import read
from opensepsis.uses.ward.model.facts import Charted, Merged
from opensepsis.uses.ward.model.messages import Message
from tests.support.ward.fhir_said import observation, patient
from tests.support.ward.hl7_messages import NOON, order, result, sent

NAME = "ehr"  # of every feed, issuer, authority and system below
HOSTILE = (
    NAME, f"server {NAME}", f"feed {NAME}", f"issuer {NAME}", f"issuer server {NAME}", f"number AN of feed {NAME}", f"{NAME} AN",
    f"{NAME}|7", f"server {NAME}|7", "server https://b.example", "https://b.example", "resource of ehr: Encounter?ehr",
)  # fmt: skip
SITE = read_site()
OLDER = {f"server {NAME}": NAME, f"rows {NAME}": NAME}


def hl7(issuer: str = "", kind: str = "", number: str = "7") -> bytes:
    escaped = [text.replace("\\", "\\E\\").replace("|", "\\F\\") for text in (number, issuer)]
    return sent(f"PID|1||{escaped[0]}^^^{escaped[1]}^{kind}", order(), result("2.0"))


def fhir(**subject) -> bytes:
    return orjson.dumps(observation(subject=subject))


def row(patient: str) -> bytes:
    return f"patient,concept,time,value,unit\n{patient},lactate,2026-03-02T11:00:00Z,2.0,mmol/L\n".encode()


def device(patient: str) -> bytes:
    said = {
        "patient": patient,
        "time": "2026-03-02T11:00:00Z",
        "values": [{"code": "2524-7", "value": 2, "unit": "mmol/L"}],
    }
    return orjson.dumps(said)


def timeline(patient: str) -> bytes:
    return orjson.dumps(
        {"table": "events", "patient": patient, "concept": "lactate", "time": NOON, "value": 2.0}
    )


def who(form: str, raw: bytes, site: Site = SITE, feed: str = NAME) -> str:
    """The one patient of whom a message tells a value."""
    facts, problems = read(Message(1, feed, form, "events.csv", raw, NOON), site)
    (name,) = {fact.patient for fact in facts if isinstance(fact, Charted)} or {str(problems)}
    return name


SPACES = {
    "hl7 without issuer": lambda site: who("hl7", hl7(), site),
    "hl7 account without issuer": lambda site: who("hl7", hl7(kind="AN"), site),
    "row": lambda site: who("csv", row("7"), site, "rows"),
    "fhir id": lambda site: who("fhir", fhir(reference="Patient/7"), site),
    "fhir id of another feed": lambda site: who("fhir", fhir(reference="Patient/7"), site, "lab"),
    "fhir id of another server": lambda site: who("fhir", fhir(reference="https://b.example/Patient/7"), site),
    **{f"issuer {said}": lambda site, said=said: who("hl7", hl7(said, "MR"), site) for said in HOSTILE},
}  # fmt: skip


def test_no_two_spaces_meet():
    names = {said: space(SITE) for said, space in SPACES.items()}
    assert not [(one, other) for one, other in combinations(names, 2) if names[one] == names[other]]
    assert all(parts_of(name)[1] == "7" for name in names.values())


@pytest.mark.parametrize("issuer", HOSTILE)
def test_an_issuer_is_the_same_in_every_format(issuer):
    name = who("hl7", hl7(issuer, "MR"))
    assert who("fhir", fhir(identifier={"system": issuer, "value": "7"})) == name
    assert who("csv", row(f"{issuer}|7")) == who("mqtt", device(f"{issuer}|7")) == name
    assert who("timeline", timeline(f"{issuer}|7")) == name
    site = replace(SITE, feeds={"lab": Feed(authority=issuer)})
    assert who("hl7", hl7(), site, "lab") == who("fhir", fhir(reference="Patient/7"), site, "lab") == name


def test_rows_of_one_feed_name_its_own_numbers():
    assert (
        who("csv", row("7")) == who("mqtt", device("7")) == who("timeline", timeline("7")) == f"feed {NAME}|7"
    )
    assert who("csv", row("|7")) == f"feed {NAME}|7"


@pytest.mark.parametrize(
    ("one", "other"),
    [(("H", "7|8"), ("H|7", "8")), (("H", "7|8"), ("H", "7%7C8")), (("H", "7%7C8"), ("H", "7%257C8")), (("H", "|7"), ("H|", "7"))],
)  # fmt: skip
def test_a_bar_in_a_number_ends_no_issuer(one, other):
    names = [who("hl7", hl7(issuer, "MR", number)) for issuer, number in (one, other)]
    assert names[0] != names[1]
    assert parts_of(names[0]) == one


def test_spaces_around_a_number_make_no_other_patient():
    assert (
        who("fhir", fhir(identifier={"system": "H ", "value": " 7 "}))
        == who("mqtt", device("H| 7"))
        == who("hl7", hl7("H", "MR"))
    )


def test_a_server_is_a_space_whatever_its_feed_is_called():
    site = replace(SITE, feeds={NAME: Feed(authority=NAME, identifier_system="urn:mrn")})
    facts, _ = read(
        Message(1, NAME, "fhir", "k", orjson.dumps(patient("7", identifier=[{"system": "urn:mrn", "value": "8"}])), NOON),
        site,
    )  # fmt: skip
    (merged,) = [fact for fact in facts if isinstance(fact, Merged)]
    assert (merged.survivor, merged.old) == (f"{NAME}|8", f"server {NAME}|7")
    same = orjson.dumps(patient("7", identifier=[{"system": "urn:mrn", "value": "7"}]))
    facts, _ = read(Message(1, NAME, "fhir", "k", same, NOON), site)
    assert [(f.survivor, f.old) for f in facts if isinstance(f, Merged)] == [
        (f"{NAME}|7", f"server {NAME}|7")
    ]


def test_an_older_store_keeps_its_names_and_marks_the_issuer():
    site = replace(SITE, older_spaces=OLDER)
    assert who("fhir", fhir(reference="Patient/7"), site) == who("csv", row("7"), site) == f"{NAME}|7"
    assert who("csv", row(f"{NAME}|7"), site) == f"{NAME}|7"  # the feed names itself
    for name in (
        who("hl7", hl7(NAME, "MR"), site),
        who("csv", row(f"{NAME}|7"), site, "csv"),
        who("fhir", fhir(identifier={"system": NAME, "value": "7"}), site),
    ):
        assert name == f"issuer {NAME}|7"


WITHOUT_ISSUER = {f"identifier {NAME}": f"{NAME} identifier", f"numbers {NAME}": ""}


@pytest.mark.parametrize(
    ("older", "names"),
    [({}, {f"feed {NAME}|7", "urn:mrn|7"}), (WITHOUT_ISSUER, {f"{NAME} identifier|7", "|7"})],
)
def test_numbers_of_a_fhir_feed_without_an_authority(older, names):
    feeds = {NAME: Feed(identifier_system="urn:mrn")}
    site = replace(SITE, feeds=feeds, older_spaces=older)
    said = ({"value": "7"}, {"system": "urn:mrn", "value": "7"})
    assert {who("fhir", fhir(identifier=one), site) for one in said} == names
    assert who("fhir", fhir(reference="Patient/7"), site) == f"server {NAME}|7"


def test_an_older_store_of_a_feed_that_is_called_as_its_authority_goes_on():
    site = replace(SITE, older_spaces=OLDER, feeds={NAME: Feed(authority=NAME)})
    assert who("hl7", hl7(NAME, "MR"), site) == who("fhir", fhir(reference="Patient/7"), site) == f"{NAME}|7"
