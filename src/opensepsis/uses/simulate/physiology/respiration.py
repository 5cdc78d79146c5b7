"""Oxygen and carbon dioxide: a shunt lung, whose ceiling oxygen cannot break.

Saturation by Severinghaus 1979 (J Appl Physiol 46:599); pH by Henderson and Hasselbalch; drive and shunt by own
calibration. Devices: 0 none, 1 oxygen, 2 high flow, 3 noninvasive, 4 invasive.
"""

import numba
import numpy as np


@numba.njit
def saturation(pressure):
    """Haemoglobin saturation (0 to 1) at an oxygen pressure in mmHg.

    >>> round(saturation(27.0), 2), round(saturation(100.0), 3)
    (0.5, 0.977)
    """
    return 1.0 / (23400.0 / (pressure * pressure * pressure + 150.0 * pressure) + 1.0)


@numba.njit
def _pressure_of(content, hemoglobin, alveolar):
    """The oxygen pressure, at most the alveolar one, at which blood holds this content (mL/dL), by halving."""
    low, high = 10.0, alveolar
    for _ in range(14):
        middle = 0.5 * (low + high)
        below = 1.0 * (hemoglobin * saturation(middle) + 0.0031 * middle < content)
        low, high = low + below * (middle - low), middle + below * (high - middle)
    return 0.5 * (low + high)


@numba.njit
def settle_breathing(body, who, p, local):
    """Breaths, PaCO2, shunt, PaO2, saturation and pH; `local` is infection or disease of the lung itself (0 to 1)."""
    shunt = who.shunt + p.shunt_lung * body.lung + p.shunt_local * local + p.shunt_water * body.lung_water
    opened = p.recruitment * (1.0 * (body.device >= 3.0) + 0.4 * (body.device == 2.0))
    body.shunt = min(0.6, shunt * (1.0 - opened))
    acid = max(0.0, 24.0 - body.bicarbonate)
    thirst = max(0.0, 0.94 - body.saturation)
    drive = (
        p.breaths_cytokine * body.dilation
        + p.breaths_acid * acid
        + p.breaths_oxygen * thirst
        + p.breaths_lung * (body.lung + local)
    )
    own = max(6.0, who.breaths + drive + body.noise_breath - p.breaths_brain * body.brain * body.brain)
    machine = 1.0 * (body.device == 4.0)
    body.breaths = (1.0 - machine) * min(45.0, own) + machine * (14.0 + 0.5 * min(20.0, drive))
    stiff = 1.0 + p.dead_space * (body.lung + local)
    body.paco2 = who.paco2 * stiff * (who.breaths / body.breaths) ** p.carbon_dioxide_power
    alveolar = max(25.0, body.fio2 * 713.0 - body.paco2 / 0.8)
    hemoglobin = 1.34 * body.hemoglobin
    capillary = hemoglobin * saturation(alveolar) + 0.0031 * alveolar
    used = who.oxygen_use / (10.0 * max(1.5, body.output))
    content = max(
        0.25 * hemoglobin, capillary - body.shunt / (1.0 - body.shunt) * min(used, 0.75 * hemoglobin)
    )
    body.pao2 = _pressure_of(content, hemoglobin, alveolar)
    body.saturation = saturation(body.pao2)
    body.ph = 6.1 + np.log10(body.bicarbonate / (0.0307 * body.paco2))
