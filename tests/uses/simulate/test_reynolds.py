"""The Reynolds 2006 suite: outcomes, bifurcations, figure 9, golden trajectories, numerics."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from opensepsis.errors import SimulationError
from opensepsis.uses.simulate.published_models.reynolds import Reynolds, derivatives, outcome, solve, start
from opensepsis.uses.simulate.published_models.reynolds_batch import simulate_reynolds
from opensepsis.uses.simulate.published_models.reynolds_equilibria import bifurcations, growth_that_holds

GOLDEN = json.loads((Path(__file__).parent / "golden_reynolds2006.json").read_text())


@pytest.mark.parametrize("name", ["health", "aseptic", "septic"])
def test_golden_trajectories(name):
    golden = GOLDEN[name]
    states = solve(Reynolds(pathogen_growth=golden["k_pg"]), start(golden["P0"]), golden["t"], step=0.02)
    expected = np.array([golden["P"], golden["N"], golden["D"], golden["CA"]]).T
    np.testing.assert_allclose(states, expected, atol=1e-6, rtol=0)


@pytest.mark.parametrize(
    "growth, pathogen, end", [(0.3, 1.0, "health"), (0.3, 1.5, "aseptic death"), (0.6, 1.0, "septic death")]
)
def test_three_outcomes(growth, pathogen, end):
    states = solve(Reynolds(pathogen_growth=growth), start(pathogen), [800.0], step=0.1)
    assert outcome(states[-1]) == end


def test_bifurcation_values():
    values = bifurcations()
    assert values["septic death appears"] == pytest.approx(0.5137, abs=0.001)
    assert values["health is lost"] == pytest.approx(1.5, abs=0.001)
    assert values["aseptic death is lost"] == pytest.approx(1.755, abs=0.001)
    assert values["local infection appears"] == pytest.approx(0.059, abs=0.001)
    assert growth_that_holds(4.93635, Reynolds()) == pytest.approx(0.6, abs=1e-4)


@pytest.mark.parametrize(
    "reset, end",
    [
        (0.0, "aseptic death"),
        (0.12, "aseptic death"),
        (0.2, "aseptic death"),
        (0.24, "health"),
        (None, "health"),
        (0.32, "health"),
        (0.36, "septic death"),
        (0.8, "septic death"),
    ],
)
def test_figure_9_flips(reset, end):
    model = Reynolds(pathogen_growth=0.6)
    state = solve(model, start(0.36), [10.0], step=0.05)[0]
    assert state[3] == pytest.approx(0.303, abs=0.001)
    if reset is not None:
        state[3] = reset
    assert outcome(solve(model, state, [800.0], step=0.1)[0]) == end


@pytest.mark.parametrize("growth, threshold", [(0.2, 1.4138), (0.6, 0.3610), (1.0, 0.1083)])
def test_separatrix_between_health_and_death(growth, threshold):
    ends = simulate_reynolds(
        [threshold - 0.0005, threshold + 0.0005],
        800,
        model=Reynolds(pathogen_growth=growth),
        dtype=np.float64,
    )[-1]
    assert outcome(ends[:, 0]) == "health"
    assert outcome(ends[:, 1]) != "health"


def test_halving_the_step_changes_little():
    model, coarse, fine = Reynolds(pathogen_growth=0.6), [], []
    coarse = solve(model, start(1.0), range(0, 200, 10), step=0.25)
    fine = solve(model, start(1.0), range(0, 200, 10), step=0.125)
    np.testing.assert_allclose(coarse, fine, rtol=6e-5, atol=1e-7)


def _cohort(count):
    random = np.random.default_rng(4)
    varied = {
        "pathogen_growth": np.clip(0.45 * np.exp(0.45 * random.standard_normal(count)), 0.05, 1.45),
        "phagocyte_kill": 1.8 * np.exp(0.3 * random.standard_normal(count)),
        "anti_inflammatory_gain": 0.04 * np.exp(0.3 * random.standard_normal(count)),
    }
    return 0.5 * np.exp(0.8 * random.standard_normal(count)), varied


def test_batch_equals_the_plain_model():
    pathogen, varied = _cohort(5)
    batch = simulate_reynolds(pathogen, 48, varied, dtype=np.float64)
    for i in range(5):
        model = replace(Reynolds(), **{name: values[i] for name, values in varied.items()})
        plain = solve(model, start(pathogen[i]), range(49), step=0.25)
        np.testing.assert_allclose(batch[:, :, i], plain, rtol=1e-9, atol=1e-12)


def test_float32_agrees_with_float64_and_every_state_stays_positive():
    pathogen, varied = _cohort(640)
    single = simulate_reynolds(pathogen, 400, varied)
    double = simulate_reynolds(pathogen, 400, varied, dtype=np.float64)
    assert single.min() >= 0 and double.min() >= 0
    agree = [outcome(single[-1, :, i]) == outcome(double[-1, :, i]) for i in range(640)]
    assert np.mean(agree) > 0.995


def test_threads_do_not_change_a_byte():
    pathogen, varied = _cohort(300)
    one = simulate_reynolds(pathogen, 24, varied, threads=1)
    three = simulate_reynolds(pathogen, 24, varied, threads=3)
    assert one.tobytes() == three.tobytes()


def test_without_pathogen_nothing_moves():
    assert not derivatives(start(0.0), Reynolds()).any()


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Reynolds(phagocyte_kill=-1.0),
        lambda: Reynolds(inhibition=0.0),
        lambda: start(float("nan")),
        lambda: solve(Reynolds(), start(1.0), [2, 1]),
        lambda: simulate_reynolds([1.0], 5, step=0.3),
        lambda: simulate_reynolds([-1.0], 5),
        lambda: simulate_reynolds([1.0], 5, {"inhibition": [1.0]}),
        lambda: simulate_reynolds([1.0], 5, {"damage_rate": [-1.0]}),
    ],
)
def test_impossible_input_is_refused(wrong):
    with pytest.raises(SimulationError):
        wrong()
