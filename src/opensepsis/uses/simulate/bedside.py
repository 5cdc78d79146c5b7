"""What nurses and monitors chart: cadence by severity, rounding, device noise, artefacts, gaps and late filing. Own calibration."""

import numba
import numpy as np

from opensepsis.uses.simulate.charting import (
    ALERT,
    CONFUSED,
    CONSCIOUSNESS,
    DIASTOLIC,
    FIO2,
    FLOWSHEET,
    GCS_EYE,
    GCS_MOTOR,
    GCS_TOTAL,
    GCS_VERBAL,
    HEART_RATE,
    MEAN,
    MONITOR,
    NO_TEXT,
    OXYGEN_FLOW,
    RASS,
    RESPIRATORY_RATE,
    SPO2,
    SYSTOLIC,
    TEMPERATURE,
    TO_PAIN,
    TO_VOICE,
    UNRESPONSIVE,
    URINE,
    note,
)
from opensepsis.uses.simulate.randomness import normal, uniform

_TIME, _GAP, _NOISE, _FAULT = np.array([50, 51, 52, 53])


@numba.njit
def cadence(body, t):
    """Hours between two rounds of observations: hourly in intensive care and at first, rarer on a quiet ward."""
    if body.icu > 0.0 or body.norepinephrine > 0.0:
        return 1.0
    if t - body.admitted < 6.0:
        return 1.5
    if body.news >= 7.0:
        return 1.0
    if body.news >= 5.0:
        return 2.0
    return 4.0 if body.news >= 2.0 else 6.0


@numba.njit
def observe(body, who, p, key, t, events):
    """One round of observations when it is due."""
    if t < body.next_vitals:
        return
    count = int(t * 4.0) * 32
    gap = cadence(body, t)
    spread = 0.12 if body.icu > 0.0 else 0.3
    body.next_vitals = t + max(0.25, gap * (1.0 + spread * normal(key, _GAP, count)))
    at = t + 0.24 * uniform(key, _TIME, count)
    wait = (0.35 if body.icu > 0.0 else 0.15) * -np.log(uniform(key, _TIME, count + 1))
    _pulse_and_pressure(body, who, p, key, count, at, at + wait, events)
    _breaths_and_heat(body, p, key, count, at, at + wait, events)
    _oxygen(body, key, count, at, at + wait, events)
    if t >= body.next_coma:
        body.next_coma = t + (3.7 if body.icu > 0.0 else (5.0 if body.gcs < 14.0 else 11.0))
        _consciousness(body, key, count, at, at + wait, events)


@numba.njit
def _missing(key, count, chance):
    return uniform(key, _GAP, count) < chance


@numba.njit
def _pulse_and_pressure(body, who, p, key, count, at, known, events):
    fault = uniform(key, _FAULT, count)
    if not _missing(key, count + 2, p.gap_vitals):
        rate = body.rate + 2.5 * normal(key, _NOISE, count)
        rate = 2.0 * rate if fault < 0.4 * p.artefact else rate
        note(events, body, HEART_RATE, NO_TEXT, MONITOR, at, known, np.round(rate))
    if _missing(key, count + 3, p.gap_vitals):
        return
    line = body.norepinephrine > 0.0 or body.device == 4.0
    noise = 2.0 if line else 4.5
    mean = body.pressure + noise * normal(key, _NOISE, count + 1)
    stroke = 1000.0 * body.output / body.rate
    pulse = max(
        14.0, who.pulse_pressure * (stroke / who.stroke_rest) * (0.9 + 0.1 * normal(key, _NOISE, count + 2))
    )
    systolic, diastolic = mean + 0.62 * pulse, mean - 0.38 * pulse
    if fault > 1.0 - p.artefact:
        systolic, diastolic, mean = (
            (290.0, 180.0, 230.0) if line else (systolic - 35.0, diastolic - 20.0, mean - 26.0)
        )
    note(events, body, SYSTOLIC, NO_TEXT, MONITOR, at, known, max(30.0, np.round(systolic)))
    note(events, body, DIASTOLIC, NO_TEXT, MONITOR, at, known, max(10.0, np.round(diastolic)))
    note(events, body, MEAN, NO_TEXT, MONITOR, at, known, max(18.0, np.round(mean)))


