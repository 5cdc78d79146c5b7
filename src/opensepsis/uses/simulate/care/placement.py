"""Where the patient is: arrival, intensive care and back, comfort care, discharge, and the last lines of the chart."""

import numba
import numpy as np

from opensepsis.uses.simulate.care.organ_support import close_oxygen, close_vasopressin, close_ventilation
from opensepsis.uses.simulate.charting.events import (
    ADMINISTRATION,
    BALANCED,
    COMFORT_CARE,
    CONTINUOUS,
    CRYSTALLOID,
    DIAGNOSIS,
    DIALYSIS,
    FIRST_CODE,
    HEIGHT,
    INSULIN,
    NO_TEXT,
    NOREPINEPHRINE,
    REGISTRATION,
    REGULAR,
    SUPPORT,
    WEIGHT,
    as_seconds,
    close_interval,
    note,
)
from opensepsis.uses.simulate.physiology.outcome import organ_burden
from opensepsis.uses.simulate.physiology.state import NEVER_YET


@numba.njit
def admit(body, who, t, events):
    """The door: weight and height on file, first observations now, first blood within the hour."""
    body.admitted = t
    body.next_vitals, body.next_coma, body.next_urine = t, t, t + 3.0
    body.next_chemistry = body.next_counts = t + 0.4
    body.next_clotting = t + (0.4 if who.luck_culture < 0.6 else 300.0)
    # Some take no arterial blood from those who breathe by themselves.
    body.next_gases = t + (0.5 if body.news >= 8.0 and who.habit_gases > 0.0 else 1000.0)
    body.next_lactate = t + (0.5 if body.news >= 7.0 else 1000.0)
    body.next_glucose = t + (6.0 if who.diabetes > 0.0 else 1000.0)
    note(events, body, WEIGHT, NO_TEXT, REGISTRATION, t, t + 0.2, who.weight)
    if who.luck_switch < 0.7:
        note(events, body, HEIGHT, NO_TEXT, REGISTRATION, t, t + 0.2, who.height)


@numba.njit
def place(body, who, care, p, t, events):
    """Transfer to intensive care and back, comfort care, and going home when well."""
    support = body.norepinephrine > 0.0 or body.device >= 3.0 or body.dialysis > 0.0
    if support or (body.icu == 0.0 and body.device >= 2.0):
        body.support_off = body.support_off if body.device == 4.0 else t
    _intensive_care(body, who, care, t, support)
    _comfort(body, who, care, p, t, events)
    quiet = body.news <= 4.0 and body.sofa - body.sofa_start < 2.0 and not support and body.device <= 1.0
    if not quiet:
        body.well_since = t
    if body.well_since == NEVER_YET:
        body.well_since = t
    rested = t - body.well_since > care.placement_home_after + 10.0 * who.luck_place
    course = care.placement_course + 24.0 * who.frailty
    treated = body.suspected > NEVER_YET / 2 or t - body.first_antibiotic > course
    strong = body.wear * np.exp(care.placement_frailty * (who.frailty - 0.3)) <= care.placement_weakness
    ready = rested and treated and strong and body.temperature < 38.2 and body.icu == 0.0
    ready = ready and t - body.admitted > 30.0
    expecting = who.hospital > 0.0 and t < who.infection_start + 24.0
    if ready and not expecting and body.comfort == 0.0:
        body.discharged = t


