"""Damage of each organ (0 to 1), its repair, and what the laboratory and the bedside see of it. Numbers are own calibration.

The couplings follow the menu of the BioGears infection model (McDaniel 2019, Front Physiol 10:1321): damage, not bacteria, moves
bilirubin, urine, consciousness and lactate; temperature follows the endotoxin model of Dobreva 2021 (J Physiol) in form.
"""

import numba
import numpy as np

from opensepsis.uses.simulate.physiology.circulation import pressure_without_drugs
from opensepsis.uses.simulate.physiology.infection import closed_source


@numba.njit
def _toward(value, target, rate, step):
    """Relaxation to a target by the implicit Euler rule, which can never turn negative or overshoot."""
    return (value + rate * step * target) / (1.0 + rate * step)


@numba.njit
def _hurt(organ, rate, repair, step):
    return min(1.0, max(0.0, organ + step * (rate * (1.0 - organ) - repair * organ)))


@numba.njit
def harm_organs(body, who, p, step, local):
    """Every organ one step later: hurt by toxicity, oxygen debt, microclots and untreated shock, mended with time."""
    square = body.damage * body.damage
    toxin = p.source_toxin + closed_source(body, who) * (p.toxin_closed - p.source_toxin)
    live = body.blood + body.blood_resistant + toxin * (body.source + body.source_resistant)
    endotoxin = p.endotoxin * live / (live + p.endotoxin_half)
    body.toxicity = 1.0 - (1.0 - endotoxin) * (1.0 - square / (square + p.damage_half * p.damage_half))
    body.cytokine = _toward(body.cytokine, body.phagocytes, p.cytokine_rate, step)
    toxic, debt, clots = body.toxicity, body.debt, min(1.0, p.clot_share * body.thrombin)
    # While bacteria live on in shock, injury runs fast (the idea behind Kumar 2006); how deep the shock is, drugs apart.
    bare = body.pressure * pressure_without_drugs(body, who, p)
    shocked = 1.0 - np.exp(-max(0.0, 65.0 - bare) / p.shock_depth)
    hurry = p.harm_shock * shocked * live / (live + p.shock_load)
    mend = p.repair * (1.0 - toxic) * who.repair
    shared = p.harm * who.fragility
    toxic += hurry
    body.lung = _hurt(
        body.lung, shared * who.weak_lung * (p.harm_lung * toxic + 0.1 * local * toxic), mend, step
    )
    body.heart = _hurt(
        body.heart, shared * who.weak_heart * (p.harm_heart * toxic + 0.3 * debt), 1.6 * mend, step
    )
    kidney = p.harm_kidney * toxic + 0.5 * debt + 0.2 * clots + 0.03 * min(1.0, body.norepinephrine)
    body.kidney = _hurt(body.kidney, shared * who.weak_kidney * kidney, mend, step)
    body.liver = _hurt(body.liver, shared * who.weak_liver * (p.harm_liver * toxic + 0.4 * debt), mend, step)
    body.brain = _hurt(
        body.brain, shared * who.weak_brain * (p.harm_brain * toxic + 0.5 * debt), 1.5 * mend, step
    )
    body.marrow = _hurt(
        body.marrow, shared * who.weak_marrow * (p.harm_marrow * toxic + 0.3 * clots), mend, step
    )


@numba.njit
def advance_kidney(body, who, p, step):
    """Creatinine, urea, urine (mL/kg/h) and potassium, from damage, pressure and dialysis."""
    perfusion = 1.0 / (1.0 + np.exp((p.kidney_pressure - body.pressure) / p.kidney_width))
    dry = 1.0 / (1.0 + np.exp((p.urine_volume - body.volume / who.volume) / 0.04))
    filtration = (1.0 - p.kidney_loss * body.kidney) * perfusion
    clear = p.creatinine_rate * 0.9 / who.creatinine
    washed = p.dialysis_rate * body.dialysis
    rest = clear * who.creatinine / (clear * filtration + washed)
    body.creatinine = _toward(body.creatinine, rest, clear * filtration + washed, step)
    made = p.urea_rate * who.urea * (1.0 + 0.6 * body.toxicity)
    loss = p.urea_rate * filtration * (0.5 + 0.5 * dry) + washed
    body.urea = _toward(body.urea, made / loss, loss, step)
    excess = max(0.0, body.volume / who.volume - 1.0)
    body.urine = p.urine * filtration * (0.25 + 0.75 * dry) * (1.0 + p.urine_excess * excess)
    acid = max(0.0, 7.35 - body.ph)
    salt = (
        who.potassium
        + p.potassium_kidney * (1.0 - filtration)
        + 4.0 * acid
        - 1.2 * body.dialysis * (1.0 - filtration)
    )
    body.potassium = _toward(body.potassium, max(2.8, salt), 0.06, step)
    return filtration


