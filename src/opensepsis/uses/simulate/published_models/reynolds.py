"""The acute inflammatory response of Reynolds et al. 2006, exactly as published.

Reduced mathematical model of the acute inflammatory response I, J Theor Biol 242:220-236, equations 9 to 12 and table 1.
States: pathogen (10^6 per mL), activated phagocytes, tissue damage, anti-inflammatory mediator. Time is in hours.
"""

from dataclasses import astuple, dataclass

import numpy as np

from opensepsis.errors import SimulationError


@dataclass(frozen=True)
class Reynolds:
    """The parameters of Reynolds 2006, table 1; `pathogen_growth` is the one that the paper varies.

    >>> Reynolds().anti_inflammatory_decay
    0.1
    """

    pathogen_growth: float = 0.3  # k_pg /h
    local_kill: float = 0.6  # k_pm /M-unit/h
    local_use: float = 0.01  # k_mp /P-unit/h
    local_supply: float = 0.005  # s_m M-unit/h
    local_decay: float = 0.002  # mu_m /h
    pathogen_capacity: float = 20.0  # P infinity, 10^6/mL
    phagocyte_kill: float = 1.8  # k_pn /N-unit/h
    activation_by_pathogen: float = 0.1  # k_np /P-unit/h
    activation_by_phagocytes: float = 0.01  # k_nn /N-unit/h
    activation_by_damage: float = 0.02  # k_nd /D-unit/h
    phagocyte_supply: float = 0.08  # s_nr N-unit/h
    resting_decay: float = 0.12  # mu_nr /h
    phagocyte_decay: float = 0.05  # mu_n /h
    damage_rate: float = 0.35  # k_dn D-unit/h
    damage_threshold: float = 0.06  # x_dn N-unit
    damage_repair: float = 0.02  # mu_d /h
    inhibition: float = 0.28  # c infinity, C_A-unit
    anti_inflammatory_supply: float = 0.0125  # s_c C_A-unit/h
    anti_inflammatory_gain: float = 0.04  # k_cn C_A-unit/h
    damage_signal: float = 48.0  # k_cnd N-unit/D-unit
    anti_inflammatory_decay: float = 0.1  # mu_c /h

    def __post_init__(self):
        values = np.array(astuple(self), dtype=float)
        if not (np.isfinite(values).all() and (values >= 0).all()):
            raise SimulationError("Every Reynolds parameter must be a finite number of 0 or more.")
        if self.pathogen_capacity == 0 or self.inhibition == 0 or self.anti_inflammatory_decay == 0:
            raise SimulationError(
                "pathogen_capacity, inhibition and anti_inflammatory_decay must be above 0."
            )


def start(pathogen: float, model: Reynolds | None = None) -> np.ndarray:
    """The state at the start of an infection: no phagocytes, no damage, anti-inflammatory mediator at rest.

    >>> start(1.0).tolist()
    [1.0, 0.0, 0.0, 0.125]
    """
    model = model or Reynolds()
    if not (np.isfinite(pathogen) and pathogen >= 0):
        raise SimulationError("The first pathogen count must be a finite number of 0 or more.")
    return np.array([pathogen, 0.0, 0.0, model.anti_inflammatory_supply / model.anti_inflammatory_decay])


def derivatives(state: np.ndarray, model: Reynolds) -> np.ndarray:
    """The change per hour of (pathogen, phagocytes, damage, anti-inflammatory mediator): equations 9 to 12.

    >>> derivatives(start(0.0), Reynolds()).tolist()
    [0.0, 0.0, 0.0, 0.0]
    """
    m, (pathogen, phagocytes, damage, mediator) = model, state
    inhibited = 1.0 / (1.0 + (mediator / m.inhibition) ** 2)
    effect = phagocytes * inhibited
    drive = inhibited * (
        m.activation_by_phagocytes * phagocytes
        + m.activation_by_pathogen * pathogen
        + m.activation_by_damage * damage
    )
    signal = inhibited * (phagocytes + m.damage_signal * damage)
    sixth = effect**6
    return np.array(
        [
            m.pathogen_growth * pathogen * (1.0 - pathogen / m.pathogen_capacity)
            - m.local_kill * m.local_supply * pathogen / (m.local_decay + m.local_use * pathogen)
            - m.phagocyte_kill * effect * pathogen,
            m.phagocyte_supply * drive / (m.resting_decay + drive) - m.phagocyte_decay * phagocytes,
            m.damage_rate * sixth / (m.damage_threshold**6 + sixth) - m.damage_repair * damage,
            m.anti_inflammatory_supply
            + m.anti_inflammatory_gain * signal / (1.0 + signal)
            - m.anti_inflammatory_decay * mediator,
        ]
    )


def solve(model: Reynolds, state: np.ndarray, hours, step: float = 0.01) -> np.ndarray:
    """The states at the given hours, one row each, by the classical Runge-Kutta method with this step (h).

    >>> solve(Reynolds(), start(1.0), [0, 10])[1].round(3).tolist()
    [0.056, 0.174, 2.032, 0.338]
    """
    hours = np.asarray(hours, dtype=float)
    if not (step > 0 and np.isfinite(hours).all() and (np.diff(hours) >= 0).all() and (hours >= 0).all()):
        raise SimulationError("solve needs a step above 0 h and increasing hours that start at 0.")
    state, now, rows = np.array(state, dtype=float), 0.0, []
    for hour in hours:
        steps = int(np.ceil((hour - now) / step - 1e-9))
        for _ in range(steps):
            state = _runge_kutta(model, state, (hour - now) / steps)
        now = hour
        rows.append(state)
    return np.array(rows)


def _runge_kutta(model, state, step):
    first = derivatives(state, model)
    second = derivatives(state + step / 2 * first, model)
    third = derivatives(state + step / 2 * second, model)
    fourth = derivatives(state + step * third, model)
    return state + step / 6 * (first + 2 * second + 2 * third + fourth)


def outcome(state: np.ndarray) -> str:
    """How an infection ended, from its late state: `health`, `aseptic death` or `septic death`.

    >>> outcome([0.0, 0.635, 17.4, 0.523])
    'aseptic death'
    """
    pathogen, phagocytes = state[0], state[1]
    if pathogen > 0.01:
        return "septic death"
    return "aseptic death" if phagocytes > 0.2 else "health"
