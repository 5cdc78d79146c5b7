"""Care of the circulation, breathing, kidneys and sugar. Rules read the policy's numbers; doses are typical adult ones."""

import numba
import numpy as np

from opensepsis.uses.simulate.charting.events import (
    ADMINISTRATION,
    BALANCED,
    CANNULA,
    CONTINUOUS,
    CORTICOSTEROID,
    CRYSTALLOID,
    DIALYSIS,
    HIGH_FLOW,
    HYDROCORTISONE,
    INSULIN,
    INVASIVE,
    MASK,
    NO_TEXT,
    NONINVASIVE,
    NOREPINEPHRINE,
    OXYGEN,
    PROPOFOL,
    REGULAR,
    RESERVOIR,
    SEDATIVE,
    SUPPORT,
    VASOPRESSIN,
    VENTILATION,
    close_interval,
    note,
    open_interval,
)
from opensepsis.uses.simulate.physiology.state import NEVER_YET


@numba.njit
def give_fluids(body, who, care, t, events):
    """Boluses for low pressure or high lactate, then maintenance while the patient is ill; answers litres per hour."""
    drink = (
        who.thirst
        * (1.0 + 6.0 * max(0.0, 1.0 - body.volume / who.volume))
        * (1.0 if body.gcs > 13.0 else 0.2)
    )
    if care.fluids_given <= 0.0:
        return drink
    if body.bolus_until < NEVER_YET and t >= body.bolus_until:
        start, amount = body.bolus_start, body.bolus_amount
        note_row = body.support_bolus
        close_interval(
            events, body, CRYSTALLOID, BALANCED, ADMINISTRATION, note_row, start, t, np.round(amount * 1000.0)
        )
        body.bolus_until, body.bolus_rate = NEVER_YET, 0.0
    poor = body.pressure < care.fluids_pressure_below or body.lactate > care.fluids_lactate_above
    if body.bolus_until == NEVER_YET and poor and body.news >= 3.0:
        first = body.bolus_count == 0.0
        amount = care.fluids_bolus * who.weight / 1000.0 if first else care.fluids_further
        wet = body.lung_water > 0.8 or body.filling > 14.0 or who.kind == 1.0
        if wet:
            amount *= 0.3
        allowed = amount > 0.05 and (first or (body.fluid_given < care.fluids_further_limit and not wet))
        if allowed:
            hours = care.fluids_bolus_hours if first else 1.0
            body.bolus_count += 1.0
            body.bolus_start, body.bolus_until, body.bolus_amount = t, t + hours, amount
            body.bolus_rate, body.fluid_given = amount / hours, body.fluid_given + amount
            body.support_bolus = open_interval(
                events, body, CRYSTALLOID, BALANCED, ADMINISTRATION, t, np.round(amount * 1000.0)
            )
    ill = body.news >= 5.0 or body.icu > 0.0
    full = body.volume > 1.06 * who.volume or body.lung_water > 1.0
    body.maintenance = care.fluids_maintenance if ill and not full else 0.0
    return drink + body.bolus_rate + body.maintenance


@numba.njit
def titrate_vasopressors(body, who, care, t, events):
    """Norepinephrine in steps toward the target pressure once fluid has started; vasopressin and steroid when it takes much."""
    if care.vasopressors_given > 0.0 and body.comfort == 0.0:
        gap = care.vasopressors_target - body.pressure
        dose = body.norepinephrine
        started = dose > 0.0
        if (
            not started
            and gap > 0.0
            and (t - body.bolus_start >= 1.0 or gap > 12.0)
            and body.bolus_count > 0.0
        ):
            dose = 0.05
        # Small steps wait for the last one to have worked.
        elif started and gap > 0.0 and (gap > 5.0 or t - body.pressor_start >= 0.75):
            dose += 0.02 if gap < 5.0 else (0.04 if gap < 12.0 else 0.08)
        elif started and gap < -5.0 and t - body.pressor_start >= 0.75:
            dose -= 0.02 if dose < 0.2 else 0.04
        dose = min(care.vasopressors_highest, max(0.0, dose))
        if dose < 0.015:
            dose = 0.0
        body.norepinephrine = dose
        if dose > 0.0 and not started:
            body.pressor_since = t
            body.shock_first = min(body.shock_first, t)
        if dose == 0.0 and started:
            body.pressor_until = t
        if dose > care.vasopressors_vasopressin_above:
            body.vasopressin = 0.03
        elif dose < 0.08:
            body.vasopressin = 0.0
        _give_steroid(body, care, t, events)
    else:
        body.norepinephrine = body.vasopressin = 0.0
    _chart_rate(body, t, events)


