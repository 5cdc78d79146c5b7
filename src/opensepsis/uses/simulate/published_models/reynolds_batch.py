"""Many Reynolds patients at once: the equations of `reynolds`, compiled and run in blocks of lanes that fill the vector unit."""

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numba
import numpy as np

from opensepsis.errors import SimulationError
from opensepsis.uses.simulate.published_models.reynolds import Reynolds

LANES = 64
VARIED = ("pathogen_growth", "phagocyte_kill", "damage_rate", "damage_threshold", "anti_inflammatory_gain")


def simulate_reynolds(
    pathogen,
    hours: int,
    varied: dict[str, np.ndarray] | None = None,
    model: Reynolds | None = None,
    step: float = 0.25,
    dtype=np.float32,
    threads: int | None = None,
) -> np.ndarray:
    """Hourly states of many patients: an array (hour, state, patient), hours 0 to `hours`; `varied` gives parameters per patient.

    >>> simulate_reynolds([1.0, 1.5], 200, dtype=np.float64)[200, 1].round(3).tolist()
    [0.034, 0.615]
    """
    model = model or Reynolds()
    pathogen = np.atleast_1d(np.asarray(pathogen, dtype=dtype))
    per_hour = round(1.0 / step)
    if hours < 0 or step <= 0 or abs(per_hour * step - 1.0) > 1e-9:
        raise SimulationError("simulate_reynolds needs whole hours and a step that divides one hour.")
    if not (np.isfinite(pathogen).all() and (pathogen >= 0).all()):
        raise SimulationError("Every first pathogen count must be a finite number of 0 or more.")
    blocks = -(-len(pathogen) // LANES)
    rows = _parameter_rows(varied or {}, model, len(pathogen), blocks, dtype)
    first = np.zeros(blocks * LANES, dtype)
    first[: len(pathogen)] = pathogen
    out = np.empty((blocks, hours + 1, 4, LANES), dtype)
    fixed = np.array(
        [getattr(model, name) for name in model.__dataclass_fields__ if name not in VARIED] + [step],
        dtype=dtype,
    )
    threads = max(1, min(threads or os.cpu_count() or 1, blocks))
    cuts = np.linspace(0, blocks, threads + 1).astype(int)
    with ThreadPoolExecutor(threads) as pool:
        tasks = [
            pool.submit(_run_blocks, first, rows, fixed, per_hour, out, start, stop)
            for start, stop in pairwise(cuts)
        ]
        for task in tasks:
            task.result()
    return out.transpose(1, 2, 0, 3).reshape(hours + 1, 4, blocks * LANES)[:, :, : len(pathogen)]


def _parameter_rows(varied, model, count, blocks, dtype):
    unknown = set(varied) - set(VARIED)
    if unknown:
        raise SimulationError(
            f"These parameters cannot vary by patient: {sorted(unknown)}; these can: {list(VARIED)}."
        )
    rows = np.empty((len(VARIED), blocks * LANES), dtype)
    for index, name in enumerate(VARIED):
        rows[index] = getattr(model, name)
        if name in varied:
            rows[index, :count] = varied[name]
    if not (np.isfinite(rows).all() and (rows >= 0).all()):
        raise SimulationError("Every Reynolds parameter must be a finite number of 0 or more.")
    return rows


@numba.njit(nogil=True, fastmath=True, cache=True, error_model="numpy")
def _run_blocks(first, rows, fixed, per_hour, out, start, stop):
    half, sixth_part = fixed.dtype.type(0.5), fixed.dtype.type(1.0 / 6.0)
    two, one = fixed.dtype.type(2.0), fixed.dtype.type(1.0)
    local_kill, local_use, local_supply, local_decay = fixed[0], fixed[1], fixed[2], fixed[3]
    inverse_capacity = one / fixed[4]
    by_pathogen, by_phagocytes, by_damage, supply = fixed[5], fixed[6], fixed[7], fixed[8]
    resting_decay, phagocyte_decay, repair = fixed[9], fixed[10], fixed[11]
    inverse_inhibition, mediator_supply = one / fixed[12], fixed[13]
    damage_signal, mediator_decay, step = fixed[14], fixed[15], fixed[16]
    state = np.empty((4, LANES), fixed.dtype)
    for block in range(start, stop):
        base = block * LANES
        for lane in range(LANES):
            state[0, lane], state[1, lane], state[2, lane] = first[base + lane], 0.0, 0.0
            state[3, lane] = mediator_supply / mediator_decay
        out[block, 0] = state
        hours = out.shape[1]
        for hour in range(1, hours):
            for _ in range(per_hour):
                for lane in range(LANES):
                    growth, kill, damage_rate = (
                        rows[0, base + lane],
                        rows[1, base + lane],
                        rows[2, base + lane],
                    )
                    threshold, gain = rows[3, base + lane], rows[4, base + lane]
                    cube = threshold * threshold * threshold
                    p0, n0, d0, c0 = state[0, lane], state[1, lane], state[2, lane], state[3, lane]
                    p, n, d, c = p0, n0, d0, c0
                    sp, sn, sd, sc = p * 0, p * 0, p * 0, p * 0
                    for stage in range(4):
                        ratio = c * inverse_inhibition
                        inhibited = one / (one + ratio * ratio)
                        effect = n * inhibited
                        drive = inhibited * (by_phagocytes * n + by_pathogen * p + by_damage * d)
                        signal = inhibited * (n + damage_signal * d)
                        third = effect * effect * effect
                        power = third * third
                        local = local_kill * local_supply * p / (local_decay + local_use * p)
                        dp = growth * p * (one - p * inverse_capacity) - local - kill * effect * p
                        dn = supply * drive / (resting_decay + drive) - phagocyte_decay * n
                        dd = damage_rate * power / (cube * cube + power) - repair * d
                        dc = mediator_supply + gain * signal / (one + signal) - mediator_decay * c
                        weight = one if stage == 0 or stage == 3 else two
                        ahead = step if stage == 2 else half * step
                        sp, sn, sd, sc = (
                            sp + weight * dp,
                            sn + weight * dn,
                            sd + weight * dd,
                            sc + weight * dc,
                        )
                        p, n, d, c = p0 + ahead * dp, n0 + ahead * dn, d0 + ahead * dd, c0 + ahead * dc
                    part = step * sixth_part
                    # Below any count that matters; also keeps float32 out of slow subnormal numbers.
                    rest = p0 + part * sp
                    state[0, lane] = rest if rest > 1e-30 else p * 0
                    state[1, lane], state[2, lane] = n0 + part * sn, d0 + part * sd
                    state[3, lane] = c0 + part * sc
            out[block, hour] = state
