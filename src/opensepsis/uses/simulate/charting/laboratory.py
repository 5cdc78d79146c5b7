"""What the laboratory reports: panels ordered by severity and habit, rounding, assay noise, delay, and corrected results."""

import numba
import numpy as np

from opensepsis.uses.simulate.charting.events import (
    ALBUMIN,
    ALT,
    APTT,
    BANDS,
    BICARBONATE,
    BILIRUBIN,
    BUN,
    CONCEPTS,
    CREATININE,
    CRP,
    D_DIMER,
    FIBRINOGEN,
    GLUCOSE,
    HEMOGLOBIN,
    INR,
    LABORATORY,
    LACTATE,
    LYMPHOCYTES,
    NEUTROPHILS,
    NO_TEXT,
    PACO2,
    PAO2,
    PH,
    PLATELETS,
    POTASSIUM,
    PROCALCITONIN,
    PT,
    SODIUM,
    WBC,
    clock_of,
    note,
    to_clock,
    write,
)
from opensepsis.uses.simulate.charting.staff_habits import written_time
from opensepsis.uses.simulate.physiology.coagulation import inr
from opensepsis.uses.simulate.physiology.state import NEVER_YET, STEP
from opensepsis.uses.simulate.randomness import normal, uniform

_NOISE, _DELAY, _WRONG, _HABIT, _GAP, _LOST = np.array([60, 61, 62, 63, 64, 65])
# Assay noise (sd of the logarithm) and decimals of each result.
ASSAYS = {
    CREATININE: (0.03, 1),
    BUN: (0.03, 0),
    POTASSIUM: (0.05, 1),
    SODIUM: (0.01, 0),
    BICARBONATE: (0.05, 0),
    GLUCOSE: (0.1, 0),
    BILIRUBIN: (0.05, 1),
    ALT: (0.08, 0),
    ALBUMIN: (0.03, 1),
    CRP: (0.05, 1),
    PROCALCITONIN: (0.08, 2),
    WBC: (0.05, 1),
    PLATELETS: (0.05, 0),
    HEMOGLOBIN: (0.025, 1),
    NEUTROPHILS: (0.04, 1),
    LYMPHOCYTES: (0.1, 1),
    BANDS: (0.25, 0),
    INR: (0.03, 1),
    PT: (0.03, 1),
    APTT: (0.06, 1),
    FIBRINOGEN: (0.06, 0),
    D_DIMER: (0.08, 2),
    PH: (0.0015, 2),
    PACO2: (0.035, 0),
    PAO2: (0.05, 0),
    LACTATE: (0.1, 1),
}
SPREAD, SCALE = np.zeros(len(CONCEPTS)), np.ones(len(CONCEPTS))
for _concept, (_spread, _digits) in ASSAYS.items():
    SPREAD[_concept], SCALE[_concept] = _spread, 10.0**_digits


@numba.njit
def _result(body, key, count, concept, at, known, value, p, events):
    """One result with assay noise; now and then lost, or wrong at first and corrected hours later under the same row."""
    if uniform(key, _LOST, count + concept) < p.lost_specimen:
        return
    scale = SCALE[concept]
    true = np.round(value * np.exp(SPREAD[concept] * normal(key, _NOISE, count + concept)) * scale) / scale
    draw = uniform(key, _WRONG, count + concept)
    if draw < p.correction:
        wrong = np.round(true * (1.0 + 0.35 * (1.0 if draw < 0.6 * p.correction else -0.6)) * scale) / scale
        row = note(events, body, concept, NO_TEXT, LABORATORY, at, known, wrong)
        write(
            events,
            body,
            concept,
            NO_TEXT,
            LABORATORY,
            row,
            at,
            -1e9,
            known + 1.0 + 9.0 * draw / p.correction,
            true,
        )
    else:
        note(events, body, concept, NO_TEXT, LABORATORY, at, known, true)


@numba.njit
def _to_morning(t, who, body):
    """Hours until the morning round at about five."""
    clock = (who.clock + t - body.admitted) % 24.0
    wait = (5.0 - clock) % 24.0
    return wait if wait > 2.5 else wait + 24.0


@numba.njit
def _known(key, count, at, hours):
    return at + hours * np.exp(0.4 * normal(key, _DELAY, count))


@numba.njit
def draw_blood(body, who, p, key, t, events):
    """Every panel that is due now."""
    count = int(t * 4.0) * 64
    at = t + 0.2 * uniform(key, _GAP, count)
    syringe = at
    at = written_time(body, who, t, at, uniform(key, _GAP, count + 8))
    if t >= body.next_chemistry:
        _chemistry(body, who, p, key, count, t, at, events)
    if t >= body.next_counts:
        _counts(body, who, p, key, count, t, at, events)
    if t >= body.next_clotting:
        _clotting(body, who, p, key, count, t, at, events)
    if t >= body.next_gases:
        _gases(body, who, p, key, count, t, syringe, events)
    if t >= body.next_lactate or (body.lactate_seen == NEVER_YET and t >= body.suspected + 0.3):
        _lactate(body, who, p, key, count, t, syringe, events)
    if t + STEP > body.next_glucose:
        _sugar(body, who, key, count, max(t, body.next_glucose), events)