@numba.njit
def _give_steroid(body, care, t, events):
    hard = (
        body.norepinephrine >= care.steroid_norepinephrine_above
        and t - body.pressor_since >= care.steroid_after
    )
    if care.steroid_given > 0.0 and hard and body.steroid_from == NEVER_YET:
        body.steroid_from = t
        body.steroid_next = t
    due = body.steroid_from < NEVER_YET and t >= body.steroid_next and t - body.steroid_from < 168.0
    if due and (body.norepinephrine > 0.0 or t - body.pressor_until < 24.0):
        note(events, body, CORTICOSTEROID, HYDROCORTISONE, ADMINISTRATION, t, t + 0.1, 50.0)
        body.steroid_next = t + 6.0
        body.steroid_last = t
    active = body.steroid_from < NEVER_YET and t - body.steroid_last < 8.0
    body.steroid += 0.05 * ((1.0 if active else 0.0) - body.steroid)


@numba.njit
def close_vasopressin(body, t, events):
    """Ends the charted vasopressin."""
    row, start = body.vasopressin_row, body.vasopressin_start
    close_interval(events, body, VASOPRESSIN, NO_TEXT, ADMINISTRATION, row, start, t, 0.03)


@numba.njit
def _chart_rate(body, t, events):
    """A new charted infusion row whenever the rate has changed."""
    dose = np.round(100.0 * body.norepinephrine) / 100.0
    if dose != body.pressor_rate:
        if body.pressor_rate > 0.0:
            close_interval(
                events, body, NOREPINEPHRINE, NO_TEXT, ADMINISTRATION, body.pressor_row, body.pressor_start, t,
                body.pressor_rate,
            )  # fmt: skip
        if dose > 0.0:
            body.pressor_row = open_interval(events, body, NOREPINEPHRINE, NO_TEXT, ADMINISTRATION, t, dose)
        body.pressor_start, body.pressor_rate = t, dose
    if (body.vasopressin > 0.0) != (body.vasopressin_start > 0.0):
        if body.vasopressin > 0.0:
            body.vasopressin_start = t
            body.vasopressin_row = open_interval(events, body, VASOPRESSIN, NO_TEXT, ADMINISTRATION, t, 0.03)
        else:
            close_vasopressin(body, t, events)
            body.vasopressin_start = 0.0


@numba.njit
def _turn_oxygen(body, who, care):
    """More oxygen below the target and less when there is plenty: the more is given, the sooner it is turned down."""
    # Some nurses leave more oxygen on than others.
    goal = min(0.975, care.breathing_target + 0.012 * who.luck_place) - (0.05 if who.kind == 4.0 else 0.0)
    # Who breathes air is let be a little longer.
    least = goal - (0.022 if body.fio2 < 0.22 else 0.01)
    # Little oxygen is tried without as soon as the goal is held: blood near full saturation cannot rise far above it.
    most = goal + 0.005 if body.fio2 < 0.3 else min(0.995, goal + (0.027 if body.fio2 > 0.42 else 0.04))
    if body.saturation < least:
        body.fio2 = min(1.0, body.fio2 + (0.06 if body.saturation > goal - 0.06 else 0.15))
    elif body.saturation > most and body.fio2 > 0.21:
        # Under a tube less than 0.4 is seldom tried.
        body.fio2 = max(0.4 if body.device == 4.0 else 0.21, body.fio2 - 0.02)


@numba.njit
def support_breathing(body, who, care, t, events):
    """Oxygen to the target, high flow, then a tube for failing lungs or a failing brain; and the way back."""
    if care.breathing_oxygen <= 0.0:
        body.fio2, body.device = 0.21, 0.0
        return
    _turn_oxygen(body, who, care)
    tired = body.breaths > 36.0 or body.gcs < 7.5 or body.pao2 / body.fio2 < care.breathing_intubate_below
    tube = body.device == 4.0
    if care.breathing_intubation > 0.0 and not tube and body.comfort == 0.0:
        if not tired:
            body.intubation_due = NEVER_YET
        elif body.intubation_due == NEVER_YET:
            body.intubation_due = t + 1.0
        elif (t >= body.intubation_due and body.fio2 >= 0.4) or (body.gcs < 7.5 and t >= body.intubation_due):
            tube, body.fio2, body.support_off = True, 1.0, t
    elif tube:
        better = (
            body.pao2 / body.fio2 > 190.0
            and body.fio2 <= 0.42
            and body.gcs > 11.0
            and body.norepinephrine < 0.12
        )
        if (better and t - body.support_off > 24.0) or body.comfort > 0.0:
            tube = False
    if tube and body.device < 4.0:
        body.next_gases = min(body.next_gases, t + 0.5)
    device = 4.0 if tube else 0.0
    if not tube and body.fio2 > 0.22:
        flow = care.breathing_high_flow > 0.0
        high = 3.0 if who.kind == 4.0 and body.ph < 7.33 else (2.0 if flow else 1.0)
        device = high if body.fio2 > (0.5 if body.device < 2.0 else 0.42) or high == 3.0 else 1.0
    body.sedation = 1.0 if tube else 0.0
    _chart_device(body, t, device, events)
    body.device = device


