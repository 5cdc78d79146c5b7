"""The whole body: directions of every treatment, mass balance, the MIC, chance, and the same seed on any number of threads."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from opensepsis.errors import SimulationError
from opensepsis.uses.simulate.care.policy import Policy, changed, policy_record
from opensepsis.uses.simulate.care.treatment import DRUGS, _cleared
from opensepsis.uses.simulate.care.what_if import policy_for
from opensepsis.uses.simulate.cohort import Request, blocks
from opensepsis.uses.simulate.physiology.infection import advance_infection, antibiotic_kill, may_die_out
from opensepsis.uses.simulate.physiology.parameters import OWN, body_parameters, document
from opensepsis.uses.simulate.physiology.respiration import saturation
from opensepsis.uses.simulate.physiology.state import NEVER_YET, TRUTH, empty_states
from opensepsis.uses.simulate.population import Cohort, draw_patients
from opensepsis.uses.simulate.randomness import normal_quantile, normals, patient_key, poisson, uniforms

COLUMN = {name: i for i, name in enumerate(TRUTH)}
PATIENTS = 384


@cache
def arm(what_if="", infected=1.0, patients=PATIENTS, hours=96):
    request = Request(patients, hours, 3, Cohort(infected=infected), charted=False, truth_interval=1)
    return next(blocks(request, policy_for(what_if)))


def mean_of(block, column, hour, who):
    there = who & (block.truth_rows > hour)
    return block.truth[there, hour, COLUMN[column]].mean()


def ill():
    return arm().states["onset"] < NEVER_YET


def died(what_if=""):
    return (arm(what_if).states["died"] < NEVER_YET)[ill()].mean()


def test_every_parameter_has_unit_and_source():
    for name, entry in document()["parameters"].items():
        assert np.isfinite(entry["value"]) and entry["unit"] and entry["source"], name
    assert any(OWN not in entry["source"] for entry in document()["parameters"].values())


def test_reynolds_parameters_are_the_published_ones():
    p, entries = body_parameters(), document()["parameters"]
    assert p.phagocyte_kill == 1.8 and p.anti_inflammatory_decay == 0.1
    assert entries["damage_repair"]["source"].startswith(OWN)


@pytest.mark.parametrize("growth, strongest, steepness", [(0.3, 1.5, 1.5), (0.8, 4.0, 0.75), (1.2, 0.2, 2.5)])
def test_net_growth_is_zero_at_the_mic(growth, strongest, steepness):
    assert antibiotic_kill(1.0, growth, strongest, steepness) == pytest.approx(growth, rel=1e-12)
    assert (
        antibiotic_kill(0.5, growth, strongest, steepness)
        < growth
        < antibiotic_kill(2.0, growth, strongest, steepness)
    )
    assert antibiotic_kill(1e6, growth, strongest, steepness) == pytest.approx(growth + strongest, rel=1e-2)


def test_small_counts_die_out_and_never_come_back():
    key = np.uint64(patient_key(1, 1))
    assert may_die_out(0.0, key, 1, 1) == 0.0
    lost = np.mean([may_die_out(1.0 / 5e9, key, 1, i) == 0.0 for i in range(4000)])
    assert lost == pytest.approx(np.exp(-1.0), abs=0.03)


def test_random_numbers_are_uniform_normal_and_poisson():
    u, z = uniforms(1, 0, 50000, 7), normals(1, 0, 50000, 7)
    assert u.mean() == pytest.approx(0.5, abs=0.005) and u.var() == pytest.approx(1 / 12, abs=0.002)
    assert z.mean() == pytest.approx(0, abs=0.02) and z.std() == pytest.approx(1, abs=0.01)
    assert abs(np.corrcoef(u[:-1], u[1:])[0, 1]) < 0.02
    assert [round(normal_quantile(x), 4) for x in (0.001, 0.5, 0.9)] == [-3.0902, 0.0, 1.2816]
    counts = [poisson(2.0, x) for x in u[:20000]]
    assert np.mean(counts) == pytest.approx(2, abs=0.05) and np.var(counts) == pytest.approx(2, abs=0.1)


def test_saturation_matches_severinghaus():
    assert saturation(40.0) == pytest.approx(0.7476, abs=0.002) and saturation(60.0) == pytest.approx(
        0.9055, abs=0.002
    )


def test_every_state_stays_finite_and_in_range():
    block = arm("untreated")
    for name in (
        "source",
        "blood",
        "phagocytes",
        "damage",
        "platelets",
        "volume",
        "lactate",
        "creatinine",
        "pao2",
    ):
        values = block.truth[:, :, COLUMN[name]]
        assert np.isfinite(values).all() and (values >= 0).all(), name
    for name in ("lung", "heart", "kidney", "liver", "brain"):
        assert (block.truth[:, :, COLUMN[name]] <= 1).all()


def test_without_infection_nothing_happens_to_bacteria():
    block = arm(infected=0.0)
    assert not block.truth[:, :, COLUMN["blood"]].any() and not block.truth[:, :, COLUMN["source"]].any()
    assert (block.states["onset"] == NEVER_YET).all()


def test_the_healthy_stay_at_their_set_pressure():
    request = Request(64, 48, 5, Cohort(infected=1.0, severity=1e-6), charted=False)
    block = next(blocks(request))
    late = block.truth[:, 1, COLUMN["pressure"]]
    assert np.median(np.abs(late - block.who["set_pressure"])) < 6


def test_fluid_is_neither_made_nor_lost():
    s, who = arm().states, arm().who
    inside = s["volume"] + s["oedema"] - who["volume"]
    np.testing.assert_allclose(inside, s["volume_in"] - s["volume_out"], atol=1e-9)


def test_no_drug_is_made_or_lost():
    """What was given is what is left and what was cleared (rate times area under the curve), whatever the kidneys do."""
    drug, hours = 2.0, 24.0
    peak, half_life, renal, interval = DRUGS[int(drug)]
    for filtration in (1.0, 0.3, 0.0):
        rate = np.log(2) / half_life * (renal * filtration + 1 - renal)
        body = empty_states(1).view(np.recarray)[0]
        level = given = area = 0.0
        for quarter in range(int(hours * 4)):
            if quarter % int(4 * interval) == 0:
                level, given = level + peak, given + peak
            after = _cleared(level, drug, filtration, body, 0.25)
            area += 0.25 * (level + after) / 2
            level = after
        assert level + rate * area == pytest.approx(given, rel=2e-3)


def test_the_blood_gains_what_leaks_and_no_bacteria_come_of_nothing():
    """With growth and every killing switched off; the growth of a source is net of what leaks, so leaking does not lower it."""
    still = {
        "local_kill": 0.0,
        "source_immune_kill": 0.0,
        "adaptive_kill": 0.0,
        "noise_growth": 0.0,
        "pathogen_capacity": 1e9,
    }
    p = body_parameters(**still)
    who = draw_patients(3, 0, 40, Cohort(infected=1.0), p)
    for name in ("growth", "source_growth", "phagocyte_kill", "kill"):
        who[name] = 1e-12
    states = empty_states(40)
    for i in range(40):
        body, person = states.view(np.recarray)[i], who.view(np.recarray)[i]
        body.mediator, body.source = 0.125, person.source_start * (i % 2)
        for _ in range(8):
            advance_infection(body, person, p, 0.25, 0.0, 0.0)
        assert body.source == pytest.approx(person.source_start * (i % 2), rel=1e-9)
        assert body.blood == pytest.approx(2.0 * person.source_leak * body.source, rel=1e-9)


def test_untreated_equals_treated_until_the_first_treatment():
    usual, none = arm(), arm("untreated")
    assert (usual.states["admitted"] == none.states["admitted"]).all()
    assert usual.truth[:, 0].tobytes() == none.truth[:, 0].tobytes()
    late = arm("delay_antibiotics=6h")
    for i in range(PATIENTS):
        hours = int(min(usual.states["first_antibiotic"][i], 1e6) - usual.states["admitted"][i])
        rows = max(0, min(hours, usual.truth_rows[i], late.truth_rows[i]))
        assert usual.truth[i, :rows].tobytes() == late.truth[i, :rows].tobytes()


@pytest.mark.parametrize("what_if", ["antibiotics=no", "untreated"])
def test_withholding_treatment_kills(what_if):
    assert died(what_if) > died() + 0.1


def test_antibiotics_clear_the_blood():
    assert mean_of(arm(), "blood", 24, ill()) < 0.3 * mean_of(arm("antibiotics=no"), "blood", 24, ill())


def test_source_control_removes_the_source():
    chosen = ill() & (arm().who["controllable"] > 0)
    assert mean_of(arm(), "source", 48, chosen) < 0.6 * mean_of(
        arm("source_control=no"), "source", 48, chosen
    )


def test_fluid_fills_and_pressor_lifts():
    early = ill() & (arm().states["shock_first"] < arm().states["admitted"] + 12)
    assert mean_of(arm(), "volume", 12, early) > mean_of(arm("fluids=no"), "volume", 12, early)
    dry, pressed = arm("vasopressors=no"), arm()
    assert mean_of(pressed, "pressure", 16, early) > mean_of(dry, "pressure", 16, early) + 3


def test_oxygen_lifts_pao2_and_dialysis_lowers_creatinine():
    dry = arm("oxygen=no")
    low = ill() & (arm().truth[:, 8, COLUMN["fio2"]] > 0.3) & (arm().truth_rows > 8) & (dry.truth_rows > 8)
    assert low.sum() > 5 and mean_of(arm(), "pao2", 8, low) > mean_of(dry, "pao2", 8, low) + 10
    never = arm("dialysis=no")
    washed = ill() & (arm().states["dialysis"] > 0) & (arm().truth_rows > 90) & (never.truth_rows > 90)
    if washed.any():
        assert mean_of(arm(), "creatinine", 90, washed) < mean_of(never, "creatinine", 90, washed)


def test_nobody_is_left_on_much_oxygen_that_is_not_needed():
    there = np.arange(arm().truth.shape[1])[None, :] < arm().truth_rows[:, None]
    much = there & (arm().truth[:, :, COLUMN["fio2"]] > 0.45)
    plenty = much & (arm().truth[:, :, COLUMN["pao2"]] > 200)
    hours = np.lib.stride_tricks.sliding_window_view(plenty, 8, axis=1).all(2)
    assert much.sum() > 1000 and not hours.any()


def test_little_oxygen_is_taken_away_where_it_is_not_needed():
    fio2, pao2 = (arm().truth[:, :, COLUMN[name]] for name in ("fio2", "pao2"))
    little = (fio2 > 0.22) & (fio2 < 0.3) & (np.arange(fio2.shape[1])[None, :] < arm().truth_rows[:, None])
    needless = np.lib.stride_tricks.sliding_window_view(little & (pao2 > 110), 8, axis=1).all(2)
    assert little.sum() > 1000 and not needless.any()


def test_the_longer_organs_are_supported_the_sooner_comfort_care_is_offered():
    request = Request(3 * PATIENTS, 240, 3, Cohort(infected=1.0), charted=False, truth_interval=0)
    usual, patient = (
        np.concatenate(
            [block.states for block in blocks(request, changed(Policy(), "comfort", patience=one))]
        )
        for one in (Policy().comfort.patience, 0.0)
    )
    sooner = usual["comfort_from"] < patient["comfort_from"]
    assert sooner.sum() >= 3 and not (usual["comfort_from"] > patient["comfort_from"]).any()
    assert (usual["comfort_from"] > usual["icu_from"] + 48)[sooner].all()


def test_untreated_infection_warms_speeds_and_widens():
    block, start = arm("untreated"), mean_of
    worse = ill() & (arm("untreated").truth_rows > 40)
    assert start(block, "temperature", 12, worse) > 37.0
    assert start(block, "lactate", 40, worse) > start(block, "lactate", 0, worse)
    assert start(block, "platelets", 40, worse) < start(block, "platelets", 0, worse)


def test_the_same_seed_gives_the_same_bytes_on_any_number_of_threads_and_in_any_block():
    request = Request(96, 24, 9)
    one, three = next(blocks(replace(request, threads=1))), next(blocks(replace(request, threads=3)))
    assert one.events.tobytes() == three.events.tobytes() and one.states.tobytes() == three.states.tobytes()
    fewer = next(blocks(replace(request, patients=40)))
    assert fewer.states.tobytes() == one.states[:40].tobytes()
    other = next(blocks(replace(request, seed=10)))
    assert other.states.tobytes() != one.states.tobytes()


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Request(0),
        lambda: Request(1, hours=0),
        lambda: Request(1, seed=-1),
        lambda: Request(1, truth_interval=-1),
        lambda: Cohort(infected=1.5),
        lambda: Cohort(immune_spread=-1),
        lambda: body_parameters(no_such_thing=1.0),
        lambda: body_parameters(hazard=float("nan")),
        lambda: policy_record("aggressive"),
        lambda: policy_record(changed(Policy(), "fluids", bolus=float("inf"))),
        lambda: policy_record(replace(Policy(), fluids=30)),
        lambda: policy_for("delay_antibiotic=3h"),
        lambda: policy_for("delay_antibiotics=3"),
        lambda: policy_for("delay_antibiotics=-3h"),
        lambda: policy_for("fluids=perhaps"),
        lambda: policy_for("pressure_target=high"),
        lambda: policy_for("zzz"),
    ],
)
def test_impossible_requests_are_refused(wrong):
    with pytest.raises(SimulationError):
        wrong()