@numba.njit
def _chemistry(body, who, p, key, count, t, at, events):
    known = _known(key, count, at, 0.9)
    body.draws += 1.0
    _result(body, key, count, CREATININE, at, known, body.creatinine, p, events)
    _result(body, key, count, BUN, at, known, body.urea, p, events)
    _result(body, key, count, POTASSIUM, at, known, body.potassium, p, events)
    _result(body, key, count, SODIUM, at, known, body.sodium, p, events)
    _result(body, key, count, BICARBONATE, at, known, body.bicarbonate, p, events)
    _result(body, key, count, GLUCOSE, at, known, body.glucose, p, events)
    # Some are followed for their liver, most only looked at once.
    followed = 0.5 if who.luck_switch < 0.32 or body.bilirubin > 4.0 else 0.04
    liver = uniform(key, _HABIT, count) < (0.6 if t - body.admitted < 2.0 else followed)
    if liver:
        late = _known(key, count + 1, at, 1.1)
        part = uniform(key, _HABIT, count + 17)
        if part > 0.07:
            _result(body, key, count, BILIRUBIN, at, late, body.bilirubin, p, events)
        if part < 0.95:
            _result(body, key, count, ALT, at, late, body.alt, p, events)
    if uniform(key, _HABIT, count + 9) < (0.3 if liver else 0.02):
        _result(body, key, count, ALBUMIN, at, _known(key, count + 1, at, 1.1), body.albumin, p, events)
    if who.habit_crp > 0.0 and (body.suspected < t + 1.0 or liver):
        _result(body, key, count, CRP, at, _known(key, count + 2, at, 1.2), body.crp, p, events)
    if who.habit_procalcitonin > 0.0 and body.suspected < t + 1.0 and uniform(key, _HABIT, count + 1) < 0.4:
        late = _known(key, count + 3, at, 2.5)
        _result(body, key, count, PROCALCITONIN, at, late, body.procalcitonin, p, events)
    often = (
        (15.0 if body.norepinephrine > 0.0 else 24.0)
        if body.icu > 0.0
        else (12.0 if body.news >= 7.0 else 24.0)
    )
    often *= who.habit_wait * np.exp(0.4 * normal(key, _GAP, count + 6))
    morning = _to_morning(t, who, body)
    body.next_chemistry = (
        t + (min(often, morning) if morning > 5.0 else morning) + 0.7 * uniform(key, _GAP, count + 1)
    )
    if body.icu == 0.0 and body.news < 2.0 and uniform(key, _HABIT, count + 2) < 0.3:
        body.next_chemistry += 24.0


@numba.njit
def _counts(body, who, p, key, count, t, at, events):
    known = _known(key, count + 4, at, 0.7)
    white = body.white_cells
    _result(body, key, count, WBC, at, known, white, p, events)
    _result(body, key, count, PLATELETS, at, known, body.platelets, p, events)
    _result(body, key, count, HEMOGLOBIN, at, known, body.hemoglobin, p, events)
    if uniform(key, _HABIT, count + 3) < (0.35 if t - body.admitted < 2.0 else 0.05):
        share = min(0.93, 0.62 + 0.22 * body.dilation)
        late = _known(key, count + 5, at, 1.5)
        _result(body, key, count, NEUTROPHILS, at, late, white * share, p, events)
        _result(body, key, count, LYMPHOCYTES, at, late, white * (0.9 - share) + 0.1, p, events)
        if uniform(key, _HABIT, count + 4) < 0.6:
            seen = body.bands if uniform(key, _HABIT, count + 14) < 0.6 else 0.0
            _result(body, key, count, BANDS, at, late, seen, p, events)
    body.next_counts = body.next_chemistry if body.next_chemistry > t else t + 24.0
    if body.icu > 0.0 and who.habit_counts > 0.0:
        body.next_counts = min(body.next_counts, t + 7.5 * np.exp(0.4 * normal(key, _GAP, count + 9)))
    elif body.next_counts - t < 11.0 and uniform(key, _HABIT, count + 5) < 0.4:
        body.next_counts += 12.0


