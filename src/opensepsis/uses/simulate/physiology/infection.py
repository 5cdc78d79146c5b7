"""Infection and immune response: Reynolds 2006 in the blood, fed by a source as in Barber 2021, killed by antibiotics.

Added to the published equations, each by own calibration: a resistant share, growth and local defence in the source,
sterile injury, adaptive immunity in the source after days, and resolution (slow loss of the damage feedback, without
which Reynolds' sterile inflammation never ends).
"""

import numba
import numpy as np

from opensepsis.uses.simulate.randomness import poisson, uniform

ORGANISMS_PER_UNIT = 5e9  # 10^6/mL in 5 L of blood


@numba.njit
def antibiotic_kill(ratio, growth, strongest, steepness):
    """Killing per hour at this concentration over MIC, by Regoes 2004 (AAC 48:3670): it equals growth at a ratio of 1.

    >>> antibiotic_kill(1.0, 0.5, 2.0, 1.5)
    0.5
    """
    effect = ratio**steepness
    return (growth + strongest) * effect / (effect + strongest / growth)


@numba.njit
def closed_source(body, who):
    """Whether (1 or 0) the bacteria of the source lie where neither drugs nor phagocytes reach them: until it is drained."""
    return who.controllable * (1.0 - body.operated)


@numba.njit
def _when(closed, value, otherwise):
    return otherwise + closed * (value - otherwise)


@numba.njit
def _rates(x, growth, kill, kill_resistant, source_kill, source_kill_resistant, injury, closed, body, who, p):
    source, source_r, blood, blood_r, phagocytes, damage, mediator = x
    ratio = mediator / p.inhibition
    inhibited = 1.0 / (1.0 + ratio * ratio)
    effect = phagocytes * inhibited
    total = blood + blood_r
    feedback = p.activation_by_damage / (1.0 + body.resolution)
    drive = inhibited * (
        p.activation_by_phagocytes * phagocytes
        + who.activation
        * p.activation_by_pathogen
        * (total + _when(closed, p.signal_closed, p.source_signal) * (source + source_r))
        + feedback * damage
    )
    signal = inhibited * (phagocytes + p.damage_signal * damage)
    third = effect * effect * effect
    power = third * third
    room = 1.0 - total / p.pathogen_capacity
    lost = p.local_kill * p.local_supply / (p.local_decay + p.local_use * total) + who.phagocyte_kill * effect
    source_total = source + source_r
    source_room = 1.0 - source_total / who.source_capacity
    source_growth = who.source_growth * source_room
    shelter = _when(closed, p.shelter_closed, 1.0)
    source_lost = shelter * (p.source_immune_kill * effect + p.adaptive_kill * body.adaptive)
    calm = p.activation_steroid * body.steroid
    return (
        source * (source_growth - source_lost - source_kill),
        source_r * (source_growth - source_lost - source_kill_resistant),
        blood * (growth * room - lost - kill) + who.source_leak * source,
        blood_r * (growth * room - lost - kill_resistant) + who.source_leak * source_r,
        (1.0 - calm) * p.phagocyte_supply * drive / (p.resting_decay + drive)
        - p.phagocyte_decay * phagocytes,
        who.damage_rate * power / (who.damage_sixth + power) - p.damage_repair * damage + injury,
        p.anti_inflammatory_supply
        + who.anti_inflammatory_gain * signal / (1.0 + signal)
        - p.anti_inflammatory_decay * mediator,
    )


@numba.njit
def _ahead(x, rates, step):
    return (
        x[0] + step * rates[0], x[1] + step * rates[1], x[2] + step * rates[2], x[3] + step * rates[3],
        x[4] + step * rates[4], x[5] + step * rates[5], x[6] + step * rates[6],
    )  # fmt: skip


@numba.njit
def advance_infection(body, who, p, step, ratio, injury):
    """Bacteria, phagocytes, damage and mediator one step later; `ratio` is antibiotic concentration over MIC."""
    growth = who.growth * np.exp(body.noise_growth)
    kill = antibiotic_kill(ratio, growth, who.kill, p.kill_steepness)
    weak = ratio / p.resistant_fold
    kill_r = antibiotic_kill(weak, growth, who.kill, p.kill_steepness)
    closed, inside = closed_source(body, who), who.source_growth
    strongest = who.kill * p.source_kill_share * _when(closed, p.reach_closed, 1.0)
    arriving = who.penetration * _when(closed, p.penetration_closed, 1.0)
    source_kill = antibiotic_kill(ratio * arriving, inside, strongest, p.kill_steepness)
    source_kill_r = antibiotic_kill(weak * arriving, inside, strongest, p.kill_steepness)
    x = (
        body.source, body.source_resistant, body.blood, body.blood_resistant, body.phagocytes, body.damage, body.mediator,
    )  # fmt: skip
    one = _rates(x, growth, kill, kill_r, source_kill, source_kill_r, injury, closed, body, who, p)
    two = _rates(
        _ahead(x, one, 0.5 * step),
        growth,
        kill,
        kill_r,
        source_kill,
        source_kill_r,
        injury,
        closed,
        body,
        who,
        p,
    )
    three = _rates(
        _ahead(x, two, 0.5 * step),
        growth,
        kill,
        kill_r,
        source_kill,
        source_kill_r,
        injury,
        closed,
        body,
        who,
        p,
    )
    four = _rates(
        _ahead(x, three, step), growth, kill, kill_r, source_kill, source_kill_r, injury, closed, body, who, p
    )
    part = step / 6.0
    body.source = max(0.0, x[0] + part * (one[0] + 2.0 * (two[0] + three[0]) + four[0]))
    body.source_resistant = max(0.0, x[1] + part * (one[1] + 2.0 * (two[1] + three[1]) + four[1]))
    body.blood = max(0.0, x[2] + part * (one[2] + 2.0 * (two[2] + three[2]) + four[2]))
    body.blood_resistant = max(0.0, x[3] + part * (one[3] + 2.0 * (two[3] + three[3]) + four[3]))
    body.phagocytes = max(0.0, x[4] + part * (one[4] + 2.0 * (two[4] + three[4]) + four[4]))
    body.phagocytes *= np.exp(p.activation_noise * body.noise_activation * step)
    body.damage = max(0.0, x[5] + part * (one[5] + 2.0 * (two[5] + three[5]) + four[5]))
    body.mediator = max(0.0, x[6] + part * (one[6] + 2.0 * (two[6] + three[6]) + four[6]))
    _resolve(body, who, p, step)


@numba.njit
def _resolve(body, who, p, step):
    """Resolution grows while phagocytes work and few bacteria are left in the blood; adaptive immunity takes days."""
    left = body.blood + body.blood_resistant
    calm = p.resolution_bacteria / (p.resolution_bacteria + left)
    gain = who.resolution * p.resolution_gain * body.phagocytes * calm
    body.resolution += step * (gain - p.resolution_decay * body.resolution)
    learning = p.adaptive_rate * who.repair * (body.source + body.source_resistant > 0.0)
    body.adaptive += step * learning * (0.01 + body.adaptive) * (1.0 - body.adaptive)


@numba.njit
def may_die_out(count, key, stream, counter):
    """The count (10^6/mL) after chance, by Poisson thinning once fewer than 40 organisms are left in 5 L.

    >>> may_die_out(1.0, np.uint64(1), 1, 1), may_die_out(1e-15, np.uint64(1), 1, 1)
    (1.0, 0.0)
    """
    organisms = count * ORGANISMS_PER_UNIT
    if count == 0.0 or organisms >= 40.0:
        return count
    return poisson(organisms, uniform(key, stream, counter)) / ORGANISMS_PER_UNIT
