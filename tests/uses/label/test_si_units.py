"""Creatinine in µmol/L gives the points that the printed SI limits promise; mg/dL stays exact. Typed from the tables."""

import polars as pl
import pytest

from opensepsis import label


def highest(folder, score, row, unit, values):
    """The worst points of a row, of values at 1 h, 2 h, …"""
    times = [f"2026-01-01T{hour:02}:00:00Z" for hour in range(1, len(values) + 1)]
    pl.DataFrame(
        {"patient": "a", "concept": "creatinine", "time": times, "value": values, "unit": unit}
    ).write_csv(folder / "events.csv")
    stay = {"admitted": "2026-01-01T00:00:00Z", "discharged": "2026-01-01T06:00:00Z", "age": 60}
    pl.DataFrame([{"patient": "a", "stay": "a"} | stay]).write_csv(folder / "stays.csv")
    return label("csv", folder, definitions=score).scores[score][row].max()


@pytest.mark.parametrize(
    "score, row, unit, values, points",
    [
        ("sofa", "kidney", "umol/L", [442.0], 4),  # definitions.md 2: > 5.0 (440)
        ("sofa", "kidney", "umol/L", [439.0], 3),
        ("sofa", "kidney", "mg/dL", [5.0], 4),
        ("sofa", "kidney", "mg/dL", [4.99], 3),
        ("kdigo", "aki", "umol/L", [80.0, 106.5], 1),  # definitions.md 8: 0.3 mg/dL (26.5 µmol/L)
        ("kdigo", "aki", "umol/L", [80.0, 106.4], 0),
        ("kdigo", "aki", "mg/dL", [0.9, 1.2], 1),
        ("kdigo", "aki", "mg/dL", [0.9, 1.19], 0),
        ("kdigo", "aki", "umol/L", [327.0, 353.6], 3),  # 4.0 mg/dL (353.6) with AKI
        ("kdigo", "aki", "umol/L", [326.0, 352.5], 1),
    ],
)
def test_printed_limits_hold(tmp_path, score, row, unit, values, points):
    assert highest(tmp_path, score, row, unit, values) == points
