"""The exports hold what the timeline has: strict parsers take them, and the ward's readers leave nothing unmapped."""

import json
from collections import Counter, defaultdict

import hl7
import polars as pl
import pytest
from fhir.resources.R4B.bundle import Bundle
from hl7apy.consts import VALIDATION_LEVEL
from hl7apy.parser import parse_message

from opensepsis.data.decode.site import read_site
from opensepsis.data.sources import open_source
from opensepsis.data.timeline.timeline import read_timeline
from opensepsis.data.timeline.writer import write_timeline
from opensepsis.uses.simulate import simulate
from opensepsis.uses.simulate.export.csv import write_csv
from opensepsis.uses.simulate.export.fhir import HERE, latest, write_fhir
from opensepsis.uses.simulate.export.hl7 import write_hl7
from opensepsis.uses.ward.decode import read
from opensepsis.uses.ward.model.facts import Charted
from opensepsis.uses.ward.model.messages import Message

LONG_AFTER = 1_990_000_000_000_000
WITHOUT_A_MESSAGE = {"oxygen", "ventilation", "dialysis", "diagnosis", "comfort_care"}  # in HL7


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    writers = {"fhir": write_fhir, "hl7": write_hl7, "csv": write_csv}
    return simulate(25, 96, 5, tmp_path_factory.mktemp("exported") / "hospital", also=writers)


@pytest.fixture(scope="module")
def events(simulated):
    found = simulated.timeline().events().collect()
    return found.with_columns(pl.col("patient", "concept").cast(pl.String))


@pytest.fixture(scope="module")
def messages(simulated):
    files = sorted((simulated.path / "hl7" / "usual").glob("*.hl7"))
    return [message for file in files for message in file.read_bytes().split(b"\r\n")[:-1]]


@pytest.fixture(scope="module")
def bundles(simulated):
    files = sorted((simulated.path / "fhir" / "usual").glob("*.ndjson"))
    return [line for file in files for line in file.read_bytes().splitlines()]


def read_by_ward(form: str, raws: list[bytes]):
    """How many events of each concept the ward charts, and the problems it has."""
    site, charted, problems = read_site(), Counter(), []
    for number, raw in enumerate(raws):
        facts, found = read(Message(number, "sim", form, str(number), raw, LONG_AFTER), site)
        charted.update(fact.event.concept for fact in facts if isinstance(fact, Charted))
        problems += found
    return charted, problems


def test_every_administration_has_its_status_and_action(messages):
    given = [s.split("|") for m in messages for s in m.decode().split("\r") if s.startswith("RXA|")]
    assert len(given) > 100
    assert {len(fields) for fields in given} == {22}
    assert {fields[20] for fields in given} == {"CP", "PA"} and {fields[21] for fields in given} == {"A", "U"}
    assert all(fields[3] and fields[4] and fields[5] and fields[6] for fields in given)


def test_strict_parsers_take_the_messages(messages):
    assert all(len(hl7.parse(message.decode().strip())) > 2 for message in messages)
    by_kind = defaultdict(list)
    for message in messages:
        by_kind[message.split(b"|")[8]].append(message)
    assert {b"ADT^A01^ADT_A01", b"ORU^R01^ORU_R01", b"RAS^O17^RAS_O17", b"OMP^O09^OMP_O09"} <= by_kind.keys()
    for some in by_kind.values():
        for message in some[:25]:
            text = message.decode().rstrip() + "\r"
            parse_message(text, validation_level=VALIDATION_LEVEL.STRICT).validate()


def test_the_ward_reads_every_message(messages, events):
    charted, problems = read_by_ward("hl7", messages)
    assert not problems
    there = Counter(dict(events["concept"].value_counts().rows()))
    told = {name: number for name, number in there.items() if name not in WITHOUT_A_MESSAGE | {"sedative"}}
    assert {name: charted[name] for name in told} == told


def test_the_bundles_are_fhir_with_what_us_core_requires(bundles):
    for line in bundles:
        Bundle.model_validate_json(line)
    for entry in (entry for line in bundles for entry in json.loads(line)["entry"]):
        resource = entry["resource"]
        kind = resource["resourceType"]
        assert entry["fullUrl"] == f"{HERE}/{kind}/{resource['id']}"
        needed = {
            "Patient": ("identifier", "name", "gender"),
            "Encounter": ("identifier", "status", "class", "type", "subject", "period"),
            "Observation": ("status", "category", "code", "subject", "encounter", "effectiveDateTime"),
            "MedicationAdministration": ("status", "medicationCodeableConcept", "subject", "context"),
            "MedicationRequest": ("status", "intent", "medicationCodeableConcept", "subject", "encounter"),
            "Procedure": ("status", "code", "subject", "encounter", "performedPeriod"),
            "Condition": ("clinicalStatus", "verificationStatus", "category", "code", "subject", "encounter"),
        }
        assert set(needed.get(kind, ())) <= resource.keys()
        if kind == "MedicationRequest":
            assert resource["medicationCodeableConcept"]["coding"][0]["code"].isdigit()  # RxNorm


def test_the_ward_reads_every_bundle(bundles, events):
    charted, problems = read_by_ward("fhir", bundles)
    assert not problems
    last = latest(events).filter(
        pl.col("value").is_not_null() | pl.col("text").is_not_null() | pl.col("end").is_not_null()
    )
    there = dict(last["concept"].value_counts().rows())
    open_ended = latest(events).filter(pl.col("concept").is_in(["norepinephrine", "sedative"])).height
    assert open_ended and {name: charted[name] for name in there} == there


def test_the_csv_folder_is_the_timeline(simulated, tmp_path):
    write_timeline(open_source("csv", simulated.path / "csv" / "usual"), tmp_path / "back")
    order = ["patient", "concept", "time", "known", "origin", "value", "text"]
    mine, theirs = (
        found.events().collect().with_columns(pl.col("patient", "concept").cast(pl.String)).sort(order)
        for found in (simulated.timeline(), read_timeline(tmp_path / "back"))
    )
    assert theirs.equals(mine)
    assert read_timeline(tmp_path / "back").stays.sort("stay").equals(simulated.timeline().stays.sort("stay"))


def test_an_export_lies_beside_its_timeline(simulated, tmp_path):
    written = write_csv(simulated.timeline(), tmp_path / "csv")
    assert sorted(json.loads((written / "csv.json").read_text())["files"]) == [
        "csv.json",
        "events.csv",
        "stays.csv",
    ]
    with pytest.raises(Exception, match="could be deleted"):
        write_csv(simulated.timeline(), simulated.timeline().path)
