"""Whose value it is: each segment goes with the PID before it, or the message is a dead letter and nothing is charted."""

import pytest

from opensepsis.data.decode.site import Feed, Site, own_codes
from opensepsis.uses.ward.decode import read
from opensepsis.uses.ward.model.facts import Charted, Described, Ended, Merged, Visited
from opensepsis.uses.ward.model.messages import Message
from tests.support.ward.hl7_messages import (
    ANN,
    BEN,
    NOON,
    SITE,
    charted,
    creatinine,
    found,
    order,
    problems,
    result,
    sent,
)

OTHER_PATIENTS = ("PID|2", "PID|2||", "PID|2||^^^HOSP^MR", 'PID|2||""', "PID|2|||^^^^MR")
DOSE = "RXA|0|1|202603021130+0000||ceftriaxone|2|g|||||||||||||CP|A"


def test_two_patients_in_one_message():
    lines = (ANN, order("1"), creatinine("1.1"), BEN, order("2"), result("9.9"))
    assert charted(*lines) == [("HOSP|100", "creatinine", 1.1), ("HOSP|200", "lactate", 9.9)]


def test_three_patients_each_with_several_orders():
    eve = "PID|3||300^^^HOSP^MR||POE^EVE"
    lines = (
        ANN,
        order("1"),
        creatinine("1.1"),
        order("2"),
        result("2"),
        BEN,
        order("3"),
        result("3"),
        eve,
        order("4"),
        result("4"),
    )
    assert [(p, v) for p, _, v in charted(*lines)] == [
        ("HOSP|100", 1.1), ("HOSP|100", 2), ("HOSP|200", 3), ("HOSP|300", 4)
    ]  # fmt: skip


def test_each_patient_is_described_by_the_own_pid():
    message = Message(
        1, "lab", "hl7", "k", sent(ANN, order(), result("2"), BEN, order("2"), result("3")), NOON
    )
    said = [f for f in read(message, SITE)[0] if isinstance(f, Described)]
    assert [(f.patient, f.name, f.sex) for f in said] == [
        ("HOSP|100", "ANN ROE", "F"),
        ("HOSP|200", "BEN DOE", "M"),
    ]


@pytest.mark.parametrize("kind", ["RAS^O17", "RAS^O01"])
def test_doses_of_two_patients(kind):
    facts, _ = found(ANN, "ORC|RE||1", DOSE, "RXR|IV", BEN, "ORC|RE||2", DOSE, "RXR|IV", kind=kind)
    assert [(f.patient, f.event.text) for f in facts] == [
        (p, "ceftriaxone|iv") for p in ("HOSP|100", "HOSP|200")
    ]


def test_the_route_of_one_patient_is_not_that_of_another():
    facts, _ = found(ANN, "ORC|RE||1", DOSE, BEN, "ORC|RE||2", DOSE, "RXR|PO", kind="RAS^O17")
    assert [(f.patient, f.event.text) for f in facts] == [
        ("HOSP|100", "ceftriaxone|"),
        ("HOSP|200", "ceftriaxone|oral"),
    ]


@pytest.mark.parametrize("kind", ["ORM^O01", "OMG^O19", "OML^O21"])
def test_orders_of_two_patients(kind):
    comfort = "OBR|1|1||133918004^Comfort care^SCT"
    facts, _ = found(ANN, "ORC|NW|1", comfort, BEN, "ORC|DC|1", comfort, kind=kind)
    care = [f for f in facts if "comfort_care" in (f.event.concept if isinstance(f, Charted) else f.concept)]
    assert [(type(f), f.patient) for f in care] == [(Charted, "HOSP|100"), (Ended, "HOSP|200")]


@pytest.mark.parametrize("kind", ["RDE^O11", "RDE^O25", "OMP^O09", "ORM^O01"])
def test_drug_orders_of_two_patients(kind):
    asked = (
        "RXO|2193^Ceftriaxone^RXNORM|2||g"
        if kind in ("OMP^O09", "ORM^O01")
        else "RXE||2193^Ceftriaxone^RXNORM|2||g"
    )
    facts, _ = found(ANN, "ORC|NW|1", asked, "RXR|IV", BEN, "ORC|NW|2", asked, "RXR|IV", kind=kind)
    assert [(f.patient, f.event.concept) for f in facts if isinstance(f, Charted)] == [
        (p, "antibiotic_order") for p in ("HOSP|100", "HOSP|200")
    ]