@numba.njit
def advance_chemistry(body, who, p, step):
    """Lactate, acid, temperature, sugar, liver values, proteins and white cells one step later."""
    clearing = p.lactate_clear * (1.0 - p.lactate_liver * body.liver) * (0.4 + 0.6 * (1.0 - body.debt))
    made = p.lactate_clear * who.lactate + p.lactate_stress * body.dilation**2 + p.lactate_debt * body.debt
    body.lactate = min(28.0, _toward(body.lactate, made / clearing, clearing, step))
    acid = who.bicarbonate - p.acid_lactate * (body.lactate - 1.0) - p.acid_urea * max(0.0, body.urea - 40.0)
    body.bicarbonate = _toward(
        body.bicarbonate, max(6.0, acid + 4.0 * body.dialysis * body.kidney), 0.5, step
    )
    fever = p.fever * who.fever * body.dilation - p.cold * body.heart * body.toxicity
    body.temperature = _toward(body.temperature, 36.8 + fever, p.temperature_rate, step)
    sugar = (
        who.glucose * (1.0 + p.sugar_stress * body.dilation + p.sugar_steroid * body.steroid)
        - 55.0 * body.insulin
    )
    body.glucose = _toward(body.glucose, max(70.0, sugar), 0.25, step)
    body.bilirubin = _toward(
        body.bilirubin, who.bilirubin * (1.0 + p.bilirubin_gain * body.liver**1.5), p.bilirubin_rate, step
    )
    body.alt = _toward(
        body.alt, who.alt + 900.0 * body.liver**2 + 2000.0 * body.debt**2 * body.liver, 0.06, step
    )
    body.albumin = _toward(
        body.albumin, who.albumin * (1.0 - 0.35 * body.dilation - 0.1 * body.liver), 0.03, step
    )
    body.crp = _toward(body.crp, who.crp + p.crp_gain * who.acute * body.dilation, p.crp_rate, step)
    live = body.blood + body.blood_resistant + 0.3 * (body.source + body.source_resistant)
    endotoxin = live / (live + 0.3)
    body.procalcitonin = _toward(
        body.procalcitonin,
        0.08 + p.procalcitonin_gain * who.acute * body.dilation * (0.1 + endotoxin),
        0.03,
        step,
    )
    white = (
        who.white_cells
        * (1.0 + p.white_gain * who.acute * body.dilation - p.white_loss * body.marrow)
        * (1 + 0.4 * body.steroid)
    )
    body.white_cells = _toward(body.white_cells, max(0.4, white), 0.12, step)
    body.bands = _toward(
        body.bands,
        who.bands + p.bands_gain * who.acute * body.dilation * (0.4 + 0.6 * body.toxicity),
        0.1,
        step,
    )
    thin = who.hemoglobin * (1.0 - p.dilution * (body.volume / who.volume - 1.0)) - 2.0 * body.toxicity
    body.hemoglobin = _toward(body.hemoglobin, max(6.5, thin - body.draws * 0.01), 0.05, step)
    body.sodium = _toward(body.sodium, who.sodium + 2.0 * (1.0 - body.volume / who.volume) * 10.0, 0.03, step)
    low = min(1.0, max(0.0, 50.0 - body.pressure) / 25.0)
    asleep = 1.0 - p.coma * body.brain**1.2 - 0.4 * low - 0.3 * max(0.0, 0.75 - body.saturation) / 0.3
    body.gcs = 3.0 + 12.0 * min(1.0, max(0.0, asleep * who.clarity))
