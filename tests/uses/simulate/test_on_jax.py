"""The body on JAX equals the body on numba, untreated and under held treatments. Skipped where JAX (extra `gpu`) is not installed."""

import numba
import numpy as np
import pytest

from opensepsis.errors import SimulationError
from opensepsis.uses.simulate.backends import jax as on_jax
from opensepsis.uses.simulate.physiology.outcome import hazard_of_death, true_sofa, wear_out
from opensepsis.uses.simulate.physiology.parameters import body_parameters
from opensepsis.uses.simulate.physiology.state import FIELDS, STEP, empty_states
from opensepsis.uses.simulate.physiology.step import begin, biology
from opensepsis.uses.simulate.population import Cohort, draw_patients
from opensepsis.uses.simulate.randomness import normal, patient_key

needs_jax = pytest.mark.skipif(on_jax.jax is None, reason="JAX is not installed: the extra `gpu` brings it")
PATIENTS, HOURS, SEED = 200, 72, 5
# Sums in another order differ in the last digits, which the body carries on for days: 5e-13 was seen.
TOLERANCE = 1e-9


@numba.njit(error_model="numpy", cache=True)
def _by_numba(
    states,
    who,
    p,
    keys,
    steps,
    since,
    ratio,
    norepinephrine,
    vasopressin,
    steroid,
    sedation,
    fio2,
    device,
    fluid,
):
    for i in range(len(states)):
        body = states[i]
        begin(body, who[i], p)
        for count in range(steps):
            t = count * STEP
            on = 1.0 * (t >= since)
            body.norepinephrine, body.vasopressin = on * norepinephrine, on * vasopressin
            body.steroid, body.sedation, body.device = on * steroid, on * sedation, on * device
            body.fio2 = 0.21 + on * (fio2 - 0.21)
            intake = who[i].thirst * (1.0 + 6.0 * max(0.0, 1.0 - body.volume / who[i].volume)) + on * fluid
            biology(body, who[i], p, keys[i], count, t, intake, on * ratio)
            wear_out(body, p, STEP)
            body.hazard += STEP * hazard_of_death(body, who[i], p)
            body.sofa = true_sofa(body)


HELD = {
    "untreated": {},
    "treated": dict(
        since=20.0,
        ratio=8.0,
        norepinephrine=0.15,
        vasopressin=0.03,
        steroid=0.5,
        fio2=0.5,
        device=2.0,
        fluid=0.1,
    ),
    "ventilated": dict(since=10.0, ratio=1.0, sedation=1.0, fio2=0.6, device=4.0),
}


@pytest.fixture(scope="module")
def people():
    p = body_parameters()
    keys = np.array([patient_key(SEED, i) for i in range(PATIENTS)], np.uint64)
    return draw_patients(SEED, 0, PATIENTS, Cohort(infected=0.8), p), p, keys


@needs_jax
def test_jax_equals_numba(people):
    """In one test: what compiles the body for both takes longer than all three runs."""
    who, p, keys = people
    for name, given in HELD.items():
        held = on_jax.Held(**given)
        states = empty_states(PATIENTS)
        _by_numba(
            states, who, p, keys, 4 * HOURS, held.since, held.ratio, held.norepinephrine, held.vasopressin, held.steroid,
            held.sedation, held.fio2, held.device, held.fluid,
        )  # fmt: skip
        end, course = on_jax.run_body(who, p, keys, HOURS, held, columns=("blood", "sofa", "pressure"))
        assert course.shape == (PATIENTS, HOURS, 3) and np.isfinite(course).all()
        assert (states["blood"] > 0).any() and states["damage"].max() > 1
        for field in FIELDS:
            said = f"{name}: {field}"
            np.testing.assert_allclose(end[field], states[field], rtol=TOLERANCE, atol=1e-9, err_msg=said)
        np.testing.assert_array_equal(course[:, -1, 0], end["blood"], err_msg=name)


@needs_jax
def test_the_random_numbers_are_the_same(people):
    keys = people[2]
    with on_jax.jax.enable_x64(True):
        found = np.asarray(on_jax.normal(on_jax.jnp.asarray(keys), 12, 77))
    np.testing.assert_allclose(found, [normal(key, 12, 77) for key in keys], rtol=1e-12)


@needs_jax
def test_an_unknown_column_is_refused(people):
    who, p, keys = people
    with pytest.raises(SimulationError, match="no state"):
        on_jax.run_body(who, p, keys, 1, columns=("mood",))


def test_without_jax_the_extra_is_named(monkeypatch, people):
    monkeypatch.setattr(on_jax, "jax", None)
    with pytest.raises(SimulationError, match="gpu"):
        on_jax.run_body(*people, 1)
