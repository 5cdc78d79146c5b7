"""Bacteria that leak from a source into the blood: the rat model of Barber et al. 2021, as published.

Front Syst Biol 1:755913; equations and parameters as in the authors' published tables. States: blood bacteria (10^6/mL),
macrophages, anti-inflammatory mediator, damage, bacteria left in the source (10^6). Time is in hours.
"""

from dataclasses import dataclass

import numpy as np

from opensepsis.errors import SimulationError

LETHAL_DAMAGE = 25.0


@dataclass(frozen=True)
class Barber:
    """The parameters of Barber 2021, fitted there to rats with E. coli peritonitis.

    >>> Barber().release
    0.0300097
    """

    growth: float = 0.5
    capacity: float = 5.00466
    bacteria_scale: float = 80.8388
    local_kill: float = 0.6
    local_supply: float = 0.005
    local_decay: float = 0.002
    local_use: float = 0.01
    macrophage_kill: float = 1.8
    inhibition: float = 7.18342
    macrophage_supply: float = 0.08
    resting_decay: float = 0.12
    macrophage_decay: float = 0.05
    activation_by_macrophages: float = 0.01
    activation_by_bacteria: float = 0.1
    activation_by_damage: float = 0.02
    mediator_supply: float = 0.0125
    mediator_gain: float = 0.04
    mediator_half: float = 1468.97
    mediator_decay: float = 0.05
    repair_time: float = 24.0
    damage_threshold: float = 1.0
    damage_gain: float = 70.9994
    release: float = 0.0300097


def barber_start(dose: float, model: Barber | None = None) -> np.ndarray:
    """The state when a source with this many bacteria (10^6) is implanted.

    >>> barber_start(128).tolist()
    [0.0, 0.0, 0.25, 0.0, 128.0]
    """
    model = model or Barber()
    if not (np.isfinite(dose) and dose >= 0):
        raise SimulationError("The dose must be a finite number of bacteria, 0 or more.")
    return np.array([0.0, 0.0, model.mediator_supply / model.mediator_decay, 0.0, float(dose)])


def barber_derivatives(state: np.ndarray, model: Barber) -> np.ndarray:
    """The change per hour of (bacteria, macrophages, mediator, damage, source).

    >>> barber_derivatives(barber_start(0), Barber()).tolist()
    [0.0, 0.0, 0.0, 0.0, -0.0]
    """
    m, (bacteria, macrophages, mediator, damage, source) = model, state
    relative = bacteria / m.bacteria_scale
    inhibition = 1.0 + m.inhibition * mediator
    drive = (
        m.activation_by_macrophages * macrophages
        + m.activation_by_bacteria * relative
        + m.activation_by_damage * damage
    )
    signal = macrophages + 48.0 * damage
    leaked = m.release * source
    local = m.local_kill * m.local_supply * bacteria / (m.local_decay + m.local_use * relative)
    return np.array(
        [
            m.growth * bacteria * (1.0 - relative / m.capacity)
            - local
            - m.macrophage_kill * bacteria * macrophages / inhibition
            + leaked,
            m.macrophage_supply * drive / (inhibition * (m.resting_decay + drive))
            - m.macrophage_decay * macrophages,
            m.mediator_supply
            + m.mediator_gain * signal / (inhibition * (m.mediator_half + signal))
            - m.mediator_decay * mediator,
            -damage / m.repair_time + max(m.damage_gain * macrophages - m.damage_threshold, 0.0) / inhibition,
            -leaked,
        ]
    )


@dataclass(frozen=True)
class Course:
    """How one dose ended, and the hour at which damage passed the lethal 25 (none if it never did)."""

    outcome: str
    lethal_hour: float | None
    state: np.ndarray


def course(dose: float, hours: float = 1500.0, model: Barber | None = None, step: float = 0.02) -> Course:
    """The outcome of a dose (10^6): health, aseptic or septic, with the hour of lethal damage.

    >>> course(128, hours=400).outcome
    'health'
    """
    model = model or Barber()
    state, lethal = barber_start(dose, model), None
    for index in range(round(hours / step)):
        before = state[3]
        state = _runge_kutta(model, state, step)
        if lethal is None and state[3] > LETHAL_DAMAGE:
            lethal = (index + (LETHAL_DAMAGE - before) / (state[3] - before)) * step
    if state[0] > 1.0:
        return Course("septic", lethal, state)
    return Course("aseptic" if state[3] > 1.0 else "health", lethal, state)


def _runge_kutta(model, state, step):
    first = barber_derivatives(state, model)
    second = barber_derivatives(state + step / 2 * first, model)
    third = barber_derivatives(state + step / 2 * second, model)
    fourth = barber_derivatives(state + step * third, model)
    return state + step / 6 * (first + 2 * second + 2 * third + fourth)
