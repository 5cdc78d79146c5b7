"""Areas, alarms and promises against plain readings."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from opensepsis.errors import FormatError, MissingError
from opensepsis.uses.predict.alarms import raise_alarms, sums
from opensepsis.uses.predict.judged_rows import prepared
from opensepsis.uses.predict.logistic import fit_logistic
from opensepsis.uses.predict.metrics import auroc, hour_matched_auroc, hour_paired_auroc
from opensepsis.uses.predict.promise import promise
from opensepsis.uses.predict.true_onset import leads_to_truth, read_true_onsets, true_onsets


def test_areas_are_shares_of_pairs():
    drawn = np.random.default_rng(2)
    score, yes, hour = (
        drawn.integers(0, 9, 120).astype(float),
        drawn.random(120) < 0.3,
        drawn.integers(1, 5, 120),
    )

    def pairs(mask):
        some = [(a > b) + (a == b) / 2 for a in score[mask & yes] for b in score[mask & ~yes]]
        return np.mean(some)

    assert auroc(score, yes).value == pytest.approx(pairs(np.ones(120, bool)))
    by_hour = [(pairs(hour == h), (yes & (hour == h)).sum()) for h in range(1, 5)]
    expected = sum(a * n for a, n in by_hour) / yes.sum()
    assert hour_matched_auroc(score, yes, hour).value == pytest.approx(expected)
    counts = [(yes & (hour == h)).sum() * (~yes & (hour == h)).sum() for h in range(1, 5)]
    paired = sum(a * n for (a, _), n in zip(by_hour, counts, strict=True)) / sum(counts)
    assert hour_paired_auroc(score, yes, hour).value == pytest.approx(paired)


def test_the_interval_of_an_area_covers_it():
    """Drawn 200 times from one truth, with hours of a patient alike: 95 % intervals by patient cover it about as often."""
    covered = 0
    for seed in range(200):
        drawn = np.random.default_rng(seed)
        patient = np.repeat(np.arange(200), 5)
        yes = np.repeat(drawn.random(200) < 0.4, 5)
        score = np.repeat(drawn.normal(0, 1, 200), 5) + drawn.normal(0, 0.3, 1000) + yes
        area = auroc(score, yes, patient)
        covered += (
            area.low <= 0.7509 <= area.high
        )  # of the difference: normal with mean 1 and variance 2 (1 + 0.09)
    assert 182 <= covered <= 198


@pytest.mark.parametrize("measure", [hour_matched_auroc, hour_paired_auroc])
def test_the_interval_within_the_hour_covers_it(measure):
    covered = 0
    for seed in range(200):
        drawn = np.random.default_rng(seed)
        patient, hour = np.repeat(np.arange(200), 5), np.tile(np.arange(5), 200)
        yes = np.repeat(drawn.random(200) < 0.4, 5)
        score = np.repeat(drawn.normal(0, 1, 200), 5) + drawn.normal(0, 0.3, 1000) + yes + hour
        area = measure(score, yes, hour, patient)
        covered += area.low <= 0.7509 <= area.high
    assert 182 <= covered <= 198


def test_alarms_are_silent_for_twelve_hours():
    hours = np.tile(np.arange(1, 41), 2)
    stay = np.repeat([0, 1], 40)
    raised = raise_alarms(np.ones(80, bool), stay, hours, np.array([30.0, np.nan]))
    assert hours[raised.row].tolist() == [1, 13, 25, 37] * 2
    assert raised.right.tolist() == [False, False, True, False] + [False] * 4
    found = sums(raised, np.array([30.0, np.nan]), np.array([40, 40])).figures()
    assert found["recall"] == 1 and found["precision"] == 1 / 8 and found["others_alarmed"] == 1
    assert found["alarms_per_100_days"] == pytest.approx(8 / (80 / 24) * 100)


def crowd(precision: float, seed: int):
    """Patients of ten hours, a tenth of them with a high hour, right in so many of these."""
    drawn = np.random.default_rng(seed)
    stays = 4000
    risk = drawn.uniform(0, 0.1, stays * 10)
    high = np.flatnonzero(drawn.random(stays) < 0.1)
    risk[high * 10 + 4] = drawn.uniform(0.5, 1, len(high))
    onset = np.full(stays, np.nan)
    onset[high[drawn.random(len(high)) < precision]] = 8.0
    return risk, np.repeat(np.arange(stays), 10), np.tile(np.arange(1, 11), stays), onset


def test_a_promise_is_made_where_it_holds_and_seldom_where_not():
    assert promise(*crowd(0.6, 1)) is not None
    made = sum(promise(*crowd(0.3, seed)) is not None for seed in range(60))
    assert made <= 8  # one-sided 5 % of thresholds that just reach it
    assert promise(*crowd(0.1, 2)) is None


def test_logistic_regression_finds_what_data_were_made_with():
    drawn = np.random.default_rng(0)
    x = drawn.normal(size=(20_000, 2))
    yes = drawn.random(20_000) < 1 / (1 + np.exp(1 - 2 * x[:, 0] + 0.5 * x[:, 1]))
    assert fit_logistic(x, yes).weights == pytest.approx((-1, 2, -0.5), abs=0.1)


def test_logistic_regression_does_not_overshoot():
    """Few positives, far from the mean, and two columns that say nearly the same: whole steps of Newton's method run away here."""
    for seed in range(20):
        drawn = np.random.default_rng(seed)
        score = np.where(drawn.random(4000) < 0.02, drawn.normal(4, 3, 4000), drawn.normal(-6, 1, 4000))
        clock = score * 0.1 - 4 + drawn.normal(0, 0.1, 4000)
        yes = drawn.random(4000) < 1 / (1 + np.exp(-score))
        fitted = fit_logistic(np.column_stack([score, clock]), yes)
        risk = fitted.risk(np.column_stack([score, clock]))
        assert risk.sum() == pytest.approx(
            yes.sum(), rel=0.01
        )  # at the maximum the intercept makes them equal
        assert np.corrcoef(risk, score)[0, 1] > 0.5


