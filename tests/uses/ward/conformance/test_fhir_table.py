"""Every type of FHIR resource that the ward reads has a row in the conformance table."""

import csv
from pathlib import Path

from opensepsis.data.decode.fhir.dispatch import READERS
from opensepsis.data.decode.fhir.kept import READ


def test_every_type_that_is_read_has_a_row():
    lines = (Path(__file__).parent / "fhir.csv").read_text(encoding="utf-8").splitlines()
    assert {*READERS, *READ} <= {row["resource"] for row in csv.DictReader(lines)}
