"""The lists of what the ward reads: each row names a test that exists, and says how the field is treated."""

import ast
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[4]
sys.path.insert(0, str(ROOT / "scripts"))

from conformance import LISTS, TREATMENTS, page, rows  # noqa: E402

ROWS = [(name, number, row) for name in ("hl7", "fhir") for number, row in enumerate(rows(name), 2)]


@cache
def names_in(path: str) -> frozenset[str]:
    """The names of the tests of a file."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize(
    ("name", "number", "row"), ROWS, ids=[f"{name}-{number}" for name, number, _ in ROWS]
)
def test_each_row_names_a_test_that_exists(name, number, row):
    path, _, test = row["test"].partition("::")
    assert test.startswith("test_") and test.partition("[")[0] in names_in(path)


@pytest.mark.parametrize(
    ("name", "number", "row"), ROWS, ids=[f"{name}-{number}" for name, number, _ in ROWS]
)
def test_each_row_says_how_it_is_treated(name, number, row):
    assert row["treatment"] in TREATMENTS
    assert row["meaning"] or row["treatment"] == "ignored"


def test_no_row_stands_twice():
    said = [tuple(row.values()) for _, _, row in ROWS]
    assert len(set(said)) == len(said)


def test_the_page_has_every_row():
    assert all(row["test"].partition("::")[2] in page() for _, _, row in ROWS)
    assert LISTS.is_dir() and len(ROWS) > 60
