"""Circulation, solved at rest within each step: the form of Zenker 2007 (PLoS Comput Biol 3:e204), re-based to a resting adult.

Blood volume minus what the veins hold gives filling, filling and contractility give stroke volume, output and resistance give
pressure, and the baroreflex answers. Inflammation widens arteries and veins and makes vessels leak; numbers are own calibration.
"""

import numba
import numpy as np


@numba.njit
def pressor_effect(body, p):
    """The rise of resistance by norepinephrine and vasopressin, as a share: saturating, and weaker in vasoplegia."""
    answer = 1.0 - p.pressor_resistance * body.heart * (1.0 - p.steroid_restores * body.steroid)
    return answer * (
        p.norepinephrine_gain * body.norepinephrine / (body.norepinephrine + p.norepinephrine_half)
        + p.vasopressin_gain * body.vasopressin / (body.vasopressin + p.vasopressin_half)
    )


@numba.njit
def _widened(body, who, p, steroid):
    slack = p.dilation_max * body.dilation + p.dilation_heart * body.heart
    return min(0.85, who.dilation * slack * (1.0 - p.steroid_tone * steroid))


@numba.njit
def pressure_without_drugs(body, who, p):
    """The share of the present pressure that would be left without vasopressors and steroid."""
    untreated, treated = _widened(body, who, p, 0.0), _widened(body, who, p, body.steroid)
    return (1.0 - untreated) / (1.0 - treated) / (1.0 + pressor_effect(body, p))


@numba.njit
def settle_circulation(body, who, p):
    """Heart rate, output, filling and mean pressure for the present volume, tone and drugs."""
    square = body.cytokine * body.cytokine
    body.dilation = square / (square + p.dilation_half * p.dilation_half)
    widened = _widened(body, who, p, body.steroid)
    tone = (1.0 - widened - p.sedation_tone * body.sedation) * np.exp(body.noise_tone)
    pressor = pressor_effect(body, p)
    strength = (
        who.contractility
        * (1.0 - p.heart_depression * body.heart)
        * (1.0 + p.norepinephrine_strength * pressor)
    )
    fever = max(0.0, body.temperature - 37.0)
    base = who.rate + p.rate_fever * fever + p.rate_cytokine * body.dilation + body.noise_rate
    highest = 215.0 - 0.9 * who.age
    reflex = body.reflex
    for _ in range(6):
        rate = min(highest, max(40.0, base + who.rate_reflex * p.rate_reflex * (reflex - 0.5)))
        resistance = who.resistance * tone * (1.0 + p.resistance_reflex * (reflex - 0.5)) * (1.0 + pressor)
        veins = who.unstressed * (
            1.0
            + p.venodilation * widened
            - p.vein_reflex * (reflex - 0.5)
            - p.vein_pressor * min(1.0, pressor)
        )
        filling = max(0.05, body.volume - veins) / who.compliance
        fast = max(0.0, rate - 130.0) / 120.0
        stroke = strength * who.stroke * filling / (filling + p.filling_half) * (1.0 - fast * fast)
        output = stroke * rate / 1000.0
        pressure = output * resistance + p.venous_share * filling
        answer = 1.0 / (1.0 + np.exp((pressure - who.set_pressure) / p.reflex_width))
        # The loop gain is near 5: larger steps would swing instead of settling.
        reflex += 0.2 * (answer - reflex)
    body.reflex, body.rate, body.output = reflex, rate, output
    body.filling, body.pressure = filling, max(15.0, pressure)


@numba.njit
def exchange_volume(body, who, p, intake, losses, step):
    """Blood and tissue water after intake (L/h), urine and other losses (L/h), capillary leak and lymph."""
    leak = p.leak_rate * body.dilation * body.dilation * who.leak * body.volume
    spread = p.spread_rate * ((body.volume - who.volume) - body.oedema / p.tissue_share)
    flow = (leak + spread) * step - p.lymph_rate * body.oedema * step
    flow = max(flow, -body.oedema)
    out = min(losses * step, 0.3 * body.volume)
    body.volume += intake * step - out - flow
    body.oedema += flow
    body.volume_in += intake * step
    body.volume_out += out
    wet = max(0.0, p.venous_share * body.filling - p.wet_filling) + p.wet_oedema * max(0.0, body.oedema - 4.0)
    body.lung_water += step * (p.lung_water_rate * wet - p.lung_water_clear * body.lung_water)


@numba.njit
def owe_oxygen(body, who, p):
    """Oxygen debt from 0 to 1: delivery short of need, low pressure, and failing small vessels."""
    delivery = body.output * body.hemoglobin * 13.4 * body.saturation
    need = who.oxygen_use * (1.0 + 0.08 * (body.temperature - 37.0)) * (1.0 - 0.15 * body.sedation)
    short = max(0.0, 1.0 - delivery / (p.delivery_reserve * need))
    low = min(1.0, max(0.0, p.debt_pressure - body.pressure) / 30.0)
    body.debt = min(1.0, short + p.debt_low * low + p.debt_vessels * body.heart * body.toxicity)
