"""One patient from the first bacteria to the end: the loop that joins biology, care and chart."""

import hashlib
from functools import cache
from pathlib import Path

import numba
import numpy as np

from opensepsis.uses.simulate.bedside import measure_urine, observe
from opensepsis.uses.simulate.breathing import settle_breathing
from opensepsis.uses.simulate.charting import EVENT
from opensepsis.uses.simulate.circulation import exchange_volume, owe_oxygen, settle_circulation
from opensepsis.uses.simulate.clotting import advance_clotting
from opensepsis.uses.simulate.infection import advance_infection, may_die_out
from opensepsis.uses.simulate.laboratory import draw_blood
from opensepsis.uses.simulate.organs import advance_chemistry, advance_kidney, harm_organs
from opensepsis.uses.simulate.outcome import cause_of_death, hazard_of_death, news, true_sofa
from opensepsis.uses.simulate.placement import admit, close_chart, place
from opensepsis.uses.simulate.randomness import normal, patient_key
from opensepsis.uses.simulate.state import NEVER_YET, STEP, TRUTH
from opensepsis.uses.simulate.support import (
    give_fluids,
    give_insulin,
    support_breathing,
    support_kidneys,
    titrate_vasopressors,
)
from opensepsis.uses.simulate.treatment import (
    concentration_ratio,
    control_source,
    give_antibiotics,
    recognise,
    take_cultures,
)

LONGEST_AT_HOME = 120.0  # h of illness before somebody brings the patient
_GROWTH, _ACTIVATION, _TONE, _RATE, _BREATH, _BLOOD, _SOURCE = np.array([10, 11, 12, 13, 14, 15, 16])


@numba.njit
def begin(body, who, p):
    """The healthy (or chronically ill) state before anything happens."""
    body.mediator = p.anti_inflammatory_supply / p.anti_inflammatory_decay
    body.anticoagulant, body.fibrinogen, body.d_dimer = 1.0, 300.0, 0.4
    body.platelets, body.clotting_factors = who.platelets, who.clotting_factors
    body.volume, body.reflex, body.rate, body.output = who.volume, 0.5, who.rate, 5.0
    body.fio2, body.saturation, body.pao2, body.paco2, body.ph = 0.21, 0.96, 90.0, who.paco2, 7.4
    body.breaths, body.temperature, body.pressure, body.filling = who.breaths, 36.8, who.set_pressure, 8.0
    body.lactate, body.creatinine, body.urea = who.lactate, who.creatinine, 16.0 * who.creatinine**0.5
    body.bilirubin, body.albumin, body.hemoglobin = who.bilirubin, who.albumin, who.hemoglobin
    body.glucose, body.crp, body.procalcitonin, body.white_cells = who.glucose, 4.0, 0.08, who.white_cells
    body.bands, body.potassium, body.sodium, body.bicarbonate = 2.0, who.potassium, who.sodium, who.bicarbonate
    body.alt, body.gcs, body.urine = 25.0, 3.0 + 12.0 * who.clarity, 1.0
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
    if who.source_start > 0.0 and abs(t - who.infection_start) < STEP / 2.0:
        body.source = who.source_start
        body.source_resistant = who.source_start * who.resistant_start
    body.blood = may_die_out(body.blood, key, _BLOOD, count)
    body.blood_resistant = may_die_out(body.blood_resistant, key, _BLOOD + 100, count)
    body.source = may_die_out(body.source, key, _SOURCE, count)
    body.source_resistant = may_die_out(body.source_resistant, key, _SOURCE + 100, count)


@numba.njit
def biology(body, who, p, key, count, t, intake, filtration):
    """A quarter of an hour of the body; answers the kidneys' filtration."""
    _disturb(body, p, key, count)
    _infect(body, who, key, count, t)
    injury = who.injury if who.injury_hours > t >= 0.0 else 0.0
    advance_infection(body, who, p, STEP, concentration_ratio(body, who), injury)
    bacteria = body.source + body.source_resistant
    local = who.local_disease
    if who.site == 0.0:
        local = min(0.9, local + bacteria / (bacteria + p.local_half))
    harm_organs(body, who, p, STEP, local)
    advance_clotting(body, who, p, STEP)
    bleed = who.bleed if t < 16.0 else 0.0
    diuretic = 0.15 if who.kind == 1.0 and body.filling > 9.0 and body.admitted < t else 0.0
    losses = (
        body.urine * who.weight / 1000.0 + 0.03 + bleed + diuretic + 0.1 * body.dialysis * (body.volume > who.volume)
    )
    exchange_volume(body, who, p, intake, losses, STEP)
    settle_circulation(body, who, p)
    settle_breathing(body, who, p, local)
    owe_oxygen(body, who, p)
    filtration = advance_kidney(body, who, p, STEP)
    advance_chemistry(body, who, p, STEP)
    return filtration


