"""Values to check: possible and unlikely ones are marked and listed, of one's own wards, and no point changes."""

from opensepsis.uses.ward.model.messages import Arrival
from tests.support.ward.pages import CANARY, NOW, vitals


def test_an_impossible_rate_is_listed_with_its_patient_and_without_it_nobody(bench):
    client = bench.client("viewer")
    assert "No value to check" in client.get("/checks").text
    before = {(bed.name, s.name): s.total for bed in bench.house.hospital.board(None) for s in bed.scores}
    zero = vitals().replace(b"^x^LN||28|", b"^x^LN||0|")
    assert zero != vitals()
    bench.house.store.keep([Arrival("hl7", "hl7", "zero", zero.replace(b"|2|P", b"|9|P"), NOW)])
    bench.house.engine.round()
    page = client.get("/checks").text
    assert CANARY in page and "check at the bedside" in page and "<b>1</b> of 2 patients" in page
    assert CANARY in client.get("/checks?ward=3B").text and CANARY not in client.get("/checks?ward=4A").text
    assert CANARY not in bench.client("upstairs").get("/checks").text
    after = {(bed.name, s.name): s.total for bed in bench.house.hospital.board(None) for s in bed.scores}
    assert after.keys() == before.keys()
    assert "saw the values to check" in {line[3] for line in bench.house.audit.latest()}
