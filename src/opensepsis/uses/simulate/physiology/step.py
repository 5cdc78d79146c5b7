"""A quarter of an hour of the body, and the state it begins from. Free of branches, so that numba and JAX read the same equations."""

import numba
import numpy as np

from opensepsis.uses.simulate.physiology.circulation import exchange_volume, owe_oxygen, settle_circulation
from opensepsis.uses.simulate.physiology.coagulation import advance_clotting
from opensepsis.uses.simulate.physiology.infection import advance_infection, may_die_out
from opensepsis.uses.simulate.physiology.organs import advance_chemistry, advance_kidney, harm_organs
from opensepsis.uses.simulate.physiology.respiration import settle_breathing
from opensepsis.uses.simulate.physiology.state import STEP
from opensepsis.uses.simulate.randomness import normal

_GROWTH, _ACTIVATION, _TONE, _RATE, _BREATH, _BLOOD, _SOURCE = np.array([10, 11, 12, 13, 14, 15, 16])


@numba.njit
def begin(body, who, p):
    """The healthy (or chronically ill) state before anything happens."""
    body.mediator = p.anti_inflammatory_supply / p.anti_inflammatory_decay
    body.anticoagulant, body.fibrinogen, body.d_dimer = 1.0, who.fibrinogen, who.d_dimer
    body.platelets, body.clotting_factors = who.platelets, who.clotting_factors
    body.volume, body.reflex, body.rate, body.output = who.volume, 0.5, who.rate, 5.0
    body.fio2, body.saturation, body.pao2, body.paco2, body.ph = 0.21, 0.96, 90.0, who.paco2, 7.4
    body.breaths, body.temperature, body.pressure, body.filling = who.breaths, 36.8, who.set_pressure, 8.0
    body.lactate, body.creatinine, body.urea = who.lactate, who.creatinine, who.urea
    body.bilirubin, body.albumin, body.hemoglobin = who.bilirubin, who.albumin, who.hemoglobin
    body.glucose, body.crp, body.procalcitonin, body.white_cells = who.glucose, who.crp, 0.08, who.white_cells
    body.bands, body.potassium, body.sodium, body.bicarbonate = (
        who.bands,
        who.potassium,
        who.sodium,
        who.bicarbonate,
    )
    body.alt, body.gcs, body.urine = who.alt, 3.0 + 12.0 * who.clarity, 1.0
    body.drug_a = body.drug_b = -1.0
    body.bolus_start = body.pressor_until = -1e3


@numba.njit
def _shake(value, spread, hours, key, stream, count):
    """A wandering disturbance with this spread and memory (Ornstein and Uhlenbeck)."""
    keep = np.exp(-STEP / hours)
    return value * keep + spread * np.sqrt(1.0 - keep * keep) * normal(key, stream, count)


@numba.njit
def _disturb(body, p, key, count):
    body.noise_growth = _shake(body.noise_growth, p.noise_growth, 12.0, key, _GROWTH, count)
    body.noise_activation = _shake(body.noise_activation, 1.0, 8.0, key, _ACTIVATION, count)
    body.noise_tone = _shake(body.noise_tone, p.noise_tone, 3.0, key, _TONE, count)
    body.noise_rate = _shake(body.noise_rate, p.noise_rate, 2.0, key, _RATE, count)
    body.noise_breath = _shake(body.noise_breath, p.noise_breath, 2.0, key, _BREATH, count)


@numba.njit
def _infect(body, who, key, count, t):
    """The source appears at its moment; small counts may die out by chance."""
    now = who.source_start * (abs(t - who.infection_start) < STEP / 2.0)
    body.source += now
    body.source_resistant += now * who.resistant_start
    body.blood = may_die_out(body.blood, key, _BLOOD, count)
    body.blood_resistant = may_die_out(body.blood_resistant, key, _BLOOD + 100, count)
    body.source = may_die_out(body.source, key, _SOURCE, count)
    body.source_resistant = may_die_out(body.source_resistant, key, _SOURCE + 100, count)


@numba.njit
def biology(body, who, p, key, count, t, intake, ratio):
    """A quarter of an hour of the body, with this intake (L/h) and antibiotic concentration over MIC; answers the kidneys' filtration."""
    _disturb(body, p, key, count)
    _infect(body, who, key, count, t)
    advance_infection(body, who, p, STEP, ratio, who.injury * (t < who.injury_hours))
    bacteria = body.source + body.source_resistant
    local = min(0.9, who.local_disease + (who.site == 0.0) * bacteria / (bacteria + p.local_half))
    harm_organs(body, who, p, STEP, local)
    advance_clotting(body, who, p, STEP)
    bleed = who.bleed * (t < 16.0)
    diuretic = 0.15 * (who.kind == 1.0) * (body.filling > 9.0) * (body.admitted < t)
    losses = (
        body.urine * who.weight / 1000.0
        + 0.03
        + bleed
        + diuretic
        + 0.1 * body.dialysis * (body.volume > who.volume)
    )
    exchange_volume(body, who, p, intake, losses, STEP)
    settle_circulation(body, who, p)
    settle_breathing(body, who, p, local)
    owe_oxygen(body, who, p)
    filtration = advance_kidney(body, who, p, STEP)
    advance_chemistry(body, who, p, STEP)
    return filtration
