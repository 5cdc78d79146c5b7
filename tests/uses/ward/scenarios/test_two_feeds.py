"""HL7 and FHIR of one hospital: a server's own ids and the record numbers of the wards are of one patient."""

import orjson

from opensepsis.data.decode.site import Site, own_codes, read_site
from opensepsis.uses.ward.model.messages import Arrival
from tests.support.ward.feeds import Day, to_microseconds
from tests.support.ward.telling import loinc

NUMBERS = "urn:oid:1.2.3.4"


def site(tmp_path) -> Site:
    (tmp_path / "feeds.csv").write_text(
        f"feed,authority,identifier_system,fhir_server\nepic,feed,{NUMBERS},https://fhir.example\n"
    )
    return Site(own_codes(), feeds=read_site(tmp_path).feeds)


def post(day, minute: float, resource: dict) -> None:
    day.store.keep([Arrival("epic", "fhir", str(minute), orjson.dumps(resource), to_microseconds(minute))])
    day.wait(minute)


def person(number: str, version: int) -> dict:
    numbers = [{"system": "urn:other", "value": "99"}, {"system": NUMBERS, "value": number}]
    return {
        "resourceType": "Patient",
        "id": "xyz",
        "identifier": numbers,
        "meta": {"versionId": str(version)},
    }


def creatinine(day, minute: float, subject: dict) -> dict:
    unit = {"unit": "mg/dL", "system": "http://unitsofmeasure.org", "code": "mg/dL"}
    return {
        "resourceType": "Observation", "id": f"c{minute}", "status": "final", "subject": subject, "code": loinc("2160-0"),
        "effectiveDateTime": day.iso(minute), "valueQuantity": {"value": minute / 10, **unit},
    }  # fmt: skip


def values(day, who: str) -> list[float]:
    return [e.value for e in day.patient(who).bedside.chart.standing("creatinine")]


def test_a_record_number_joins_both_feeds(tmp_path):
    day = Day("hl7", tmp_path / "ward.db", site=site(tmp_path))
    day.admit(0)
    day.admit(1, who="2")
    post(day, 10, creatinine(day, 10, {"reference": "Patient/xyz"}))  # before anybody said who that is
    post(day, 11, person("1", 1))
    post(day, 20, creatinine(day, 20, {"reference": "https://fhir.example/Patient/xyz"}))
    post(day, 30, creatinine(day, 30, {"identifier": {"system": NUMBERS, "value": "1"}}))
    assert values(day, "1") == [1.0, 2.0, 3.0]
    assert len(day.hospital.board(None)) == 2
    assert {bed.merged for bed in day.hospital.board(None)} == {()}  # the server's id is no other record
    post(day, 40, person("2", 2))  # it was another patient: the server's values go with the server's id
    assert (values(day, "1"), values(day, "2")) == ([3.0], [1.0, 2.0])
    day.check()
    day.close()