@pytest.mark.parametrize("other", OTHER_PATIENTS)
def test_one_patient_without_an_identifier_among_several(other):
    assert problems(ANN, order(), result("2"), other, order("2"), result("3")) == [("dead", "")]
    assert found(ANN, order(), result("2"), other, order("2"), result("3"))[0] == []
    assert found(other, order("2"), result("3"), ANN, order(), result("2"))[0] == []


@pytest.mark.parametrize(
    "lines",
    [(order(), result("2"), ANN), (order(), ANN, result("2")), (ANN, order(), BEN, result("2")),
     (result("2"), ANN, order("2"), result("3")), (ANN, order(), result("2"), BEN, result("3")),
     (ANN, order(), BEN, "SPM|1|||BLD", order("2"), result("3"))],
)  # fmt: skip
def test_where_it_cannot_be_told_nothing_is_charted(lines):
    facts, said = found(*lines)
    assert facts == [] and [p.kind for p in said] == ["dead"]


def test_a_route_that_a_pid_parts_from_its_dose():
    assert found(ANN, "ORC|RE||1", DOSE, BEN, "RXR|PO", kind="RAS^O17")[0] == []


def test_one_pid_said_twice_is_one_patient():
    assert charted(ANN, order(), ANN, result("2")) == [("HOSP|100", "lactate", 2)]


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_two_messages_in_one_frame_are_none(end):
    raw = sent(ANN, order(), result("2")) + end.encode() + sent(BEN, order("2"), result("3"))
    facts, said = found(raw=raw)
    assert facts == [] and [p.kind for p in said] == ["dead"]


@pytest.mark.parametrize("segment", ["BTS|1", "FTS|1", "BHS|^~\\&|A"])
def test_a_part_of_a_batch_is_no_message(segment):
    assert problems(ANN, order(), result("2"), segment) == [("dead", "")]


def test_segments_of_a_site_are_not_in_the_way():
    assert charted("ZPI|1|x", ANN, "ZPV|1", order(), "ZBX|2", result("2")) == [("HOSP|100", "lactate", 2)]


AUTHORITY = Site(own_codes(), feeds={"lab": Feed(authority="HOSP")})


def whose(pid: str, site: Site = SITE) -> str:
    facts, _ = found(pid, order(), result("2"), site=site)
    return facts[0].patient if facts else ""


@pytest.mark.parametrize(
    ("identifiers", "patient"),
    [("A1", "HOSP|A1"), ("A1^^^HOSP^MR", "HOSP|A1"), ("A1^^^^MR", "HOSP|A1"), ("A1^^^HOSP&1.2.3&ISO^MR", "HOSP|A1"),
     ("B2^^^OTHER^MR~A1^^^HOSP^MR", "HOSP|A1"), ("B2^^^OTHER^MR~A1", "HOSP|A1"), ("A1^^^LAB^MR", "LAB|A1"),
     ("V7^^^HOSP^VN~A1^^^HOSP^MR", "HOSP|A1"), ("V7^^^HOSP^VN~B2^^^OTHER^MR", "OTHER|B2"),
     ("A1^^^^MR^NORTH", "NORTH|A1"), ("A1^^^^MR^HOSP", "HOSP|A1"), ('""~A1', "HOSP|A1")],
)  # fmt: skip
def test_the_authority_of_the_feed_is_the_issuer_where_none_is_sent(identifiers, patient):
    assert whose(f"PID|1||{identifiers}", AUTHORITY) == patient


def test_the_authority_may_be_named_by_its_object_identifier():
    site = Site(own_codes(), feeds={"lab": Feed(authority="1.2.3")})
    assert whose("PID|1||A1^^^HOSP&1.2.3&ISO^MR", site) == whose("PID|1||A1", site) == "1.2.3|A1"