@numba.njit
def _oxygen_word(fio2):
    return CANNULA if fio2 < 0.33 else (MASK if fio2 < 0.5 else RESERVOIR)


@numba.njit
def _machine(device):
    return INVASIVE if device == 4.0 else (NONINVASIVE if device == 3.0 else HIGH_FLOW)


@numba.njit
def close_ventilation(body, t, events):
    """Ends the charted help with breathing, and the sedative of those under a tube."""
    start = body.support_start
    close_interval(
        events, body, VENTILATION, _machine(body.device), SUPPORT, body.device_row, start, t, np.nan
    )
    if body.device == 4.0:
        close_interval(events, body, SEDATIVE, PROPOFOL, ADMINISTRATION, body.sedation_row, start, t, 2.0)


@numba.njit
def close_oxygen(body, t, events):
    """Ends the charted oxygen by cannula or mask."""
    word = int(body.oxygen_device)
    close_interval(events, body, OXYGEN, word, SUPPORT, body.oxygen_row, body.oxygen_start, t, np.nan)


@numba.njit
def _chart_device(body, t, device, events):
    if body.device >= 2.0 and device != body.device:
        close_ventilation(body, t, events)
    if device >= 2.0 and device != body.device:
        body.support_start = t
        body.device_row = open_interval(events, body, VENTILATION, _machine(device), SUPPORT, t, np.nan)
        if device == 4.0:
            body.sedation_row = open_interval(events, body, SEDATIVE, PROPOFOL, ADMINISTRATION, t, 2.0)
    plain = float(_oxygen_word(body.fio2)) if device == 1.0 else 0.0
    if plain != body.oxygen_device:
        if body.oxygen_device > 0.0:
            close_oxygen(body, t, events)
        if plain > 0.0:
            body.oxygen_row = open_interval(events, body, OXYGEN, int(plain), SUPPORT, t, np.nan)
        body.oxygen_start, body.oxygen_device = t, plain


@numba.njit
def support_kidneys(body, who, care, t, events):
    """Dialysis for high potassium, acid or a long high creatinine; stopped when the kidneys work again."""
    if body.urine >= 0.3:
        body.oliguria_since = t
    if care.kidneys_dialysis <= 0.0 or body.comfort > 0.0 or body.icu == 0.0:
        wanted = False
    elif body.dialysis == 0.0:
        dry = t - min(body.oliguria_since, t) > 12.0
        high = body.creatinine > care.kidneys_creatinine_rise * who.creatinine and body.creatinine > 3.5
        wanted = (high and dry) or body.potassium > care.kidneys_potassium or (body.ph < 7.12 and dry)
    else:
        wanted = t - body.dialysis_start < 24.0 or body.urine < 0.45
    if wanted and body.dialysis == 0.0:
        body.dialysis, body.dialysis_start = 1.0, t
        body.dialysis_row = open_interval(events, body, DIALYSIS, CONTINUOUS, SUPPORT, t, np.nan)
    elif not wanted and body.dialysis > 0.0:
        body.dialysis = 0.0
        close_interval(
            events, body, DIALYSIS, CONTINUOUS, SUPPORT, body.dialysis_row, body.dialysis_start, t, np.nan
        )


@numba.njit
def give_insulin(body, care, t, events):
    """An insulin infusion while sugar is high, in intensive care."""
    wanted = care.metabolism_insulin > 0.0 and body.icu > 0.0
    wanted = wanted and body.glucose > care.metabolism_glucose_above - 50.0 * body.insulin
    if wanted and body.insulin == 0.0:
        body.insulin, body.insulin_start = 1.0, t
        body.insulin_row = open_interval(events, body, INSULIN, REGULAR, ADMINISTRATION, t, 3.0)
    elif not wanted and body.insulin > 0.0:
        body.insulin = 0.0
        close_interval(
            events, body, INSULIN, REGULAR, ADMINISTRATION, body.insulin_row, body.insulin_start, t, 3.0
        )