@numba.njit
def _clotting(body, who, p, key, count, t, at, events):
    known = _known(key, count + 6, at, 1.0)
    ratio = inr(body, p)
    dosed = who.heparin > 1.5 and body.icu > 0.0  # whose heparin is adjusted by the aPTT
    if not dosed or uniform(key, _HABIT, count + 18) < 0.5:
        _result(body, key, count, INR, at, known, ratio * who.reagent, p, events)
        _result(body, key, count, PT, at, known, 11.7 * (ratio * who.reagent) ** 0.95, p, events)
    if uniform(key, _HABIT, count + 16) < 0.95:
        _result(body, key, count, APTT, at, known, 27.0 * (0.4 + 0.6 * ratio) * who.heparin, p, events)
    asked = 0.6 if body.platelets < 80.0 else (0.25 if who.habit_fibrinogen > 0.0 else 0.02)
    if body.icu > 0.0 and uniform(key, _HABIT, count + 6) < asked:
        _result(body, key, count, FIBRINOGEN, at, known, body.fibrinogen, p, events)
        _result(body, key, count, D_DIMER, at, known + 0.5, body.d_dimer, p, events)
    if body.icu > 0.0 or ratio > 1.5:
        often = (
            (8.0 if dosed else (11.0 if who.habit_clotting < 0.1 else 30.0))
            * who.habit_wait
            * np.exp(0.5 * normal(key, _GAP, count + 7))
        )
        skipped = 24.0 if uniform(key, _HABIT, count + 15) < 0.6 * who.habit_clotting else 0.0
        body.next_clotting = (
            t + min(often + skipped, _to_morning(t, who, body) + skipped) + uniform(key, _GAP, count + 2)
        )
    else:
        body.next_clotting = t + 48.0 + 48.0 * uniform(key, _GAP, count + 2)


@numba.njit
def _gases(body, who, p, key, count, t, at, events):
    known = _known(key, count + 7, at, 0.12)
    body.draws += 0.3
    _result(body, key, count, PH, at, known, body.ph, p, events)
    _result(body, key, count, PACO2, at, known, body.paco2, p, events)
    _result(body, key, count, PAO2, at, known, body.pao2, p, events)
    if uniform(key, _HABIT, count + 7) < 0.35:
        _result(body, key, count, LACTATE, at, known, body.lactate, p, events)
        body.lactate_seen = t
    if uniform(key, _HABIT, count + 11) < (0.8 if who.habit_salts < 0.3 else 0.04):
        # The same machine tells salts and haemoglobin.
        _result(body, key, count + 32, POTASSIUM, at, known, body.potassium, p, events)
        if uniform(key, _HABIT, count + 19) < 0.6:
            _result(body, key, count + 32, HEMOGLOBIN, at, known, body.hemoglobin, p, events)
        if uniform(key, _HABIT, count + 12) < 0.5:
            _result(body, key, count + 32, SODIUM, at, known, body.sodium, p, events)
    if body.device == 4.0:
        gap = 8.0
    elif body.device >= 3.0 or (who.habit_gases > 0.0 and (body.device >= 2.0 or body.norepinephrine > 0.0)):
        gap = 10.0
    else:
        gap = 1000.0
    body.next_gases = t + gap * who.habit_wait * np.exp(0.6 * normal(key, _GAP, count + 3))


@numba.njit
def _lactate(body, who, p, key, count, t, at, events):
    _result(body, key, count + 32, LACTATE, at, _known(key, count + 8, at, 0.4), body.lactate, p, events)
    if uniform(key, _HABIT, count + 13) < 0.3:
        # From a vein, with a pH.
        _result(body, key, count + 32, PH, at, _known(key, count + 8, at, 0.4), body.ph - 0.03, p, events)
    body.lactate_seen = t
    # The first high one is repeated within hours, the later ones are looked at a few times a day.
    again = 6.0 if t - body.admitted < 12.0 else 18.0
    gap = again if body.lactate > 2.0 else (24.0 if body.icu > 0.0 and body.norepinephrine > 0.0 else 1000.0)
    body.next_lactate = t + gap * who.habit_wait * np.exp(0.5 * normal(key, _GAP, count + 4))


@numba.njit
def _sugar(body, who, key, count, at, events):
    value = np.round(body.glucose * np.exp(0.12 * normal(key, _NOISE, count + 63)))
    note(events, body, GLUCOSE, NO_TEXT, LABORATORY, at, at + 0.02, value)
    looked = body.icu > 0.0 and (who.habit_sugar > 0.35 or who.diabetes > 0.0 or body.glucose > 180.0)
    gap = 2.0 if body.insulin > 0.0 else (7.0 if looked else (9.0 if body.glucose > 170.0 else 30.0))
    body.next_glucose = at + gap * who.habit_wait * np.exp(0.35 * normal(key, _GAP, count + 5))
    if uniform(key, _HABIT, count + 10) < (0.1 if who.habit_round < 0.13 else 0.96):
        # Bedside sugars go with the round on the full hour.
        hour = np.round(clock_of(body, who, body.next_glucose))
        body.next_glucose = to_clock(body, who, body.next_glucose, hour)
    body.next_glucose = max(body.next_glucose, at + STEP)
