"""What came in is counted by concept and month, of patients who were there."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from typer.testing import CliRunner

import opensepsis
from opensepsis.cli import app
from opensepsis.errors import MissingError
from opensepsis.uses.check.coverage import coverage

MARCH, APRIL = datetime(2026, 3, 30, tzinfo=UTC), datetime(2026, 4, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """a is there in March and April and measured in both, b in April only and never had a lactate."""
    folder = tmp_path_factory.mktemp("coverage") / "results"
    stays = pl.DataFrame(
        {
            "patient": ["a", "b"], "stay": ["s", "t"], "admitted": [MARCH, APRIL], "discharged": [APRIL, APRIL + timedelta(days=2)],
            "age": [70, 60],
        }
    )  # fmt: skip
    rows = [
        ("a", "lactate", MARCH, 2.0),
        ("a", "lactate", MARCH + timedelta(hours=5), 3.0),
        ("a", "platelets", APRIL, 90.0),
    ]
    rows += [("b", "platelets", APRIL + timedelta(hours=1), 200.0)]
    events = pl.DataFrame(rows, schema=["patient", "concept", "time", "value"], orient="row")
    opensepsis.label(stays=stays, events=events, definitions="sofa,septic_shock", out=folder)
    return folder


def test_rows_patients_and_their_share(results):
    found = {(row["concept"], row["month"]): row for row in coverage(results).iter_rows(named=True)}
    assert (
        found["lactate", "2026-03"]["rows"] == 2 and found["lactate", "2026-03"]["share of patients"] == 1.0
    )
    assert ("lactate", "2026-04") not in found
    assert found["lactate", "all"]["share of patients"] == 0.5
    assert (
        found["platelets", "2026-04"]["patients"] == 2
        and found["platelets", "2026-04"]["share of patients"] == 1.0
    )


def test_the_command_shows_every_concept_and_writes_every_month(results, tmp_path):
    done = CliRunner().invoke(app, ["coverage", str(results), "--out", str(tmp_path / "c.csv")])
    assert done.exit_code == 0 and "lactate" in done.stdout and "50%" in done.stdout
    assert pl.read_csv(tmp_path / "c.csv").height == coverage(results).height
    with pytest.raises(MissingError):
        CliRunner().invoke(app, ["coverage", str(tmp_path)], catch_exceptions=False)
