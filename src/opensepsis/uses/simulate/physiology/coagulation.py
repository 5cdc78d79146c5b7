"""Clotting: thrombin, anticoagulants, fibrinogen, platelets, D-dimer and clotting factors. Own design, not a published model."""

import numba


@numba.njit
def advance_clotting(body, who, p, step):
    """The clotting state one step later; thrombin is driven by inflammation and held by anticoagulants."""
    liver = 1.0 - p.liver_synthesis_loss * body.liver
    thrombin, guard = body.thrombin, body.anticoagulant
    made = p.thrombin_gain * who.clotting * body.cytokine * (1.0 - p.anticoagulant_hold * guard)
    body.thrombin = max(0.0, thrombin + step * (made - p.thrombin_decay * thrombin))
    use = p.anticoagulant_use * thrombin + p.anticoagulant_damage * body.toxicity
    body.anticoagulant = _toward(guard, p.anticoagulant_supply * liver, p.anticoagulant_supply + use, step)
    acute = 1.0 + p.fibrinogen_acute * who.acute * body.crp / (body.crp + 100.0)
    body.fibrinogen = _toward(
        body.fibrinogen,
        p.fibrinogen_turnover * liver * acute * who.fibrinogen,
        p.fibrinogen_turnover + p.fibrinogen_use * thrombin,
        step,
    )
    lost = (
        who.clotting * (p.platelet_use * thrombin + p.platelet_damage * body.toxicity)
        + p.platelet_marrow * body.marrow
    )
    body.platelets = _toward(
        body.platelets, p.platelet_turnover * who.platelets, p.platelet_turnover + lost, step
    )
    lysis = 1.0 / (1.0 + p.lysis_block * body.cytokine)
    burst = p.d_dimer_gain * thrombin * body.fibrinogen / 300.0 * lysis
    body.d_dimer = _toward(body.d_dimer, p.d_dimer_decay * who.d_dimer + burst, p.d_dimer_decay, step)
    body.clotting_factors = _toward(
        body.clotting_factors,
        p.factor_turnover * liver * who.clotting_factors,
        p.factor_turnover + p.factor_use * thrombin,
        step,
    )


@numba.njit
def inr(body, p):
    """The INR that goes with the clotting factors left (1 is normal)."""
    return max(0.8, body.clotting_factors ** (-p.inr_power))


@numba.njit
def _toward(value, gain, loss, step):
    """x' = gain - loss x over one step by the implicit Euler rule, which can never turn negative."""
    return (value + step * gain) / (1.0 + step * loss)
