"""How hands, devices and teams differ when they chart: pure functions of a patient's habits and a number by chance. Own calibration."""

import numba
import numpy as np

from opensepsis.uses.simulate.charting.events import clock_of, to_clock
from opensepsis.uses.simulate.randomness import uniform

_CUFF = np.int64(54)


@numba.njit
def cuff_later(who, key, count):
    """Hours by which the pressure comes after the rest: some monitors measure a minute or two after each full hour."""
    u = uniform(key, _CUFF, count)
    if who.habit_cuff < 0.17:
        return (1.0 if u < 0.55 else (2.0 if u < 0.85 else 3.0)) / 60.0 if u < 0.95 else 0.0
    if u > 0.05 + 0.3 * who.habit_cuff**1.5:
        return 0.0
    return (
        (1.0 + np.floor(3.0 * uniform(key, _CUFF, count + 1))) / 60.0
        if u < 0.1
        else 0.7 * uniform(key, _CUFF, count + 1)
    )


@numba.njit
def watched(body, who):
    """Whose consciousness is looked at every hour or two: after a fall, with a new confusion."""
    return who.habit_coma < (0.22 if body.gcs < 13.5 and body.sedation == 0.0 else 0.1)


@numba.njit
def coma_gap(body, who):
    if watched(body, who):
        return 0.8 if who.habit_coma < 0.06 else 1.8
    return 4.6 if who.habit_coma > 0.88 else (2.6 if who.habit_coma > 0.5 else 1.8)


@numba.njit
def charted_share(share, u):
    """The share of oxygen as charted: in tenths, but for 0.35; a half goes either way, as `u` falls."""
    if 0.32 < share < 0.375:
        return 0.35
    return np.floor(10.0 * share + (0.45 if u < 0.25 else 0.55)) / 10.0


@numba.njit
def dial(flow, u):
    """The flow (L/min) that hands turn to: few positions are used, even ones before odd ones."""
    if flow < 3.5:
        return 2.0 if flow < 2.8 else 3.0
    if flow < 8.0:
        middle = 4.0 if u < 0.4 else (6.0 if u < 0.8 else 5.0)
        return 4.0 if flow < 4.6 else (middle if flow < 6.5 else 6.0)
    return 10.0 if flow < 12.5 else 15.0


@numba.njit
def read_bag(amount, u):
    """What is read on a bag (mL): in fives and tens when it is little, in tens and quarters of 100 when it is much."""
    if u < 0.02:
        return np.round(amount)
    mark = (
        (5.0 if u < 0.56 else 10.0) if amount < 90.0 else (10.0 if u < 0.45 else (25.0 if u < 0.9 else 50.0))
    )
    return mark * np.round(amount / mark)


@numba.njit
def written_time(body, who, t, at, u):
    """When the label says that blood was taken: some write the hour, or every fifth minute, others the minute."""
    clock = clock_of(body, who, at)
    hour = np.round(clock)
    if u < 0.13 and abs(hour - clock) < 0.25:
        return max(to_clock(body, who, at, hour), body.admitted)
    if u > 0.82:
        return max(to_clock(body, who, at, np.round(12.0 * clock) / 12.0), body.admitted)
    return at
