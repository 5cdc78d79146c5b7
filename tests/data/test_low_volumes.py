"""PaO₂ that is charted as arterial and is below 40 too often is told, by volume; nothing is set aside."""

import json

import polars as pl
import pytest
from typer.testing import CliRunner

from opensepsis.cli import app


@pytest.mark.parametrize("low, told", [(5, False), (6, True), (0, False)])
def test_a_share_above_5_percent_is_told(low, told, tmp_path):
    values = [39.9] * low + [40.0] * (100 - low)
    pl.DataFrame(
        {
            "patient": "P",
            "concept": "pao2",
            "time": [f"2026-03-01T{i // 60:02d}:{i % 60:02d}:00Z" for i in range(100)],
            "value": values,
            "unit": "mm[Hg]",
        }
    ).write_csv(tmp_path / "events.csv")
    stay = {
        "patient": "P",
        "stay": "S",
        "admitted": "2026-03-01T00:00:00Z",
        "discharged": "2026-03-02T00:00:00Z",
        "age": 60,
    }
    pl.DataFrame([stay]).write_csv(tmp_path / "stays.csv")
    ran = CliRunner().invoke(app, ["convert", "csv", str(tmp_path), "--out", str(tmp_path / "out")])
    assert ran.exit_code == 0, ran.output
    assert ("values below 40 mm[Hg]" in ran.output) == told
    counts = json.loads((tmp_path / "out" / "timeline.json").read_text(encoding="utf-8"))["counts"]
    assert counts["low"] == ({"pao2": {"below": 40.0, "rows": low, "of": 100}} if low else {})
    assert counts["written"] == 100
