"""The true organ points, the warning score at the bedside, and the hazard of death."""

import numba
import numpy as np

from opensepsis.uses.simulate.physiology.coagulation import inr


@numba.njit
def _points_above(value, a, b, c, d):
    return 1.0 * (value >= a) + (value >= b) + (value >= c) + (value >= d)


@numba.njit
def true_sofa(body):
    """SOFA points (Vincent 1996, table 3) of the true state at this moment, without sedation or measurement."""
    ratio = body.pao2 / body.fio2
    helped = (body.device >= 2.0) * (1.0 * (ratio < 200.0) + (ratio < 100.0))
    breathing = 1.0 * (ratio < 400.0) + (ratio < 300.0) + helped
    blood = (
        (body.platelets < 150.0) * 1.0
        + (body.platelets < 100.0)
        + (body.platelets < 50.0)
        + (body.platelets < 20.0)
    )
    liver = _points_above(body.bilirubin, 1.2, 2.0, 6.0, 12.0)
    pressed = 3.0 * (body.norepinephrine + body.vasopressin > 0.0)
    circulation = max(max(1.0 * (body.pressure < 70.0), pressed), 4.0 * (body.norepinephrine > 0.1))
    brain = (body.gcs < 14.5) * 1.0 + (body.gcs < 12.5) + (body.gcs < 9.5) + (body.gcs < 5.5)
    kidney = _points_above(body.creatinine, 1.2, 2.0, 3.5, 5.0)
    return breathing + blood + liver + circulation + brain + max(kidney, 4.0 * (body.dialysis > 0.0))


@numba.njit
def news(body):
    """NEWS2 points (Royal College of Physicians 2017) of the true state; what makes staff look again."""
    breaths, spo2, systolic = body.breaths, 100.0 * body.saturation, body.pressure * 1.3
    points = (
        3.0 * (breaths >= 25.0)
        + 2.0 * (21.0 <= breaths < 25.0)
        + 1.0 * (9.0 <= breaths < 12.0)
        + 3.0 * (breaths < 9.0)
    )
    points += 3.0 * (spo2 < 91.5) + 2.0 * (91.5 <= spo2 < 93.5) + 1.0 * (93.5 <= spo2 < 95.5)
    points += 2.0 * (body.device > 0.0)
    points += 3.0 * (systolic <= 90.0) + 2.0 * (90.0 < systolic <= 100.0) + 1.0 * (100.0 < systolic <= 110.0)
    points += (
        3.0 * (body.rate >= 131.0) + 2.0 * (111.0 <= body.rate < 131.0) + 1.0 * (91.0 <= body.rate < 111.0)
    )
    points += 3.0 * (body.gcs < 14.5)
    heat = body.temperature
    return (
        points
        + 2.0 * (heat >= 39.1)
        + 1.0 * (38.1 <= heat < 39.1)
        + 1.0 * (heat < 36.1)
        + 2.0 * (heat < 35.1)
    )


@numba.njit
def organ_burden(body, p):
    """The weighted sum of organ damage that the hazard of death rests on."""
    return (
        p.weigh_lung * body.lung
        + p.weigh_heart * body.heart
        + p.weigh_kidney * body.kidney
        + p.weigh_liver * body.liver
        + p.weigh_brain * body.brain
        + p.weigh_marrow * body.marrow
    )


@numba.njit
def wear_out(body, p, step):
    """What critical illness leaves behind for weeks (0 to 1): second infections, weakness, hearts that fail; own calibration."""
    load = organ_burden(body, p) / 6.0
    body.wear += step * (p.wear_rate * load**p.wear_power * (1.0 - body.wear) - p.wear_heal * body.wear)


@numba.njit
def hazard_of_death(body, who, p):
    """Deaths per hour: organ burden, low pressure, lactate, lack of oxygen, wear and frailty; own calibration."""
    low = max(0.0, p.hazard_pressure - body.pressure)
    lack = max(0.0, 0.87 - body.saturation)
    sour = np.log(max(1.0, body.lactate))
    chronic = p.hazard_frailty * (who.frailty - 0.3) + p.hazard_age * (who.age - 65.0)
    overload = p.hazard_water * max(0.0, body.lung_water - 1.0)
    acute = (
        p.hazard_low * low
        + p.hazard_lactate * sour
        + p.hazard_oxygen * lack
        + overload
        + p.hazard_clotting * max(0.0, inr(body, p) - 1.5)
        + p.hazard_comfort * body.comfort
        + p.hazard_pressor * max(0.0, body.norepinephrine - 0.5)
    )
    organs = np.exp(min(9.0, p.hazard_burden * organ_burden(body, p))) - 1.0
    return min(
        2.0,
        np.exp(chronic)
        * (p.hazard * organs * np.exp(min(7.0, acute)) + p.hazard_wear * body.wear + p.hazard_home / 24.0),
    )


@numba.njit
def cause_of_death(body):
    """1 shock, 2 lungs, 3 several organs, 4 comfort care, 5 other."""
    if body.comfort > 0.0:
        return 4.0
    if body.pressure < 55.0 or body.norepinephrine > 0.4:
        return 1.0
    if body.saturation < 0.86:
        return 2.0
    return 3.0 if body.sofa >= 8.0 else 5.0
