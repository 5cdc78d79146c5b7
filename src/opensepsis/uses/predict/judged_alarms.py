"""What alarms are worth: at budgets, before clinicians acted, in groups, where the model abstains, and whether a promise holds."""

import numpy as np

from opensepsis.uses.predict.alarms import (
    SILENCE,
    Alarms,
    AlarmSums,
    budget_threshold,
    lead_times,
    raise_alarms,
    sums,
)
from opensepsis.uses.predict.familiarity import OK, STATES
from opensepsis.uses.predict.judged_rows import Rows
from opensepsis.uses.predict.metrics import hour_matched_auroc

_AGES = ((0, 45), (45, 65), (65, 80), (80, 200))


def _raised(rows: Rows, over: np.ndarray) -> Alarms:
    return raise_alarms(over, rows.stay, rows.hours, rows.cohort.labels.onset)


def _stay_hours(rows: Rows, mask: np.ndarray | None = None) -> np.ndarray:
    stays = len(rows.cohort.grid.begin) - 1
    return np.bincount(rows.stay if mask is None else rows.stay[mask], minlength=stays)


def alarms_at(rows: Rows, point: str, share: float) -> dict:
    over = rows.over[point]
    raised = _raised(rows, over)
    one = sums(raised, rows.cohort.labels.onset, _stay_hours(rows))
    return {
        "budget": share,
        "hours_above": float(over.mean()),
        "alarms": len(raised.row),
        "silence_hours": SILENCE,
        **_with_intervals(rows, one),
        "lead_hours": lead_times(raised),
        "before_clinicians_acted": _before_acting(rows, raised),
        "at_this_share_here": _here(rows, share),
    }


def _here(rows: Rows, share: float) -> dict:
    """The same with the threshold set on these patients, so that exactly this share of hours lies above."""
    raised = _raised(rows, rows.risk > budget_threshold(rows.risk, share))
    return _with_intervals(rows, sums(raised, rows.cohort.labels.onset, _stay_hours(rows)))


def _with_intervals(rows: Rows, one: AlarmSums) -> dict[str, dict[str, float]]:
    """Every figure of alarms with its 95 % interval by patient."""
    ends = rows.draws.intervals(one.figures)
    return {
        name: {"value": v, "low": ends[name][0], "high": ends[name][1]} for name, v in one.figures().items()
    }


def _before_acting(rows: Rows, raised: Alarms) -> dict | None:
    """Of the septic stays with a right alarm, how many had it before the first culture, lactate or antibiotic; None: not known here."""
    if rows.acted is None or np.isnan(rows.acted).all():
        return None
    right = raised.right
    _, first = np.unique(raised.stay[right], return_index=True)
    stays, hour = raised.stay[right][first], rows.hours[raised.row[right][first]]
    acted = rows.acted[stays]
    known = ~np.isnan(acted)
    return {
        "found": len(stays),
        "before": int((hour[known] < acted[known]).sum()),
        "after": int((hour[known] >= acted[known]).sum()),
        "clinicians_never_acted": int((~known).sum()),
    }


def promise_held(rows: Rows) -> dict:
    over = rows.over["promise"]
    if "promise" not in rows.model.thresholds or not over.any():
        return {"made": False}
    raised = _raised(rows, over)
    one = sums(raised, rows.cohort.labels.onset, _stay_hours(rows))
    seen = one.figures()
    low, high = rows.draws.interval(lambda w: one.figures(w)["precision"])
    trained = rows.model.about.get("training", {}).get("hospitals", {})
    elsewhere = not rows.nested and not set(rows.cohort.hospitals) <= set(trained)
    return {
        "made": True,
        "precision": 0.3,
        "seen": seen["precision"],
        "low": low,
        "high": high,
        "recall": seen["recall"],
        "alarms": len(raised.row),
        "valid_here": not elsewhere,
        "words": "not promised here until local labels confirm it"
        if elsewhere
        else "promised for patients like those learned from",
    }


def groups(rows: Rows) -> list[dict]:
    stays = rows.cohort.grid.stays
    sex, age, hospital = (
        stays["sex"].to_numpy(),
        stays["age"].to_numpy().astype(float),
        stays["hospital"].to_numpy(),
    )
    masks = {f"sex {name}": sex == name for name in ("F", "M")}
    masks |= {
        f"age {a} to {b - 1}" if b < 200 else f"age {a} and over": (age >= a) & (age < b) for a, b in _AGES
    }
    masks |= {f"hospital {name}": hospital == name for name in rows.cohort.hospitals}
    point = "budget_2%"
    raised, found = _raised(rows, rows.over[point]), []
    of_stay = sums(raised, rows.cohort.labels.onset, _stay_hours(rows))
    for name, mask in masks.items():
        here = mask[rows.stay]
        if not (rows.positive & here).any():
            continue
        area = hour_matched_auroc(rows.risk[here], rows.positive[here], rows.hours[here], rows.patient[here])
        figures = of_stay.figures(mask.astype(float))
        ends = rows.draws.intervals(lambda w, mask=mask: of_stay.figures(w * mask))
        found.append(
            {
                "group": name,
                "stays": len(np.unique(rows.stay[here])),
                "hour_matched": area.value,
                "low": area.low,
                "high": area.high,
                "recall": figures["recall"],
                "recall_low": ends["recall"][0],
                "recall_high": ends["recall"][1],
                "precision": figures["precision"],
                "precision_low": ends["precision"][0],
                "precision_high": ends["precision"][1],
            }
        )
    return found


def abstention(rows: Rows) -> list[dict]:
    over = rows.over["budget_2%"]
    raised = _raised(rows, over)
    state = rows.scored.state[rows.at]
    found = []
    for place, name in enumerate(STATES):
        here = state == place
        inside = raised.row[here[raised.row]]
        found.append(
            {
                "state": name,
                "share_of_hours": float(here.mean()),
                "positive_hours": float(rows.positive[here].sum() / max(rows.positive.sum(), 1)),
                "alarms": len(inside),
                "right_alarms": int(raised.right[here[raised.row]].sum()),
                "missed_septic_stays": len(np.unique(rows.stay[here & rows.positive & ~over]))
                if name != OK
                else None,
            }
        )
    return found
