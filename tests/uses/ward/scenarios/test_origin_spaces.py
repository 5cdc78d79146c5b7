"""What a sender calls a thing is its own: no other feed, no csv row and no name that reads alike can take it back; also in older stores."""

import orjson
import pytest

from opensepsis.uses.ward.model.messages import Arrival
from tests.support.ward.feeds import Day
from tests.support.ward.telling import loinc

LACTATE = "2524-7^x^LN"


def told(day, feed: str, form: str, raw: bytes, minute: float = 30) -> None:
    day.count += 1
    day.store.keep([Arrival(feed, form, f"k{day.count}", raw, day.to_microseconds(minute))])
    day.wait(minute)


def observation(day, value: float, status: str = "final") -> bytes:
    return orjson.dumps({
        "resourceType": "Observation", "id": "7", "status": status, "subject": {"identifier": {"system": "feed", "value": "1"}},
        "code": loinc("2524-7"), "effectiveDateTime": day.iso(10), "valueQuantity": {"value": value, "unit": "mmol/L"},
    })  # fmt: skip


def row(day, origin: str, value: object, concept: str = "lactate", known: float = 20) -> bytes:
    head = "patient,concept,time,known,value,unit,text,origin\n"
    return f"{head}feed|1,{concept},{day.iso(10)},{day.iso(known)},{value},mmol/L,,{origin}\n".encode()


def result(day, value: float, filed: float, number: str = "F1") -> bytes:
    asked = f"OBR|1||{number}|LAC|||{day.stamp(10)}|||||||||||||||{day.stamp(filed)}|||F\r"
    return (day._head("ORU^R01", filed, "1") + asked + f"OBX|1|NM|{LACTATE}||{value}|mmol/L|||||F\r").encode()


def lactates(day) -> list[float]:
    return sorted(e.value for e in day.patient().bedside.chart.standing("lactate"))


@pytest.fixture
def day(tmp_path):
    found = Day("hl7", tmp_path / "ward.db")
    found.admit(0)
    yield found
    found.check()
    found.close()


@pytest.mark.parametrize(
    ("first", "other"), [("a b", "a_b"), ("a_b", "a b"), ("a%20b", "a b"), ("a b", "a%20b"), ("a/b", "a")]
)
def test_feeds_whose_names_read_alike_are_two(day, first, other):
    told(day, first, "fhir", observation(day, 4.0))
    told(day, other, "fhir", observation(day, 2.0, "amended"))
    assert lactates(day) == [2.0, 4.0]
    told(day, other, "fhir", observation(day, 2.0, "entered-in-error"))
    assert lactates(day) == [4.0]
    day.killed()
    assert lactates(day) == [4.0]


@pytest.mark.parametrize(
    "claimed", ["fhir ehr/Observation/7", "named fhir ehr/Observation/7", "row csv said lactate"]
)
def test_a_csv_row_takes_back_nothing_of_a_server(day, claimed):
    told(day, "ehr", "fhir", observation(day, 4.0))
    told(day, "csv", "csv", row(day, claimed, ""))
    assert lactates(day) == [4.0]
    told(day, "csv", "csv", row(day, claimed, 2.0, known=25))
    assert lactates(day) == [2.0, 4.0]
    told(day, "csv", "csv", row(day, claimed, "", known=28))
    assert lactates(day) == [4.0]


def test_a_csv_row_takes_back_nothing_of_hl7(day):
    told(day, "lab", "hl7", result(day, 4.0, 15))
    moment = day.to_microseconds(10)
    for claimed in (f"hl7 F1 2524-7  {moment}", f"hl7 result lab F1  LAC 2524-7  {moment}"):
        told(day, "csv", "csv", row(day, claimed, ""))
    assert lactates(day) == [4.0]


def test_a_timeline_takes_back_nothing_of_a_server(day):
    told(day, "ehr", "fhir", observation(day, 4.0))
    said = {"table": "events", "patient": "feed|1", "concept": "lactate", "time": day.to_microseconds(10), "known": day.to_microseconds(20),
            "origin": "fhir ehr/Observation/7"}  # fmt: skip
    told(day, "play", "timeline", orjson.dumps(said))
    assert lactates(day) == [4.0]


def as_before(day, change) -> None:
    """Writes the log as an older version had it."""
    with day.store.database.transaction() as run:
        for number, line in run("SELECT number, fact FROM entry"):
            fact = orjson.loads(line)
            for part in (fact, fact.get("event") or {}):
                part |= {name: change(part[name]) for name in ("origin", "version_of") if part.get(name)}
            if fact["fact"] == "Visited":
                fact.pop("origin", None)
            if fact["fact"] in ("Charted", "Visited"):
                run("UPDATE entry SET fact = ? WHERE number = ?", (orjson.dumps(fact).decode(), number))
        run("DELETE FROM snapshot")
        run("DELETE FROM snapshot_part")
    day.killed()