def test_leads_before_the_true_onset_are_those_of_a_plain_reading(trained, a):
    """True onsets ten hours before those of the labels: every lead is ten hours shorter, and the definition is ten hours late."""
    rows = prepared(trained.model, a, trained.folds, threads=1)
    onset = a.labels.onset
    admitted = a.grid.stays["admitted"].to_list()
    truth = pl.DataFrame(
        {
            "patient": a.grid.stays["patient"],
            "onset": [
                None if np.isnan(h) else at + timedelta(hours=h - 10)
                for at, h in zip(admitted, onset, strict=True)
            ],
        },
        schema_overrides={"onset": pl.Datetime("us", "UTC")},
    )
    hours = true_onsets(truth, a.grid)
    inside = ~np.isnan(onset) & (onset - 10 <= np.diff(a.grid.begin))
    assert (hours[inside] == onset[inside] - 10).all() and np.isnan(hours[~inside]).all()
    found = leads_to_truth(replace(rows, true_onset=hours))
    assert found["definition"] == {"found": inside.sum(), "before": 0, "q25": -10, "median": -10, "q75": -10}
    over, first = rows.over["budget_5%"], {}
    for stay, hour in zip(rows.stay[over], rows.hours[over], strict=True):
        if hours[stay] - hour <= 24 and stay not in first:
            first[stay] = hours[stay] - hour
    at_five = next(one for one in found["alarms"] if one["budget"] == 0.05)
    assert at_five["found"] == len(first) > 5
    assert at_five["median"] == pytest.approx(
        np.median(list(first.values())), abs=1
    )  # silence may skip an hour
    assert leads_to_truth(rows) == {}


def test_true_onsets_that_cannot_be_are_refused(tmp_path):
    file = tmp_path / "truth.parquet"
    pl.DataFrame({"patient": ["1"], "onset": [5.0]}).write_parquet(file)
    with pytest.raises(FormatError, match="not a time"):
        read_true_onsets(file)
    pl.DataFrame({"patient": ["1"]}).write_parquet(file)
    with pytest.raises(MissingError, match="onset"):
        read_true_onsets(file)
    with pytest.raises(MissingError, match="truth/patients"):
        read_true_onsets(tmp_path / "nothing")