@numba.njit
def _intensive_care(body, who, care, t, support):
    wanted = body.news >= care.placement_news or support
    if care.placement_intensive_care > 0.0 and body.icu == 0.0 and wanted and body.comfort == 0.0:
        wait = care.placement_delay * np.exp(0.5 * who.luck_place) * (0.3 if support else 1.0)
        body.icu_due = min(body.icu_due, t + wait)
        if t >= body.icu_due:
            body.icu, body.support_off = 1.0, t
            body.icu_from = min(body.icu_from, t)
            body.icu_until = NEVER_YET
            if who.luck_culture < 0.9:
                body.next_clotting = min(body.next_clotting, t + 0.5)
            body.next_glucose = min(body.next_glucose, t + (1.0 if who.habit_sugar > 0.35 else 12.0))
            if body.device >= 3.0 or who.habit_gases > 0.0:
                body.next_gases = min(body.next_gases, t + 0.5)
    elif (
        body.icu > 0.0
        and not support
        and t - body.support_off > care.placement_leave_after
        and body.news < 7.0
        and body.sofa - body.sofa_start < care.placement_leave_sofa
    ):
        body.icu, body.icu_due, body.icu_until = 0.0, NEVER_YET, t
    elif body.icu == 0.0 and not wanted:
        body.icu_due = NEVER_YET


@numba.njit
def _comfort(body, who, care, p, t, events):
    if body.comfort > 0.0 or care.comfort_offered <= 0.0 or t - body.admitted < care.comfort_after:
        return
    bound = care.comfort_burden - 1.5 * (who.frailty - 0.3) + 2.0 * (who.comfort_view - 0.35)
    # Life support is a trial with an end: without an answer, the will to go on fades.
    if body.norepinephrine > 0.0 or body.device == 4.0 or body.dialysis > 0.0:
        bound -= care.comfort_patience * max(0.0, t - body.icu_from - 48.0) / 24.0
    if organ_burden(body, p) >= bound and body.toxicity > 0.2:
        body.comfort, body.comfort_from = 1.0, t
        note(events, body, COMFORT_CARE, NO_TEXT, SUPPORT, t, t + 0.3, 1.0)


@numba.njit
def close_chart(body, who, end, events):
    """Every running interval ends with the stay, nothing is charted after it, and the codes of the diagnoses are filed afterwards."""
    last = as_seconds(end)
    for index in range(min(int(body.events), len(events))):
        events[index].time = min(events[index].time, last)
    if body.pressor_rate > 0.0:
        close_interval(
            events, body, NOREPINEPHRINE, NO_TEXT, ADMINISTRATION, body.pressor_row, body.pressor_start, end,
            body.pressor_rate,
        )  # fmt: skip
    if body.vasopressin_start > 0.0:
        close_vasopressin(body, end, events)
    if body.device >= 2.0:
        close_ventilation(body, end, events)
    if body.oxygen_device > 0.0:
        close_oxygen(body, end, events)
    if body.dialysis > 0.0:
        close_interval(
            events, body, DIALYSIS, CONTINUOUS, SUPPORT, body.dialysis_row, body.dialysis_start, end, np.nan
        )
    if body.insulin > 0.0:
        close_interval(
            events, body, INSULIN, REGULAR, ADMINISTRATION, body.insulin_row, body.insulin_start, end, 3.0
        )
    if body.bolus_until < NEVER_YET:
        amount = np.round(body.bolus_amount * 1000.0)
        close_interval(
            events,
            body,
            CRYSTALLOID,
            BALANCED,
            ADMINISTRATION,
            body.support_bolus,
            body.bolus_start,
            end,
            amount,
        )
    _code(body, who, end, events)


@numba.njit
def _code(body, who, end, events):
    """Diagnosis codes, filed two days after the end; sepsis is coded less often than it happens."""
    filed = end + 48.0
    if who.kind > 0.0:
        note(events, body, DIAGNOSIS, FIRST_CODE + 6 + int(who.kind), REGISTRATION, end, filed, np.nan)
    else:
        note(events, body, DIAGNOSIS, FIRST_CODE + 2 + int(who.site), REGISTRATION, end, filed, np.nan)
    if body.onset < NEVER_YET and who.luck_switch < 0.65:
        note(events, body, DIAGNOSIS, FIRST_CODE, REGISTRATION, end, filed, np.nan)
        severe = 1 if body.shock_first < NEVER_YET else 11
        note(events, body, DIAGNOSIS, FIRST_CODE + severe, REGISTRATION, end, filed, np.nan)
