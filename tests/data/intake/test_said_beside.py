"""What is said beside a drug or an order and means that it is none; limits of what runs; and flags that are 0."""

from datetime import UTC, datetime, timedelta
from tempfile import TemporaryDirectory

import polars as pl
import pytest

import opensepsis
from opensepsis.data.decode.site import read_site
from opensepsis.data.sources.frames import FramesSource
from opensepsis.data.sources.given_frames import Frames
from opensepsis.data.timeline.writer import write_timeline
from opensepsis.uses.ward.decode import read
from opensepsis.uses.ward.model.facts import Charted, Rejected
from opensepsis.uses.ward.model.messages import Message
from tests.support.ward.feeds import to_microseconds
from tests.support.ward.fhir_given import IV, given
from tests.support.ward.fhir_said import Feeding, quantity
from tests.support.ward.hl7_doses import dose
from tests.support.ward.hl7_messages import ANN, found

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
NOT_GIVEN = "not given, by its name"


def timeline(concept: str, **row) -> tuple[dict, list]:
    """What a frame has of one row in the end, and why it was rejected."""
    stays = pl.DataFrame(
        {
            "patient": "a",
            "stay": "a",
            "admitted": START,
            "discharged": START + timedelta(hours=9),
            "age": 50.0,
        }
    )
    event = {"patient": "a", "concept": concept, "time": START + timedelta(hours=1), "origin": "x"} | row
    with TemporaryDirectory() as folder:
        counts = write_timeline(
            FramesSource(Frames(stays, pl.DataFrame([event]))), f"{folder}/t", frozenset({concept})
        ).counts
    return counts, [one["reason"] for one in counts["rejections"]]


def in_the_wards_folder(concept: str, value: str = "", unit: str = "", text: str = "") -> tuple[list, list]:
    line = f"patient,concept,time,value,unit,text,origin\na,{concept},2026-03-02T08:05:00Z,{value},{unit},{text},x\n"
    facts, _ = read(
        Message(1, "csv", "csv", "events.csv:mark:1", line.encode(), to_microseconds(60)), read_site()
    )
    charted = [(f.event.concept, f.event.value, f.event.text) for f in facts if isinstance(f, Charted)]
    return charted, [f.reason for f in facts if isinstance(f, Rejected)]


NAMES = [
    ("Ceftriaxone - HELD", True), ("NOT GIVEN ceftriaxone", True), ("Hold ceftriaxone", True), ("Ceftriaxon, nicht gegeben", True),
    ("ceftriaxone (refused)", True), ("Ceftriaxone on hold", True), ("Ceftriaxone 2 g", False), ("Ceftriaxone, hold for rash", False),
    ("Ceftriaxon pausiert", True), ("ceftriaxone withheld", True),
]  # fmt: skip


@pytest.mark.parametrize(("name", "none"), NAMES)
def test_a_drug_that_is_said_not_to_be_given(name, none):
    facts, _ = found(ANN, "ORC|RE||77", dose(f"X^{name}^L"), "RXR|IV", kind="RAS^O17")
    assert [f.event.concept for f in facts if isinstance(f, Charted)] == ([] if none else ["antibiotic"])
    assert (NOT_GIVEN in [f.reason for f in facts if isinstance(f, Rejected)]) is none
    feeding = Feeding().send(given(name, status="completed", dosage={"dose": quantity(2, "g")} | IV))
    assert ([c for _, c, _ in feeding.charted], NOT_GIVEN in feeding.shown) == (
        [] if none else ["antibiotic"],
        none,
    )
    counts, reasons = timeline("antibiotic", text=f"{name}|iv")
    assert (NOT_GIVEN in reasons) is none and counts["written"] == (0 if none else 1)


@pytest.mark.parametrize("concept", ["comfort_care", "spo2_scale_2"])
@pytest.mark.parametrize(
    ("text", "listed"),
    [("ordered", True), ("Yes", True), ("Active", True), (None, True), ("no", True), ("declined", False), ("discussed", False),
     ("revoked", True), ("not ordered", True), ("patient refuses comfort care", False), ("consult requested", False)],
)  # fmt: skip
def test_an_order_holds_or_ends_by_a_listed_word_only(concept, text, listed):
    counts, reasons = timeline(concept, text=text)
    assert counts["written"] == int(listed)
    assert ("word that the concept does not allow" in reasons) is not listed


@pytest.mark.parametrize("value", [1.0, 0.0])
@pytest.mark.parametrize("concept", ["comfort_care", "spo2_scale_2", "chronic_dialysis", "dialysis"])
def test_a_flag_of_0_is_read_and_no_fault(concept, value):
    """What it ends: `tests/data/test_offs.py`."""
    counts, reasons = timeline(concept, value=value, **({"text": "crrt"} if concept == "dialysis" else {}))
    assert counts["written"] == 1 and reasons == []


def test_a_rate_of_0_is_a_pump_that_stands_still():
    assert timeline("norepinephrine", value=0.0)[0]["written"] == 1


def test_a_volume_that_nobody_tells_is_shown():
    facts, _ = found(
        ANN, "ORC|RE||77", dose("LR^Lactated Ringers^L", "wide open", "mL"), "RXR|IV", kind="RAS^O17"
    )
    assert [f.reason for f in facts if isinstance(f, Rejected)] == ["not a number"]
    feeding = Feeding().send(
        given("Lactated Ringers", status="completed", dosage={"text": "500 mL bolus"} | IV)
    )
    assert feeding.charted == [] and feeding.shown == ["its amount is not told"]


@pytest.mark.parametrize(
    ("row", "charted", "reasons"),
    [
        (("comfort_care", "", "", "declined"), [], 1),
        (("comfort_care", "", "", "yes"), [("comfort_care", None, "ordered")], 0),
        (("comfort_care", "0"), [("comfort_care", None, "off")], 0),
        (("norepinephrine", "0", "ug/kg/min"), [("norepinephrine", None, "off")], 0),
        (("norepinephrine", "<0.1", "ug/kg/min"), [("norepinephrine", None, None)], 0),
        (("crystalloid", "<500", "mL", "LR|iv"), [], 1),
        (("antibiotic", "", "", "ceftriaxone - held|iv"), [], 1),
        (("antibiotic", "", "", "ceftriaxone|iv"), [("antibiotic", None, "ceftriaxone|iv")], 0),
    ],
)
def test_the_wards_folder_reads_alike(row, charted, reasons):
    found_there, why = in_the_wards_folder(*row)
    assert (found_there, len(why)) == (charted, reasons)


@pytest.mark.parametrize(("value", "charted"), [("<500", 0), (">=500", 0), ("500", 1)])
def test_a_limit_is_no_volume_in_a_table(tmp_path, value, charted):
    (tmp_path / "stays.csv").write_text(
        "patient,stay,admitted,discharged,age\na,a,2026-03-02T08:00:00Z,2026-03-02T18:00:00Z,50\n"
    )
    rows = f"a,crystalloid,2026-03-02T09:00:00Z,{value},mL,LR|iv\na,norepinephrine,2026-03-02T09:00:00Z,<0.1,ug/kg/min,\n"
    (tmp_path / "events.csv").write_text(f"patient,concept,time,value,unit,text\n{rows}")
    labels = opensepsis.label("csv", tmp_path, definitions="sep1,sofa")
    assert labels.run["counts"]["written"] == 1 + charted
    circulation = labels.scores["sofa"]["circulation"].drop_nulls().max()
    assert circulation == 3  # it runs, at a rate that is not known: just above 0
