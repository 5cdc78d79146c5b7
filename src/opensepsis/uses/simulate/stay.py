"""One patient from the first bacteria to the end: the loop that joins biology, care and chart."""

import hashlib
from functools import cache
from pathlib import Path

import numba
import numpy as np

from opensepsis.uses.simulate.care.organ_support import (
    give_fluids,
    give_insulin,
    support_breathing,
    support_kidneys,
    titrate_vasopressors,
)
from opensepsis.uses.simulate.care.placement import admit, close_chart, place
from opensepsis.uses.simulate.care.treatment import (
    concentration_ratio,
    control_source,
    give_antibiotics,
    recognise,
    take_cultures,
)
from opensepsis.uses.simulate.charting.events import EVENT
from opensepsis.uses.simulate.charting.laboratory import draw_blood
from opensepsis.uses.simulate.charting.vital_signs import measure_urine, observe
from opensepsis.uses.simulate.physiology.outcome import (
    cause_of_death,
    hazard_of_death,
    news,
    true_sofa,
    wear_out,
)
from opensepsis.uses.simulate.physiology.state import NEVER_YET, STEP, TRUTH
from opensepsis.uses.simulate.physiology.step import begin, biology
from opensepsis.uses.simulate.randomness import patient_key

_CONSTANTS = ("microbes.py", "state.py")  # read by the kernel while it is compiled
LONGEST_AT_HOME = 120.0  # h of illness before somebody brings the patient


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
        filtration = biology(body, who, p, key, count, t, intake, concentration_ratio(body, who))
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
            wear_out(body, p, STEP)
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
    """After discharge the hazard is small: it rests on frailty and on what the illness left behind, which heals."""
    chronic = np.exp(p.hazard_frailty * (who.frailty - 0.3) + p.hazard_age * (who.age - 65.0))
    wait, hours = 0.0, 6.0
    while wait < left:
        wait += hours
        body.hazard += hours * chronic * (p.hazard_home / 24.0 + p.hazard_wear * body.wear)
        body.wear *= np.exp(-hours * p.wear_heal)
        if body.hazard > who.death_draw:
            if wait < left:
                body.died, body.cause = t + wait, 5.0
            break


@cache
def compiled():
    """The kernel that runs a block of patients, kept on disk and rebuilt when any file that goes into it changes."""
    folder = Path(__file__).parent
    texts = {path.name: path.read_bytes() for path in sorted(folder.rglob("*.py"))}
    source = b"".join(text for name, text in texts.items() if b"numba" in text or name in _CONSTANTS)
    edition = int.from_bytes(hashlib.sha256(source).digest()[:7], "big")

    @numba.njit(nogil=True, cache=True, error_model="numpy")
    def run(seed, numbers, who, care, p, hours, every, states, truth, rows, events):
        for i in range(len(states)):
            rows[i] = live(
                states[i], who[i], care, p, patient_key(seed, numbers[i]), hours, every, truth[i], events[i]
            )
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
