"""What nurses and monitors chart: cadence by severity, rounding, device noise, artefacts, gaps and late filing. Own calibration."""

import numba
import numpy as np

from opensepsis.uses.simulate.charting.events import (
    ALERT,
    CANNULA,
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
    clock_of,
    note,
    to_clock,
)
from opensepsis.uses.simulate.charting.staff_habits import (
    charted_share,
    coma_gap,
    cuff_later,
    dial,
    read_bag,
    watched,
)
from opensepsis.uses.simulate.physiology.state import STEP
from opensepsis.uses.simulate.randomness import normal, uniform

_TIME, _GAP, _NOISE, _FAULT = np.array([50, 51, 52, 53])


@numba.njit
def cadence(body, t):
    """Hours between two rounds of observations on a ward: close at first and for the ill, rare for the well."""
    if t - body.admitted < 6.0:
        return 1.5
    if body.news >= 7.0:
        return 1.0
    if body.news >= 5.0:
        return 2.0
    return 4.0 if body.news >= 2.0 else 6.0


@numba.njit
def observe(body, who, p, key, t, events):
    """One round of observations when it is due: in intensive care every full hour, and now and then in between."""
    if t + STEP <= body.next_vitals:
        return
    count = int(t * 4.0) * 32
    at = max(t, body.next_vitals)
    close = body.icu > 0.0 or body.norepinephrine > 0.0
    hour = np.floor(clock_of(body, who, at) + 1e-6)
    if close:
        between = uniform(key, _GAP, count) < who.habit_between
        wait = 0.1 + 0.8 * uniform(key, _TIME, count)
        if uniform(key, _TIME, count + 2) < 0.55:
            wait = 0.25 * np.ceil(3.0 * uniform(key, _TIME, count))
        body.next_vitals = at + wait if between else to_clock(body, who, at, hour + 1.0)
    else:
        gap = at + max(0.25, cadence(body, t) * (1.0 + 0.3 * normal(key, _GAP, count)))
        often = uniform(key, _TIME, count) < 0.45
        body.next_vitals = (
            to_clock(body, who, at, np.round(2.0 * clock_of(body, who, gap)) / 2.0) if often else gap
        )
        body.next_vitals = max(body.next_vitals, t + STEP)
    filed = at + (0.35 if close else 0.15) * -np.log(uniform(key, _TIME, count + 1))
    round_hour = hour % 4.0 == 0.0 and (not close or clock_of(body, who, at) - hour < 0.02)
    cuff = at + (cuff_later(who, key, count) if close else 0.0)
    _pulse_and_pressure(body, who, p, key, count, at, cuff, filed, events)
    _breaths_and_heat(body, who, p, key, count, at, filed, round_hour, events)
    setting = at + _later(key, count + 12, 0.17 if close else 0.0)
    _oxygen(body, who, key, count, at, setting, filed, round_hour, events)
    if t >= body.next_coma and (
        not close or round_hour or watched(body, who) or uniform(key, _GAP, count + 10) < 0.1
    ):
        body.next_coma = t + (coma_gap(body, who) if close else (5.0 if body.gcs < 14.0 else 11.0))
        late = 0.12 + 0.46 * who.habit_late**2
        scale = at + _later(key, count + 5, late if close else 0.0)
        depth = at + _later(key, count + 18, late if close else 0.0)
        _consciousness(body, key, count, scale, depth, round_hour, filed, events)


@numba.njit
def _later(key, count, chance):
    drawn = uniform(key, _TIME, count + 1)
    late = 0.7 * uniform(key, _TIME, count) if drawn < chance else 0.0
    return _to_quarter(late) if drawn < 0.1 * chance else late  # some write the quarter of the hour


@numba.njit
def _to_quarter(hours):
    return 0.25 * np.ceil(4.0 * hours)


@numba.njit
def _missing(key, count, chance):
    return uniform(key, _GAP, count) < chance


