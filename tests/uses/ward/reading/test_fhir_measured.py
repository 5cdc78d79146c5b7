"""The FHIR edition of the MIMIC-IV demo and the specification's examples through the ward's reader: nothing is silent, nothing is dead."""

import gzip
import os
from collections import Counter
from dataclasses import replace
from functools import cache
from itertools import islice
from pathlib import Path

import orjson
import pytest

from opensepsis.uses.ward.model.facts import Rejected, Resource, Voided
from tests.support.ward.fhir_said import SITE, Feeding

SHARED = Path(os.environ.get("OPENSEPSIS_SHARED", "../shared")) / "data"
MIMIC, EXAMPLES = SHARED / "mimic-iv-demo-fhir" / "fhir", SHARED / "fhir-r4-examples"
FAR = 8_000_000 * 60.0  # received long after the shifted years of MIMIC: about the year 2939
LINES = 6000 if os.environ.get("OPENSEPSIS_LONG") else 2000  # of each file
FATES = ("used", "kept", "shown", "unmapped", "unused", "refused", "dead")


def fate(feeding: Feeding) -> str:
    """What became of the resource of a message."""
    told = {problem.kind for problem in feeding.problems}
    if "dead" in told:
        return "dead"
    if any(not isinstance(fact, Resource | Rejected | Voided) for fact in feeding.facts):
        return "used"
    for kind, name in ((Rejected, "shown"), (Resource, "kept")):
        if feeding.of(kind):
            return name
    for name in ("unmapped", "unused"):
        if name in told:
            return name
    return "refused" if told else "silent"


def test_drugs_are_known_by_the_medications_before_them():
    if not MIMIC.is_dir():
        pytest.skip("the FHIR edition of the MIMIC-IV demo is not there")
    feeding = Feeding()
    for name in ("MimicMedication", "MimicMedicationMix"):
        for raw in lines(MIMIC / f"{name}.ndjson.gz", 6000):
            feeding.send(raw, FAR)
    orders = lines(MIMIC / "MimicMedicationRequest.ndjson.gz", 6000)
    found = Counter(fate(feeding.send(raw, FAR)) for raw in orders)
    assert found["used"] > 300 and set(found) == {"used", "shown", "unmapped"}, found


def lines(path: Path, most: int = LINES):
    with gzip.open(path, "rb") as file:
        yield from islice(file, most)


@cache
def counted(path: Path) -> Counter:
    feeding = Feeding()
    return Counter(fate(feeding.send(raw, FAR)) for raw in lines(path))


@pytest.mark.skipif(not MIMIC.is_dir(), reason="the FHIR edition of the MIMIC-IV demo is not there")
@pytest.mark.parametrize(
    "path", sorted(MIMIC.glob("*.ndjson.gz")), ids=lambda path: path.name.partition(".")[0]
)
def test_every_resource_of_mimic_has_a_fate(path):
    found = counted(path)
    assert found.total() and set(found) <= set(FATES) - {"dead"}, found


@pytest.mark.skipif(not MIMIC.is_dir(), reason="the FHIR edition of the MIMIC-IV demo is not there")
@pytest.mark.parametrize(("name", "least"), [
    ("MimicPatient", 1.0), ("MimicEncounter", 1.0), ("MimicEncounterICU", 1.0), ("MimicObservationChartevents", 0.9),
    ("MimicObservationVitalSignsED", 0.7), ("MimicObservationLabevents", 0.2),
])  # fmt: skip
def test_what_the_ward_lives_on_is_used(name, least):
    found = counted(MIMIC / f"{name}.ndjson.gz")
    assert found["used"] >= least * found.total(), found


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the examples of FHIR R4 are not there")
@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_every_example_of_the_specification_has_a_fate(path):
    training = replace(SITE, training=True)  # all say of themselves that they are test data
    feeding = Feeding(training).send(path.read_bytes(), FAR)
    assert fate(feeding) in FATES
    for problem in feeding.problems:
        assert problem.kind != "dead" or "could not be read" not in problem.words, problem
    if feeding.dead:  # and only where nobody could say of whom it is
        assert all(
            "has no patient" in p.words or "neither id" in p.words
            for p in feeding.problems
            if p.kind == "dead"
        )


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the examples of FHIR R4 are not there")
def test_no_entry_of_an_example_is_silent():
    """Each resource of each example, read by itself."""
    for path in sorted(EXAMPLES.glob("*.json")):
        said = orjson.loads(path.read_bytes())
        for one in [e["resource"] for e in said.get("entry", ()) if "resource" in e] or [said]:
            assert fate(Feeding().send(one, FAR)) != "silent", (path.name, one["resourceType"])
