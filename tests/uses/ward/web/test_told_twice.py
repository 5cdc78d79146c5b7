"""One bag or one pump of which HL7 and FHIR both tell: both count, and the board says so."""

import orjson
import pytest

from opensepsis.uses.ward.model.clock import HandClock
from opensepsis.uses.ward.model.messages import Arrival
from opensepsis.uses.ward.server import WardConfig, WardServer
from tests.support.ward.hl7_doses import dose
from tests.support.ward.pages import NOW, adt

NAME = "7"


def hl7(amount="1000", end="202603021130+0000", number="77") -> bytes:
    given = dose("L^Sodium chloride 0.9 %^L", amount, "mL", start="202603021100+0000", end=end)
    return (
        "MSH|^~\\&|PHA|H|||20260302113100+0000||RAS^O17|9|P|2.5.1\r"
        f"PID|1||{NAME}^^^H^MR\rORC|RE||{number}\r{given}\rRXR|IV\r"
    ).encode()


def fhir(name="Sodium chloride 0.9 %", amount=1000, unit="mL", start="11:00", end="11:30") -> bytes:
    return orjson.dumps({
        "resourceType": "MedicationAdministration", "id": "m", "status": "completed", "medicationCodeableConcept": {"text": name},
        "subject": {"identifier": {"system": "H", "value": NAME}},
        "effectivePeriod": {"start": f"2026-03-02T{start}:00Z", "end": f"2026-03-02T{end}:00Z"},
        "dosage": {"route": {"text": "IV"}, "dose": {"value": amount, "unit": unit}},
    })  # fmt: skip


@pytest.fixture
def marks(tmp_path):
    house = WardServer(WardConfig(str(tmp_path / "ward.db"), listeners=(), clock=HandClock(NOW)))

    def of(*said: bytes) -> list[str]:
        told = (adt(NAME, "Seven"), *said)
        forms = ["fhir" if raw.startswith(b"{") else "hl7" for raw in told]
        house.store.keep(
            [
                Arrival(form, form, str(n), raw, NOW)
                for n, (form, raw) in enumerate(zip(forms, told, strict=True))
            ]
        )
        house.engine.round()
        (bed,) = house.hospital.board(None)
        return [mark for mark in bed.marks if "told by" in mark]

    yield of
    house.close()


def test_one_litre_told_by_both_is_marked(marks):
    (mark,) = marks(hl7(), fhir())
    assert mark.endswith("1000 mL: told by FHIR and HL7, counted twice if it is one")


@pytest.mark.parametrize(
    "others",
    [(hl7(), hl7(number="78")), (hl7(), fhir(amount=500)), (hl7(), fhir(end="11:40")), (hl7(),), (fhir(),)],
)
def test_what_cannot_be_one_is_not_marked(marks, others):
    assert marks(*others) == []


def test_a_few_minutes_apart_may_be_one(marks):
    assert len(marks(hl7(), fhir(end="11:33"))) == 1
