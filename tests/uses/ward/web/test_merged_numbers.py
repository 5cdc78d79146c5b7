"""Which other identifiers of a patient the board shows: record numbers, and not the ids of a server."""

import orjson
import pytest

from opensepsis.data.decode.site import Feed, Site, read_site
from opensepsis.uses.ward.model.clock import HandClock
from opensepsis.uses.ward.model.messages import Arrival
from opensepsis.uses.ward.server import WardConfig, WardServer
from tests.support.ward.pages import NOW, adt

SYSTEM = "urn:mrn"
MERGE = (
    "MSH|^~\\&|ADT|H|||20260302110500+0000||ADT^A40|m|P|2.5.1\rEVN|A40|20260302110500+0000\r"
    "PID|1||8^^^{issuer}^MR||Quill^Merged||19500101|F\rMRG|7^^^{issuer}^MR\r"
)


@pytest.fixture
def house(tmp_path):
    mine = read_site()
    site = Site(mine.codes, mine.wards, {"ehr": Feed(authority="H", identifier_system=SYSTEM)}, mine.local)
    ward = WardServer(WardConfig(str(tmp_path / "ward.db"), site=site, listeners=(), clock=HandClock(NOW)))
    yield ward
    ward.close()


def told(house, *said: tuple[str, bytes]):
    arrivals = [
        Arrival("ehr" if form == "fhir" else "hl7", form, str(n), raw, NOW)
        for n, (form, raw) in enumerate(said)
    ]
    house.store.keep(arrivals)
    house.engine.round()
    return house.hospital.board(None)


@pytest.mark.parametrize("issuer", ["H", "ehr"])
def test_a_merged_record_number_is_shown_whatever_its_issuer_is_called(house, issuer):
    both = [
        adt(number, name).replace(b"^^^H^", f"^^^{issuer}^".encode())
        for number, name in (("7", "Seven"), ("8", "Eight"))
    ]
    (bed,) = told(house, *(("hl7", raw) for raw in both), ("hl7", MERGE.format(issuer=issuer).encode()))
    assert (bed.record, bed.merged) == ("8", ("7",))


def test_the_id_of_a_server_is_no_record_number(house):
    person = {"resourceType": "Patient", "id": "p9", "identifier": [{"system": SYSTEM, "value": "7"}]}
    (bed,) = told(house, ("hl7", adt("7", "Seven")), ("fhir", orjson.dumps(person)))
    assert (bed.record, bed.merged) == ("7", ())
