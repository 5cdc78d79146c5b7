"""What a model is worth on some patients: hours, alarms, calibration and groups, always beside the clock and the scores of the wards."""

import numpy as np

from opensepsis.uses.predict.alarms import BUDGETS
from opensepsis.uses.predict.beside import CLOCK
from opensepsis.uses.predict.bootstrap import SAMPLES
from opensepsis.uses.predict.calibration import calibration
from opensepsis.uses.predict.judged_alarms import abstention, alarms_at, groups, promise_held
from opensepsis.uses.predict.judged_rows import MODEL, Rows, compared
from opensepsis.uses.predict.metrics import (
    WITHOUT_SEPSIS_LEAVE,
    auroc,
    average_precision,
    hour_matched_auroc,
    hour_paired_auroc,
    net_benefit,
)
from opensepsis.uses.predict.true_onset import leads_to_truth
from opensepsis.uses.predict.utility import best_threshold

_BANDS = ((1, 6), (7, 12), (13, 24), (25, 48), (49, 52), (53, 10_000))
_RISKS = (0.01, 0.02, 0.03, 0.05, 0.1)


def evaluate(rows: Rows) -> dict:
    """Every figure, as plain numbers for JSON; NaN where a figure has nothing to rest on."""
    return {
        "about": _about(rows),
        "discrimination": _discrimination(rows),
        "by_hour": _by_hour(rows),
        "utility": _utility(rows),
        "alarms": [alarms_at(rows, f"budget_{share:.0%}", share) for share in BUDGETS],
        "promise": promise_held(rows),
        "calibration": _calibration(rows),
        "net_benefit": [
            {
                "risk": risk,
                "model": net_benefit(rows.risk, rows.positive, risk),
                "treat all": net_benefit(np.ones(len(rows.at)), rows.positive, risk),
            }
            for risk in _RISKS
        ],
        "groups": groups(rows),
        "three_ways": _three_ways(rows),
        "abstention": abstention(rows),
        "conformal": _conformal(rows),
        "true_onset": leads_to_truth(rows),
    }


def _about(rows: Rows) -> dict:
    cohort, kept = rows.cohort, np.unique(rows.stay)
    return {
        "patients": len(np.unique(cohort.patients[kept])),
        "stays": len(kept),
        "hours": len(rows.at),
        "septic_stays": int(cohort.septic[kept].sum()),
        "positive_hours": int(rows.positive.sum()),
        "hospitals": cohort.hospitals,
        "label": dict(cohort.labels.about),
        "left_out": dict(cohort.labels.left_out),
        "model": rows.model.digest,
        "judged_by": "the boosters, calibration and thresholds of other folds"
        if rows.nested
        else "the model as it was trained",
        "intervals": f"95 %, by patient: {SAMPLES} bootstrap samples; areas: linearised",
    }


def _discrimination(rows: Rows) -> list[dict]:
    found = []
    for name, score in compared(rows).items():
        plain = auroc(score, rows.positive, rows.patient)
        matched = hour_matched_auroc(score, rows.positive, rows.hours, rows.patient)
        paired = hour_paired_auroc(score, rows.positive, rows.hours, rows.patient)
        found.append(
            {
                "score": name,
                "auroc": plain.value,
                "auroc_low": plain.low,
                "auroc_high": plain.high,
                "hour_matched": matched.value,
                "hour_matched_low": matched.low,
                "hour_matched_high": matched.high,
                "hour_paired": paired.value,
                "hour_paired_low": paired.low,
                "hour_paired_high": paired.high,
                "average_precision": average_precision(score, rows.positive),
            }
        )
    return found


def _by_hour(rows: Rows) -> list[dict]:
    found = []
    for first, last in _BANDS:
        here = (rows.hours >= first) & (rows.hours <= last)
        area = auroc(rows.risk[here], rows.positive[here], rows.patient[here]) if here.any() else None
        found.append(
            {
                "hours": f"{first} to {last}" if last < 10_000 else f"over {first - 1}",
                "rows": int(here.sum()),
                "positive": float(rows.positive[here].mean()) if here.any() else float("nan"),
                "auroc": area.value if area else float("nan"),
                "low": area.low if area else float("nan"),
                "high": area.high if area else float("nan"),
            }
        )
    return found


