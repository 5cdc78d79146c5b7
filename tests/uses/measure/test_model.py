"""The model of mortality on numbers whose answer is known."""

import numpy as np
import pytest

from opensepsis.uses.measure.model import by_risk, calibration_line, fit, ridge, unseen


def patients(number: int, slope: float = 1.5, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """A predictor that raises the risk of death, one that says nothing and one that is seldom measured."""
    draw = np.random.default_rng(seed)
    values = draw.normal(size=(number, 3))
    risk = 1 / (1 + np.exp(-(-2 + slope * values[:, 0])))
    values[draw.random(number) < 0.6, 2] = np.nan
    return values, (draw.random(number) < risk).astype(float)


def test_the_model_finds_what_raises_the_risk():
    values, died = patients(4000)
    model = fit(values, died)
    assert model.chosen == (0, 1)  # the third is measured in fewer than half
    assert model.coefficients[1] == pytest.approx(1.5, abs=0.2)
    assert model.coefficients[2] == pytest.approx(0, abs=0.15)


def test_as_many_are_expected_as_died():
    values, died = patients(500)
    assert fit(values, died).predicted(values).sum() == pytest.approx(died.sum())


def test_without_a_penalty_the_slope_of_the_likelihood_is_zero():
    values, died = patients(800)
    found = ridge(values[:, :2], died, 0.0)
    risk = 1 / (1 + np.exp(-(found[0] + values[:, :2] @ found[1:])))
    assert np.abs(values[:, :2].T @ (died - risk)).max() < 1e-6


def test_few_deaths_allow_few_predictors():
    values, died = patients(400)
    few = died * (np.cumsum(died) <= 9)
    assert fit(values, few).chosen == ()
    assert fit(values, few).predicted(values) == pytest.approx(np.full(400, few.mean()))
    ten = died * (np.cumsum(died) <= 10)
    assert fit(values, ten).chosen == (0,)


@pytest.mark.parametrize("died", [np.zeros(50), np.ones(50)])
def test_nobody_or_everybody_dies(died):
    risk = fit(np.zeros((50, 2)), died).predicted(np.zeros((50, 2)))
    assert np.isfinite(risk).all() and risk == pytest.approx(died, abs=1e-5)


def test_what_is_not_measured_takes_the_mean():
    values, died = patients(1000)
    model = fit(values, died)
    blank = np.array([[np.nan, model.mean[1], np.nan], [model.mean[0], model.mean[1], np.nan]])
    assert len(set(model.predicted(blank).round(12))) == 1


def test_unseen_patients_are_judged_by_models_without_them():
    values, died = patients(2000)
    risk = unseen(values, died, np.arange(2000) // 2)
    intercept, slope = calibration_line(risk, died)
    assert slope == pytest.approx(1, abs=0.2) and intercept == pytest.approx(0, abs=0.3)
    noise = np.random.default_rng(9).normal(size=(300, 8))
    luck = (np.random.default_rng(10).random(300) < 0.4).astype(float)
    assert (
        calibration_line(unseen(noise, luck, np.arange(300)), luck)[1] < 0.8
    )  # what luck taught is not kept


def test_groups_of_risk_hold_every_stay_once():
    risk, died = np.linspace(0.01, 0.9, 103), np.zeros(103)
    groups = by_risk(risk, died)
    assert sum(stays for stays, *_ in groups) == 103 and [g[1] for g in groups] == sorted(
        g[1] for g in groups
    )
    assert len(by_risk(risk[:25], died[:25])) == 1