@numba.njit
def _pulse_and_pressure(body, who, p, key, count, at, cuff, known, events):
    fault = uniform(key, _FAULT, count)
    if not _missing(key, count + 2, 0.5 * p.gap_vitals):
        rate = body.rate + 2.5 * normal(key, _NOISE, count)
        rate = 2.0 * rate if fault < 0.4 * p.artefact else rate
        if uniform(key, _FAULT, count + 4) < 0.025:
            rate = 5.0 * np.round(rate / 5.0)
        note(events, body, HEART_RATE, NO_TEXT, MONITOR, at, known, np.round(rate))
    if _missing(key, count + 3, 0.7 * p.gap_vitals):
        return
    line = body.norepinephrine > 0.0 or body.device == 4.0
    noise = 3.5 if line else 5.0
    mean = body.pressure + noise * normal(key, _NOISE, count + 1)
    stroke = 1000.0 * body.output / body.rate
    pulse = max(
        14.0, who.pulse_pressure * (stroke / who.stroke_rest) * (0.9 + 0.1 * normal(key, _NOISE, count + 2))
    )
    systolic, diastolic = mean + 0.66 * pulse, mean - 0.34 * pulse
    if fault > 1.0 - p.artefact:
        systolic, diastolic, mean = (
            (290.0, 180.0, 230.0) if line else (systolic - 35.0, diastolic - 20.0, mean - 26.0)
        )
    note(events, body, SYSTOLIC, NO_TEXT, MONITOR, cuff, known, max(30.0, np.round(systolic)))
    note(events, body, DIASTOLIC, NO_TEXT, MONITOR, cuff, known, max(10.0, np.round(diastolic)))
    note(events, body, MEAN, NO_TEXT, MONITOR, cuff, known, max(18.0, np.round(mean)))


@numba.njit
def _breaths_and_heat(body, who, p, key, count, at, known, round_hour, events):
    # Both come from the same leads.
    if not _missing(key, count + 2, 0.4 * p.gap_vitals) and not _missing(
        key, count + 4, 0.1 * p.gap_vitals * who.habit_gap
    ):
        breaths = np.round(body.breaths + 1.6 * normal(key, _NOISE, count + 3))
        # Ward staff count half a minute and double it.
        if body.icu == 0.0 or uniform(key, _FAULT, count + 5) < 0.05:
            breaths = 2.0 * np.round(breaths / 2.0)
        counted = at + (_later(key, count + 20, 0.03) if body.icu > 0.0 else 0.0)
        note(events, body, RESPIRATORY_RATE, NO_TEXT, FLOWSHEET, counted, known, max(4.0, breaths))
        if counted > at and uniform(key, _FAULT, count + 17) < 0.5:  # counted once more, not later
            note(events, body, RESPIRATORY_RATE, NO_TEXT, FLOWSHEET, at, known, max(4.0, breaths))
    probe = who.habit_heat < 0.09  # a probe in the bladder or on the skin shows it all the time
    gap = (0.12 * who.habit_gap if round_hour else (0.4 if probe else 0.96)) if body.icu > 0.0 else 0.12
    if not _missing(key, count + 5, gap):
        heat = body.temperature + 0.2 * normal(key, _NOISE, count + 4)
        if uniform(key, _FAULT, count + 1) < p.artefact:
            heat -= 1.8
        # Thermometers that show tenths of a degree Fahrenheit leave few half degrees Celsius.
        shown = (np.round(10.0 * (1.8 * heat + 32.0)) / 10.0 - 32.0) / 1.8
        taken = at + (_later(key, count + 22, 0.145 * who.habit_late) if body.icu > 0.0 else 0.0)
        if taken > at and uniform(key, _TIME, count + 24) < 0.4:
            taken = at + _to_quarter(taken - at)
        note(events, body, TEMPERATURE, NO_TEXT, FLOWSHEET, taken, known, np.round(10.0 * shown) / 10.0)