def _utility(rows: Rows) -> dict:
    """The share of what is attainable, of all hours and of the early ones, each beside the clock's; the gain over the clock is paired."""
    found = {}
    stays = len(rows.cohort.grid.begin) - 1
    for name, point, mask in (
        ("all hours", "utility", np.ones(len(rows.at), bool)),
        ("early hours", "utility_early", rows.hours <= WITHOUT_SEPSIS_LEAVE),
    ):
        attainable = np.bincount(rows.stay, np.where(mask, np.maximum(rows.gain, 0), 0), minlength=stays)
        won = {
            who: np.bincount(rows.stay, np.where(mask & over, rows.gain, 0), minlength=stays)
            for who, over in ((MODEL, rows.over[point]), (CLOCK, rows.clock_over[point]))
        }

        def figures(weight: np.ndarray, attainable=attainable, won=won) -> dict[str, float]:
            of = float(weight @ attainable)
            share = {who: float(weight @ sums_) / of if of else float("nan") for who, sums_ in won.items()}
            return share | {"gain over the clock": share[MODEL] - share[CLOCK]}

        value, ends = figures(np.ones(stays)), rows.draws.intervals(figures)
        best = {}
        for who, score in compared(rows).items():
            told = score[mask] > best_threshold(score[mask].astype(float), rows.gain[mask])
            best[who] = float(rows.gain[mask][told].sum() / max(np.maximum(rows.gain[mask], 0).sum(), 1e-12))
        found[name] = {
            who: {"value": v, "low": ends[who][0], "high": ends[who][1]} for who, v in value.items()
        }
        found[name]["at_their_best_threshold_here"] = best
        found[name]["share_of_hours_alarmed"] = (
            float(rows.over[point][mask].mean()) if mask.any() else float("nan")
        )
    return found


def _calibration(rows: Rows) -> list[dict]:
    found = []
    names = rows.cohort.grid.stays["hospital"].to_numpy()
    for hospital in rows.cohort.hospitals:
        here = (names == hospital)[rows.stay]
        if not rows.positive[here].any():
            continue
        found.append(
            {
                "hospital": hospital,
                **calibration(rows.risk[here], rows.positive[here], rows.patient[here])._asdict(),
            }
        )
        found[-1]["curve"] = _curve(rows.risk[here], rows.positive[here])
    return found


def _curve(risk: np.ndarray, positive: np.ndarray) -> list[dict]:
    order = np.argsort(risk, kind="stable")
    return [
        {"expected": float(risk[part].mean()), "observed": float(positive[part].mean()), "hours": len(part)}
        for part in np.array_split(order, 10)
        if len(part)
    ]


def _three_ways(rows: Rows) -> list[dict]:
    """Every hour; one hour at a fixed time before the onset against one drawn hour of others; the highest risk of each stay."""
    onset, drawn = rows.cohort.labels.onset, np.random.default_rng(0)
    horizon = float(rows.cohort.labels.about["horizon_hours"])
    with np.errstate(invalid="ignore"):
        fixed = np.abs(onset[rows.stay] - rows.hours - horizon) < 0.5
    order = drawn.permutation(len(rows.at))
    order = order[np.isnan(onset[rows.stay[order]])]
    _, first = np.unique(rows.stay[order], return_index=True)
    some = np.concatenate([np.flatnonzero(fixed), order[first]])
    ends = np.append(np.flatnonzero(np.diff(rows.stay)), len(rows.at) - 1)
    begin = np.append(0, ends[:-1] + 1)
    highest = np.maximum.reduceat(rows.risk, begin)
    ways = {
        "every hour": (rows.risk, rows.positive, rows.patient),
        "fixed horizon": (rows.risk[some], fixed[some], rows.patient[some]),
        "per patient": (highest, rows.cohort.septic[rows.stay[begin]], rows.patient[begin]),
    }
    found = []
    for name, (score, positive, patient) in ways.items():
        area = auroc(score, positive, patient)
        found.append(
            {
                "way": name,
                "auroc": area.value,
                "low": area.low,
                "high": area.high,
                "average_precision": average_precision(score, positive),
            }
        )
    return found


def _conformal(rows: Rows) -> dict:
    """How often the true class was among those not ruled out, at an error of 10 %, on one drawn hour of each patient."""
    if not rows.model.conformal.get("positive"):
        return {}
    order = np.random.default_rng(1).permutation(len(rows.at))
    septic = np.bincount(rows.patient, rows.positive) > 0
    yes, no = rows.not_ruled_out
    found: dict = {"error": 0.1}
    for name, mine, kept in (("positive", rows.positive, yes), ("negative", ~septic[rows.patient], no)):
        chosen = order[mine[order]]
        _, first = np.unique(rows.patient[chosen], return_index=True)
        drawn = chosen[first]
        if len(drawn):
            found[name] = {"covered": float(kept[drawn].mean()), "certain": float((yes != no)[drawn].mean())}
    return found


def without_nan(found: dict) -> dict:
    """The same with null for what is not a number, as JSON asks."""
    return {name: _plain(one) for name, one in found.items()}


def _plain(found):
    if isinstance(found, dict):
        return without_nan(found)
    if isinstance(found, list | tuple):
        return [_plain(one) for one in found]
    if isinstance(found, float | np.floating):
        return float(found) if np.isfinite(found) else None
    return (
        int(found) if isinstance(found, np.integer) else bool(found) if isinstance(found, np.bool_) else found
    )