def older_result(origin: str) -> str:
    if not origin.startswith("hl7 result "):
        return origin
    _, _, _, filler, placer, _, code, sub_id, time = origin.split(" ")
    return f"hl7 {filler or placer} {code} {sub_id} {time}"


@pytest.mark.parametrize("numbers", [("F1", ""), ("F1", "P1"), ("F1^LIS", "P1")])
def test_an_older_store_is_corrected_by_what_comes_now(day, numbers):
    told(day, "lab", "hl7", result(day, 4.0, 15, numbers[0]))
    as_before(day, older_result)
    assert lactates(day) == [4.0]
    later = result(day, 2.0, 25, numbers[0]).replace(b"OBR|1||", f"OBR|1|{numbers[1]}|".encode())
    told(day, "lab", "hl7", later)
    assert lactates(day) == [2.0]
    told(day, "lab", "hl7", result(day, 3.0, 28, "F9"))
    assert lactates(day) == [2.0, 3.0]


def test_a_time_that_is_corrected_moves_a_value_of_an_older_store(day):
    told(day, "lab", "hl7", result(day, 4.0, 15))
    as_before(day, older_result)
    asked = f"OBR|1||F1|LAC|||{day.stamp(5)}|||||||||||||||{day.stamp(25)}|||C\r"
    told(
        day,
        "lab",
        "hl7",
        (day._head("ORU^R01", 25, "1") + asked + f"OBX|1|NM|{LACTATE}||2|mmol/L|||||C\r").encode(),
    )
    assert lactates(day) == [2.0]


@pytest.mark.parametrize("named", ["lab 7", "fhir ehr/Observation/7", ""])
def test_a_row_of_an_older_store_is_corrected(day, named):
    told(day, "csv", "csv", row(day, named, 4.0))
    moment = day.to_microseconds(10)
    older = named or f"row lactate {moment} 4.0"
    as_before(day, lambda origin: older if origin.startswith("row csv ") else origin)
    assert lactates(day) == [4.0]
    told(day, "csv", "csv", row(day, named, 2.0 if named else 4.0, known=25))
    assert lactates(day) == ([2.0] if named else [4.0])


def test_a_resource_of_an_older_store_is_corrected(day):
    told(day, "the lab", "fhir", observation(day, 4.0))
    as_before(day, lambda origin: origin.replace("fhir the%20lab/", "fhir the_lab/"))
    told(day, "the lab", "fhir", observation(day, 2.0, "amended"))
    assert lactates(day) == [2.0]


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled"])
def test_a_visit_of_an_older_store_is_taken_back(day, status):
    def visit(minute, status, kind="IMP"):
        return orjson.dumps({
            "resourceType": "Encounter", "id": "E1", "status": status, "class": {"code": kind}, "subject": {"reference": "Patient/1"},
            "period": {"start": day.iso(0)}, "location": [{"location": {"display": "3B"}}],
            "meta": {"versionId": str(minute), "lastUpdated": day.iso(minute)},
        })  # fmt: skip

    told(day, "the lab", "fhir", visit(1, "in-progress", "EMER"))
    told(day, "the lab", "fhir", visit(2, "in-progress"))
    as_before(day, lambda origin: origin.replace("fhir the%20lab/", "fhir the_lab/"))
    here = len(day.hospital.board(None))
    told(day, "the lab", "fhir", visit(3, status))
    assert len(day.hospital.board(None)) == here - 1


def test_a_dose_of_an_older_store_is_taken_back(day):
    def dose(minute, action):
        given = f"RXA|0|1|{day.stamp(10)}||ceftriaxone|2|g|||||||||||||CP|{action}\rRXR|IV\r"
        return (day._head("RAS^O17", minute, "1") + f"ORC|RE||7\r{given}").encode()

    told(day, "the mar", "hl7", dose(15, "A"))
    as_before(day, lambda origin: origin.replace("^^the%20mar", ""))
    (patient,) = day.engine.ward.patients.values()
    assert len(patient.bedside.chart.standing("antibiotic")) == 1
    told(day, "the mar", "hl7", dose(25, "D"))
    (patient,) = day.engine.ward.patients.values()
    assert patient.bedside.chart.standing("antibiotic") == []
