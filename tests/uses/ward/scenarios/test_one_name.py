"""A FHIR feed that is called as the issuer of HL7 numbers: equal numbers are two patients, on the board and for whom the ward tells."""

from dataclasses import dataclass

import orjson
import pytest

from opensepsis.uses.ward.model.clock import HandClock
from opensepsis.uses.ward.model.messages import Arrival
from opensepsis.uses.ward.notify.fhir import resources
from opensepsis.uses.ward.server import WardConfig, WardServer
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from tests.support.ward.one_name import (
    BOTH,
    CSV,
    FHIR,
    HL7,
    ISSUED,
    OF_ROWS,
    OF_SERVER,
    issued,
    lactate,
    measured,
    merge,
    person,
    stay,
)
from tests.support.ward.pages import NOW, adt, vitals


@dataclass
class House:
    """A ward that is told things, some of them in one round."""

    path: str
    told: int = 0

    def __post_init__(self):
        plan = WardConfig(self.path, policy=AlertPolicy(silent=False), listeners=(), clock=HandClock(NOW))
        self.ward = WardServer(plan)
        self.ward.engine.rebuild()
        self.ward.engine.round()

    def tell(self, *said: tuple[str, str, bytes]) -> None:
        arrivals = [
            Arrival(feed, form, f"{self.told + n}", raw, NOW) for n, (feed, form, raw) in enumerate(said)
        ]
        self.told += len(said)
        self.ward.store.keep(arrivals)
        self.ward.engine.round()

    def again(self) -> None:
        self.ward.close()
        self.__post_init__()

    def lactates(self) -> dict[str, list[float]]:
        charts = {name: patient.bedside.chart for name, patient in self.ward.engine.ward.patients.items()}
        return {name: [e.value for e in chart.standing("lactate")] for name, chart in charts.items()}

    def names(self) -> dict[str, str]:
        return {bed.record: bed.name for bed in self.ward.hospital.board(None)}

    def beds(self) -> set[tuple[str, str, str]]:
        return {(bed.authority, bed.record, bed.name) for bed in self.ward.hospital.board(None)}


@pytest.fixture
def house(address):
    found = House(address)
    yield found
    found.ward.close()


ORDERS = {
    "hl7 first": [*HL7, *FHIR],
    "fhir first": [*FHIR, *HL7],
    "in turn": [HL7[0], *FHIR[:2], HL7[1], FHIR[2]],
}


@pytest.mark.parametrize("in_one_round", [True, False])
@pytest.mark.parametrize("said", ORDERS.values(), ids=ORDERS)
def test_two_patients_of_one_number_stay_two(house, said, in_one_round):
    for some in [said] if in_one_round else [[one] for one in said]:
        house.tell(*some)
    assert house.lactates() == BOTH
    beds = {("ehr", "77", "Rowan Quill"), ("server ehr", "77", "Tansy Quill")}
    assert house.beds() == beds
    house.again()
    assert (house.lactates(), house.beds()) == (BOTH, beds)


def test_rows_are_a_third(house):
    house.tell(*HL7, *CSV, *FHIR, ("lab", "hl7", lactate(2.5).replace(b"^^^ehr^", b"^^^csv^")))
    assert house.lactates() == {**BOTH, OF_ROWS: [4.5], "csv|77": [2.5]}


@pytest.mark.parametrize("first", [HL7, FHIR], ids=["hl7 first", "fhir first"])
def test_a_merge_moves_only_its_own(house, first):
    house.tell(*first, *(HL7 if first is FHIR else FHIR))
    house.tell(("adt", "hl7", issued(adt("88", "Sorrel"))), ("adt", "hl7", merge("88", "77")))
    assert house.lactates() == {"ehr|88": [2.5], OF_SERVER: [8.5]}
    replaced = person("77", link=[{"type": "replaced-by", "other": {"reference": "Patient/88"}}])
    house.tell(("ehr", "fhir", person("88")), ("ehr", "fhir", stay("88")), ("ehr", "fhir", replaced))
    assert house.lactates() == {"ehr|88": [2.5], "server ehr|88": [8.5]}
    house.again()
    assert house.lactates() == {"ehr|88": [2.5], "server ehr|88": [8.5]}


def test_a_deep_link_leads_to_the_servers_patient(house):
    house.tell(*FHIR, *HL7)
    found = house.ward.hospital.bed_of("ehr", person("77"))
    assert found is not None and found.name == "Tansy Quill"


def test_what_is_told_of_them_names_two_subjects(house):
    ill = {"9279-1": (30, "/min"), "8480-6": (84, "mm[Hg]"), "8867-4": (131, "/min"), "59408-5": (89, "%")}
    rows = [orjson.loads(measured("77", 1)) | {"id": code, "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
            "valueQuantity": {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}}
            for code, (value, unit) in ill.items()]  # fmt: skip
    house.tell(
        *HL7,
        *FHIR,
        ("mon", "hl7", issued(vitals("77"))),
        *(("ehr", "fhir", orjson.dumps(row)) for row in rows),
    )
    changes = list(house.ward.store.transitions())
    assert {change.patient for change in changes} == {ISSUED, OF_SERVER}
    made = [resource for change in changes for resource in resources(change, (change,))]
    subjects = {
        (one["subject"]["identifier"]["system"], one["subject"]["identifier"]["value"]) for one in made
    }
    assert subjects == {
        ("urn:opensepsis:authority:ehr", "77"),
        ("urn:opensepsis:authority:server%20ehr", "77"),
    }
    assert len({one["id"] for one in made if one["resourceType"] == "Flag"}) == 2
