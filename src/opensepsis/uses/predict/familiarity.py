"""When not to trust a score: too early, inputs stale, or a patient unlike those learned from."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

OK, EARLY, STALE, UNFAMILIAR = "ok", "too early", "inputs stale", "unfamiliar"
STATES = (OK, EARLY, STALE, UNFAMILIAR)
_RECORD, _SIGNS = (
    2,
    6,
)  # hours since the first value that are needed; hours without any vital sign that are too many
_RARE = 0.99
_FAR = 10.0  # robust z beyond which a value is only very far
_VITAL = ("heart_rate", "respiratory_rate", "spo2", "systolic_pressure", "mean_pressure")


def familiar_ranges(rows: np.ndarray, names: Sequence[str]) -> dict[str, Any]:
    """What the rows learned from look like: of each last value median, spread and share known; and how far 1 in 100 rows lies."""
    mine = [name for name in names if name.endswith(".last")]
    columns = {name: rows[:, names.index(name)] for name in mine}
    ranges = {}
    for name, column in columns.items():
        known = column[~np.isnan(column)]
        if len(known):
            low, middle, high = (float(x) for x in np.quantile(known, [0.05, 0.5, 0.95]))
            ranges[name] = {
                "middle": middle,
                "spread": max(high - low, 1e-6) / 3.29,
                "known": float(len(known) / len(column)),
            }
    far, odd = _distances(columns, ranges)
    return {"values": ranges, "far": float(np.quantile(far, _RARE)), "odd": float(np.quantile(odd, _RARE))}


def _distances(columns: Mapping[str, np.ndarray], ranges: Mapping[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """The mean squared robust z of the known values, and how surprising it is which values are known."""
    length = len(next(iter(columns.values()))) if columns else 0
    far, number, odd = np.zeros(length), np.zeros(length), np.zeros(length)
    for name, told in ranges.items():
        column = columns[name]
        known = ~np.isnan(column)
        z = np.clip((np.where(known, column, told["middle"]) - told["middle"]) / told["spread"], -_FAR, _FAR)
        far += z * z
        number += known
        share = min(max(told["known"], 0.001), 0.999)
        odd -= np.where(known, np.log(share), np.log1p(-share))
    return far / np.maximum(number, 1), odd


def states(
    model, rows: np.ndarray, names: Sequence[str], record_hours: np.ndarray, since: np.ndarray
) -> np.ndarray:
    """The state of each row, by its place in `STATES`. `since` has the hours since each vital sign was measured, a column for each."""
    found = np.zeros(len(rows), int)
    familiar = model.beside.familiar
    if familiar:
        columns = {name: rows[:, names.index(name)] for name in familiar["values"]}
        far, odd = _distances(columns, familiar["values"])
        found[(far > familiar["far"]) | (odd > familiar["odd"])] = 3
    if since.shape[1]:
        newest = np.where(np.isnan(since), np.inf, since).min(axis=1)
        found[newest >= _SIGNS] = 2
    found[~(record_hours >= _RECORD)] = 1
    return found


def vital_signs(names: Sequence[str]) -> list[int]:
    """The columns of the hours since each vital sign."""
    return [i for i, name in enumerate(names) if name.endswith(".since") and name.split(".")[0] in _VITAL]