@numba.njit
def _judge(body, who, t):
    """True organ points, and the true onset of sepsis and of shock."""
    body.sofa = true_sofa(body)
    body.news = news(body)
    infected = who.source_start > 0.0 and t > who.infection_start
    if infected and body.onset == NEVER_YET and body.sofa - body.sofa_start >= 2.0 and body.phagocytes > 0.05:
        body.onset = t
    if infected and body.shock_onset == NEVER_YET and body.norepinephrine > 0.0 and body.lactate > 2.0:
        body.shock_onset = t
    body.worst_sofa = max(body.worst_sofa, body.sofa)


@numba.njit
def treat(body, who, care, p, key, t, filtration, events):
    """Everything the team does now; answers the fluid that flows in (L/h)."""
    recognise(body, who, care, t)
    take_cultures(body, who, care, p, key, t, events)
    give_antibiotics(body, who, care, p, key, t, STEP, filtration, events)
    control_source(body, who, care, p, t)
    titrate_vasopressors(body, who, care, t, events)
    support_breathing(body, who, care, t, events)
    support_kidneys(body, who, care, t, events)
    give_insulin(body, care, t, events)
    return give_fluids(body, who, care, t, events)


@numba.njit
def _arrives(body, who, t):
    """Home ends some time after the patient feels ill, at once when very ill, and at the latest after five days."""
    if body.symptoms == NEVER_YET and (body.cytokine > who.symptom_threshold or who.kind > 0.0):
        body.symptoms = t
    ill = t - body.symptoms > who.symptom_delay or body.news >= 8.0
    return who.hospital > 0.0 or ill or t > LONGEST_AT_HOME


@numba.njit
def _keep_truth(body, truth, row):
    if row < len(truth):
        for column, value in enumerate((
            body.source + body.source_resistant, body.blood + body.blood_resistant, body.phagocytes, body.damage,
            body.mediator, body.cytokine, body.thrombin, body.platelets, body.lung, body.heart, body.kidney, body.liver,
            body.brain, body.pressure, body.rate, body.output, body.volume, body.lactate, body.creatinine, body.pao2,
            body.fio2, body.temperature, body.norepinephrine, body.sofa, body.news, body.hazard, body.level_a,
        )):  # fmt: skip
            truth[row, column] = value


@numba.njit
def live(body, who, care, p, key, hours, every, truth, events):
    """The whole course: at home, in hospital for at most `hours`, and, after discharge, only the hazard of death."""
    begin(body, who, p)
    filtration, count, left, row = 1.0, 0, hours, 0
    inside = False
    while left > 0.0:
        t = count * STEP
        intake = who.thirst * (1.0 + 6.0 * max(0.0, 1.0 - body.volume / who.volume))
        if inside:
            intake = treat(body, who, care, p, key, t, filtration, events)
        filtration = biology(body, who, p, key, count, t, intake, filtration)
        if count == 0:
            body.sofa_start = true_sofa(body)
        _judge(body, who, t)
        if not inside and _arrives(body, who, t):
            inside = True
            admit(body, who, t, events)
        if inside:
            observe(body, who, p, key, t, events)
            measure_urine(body, who, key, t, STEP, events)
            draw_blood(body, who, p, key, t, events)
            place(body, who, care, p, t, events)
            if (count - int(body.admitted / STEP)) % every == 0:
                _keep_truth(body, truth, row)
                row += 1
            left -= STEP
            body.hazard += STEP * hazard_of_death(body, who, p)
            if body.hazard > who.death_draw:
                body.died = t + STEP
                body.cause = cause_of_death(body)
                break
            if body.discharged < NEVER_YET:
                _go_home(body, who, p, t, left)
                break
        count += 1
    close_chart(body, who, min(min(body.died, body.discharged), body.admitted + hours), events)
    return row


@numba.njit
def _go_home(body, who, p, t, left):
    """After discharge the daily hazard is small and rests on frailty."""
    daily = p.hazard_home * np.exp(p.hazard_frailty * (who.frailty - 0.3) + p.hazard_age * (who.age - 65.0))
    wait = (who.death_draw - body.hazard) / daily * 24.0
    if wait < left:
        body.died, body.cause = t + wait, 5.0


@cache
def compiled():
    """The kernel that runs a block of patients, kept on disk and rebuilt when any file of this folder changes."""
    folder = Path(__file__).parent
    source = b"".join(path.read_bytes() for path in sorted(folder.glob("*.py")))
    edition = int.from_bytes(hashlib.sha256(source).digest()[:7], "big")

    @numba.njit(nogil=True, cache=True, error_model="numpy")
    def run(seed, first, who, care, p, hours, every, states, truth, rows, events):
        for i in range(len(states)):
            rows[i] = live(states[i], who[i], care, p, patient_key(seed, first + i), hours, every, truth[i], events[i])
        return edition

    return run


def empty_buffers(count: int, hours: int, every: int, charted: bool):
    """Room for the truth and the chart of a block of patients.

    >>> empty_buffers(2, 24, 4, False)[1].shape
    (2, 0)
    """
    truth = np.zeros((count, hours * 4 // every + 1 if every else 0, len(TRUTH)), np.float32)
    room = (400 + 34 * hours) if charted else 0
    return truth, np.zeros((count, room), dtype=EVENT)