@pytest.mark.parametrize(
    ("pid", "patient"),
    [("PID|1||A1^^^NORTH^MR", "NORTH|A1"), ("PID|1||A1^^^&1.2.3&ISO^MR", "1.2.3|A1"), ("PID|1||A1", "feed lab|A1"),
     ("PID|1||9^^^^SS~A1^^^HOSP^MR", "HOSP|A1"), ("PID|1||P1^^^X^PI~A1^^^HOSP^MR", "HOSP|A1"),
     ("PID|1|A1^^^HOSP^MR", "HOSP|A1"), ("PID|1|||A1^^^HOSP^MR", "HOSP|A1"), ("PID|1|A1", ""), ("PID|1|||A1", "")],
)  # fmt: skip
def test_identifiers_without_an_authority_of_the_feed(pid, patient):
    assert whose(pid) == patient


@pytest.mark.parametrize(
    "number", ["UNKNOWN", "unk", "0", "0000000", "N/A", "NULL", "?", "-", "Unidentified", "unbekannt"]
)
def test_a_number_that_stands_for_nobody_joins_no_patients(number):
    nobody = f"PID|1||{number}^^^HOSP^MR||ROE^ANN"
    assert charted(nobody, order(), result("4")) == []
    assert [kind for kind, _ in problems(nobody, order(), result("4"))] == ["dead"]
    beside = f"PID|1||{number}^^^HOSP^MR~100^^^HOSP^MR||ROE^ANN"
    assert [who for who, *_ in charted(beside, order(), result("4"))] == ["HOSP|100"]


def test_a_number_that_has_expired_comes_after_the_others():
    pid = "PID|1||50^^^HOSP^MR^^20200101^20210101~100^^^HOSP^MR||ROE^ANN"
    assert [who for who, *_ in charted(pid, order(), result("4"))] == ["HOSP|100"]


def test_older_fields_are_of_the_feed_where_it_has_an_authority():
    assert whose("PID|1|A1", AUTHORITY) == whose("PID|1|||A1", AUTHORITY) == "HOSP|A1"


@pytest.mark.parametrize("old", ["B2", "B2^^^^MR", "B2^^^HOSP^MR"])
def test_a_merge_names_both_by_the_same_authority(old):
    facts, _ = found("PID|1||A1", f"MRG|{old}", site=AUTHORITY, kind="ADT^A40")
    assert facts == [Merged("HOSP|A1", "HOSP|B2", NOON)]


def test_every_old_record_number_goes_on():
    facts, _ = found(ANN, "MRG|7^^^HOSP^MR~8^^^OLD^MR~99^^^USSSA^SS", kind="ADT^A40")
    assert [f.old for f in facts] == ["HOSP|7", "OLD|8"]


@pytest.mark.parametrize(
    ("lines", "kind"),
    [((ANN, "MRG|"), "ADT^A40"), ((ANN,), "ADT^A40"), (("MRG|7", ANN), "ADT^A40"), (("PID|1", "MRG|7"), "ADT^A40"),
     ((ANN, "MRG|100^^^HOSP^MR||||V1"), "ADT^A42"), ((ANN,), "ADT^A24"), ((ANN, "PID|2"), "ADT^A24")],
)  # fmt: skip
def test_a_merge_that_does_not_name_two_records_is_left_to_a_person(lines, kind):
    facts, said = found(*lines, kind=kind)
    assert facts == [] and [p.kind for p in said] == ["dead"]


@pytest.mark.parametrize("event", ["A35", "A41", "A42"])
def test_a_merge_of_accounts_or_visits_joins_no_two_patients(event):
    facts, said = found(ANN, "MRG|200^^^HOSP^MR||V1", kind=f"ADT^{event}")
    assert facts == [] and [p.kind for p in said] == ["dead"]


CHILD = "PID|2||900^^^HOSP^MR||ROE^BABY||20260301|M"


