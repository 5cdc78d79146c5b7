"""The card of a model and the items of TRIPOD+AI, each filled by the run or left for the people who use it."""

from collections.abc import Mapping
from typing import Any

import polars as pl

_OPEN = "to be written by the authors"


def card(about: Mapping[str, Any], found: Mapping[str, Any]) -> pl.DataFrame:
    """What, facts: one row for each thing a reader must know before use."""
    label, training = about["label"], about["training"]
    hospitals = "; ".join(
        f"{name}: {one['stays']:,} stays, {one['septic']:,} with an onset"
        for name, one in training["hospitals"].items()
    )
    facts = {
        "version": f"opensepsis {about['opensepsis']}, made {about['made']}, digest {found['about']['model'][:12]}",
        "profile": about["profile"],
        "foresees": f"{label['definition']} within {label['horizon_hours']:g} h (gap {label['gap_hours']:g} h)",
        "learned from": hospitals,
        "left out": "; ".join(f"{count:,} {reason}" for reason, count in about["left_out"].items() if count)
        or "nothing",
        "folds": f"{training['folds']}, by patient within hospital and outcome, seed {training['seed']}",
        "known failures": "stays over 52 h in data where only septic patients stay; hospitals that measure otherwise; "
        "alarms after clinicians acted",
        "not for": "treatment decisions; " + about["not_a_medical_device"],
    }
    return pl.DataFrame({"what": list(facts), "facts": list(facts.values())})


def tripod_items(about: Mapping[str, Any], found: Mapping[str, Any]) -> pl.DataFrame:
    """Item and where it is reported; items that no run can fill are named as such."""
    label, training, one = about["label"], about["training"], found["about"]
    items = {
        "1 title": "evaluation (and development) of a model that foresees sepsis",
        "2 abstract": _OPEN,
        "3 background, health inequalities": _OPEN,
        "4 objectives": "development and evaluation; see the card",
        "5 data sources, dates": f"{', '.join(training['hospitals'])} (training), {', '.join(one['hospitals'])} (here); dates: {_OPEN}",
        "6 participants": "stays of the timeline of the kind asked for; see the card for those left out",
        "7 data preparation": "last value of each hour as known; no imputation in trees, medians in the logistic regression",
        "8 outcome": f"{label['definition']}, horizon {label['horizon_hours']:g} h",
        "9 predictors": "`inputs` and `features` of model.json",
        "10 sample size": f"{sum(h['stays'] for h in training['hospitals'].values()):,} stays, "
        f"{sum(h['septic'] for h in training['hospitals'].values()):,} with an onset",
        "11 missing data": "a missing value is a branch of the trees; how often each is known: `beside` of model.json",
        "12 analytical methods": "boosted trees, cross-fitted by patient; see *What the score rests on* where it was asked for",
        "13 class imbalance": "patients without sepsis are sampled and weighted back; calibrated on cross-fitted scores",
        "14 fairness": "section Groups",
        "15 model output": "risk, and the thresholds of model.json",
        "16 training versus evaluation": one["judged_by"],
        "17 ethical approval": _OPEN,
        "18 open science (funding, conflicts, protocol, registration, data, code)": _OPEN
        + "; code: this package",
        "19 patient and public involvement": _OPEN,
        "20 participants, results": f"{one['stays']:,} stays, {one['septic_stays']:,} with an onset",
        "21 model development": f"{training['positive_hours']:,} positive hours in training",
        "22 model specification": "trees/*.txt and model.json",
        "23 model performance": "sections Telling hours apart to Three ways of scoring",
        "24 model updating": "`opensepsis predict adapt`",
        "25 interpretation": _OPEN,
        "26 limitations": "the card's known failures; " + _OPEN,
        "27 usability in care": "section When it does not know; " + _OPEN,
    }
    return pl.DataFrame({"item": list(items), "where": list(items.values())})
