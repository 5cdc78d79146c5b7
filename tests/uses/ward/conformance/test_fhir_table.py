"""Every row of the conformance table of FHIR names a test that is there, and every type that is read has a row."""

import ast
import csv
from functools import cache
from pathlib import Path

import pytest

from opensepsis.uses.ward.reading.fhir import READERS
from opensepsis.uses.ward.reading.fhir_kept import READ

HERE = Path(__file__).parent
ROOT = HERE.parents[3]
ROWS = list(csv.DictReader((HERE / "fhir.csv").read_text(encoding="utf-8").splitlines()))
TREATMENTS = {"read", "shown", "ignored", "refused"}


@cache
def names_in(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['resource']} {row['element']}")
def test_the_test_of_a_row_is_there(row):
    path, _, name = row["test"].partition("::")
    assert row["treatment"] in TREATMENTS and row["meaning"]
    assert name in names_in(ROOT / path)


def test_every_type_that_is_read_has_a_row():
    assert {*READERS, *READ} <= {row["resource"] for row in ROWS}