@pytest.mark.parametrize(
    ("other", "linked"),
    [(CHILD, 0), ("PID|2||900^^^HOSP^MR||ROE^ANN||19500101|F", 1), ("PID|2||900^^^HOSP^MR", 1)],
)
def test_a_link_of_a_mother_and_her_child_makes_no_one_person_of_them(other, linked):
    """HL7 2.5.1, 3.3.24: the event is not meant for them, and feeds send it."""
    facts, said = found(ANN, other, kind="ADT^A24")
    assert len(facts) == linked and [p.kind for p in said] == ["dead"] * (1 - linked)


def test_a_wrong_link_of_two_persons_can_be_undone():
    assert [f.undone for f in found(ANN, CHILD, kind="ADT^A37")[0]] == [True]


@pytest.mark.parametrize("event", ["A35", "A41"])
def test_a_merge_of_accounts_is_counted(event):
    facts, said = found(ANN, "MRG|100^^^HOSP^MR||V1", kind=f"ADT^{event}")
    assert facts == [] and [(p.kind, p.code) for p in said] == [("unused", f"ADT^{event}")]


HERE, THERE = "PV1|1|I|3B^12^1", "PV1|1|I|4C^7^2"


def test_a_swap_moves_both_beds():
    facts, _ = found("EVN|A17|202603021155+0000", ANN, HERE, BEN, THERE, kind="ADT^A17")
    assert [(type(f), f.patient, f.ward, f.bed) for f in facts] == [
        (Visited, "HOSP|100", "3B", "12-1"), (Visited, "HOSP|200", "4C", "7-2")
    ]  # fmt: skip


@pytest.mark.parametrize(
    "lines",
    [(ANN, HERE), (ANN, HERE, BEN), (ANN, BEN, THERE), (ANN, HERE, BEN, "PV1|1|I|"), (ANN, HERE, ANN, THERE),
     (ANN, HERE, BEN, THERE, "PID|3||300", THERE), (ANN, HERE, "PID|2", THERE)],
)  # fmt: skip
def test_half_a_swap_moves_nobody(lines):
    facts, said = found("EVN|A17|202603021155+0000", *lines, kind="ADT^A17")
    assert facts == [] and [p.kind for p in said] == ["dead"]


@pytest.mark.parametrize(
    "kind",
    ["SIU^S12", "MDM^T02", "VXU^V04", "DFT^P03", "BAR^P01", "RDS^O13", "RGV^O15", "ADT^A20", "ADT^A21", "ADT^A22", "ORF^R04",
     "ADT^A60"],
)  # fmt: skip
def test_kinds_that_are_not_used_are_counted_and_chart_nothing(kind):
    facts, said = found(ANN, order(), result("2"), DOSE, BEN, result("3"), HERE, kind=kind)
    assert facts == [] and [(p.kind, p.system, p.code) for p in said] == [("unused", "message", kind)]


def test_an_event_without_a_patient_is_no_dead_letter():
    assert problems("EVN|A20|202603021155+0000", "NPU|3B^12^1|C", kind="ADT^A20") == [("unused", "ADT^A20")]


@pytest.mark.parametrize("old", ["50", "50^^^^MR", "UNKNOWN^^^HOSP^MR", '""'])
def test_a_merge_whose_old_record_is_not_known_is_left_to_a_person(old):
    assert [kind for kind, _ in problems("EVN|A40", ANN, f"MRG|{old}", kind="ADT^A40")] == ["dead"]
    assert not [f for f in found("EVN|A40", ANN, f"MRG|{old}", kind="ADT^A40")[0] if isinstance(f, Merged)]


def test_records_of_a_feed_without_issuers_are_merged():
    merged = found("EVN|A40", "PID|1||100||ROE^ANN", "MRG|50", kind="ADT^A40")[0]
    assert [(f.survivor, f.old) for f in merged if isinstance(f, Merged)] == [("feed lab|100", "feed lab|50")]


def test_a_place_or_visit_that_is_deleted_has_no_name():
    facts, _ = found("EVN|A02", ANN, 'PV1|1|I|""^""||||||||||||||||""', kind="ADT^A02")
    visited = next(f for f in facts if isinstance(f, Visited))
    assert (visited.ward, visited.bed, visited.visit) == ("", "", "HOSP|100")
