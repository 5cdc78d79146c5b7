"""Messages of a FHIR feed that is called as the issuer of HL7 numbers, about two patients of one number."""

import orjson

from tests.support.ward.pages import adt

ISSUED, OF_SERVER, OF_ROWS = "ehr|77", "server ehr|77", "feed csv|77"


def issued(raw: bytes) -> bytes:
    return raw.replace(b"^^^H^", b"^^^ehr^")


def lactate(value: float) -> bytes:
    return issued(
        "MSH|^~\\&|LAB|H|||20260302115200+0000||ORU^R01|3|P|2.5.1\rPID|1||77^^^H^MR\rOBR|1||l1|2524-7^x^LN|||20260302115000+0000\r"
        f"OBX|1|NM|2524-7^Lactate^LN||{value}|mmol/L|||||F|||20260302115000+0000".encode()
    )  # fmt: skip


def merge(survivor: str, old: str) -> bytes:
    head = "MSH|^~\\&|ADT|H|||20260302115300+0000||ADT^A40|9|P|2.5.1\rEVN|A40|20260302115300+0000\r"
    return f"{head}PID|1||{survivor}^^^ehr^MR||Quill^R||19500101|F\rMRG|{old}^^^ehr^MR\r".encode()


def person(own: str, **more) -> bytes:
    name = [{"family": "Quill", "given": ["Tansy"]}]
    return orjson.dumps(
        {"resourceType": "Patient", "id": own, "name": name, "birthDate": "1961-02-03", "gender": "female", **more}
    )  # fmt: skip


def stay(own: str) -> bytes:
    return orjson.dumps({
        "resourceType": "Encounter", "id": f"e{own}", "status": "in-progress", "class": {"code": "IMP"},
        "subject": {"reference": f"Patient/{own}"}, "period": {"start": "2026-03-02T11:00:00Z"},
        "location": [{"location": {"display": "4A"}, "status": "active"}],
    })  # fmt: skip


def measured(own: str, value: float) -> bytes:
    return orjson.dumps({
        "resourceType": "Observation", "id": f"o{own}", "status": "final", "subject": {"reference": f"Patient/{own}"},
        "code": {"coding": [{"system": "http://loinc.org", "code": "2524-7"}]}, "effectiveDateTime": "2026-03-02T11:50:00Z",
        "valueQuantity": {"value": value, "unit": "mmol/L", "system": "http://unitsofmeasure.org", "code": "mmol/L"},
    })  # fmt: skip


HL7 = [("adt", "hl7", issued(adt("77", "Rowan"))), ("lab", "hl7", lactate(2.5))]
FHIR = [("ehr", "fhir", person("77")), ("ehr", "fhir", stay("77")), ("ehr", "fhir", measured("77", 8.5))]
STAYS = b"patient,stay,kind,ward,admitted,born,name\n77,s77,hospital,5C,2026-03-02T11:00:00Z,1983-04-05,Quill Violet\n"
ROW = b"patient,concept,time,value,unit\n77,lactate,2026-03-02T11:50:00Z,4.5,mmol/L\n"
CSV = [("csv", "csv", STAYS), ("csv", "csv", ROW)]
BOTH = {ISSUED: [2.5], OF_SERVER: [8.5]}