@numba.njit
def _breaths_and_heat(body, p, key, count, at, known, events):
    if not _missing(key, count + 4, p.gap_vitals):
        breaths = np.round(body.breaths + 1.6 * normal(key, _NOISE, count + 3))
        # Ward staff count half a minute and double it.
        if body.icu == 0.0:
            breaths = 2.0 * np.round(breaths / 2.0)
        note(events, body, RESPIRATORY_RATE, NO_TEXT, FLOWSHEET, at, known, max(4.0, breaths))
    gap = 0.72 if body.icu > 0.0 else 0.12
    if not _missing(key, count + 5, gap):
        heat = body.temperature + 0.2 * normal(key, _NOISE, count + 4)
        if uniform(key, _FAULT, count + 1) < p.artefact:
            heat -= 1.8
        note(events, body, TEMPERATURE, NO_TEXT, FLOWSHEET, at, known, np.round(10.0 * heat) / 10.0)


@numba.njit
def _oxygen(body, key, count, at, known, events):
    if not _missing(key, count + 6, 0.05):
        spo2 = 100.0 * body.saturation + 1.2 * normal(key, _NOISE, count + 5)
        if uniform(key, _FAULT, count + 2) < 0.006:
            spo2 -= 25.0
        note(events, body, SPO2, NO_TEXT, MONITOR, at, known, min(100.0, np.round(spo2)))
    if body.device >= 2.0 and not _missing(key, count + 7, 0.35):
        setting = np.round(20.0 * body.fio2) / 20.0
        note(events, body, FIO2, NO_TEXT, FLOWSHEET, at, known, min(1.0, max(0.21, setting)))
    elif body.device == 1.0 and not _missing(key, count + 7, 0.2):
        flow = max(1.0, np.round((body.fio2 - 0.21) / 0.04))
        note(events, body, OXYGEN_FLOW, NO_TEXT, FLOWSHEET, at, known, min(15.0, flow))


@numba.njit
def _consciousness(body, key, count, at, known, events):
    gcs = min(15.0, max(3.0, np.round(body.gcs + 0.35 * normal(key, _NOISE, count + 6))))
    if body.sedation > 0.0:
        depth = -2.0 + np.round(0.9 * normal(key, _NOISE, count + 7))
        note(events, body, RASS, NO_TEXT, FLOWSHEET, at, known, min(1.0, max(-5.0, depth)))
        gcs = max(3.0, min(gcs, 9.0 + np.round(depth)))
    eye = 4.0 if gcs >= 14.0 else (3.0 if gcs >= 10.0 else (2.0 if gcs >= 7.0 else 1.0))
    motor = 6.0 if gcs >= 11.0 else max(1.0, min(6.0, gcs - eye - 1.0))
    verbal = max(1.0, min(5.0, gcs - eye - motor))
    if body.device == 4.0:
        verbal = 1.0
    motor = max(1.0, min(6.0, motor))
    if body.icu > 0.0:
        note(events, body, GCS_EYE, NO_TEXT, FLOWSHEET, at, known, eye)
        note(events, body, GCS_VERBAL, NO_TEXT, FLOWSHEET, at, known, verbal)
        note(events, body, GCS_MOTOR, NO_TEXT, FLOWSHEET, at, known, motor)
        note(events, body, GCS_TOTAL, NO_TEXT, FLOWSHEET, at, known, eye + verbal + motor)
        return
    word = ALERT if gcs >= 15.0 else (CONFUSED if gcs >= 13.0 else (TO_VOICE if gcs >= 10.0 else TO_PAIN))
    word = UNRESPONSIVE if gcs < 6.0 else word
    note(events, body, CONSCIOUSNESS, word, FLOWSHEET, at, known, np.nan)
    if gcs < 15.0 or uniform(key, _GAP, count + 9) < 0.4:
        note(events, body, GCS_TOTAL, NO_TEXT, FLOWSHEET, at, known, eye + verbal + motor)


@numba.njit
def measure_urine(body, who, key, t, step, events):
    """Urine collected since the last emptying, hourly with a catheter and per void or shift without."""
    body.urine_pot += body.urine * who.weight * step
    if t < body.next_urine:
        return
    count = int(t * 4.0)
    catheter = body.icu > 0.0 or body.norepinephrine > 0.0
    body.next_urine = t + (1.0 if catheter else 5.0 + 2.0 * uniform(key, _GAP, count + 700000))
    if catheter or uniform(key, _GAP, count + 800000) < 0.55:
        amount = 5.0 * np.round(body.urine_pot * (1.0 + 0.08 * normal(key, _NOISE, count + 900000)) / 5.0)
        note(events, body, URINE, NO_TEXT, FLOWSHEET, t, t + 0.2, max(0.0, amount))
    body.urine_pot = 0.0
