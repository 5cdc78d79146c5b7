"""Labels of every hour, and the challenge's utility against its rule written out hour by hour."""

import numpy as np
import polars as pl
import pytest

from opensepsis.errors import FormatError, MissingError
from opensepsis.uses.predict.labels import from_onsets, from_table, read_table
from opensepsis.uses.predict.utility import best_threshold, contest_onset, gain, share


def plain_utility(label: np.ndarray, told: np.ndarray) -> float:
    """The published rule, hour by hour."""
    total, onset = 0.0, int(np.argmax(label)) + 6 if label.any() else None
    for t, yes in enumerate(told):
        if onset is None:
            total += -0.05 if yes else 0.0
        elif t <= onset - 6:
            total += max((t - onset) / 6 + 2, -0.05) if yes else 0.0
        elif t <= onset + 3:
            total += (onset + 3 - t) / 9 if yes else -2 * (t - onset + 6) / 9
    return total


def best_told(label: np.ndarray) -> np.ndarray:
    told = np.zeros(len(label), bool)
    if label.any():
        onset = int(np.argmax(label)) + 6
        told[max(0, onset - 12) : onset + 4] = True
    return told


def test_utility_is_the_published_rule():
    drawn = np.random.default_rng(3)
    labels, told = [], []
    for number in range(200):
        hours = int(drawn.integers(2, 60))
        first = int(drawn.integers(0, hours)) if number % 3 == 0 else hours
        first = 0 if number % 30 == 0 else first  # positive from the first row on
        labels.append(np.arange(hours) >= first)
        told.append(drawn.random(hours) < 0.3)
    for predictions in (
        told,
        [np.zeros(len(one), bool) for one in told],
        [np.ones(len(one), bool) for one in told],
    ):
        pairs = list(zip(labels, predictions, strict=True))
        seen = sum(plain_utility(label, one) for label, one in pairs)
        never = sum(plain_utility(label, np.zeros(len(label), bool)) for label in labels)
        best = sum(plain_utility(label, best_told(label)) for label in labels)
        gains = np.concatenate([gain(np.arange(len(label)) - contest_onset(label)) for label in labels])
        assert share(gains, np.concatenate(predictions)) == pytest.approx(
            (seen - never) / (best - never), abs=1e-9
        )


def test_the_best_threshold_is_the_best_of_all():
    drawn = np.random.default_rng(4)
    scores, gains = drawn.integers(0, 20, 300).astype(float), drawn.normal(-0.2, 1, 300)
    found = best_threshold(scores, gains)
    tried = [gains[scores > cut].sum() for cut in np.arange(-1, 21) + 0.5]
    assert gains[scores > found].sum() == pytest.approx(max(*tried, 0))


def test_labels_of_a_table_are_the_table(a, hospitals):
    table = pl.read_parquet(hospitals / "a.parquet")
    assert a.labels.positive.sum() == table["SepsisLabel"].sum() and a.labels.counted.sum() == table.height
    first = table.filter(SepsisLabel=1).group_by("patient_id").agg(pl.col("ICULOS").min()).height
    assert (~np.isnan(a.labels.onset)).sum() == first


def test_labels_of_onsets_stop_at_the_onset(a, onsets):
    told = from_onsets(a.grid, onsets, "sepsis3", horizon=4, gap=1)
    hours, of = a.hours, a.stay_of_row
    ahead = told.onset[of] - hours
    assert (told.positive == (told.counted & (ahead > 1) & (ahead <= 5))).all()
    assert not (told.counted & (ahead <= 0)).any() and told.left_out["hours at or after the onset"] > 0
    at_once = onsets.with_columns(
        onset=pl.when(pl.col("stay") == onsets["stay"][0])
        .then(a.grid.stays["admitted"][0])
        .otherwise("onset")
    )
    assert (
        from_onsets(a.grid, at_once, "x").left_out["stays with the onset at or before their first hour"] == 1
    )
    unknown = onsets.with_columns(judged=pl.lit(False))
    assert not from_onsets(a.grid, unknown, "x").counted.any()


def test_wrong_tables_are_refused(a, tmp_path):
    table = pl.DataFrame({"stay": ["a0000"], "hour": [1], "label": [2]})
    table.write_csv(tmp_path / "labels.csv")
    with pytest.raises(FormatError, match="neither 0 nor 1"):
        read_table(tmp_path / "labels.csv")
    table.rename({"label": "answer"}).write_csv(tmp_path / "labels.csv")
    with pytest.raises(MissingError, match="label or SepsisLabel"):
        read_table(tmp_path / "labels.csv")
    with pytest.raises(MissingError, match="No stay in the table of labels"):
        from_table(a.grid, pl.DataFrame({"patient": ["nobody"], "hour": [1], "label": [1]}))
    with pytest.raises(FormatError, match="two labels"):
        from_table(a.grid, pl.DataFrame({"patient": ["a0000"] * 2, "hour": [1, 1], "label": [1, 0]}))