@numba.njit
def _oxygen(body, who, key, count, at, setting, known, round_hour, events):
    if not _missing(key, count + 6, 0.05 * who.habit_gap**1.5):
        spo2 = 100.0 * body.saturation + who.probe + 0.9 * normal(key, _NOISE, count + 5)
        if uniform(key, _FAULT, count + 2) < 0.003:
            spo2 -= 14.0
        shown = np.round(spo2)
        if shown % 2.0 == 1.0 and uniform(key, _FAULT, count + 3) < 0.06:
            shown += 1.0  # even numbers are liked
        read = at + (_later(key, count + 16, 0.05) if body.icu > 0.0 else 0.0)
        note(events, body, SPO2, NO_TEXT, MONITOR, read, known, min(100.0, shown))
    gap = 0.2 if body.icu == 0.0 else (min(0.5, 0.15 * who.habit_gap) if round_hour else 0.94)
    if _missing(key, count + 7, gap):
        return
    if body.device >= 2.0:
        share = charted_share(body.fio2, uniform(key, _FAULT, count + 6))
        note(events, body, FIO2, NO_TEXT, FLOWSHEET, setting, known, min(1.0, max(0.21, share)))
        if body.device == 2.0 and uniform(key, _GAP, count + 13) < 0.12:
            note(events, body, OXYGEN_FLOW, NO_TEXT, FLOWSHEET, setting, known, 10.0 if share < 0.6 else 15.0)
    elif body.device == 1.0:
        flow = dial((body.fio2 - 0.21) / 0.04, uniform(key, _FAULT, count + 7))
        note(events, body, OXYGEN_FLOW, NO_TEXT, FLOWSHEET, setting, known, flow)
        if body.icu > 0.0 and body.oxygen_device != CANNULA and uniform(key, _GAP, count + 14) < 0.18:
            share = charted_share(body.fio2, uniform(key, _FAULT, count + 6))
            note(events, body, FIO2, NO_TEXT, FLOWSHEET, setting, known, max(0.21, share))
    elif body.icu > 0.0 and round_hour:
        note(events, body, FIO2, NO_TEXT, FLOWSHEET, setting, known, 0.21)


@numba.njit
def _consciousness(body, key, count, at, sedated, round_hour, known, events):
    gcs = min(15.0, max(3.0, np.round(body.gcs + 0.35 * normal(key, _NOISE, count + 6))))
    tube = body.device == 4.0
    if body.icu > 0.0:
        middle = -2.0 if body.sedation > 0.0 else -0.5 * max(0.0, 14.0 - gcs)
        depth = np.round(middle + 0.6 * normal(key, _NOISE, count + 7))
        if not _missing(key, count + 11, 0.08 if round_hour else 0.55):
            note(events, body, RASS, NO_TEXT, FLOWSHEET, sedated, known, min(2.0, max(-5.0, depth)))
        if body.sedation > 0.0:
            gcs = max(3.0, min(gcs, 9.0 + depth))
    eye = 4.0 if gcs >= 14.0 else (3.0 if gcs >= 10.0 else (2.0 if gcs >= 7.0 else 1.0))
    motor = 6.0 if gcs >= 11.0 else max(1.0, min(6.0, gcs - eye - 1.0))
    verbal = max(1.0, min(5.0, gcs - eye - motor))
    motor = max(1.0, min(6.0, motor))
    if body.icu > 0.0:
        note(events, body, GCS_EYE, NO_TEXT, FLOWSHEET, at, known, eye)
        note(events, body, GCS_MOTOR, NO_TEXT, FLOWSHEET, at, known, motor)
        # Words under a tube cannot be judged: nothing is charted, rather than a low score; now and then somebody does.
        if tube and uniform(key, _FAULT, count + 8) < 0.05:
            note(events, body, GCS_VERBAL, NO_TEXT, FLOWSHEET, at, known, 1.0)
        if not tube:
            note(events, body, GCS_VERBAL, NO_TEXT, FLOWSHEET, at, known, verbal)
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
    if t + step <= body.next_urine:
        return
    at = max(t, body.next_urine)
    count = int(t * 4.0)
    needed = body.norepinephrine > 0.0 or body.device == 4.0
    catheter = needed or (body.icu > 0.0 and who.habit_catheter < 0.8)
    hour = to_clock(body, who, at, np.floor(clock_of(body, who, at) + 1e-6) + 1.0)
    body.next_urine = hour if catheter else t + 5.0 + 2.0 * uniform(key, _GAP, count + 700000)
    share = min(1.0, max(0.2, 0.85 + 0.3 * normal(key, _NOISE, count + 900000)))
    if catheter and uniform(key, _GAP, count + 800000) < 0.4 + 0.58 * who.habit_bag**0.7:
        # What stays in the bag is read the next time.
        amount = read_bag(body.urine_pot * share, uniform(key, _GAP, count + 600000))
        at += _later(key, count + 500000, 0.005 + 0.28 * who.habit_late**3)
        note(events, body, URINE, NO_TEXT, FLOWSHEET, at, at + 0.2, amount)
        body.urine_pot = max(0.0, body.urine_pot - amount)
    elif not catheter:
        if uniform(key, _GAP, count + 800000) < 0.55:
            amount = 25.0 * np.round(body.urine_pot / 25.0)
            note(events, body, URINE, NO_TEXT, FLOWSHEET, at, at + 0.2, amount)
        body.urine_pot = 0.0
