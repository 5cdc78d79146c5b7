"""The page of a model's evaluation: what it is worth, beside the clock and the scores of the wards; its card and the TRIPOD+AI items."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from opensepsis.report.tripod import card, tripod_items
from opensepsis.uses.pages.charts import NUMBER, calibration_curve, shares
from opensepsis.uses.pages.document import Link, document
from opensepsis.uses.pages.drawing import alt
from opensepsis.uses.pages.section import Section

_PERCENT = frozenset(
    {
        "recall",
        "precision",
        "from",
        "to",
        "hours above",
        "share of hours",
        "others alarmed",
        "of positive hours",
    }
)


def prediction_page(about: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    """One HTML page that loads nothing, from what a model says of itself and the figures of `predict evaluate`."""
    sections = [
        _discrimination(found),
        _within_hours(found),
        _utility(found),
        _ablation(about),
        _alarms(found),
        _acted(found),
        _true_onset(found),
        _promise(found),
        _calibration(found),
        _net_benefit(found),
        _groups(found),
        _three_ways(found),
        _abstention(found),
        Section("card", "Model card", "What the model is, filled by the run.", card(about, found)),
        Section(
            "tripod",
            "TRIPOD+AI",
            "Where each item is reported (Collins GS and others, BMJ 2024;385:e078378).",
            tripod_items(about, found),
        ),
    ]
    shown = [one for one in sections if one]
    return document(
        "What the model is worth",
        _about(found),
        shown,
        f"Made by opensepsis {about['opensepsis']}. {about['not_a_medical_device']}",
        "Prediction of sepsis",
        [Link(f"#{one.name}", one.title) for one in shown],
    )


def _about(found: Mapping[str, Any]) -> str:
    one = found["about"]
    return (
        f"{one['patients']:,} patients, {one['stays']:,} stays ({one['septic_stays']:,} with an onset), {one['hours']:,} hours of "
        f"{', '.join(one['hospitals'])}. Judged by {one['judged_by']}. Intervals: {one['intervals']}."
    )


def _discrimination(found: Mapping[str, Any]) -> Section:
    rows = [
        {
            "score": one["score"],
            "share": one["hour_matched"],
            "low": one["hour_matched_low"],
            "high": one["hour_matched_high"],
            "within the hour, all pairs": one["hour_paired"],
            "pairs from": one["hour_paired_low"],
            "pairs to": one["hour_paired_high"],
            "AUROC, all hours": one["auroc"],
            "AUROC from": one["auroc_low"],
            "AUROC to": one["auroc_high"],
            "average precision": one["average_precision"],
        }
        for one in found["discrimination"]
    ]
    table = pl.DataFrame(rows, infer_schema_length=None)
    figure = shares(table, "score", "AUROC within the hour", NUMBER, alt.Scale(zero=False))
    return Section(
        "discrimination",
        "Telling hours apart",
        "AUROC within the hour compares only hours equally long after admission, so that a clock has 0.5: the mean over positive hours, "
        "and over all pairs, in which the hours count more at which many are still there. "
        "Over all hours a clock alone has more than that.",
        table.rename({"share": "within the hour", "low": "from", "high": "to"}),
        figure,
        "AUROC within the hour of each score, with intervals.",
    )


def _within_hours(found: Mapping[str, Any]) -> Section:
    table = pl.DataFrame(found["by_hour"], infer_schema_length=None).rename(
        {"positive": "positive hours", "low": "from", "high": "to"}
    )
    text = "AUROC in bands of hours since admission, and how many hours in them are positive."
    return Section("by-hour", "By hour since admission", text, table, percent=frozenset({"positive hours"}))


def _utility(found: Mapping[str, Any]) -> Section:
    rows = []
    for name, one in found["utility"].items():
        for who in ("model", "clock alone", "gain over the clock"):
            rows.append(
                {
                    "hours and score": f"{name}: {who}",
                    "share": one[who]["value"],
                    "low": one[who]["low"],
                    "high": one[who]["high"],
                }
            )
        for who, best in one["at_their_best_threshold_here"].items():
            rows.append(
                {
                    "hours and score": f"{name}: {who}, at its best threshold here",
                    "share": best,
                    "low": None,
                    "high": None,
                }
            )
    table = pl.DataFrame(rows, infer_schema_length=None)
    drawn = shares(
        table.drop_nulls("low"),
        "hours and score",
        "share of the attainable utility",
        NUMBER,
        alt.Scale(zero=True),
    )
    return Section(
        "utility",
        "Utility of the challenge of 2019",
        "Alarms before an onset earn, false and late ones cost; 1 is perfect, 0 is silence. Early hours are those up to 52: later almost "
        "no patient without "
        "sepsis is left in the challenge's data, and a clock earns most of the score. Thresholds come from the training.",
        table.rename({"share": "utility", "low": "from", "high": "to"}),
        drawn,
        "Utility of the model and of the clock, with intervals.",
    )


def _ablation(about: Mapping[str, Any]) -> Section | None:
    if not about.get("ablation"):
        return None
    table = pl.DataFrame(about["ablation"], infer_schema_length=None)
    text = (
        "Cross-fitted in the training with only some kinds of features: how much is the clock, how much the staff's habit, "
        "how much the patient."
    )
    return Section("ablation", "What the score rests on", text, table)


def _alarms(found: Mapping[str, Any]) -> Section:
    rows = []
    for one in found["alarms"]:
        lead = one["lead_hours"]
        rows.append(
            {
                "budget": f"{one['budget']:.0%} of hours",
                "hours above": one["hours_above"],
                "alarms": one["alarms"],
                "recall": one["recall"]["value"],
                "recall, 95 %": _ends(one["recall"]),
                "precision": one["precision"]["value"],
                "precision, 95 %": _ends(one["precision"]),
                "precision of first alarms": one["precision_first"]["value"],
                "alarms in 100 patient-days": one["alarms_per_100_days"]["value"],
                "others alarmed": one["others_alarmed"]["value"],
                "lead, h (quartiles)": "–"
                if lead["median"] is None
                else f"{lead['q25']:.1f}, {lead['median']:.1f}, {lead['q75']:.1f}",
            }
        )
    silence = found["alarms"][0]["silence_hours"]
    return Section(
        "alarms",
        "Alarms",
        f"At thresholds of the training, with {silence} h of silence after each. An alarm is right from 12 h before to 3 h after onset; "
        "recall counts septic stays "
        "with a right alarm, others alarmed those without sepsis that have any.",
        pl.DataFrame(rows, infer_schema_length=None),
        percent=_PERCENT | {"precision of first alarms"},
    )


def _true_onset(found: Mapping[str, Any]) -> Section | None:
    """Only where it is known when sepsis truly began."""
    told = found.get("true_onset")
    if not told:
        return None
    rows = [{"told by": "the definition", **told["definition"]}]
    rows += [{"told by": f"alarms at {one['budget']:.0%} of hours", **one} for one in told["alarms"]]
    table = [
        {
            "told by": row["told by"],
            "stays": row["found"],
            "before the true onset": row["before"],
            "hours before it (quartiles)": "–"
            if row["median"] is None
            else f"{row['q25']:.1f}, {row['median']:.1f}, {row['q75']:.1f}",
        }
        for row in rows
    ]
    text = (
        f"In {told['stays']:,} stays sepsis truly began; that is known because they are simulated. Of each the first alarm from 24 h "
        "before on, in the hours up to the definition's onset. Hours below 0 are after the true onset: a lead before the definition "
        "is not a lead before the illness."
    )
    return Section("true-onset", "Before the true onset", text, pl.DataFrame(table, infer_schema_length=None))


def _acted(found: Mapping[str, Any]) -> Section:
    told = [(one["budget"], one["before_clinicians_acted"]) for one in found["alarms"]]
    text = (
        "Septic stays with a right alarm: was it before the first culture, lactate or antibiotic of the stay? "
        "Later alarms tell clinicians nothing new."
    )
    rows = [{"budget": f"{budget:.0%} of hours", **one} for budget, one in told if one]
    if not rows:
        return Section(
            "acted",
            "Before clinicians acted",
            "Not known: the data hold no cultures, lactates or antibiotics.",
            pl.DataFrame({"budget": []}),
        )
    return Section(
        "acted",
        "Before clinicians acted",
        text,
        pl.DataFrame(rows).rename({"clinicians_never_acted": "never acted"}),
    )


def _promise(found: Mapping[str, Any]) -> Section:
    one = found["promise"]
    if not one["made"]:
        return Section(
            "promise",
            "Promise",
            "No precision of 0.30 could be promised with 95 %.",
            pl.DataFrame({"promised": ["none"]}),
        )
    table = pl.DataFrame(
        [
            {
                "promised precision": one["precision"],
                "seen here": one["seen"],
                "from": one["low"],
                "to": one["high"],
                "recall": one["recall"],
                "alarms": one["alarms"],
            }
        ]
    )
    text = f"A precision promised with 95 % by fixed-sequence testing over patients of the training: {one['words']}."
    return Section("promise", "Promise", text, table, percent=_PERCENT)


def _calibration(found: Mapping[str, Any]) -> Section:
    curve = pl.DataFrame(
        [{"hospital": one["hospital"], **point} for one in found["calibration"] for point in one["curve"]],
        infer_schema_length=None,
    )
    table = pl.DataFrame(
        [{k: v for k, v in one.items() if k != "curve"} for one in found["calibration"]],
        infer_schema_length=None,
    )
    table = table.rename(
        {
            "observed_over_expected": "observed over expected",
            "slope_low": "from",
            "slope_high": "to",
            "brier": "Brier score",
        }
    )
    drawn = calibration_curve(curve, "hospital") if curve.height else ""
    return Section(
        "calibration",
        "Calibration by hospital",
        "Expected and observed positive hours in tenths of the risk.",
        table,
        drawn,
        "Observed against expected.",
    )


def _net_benefit(found: Mapping[str, Any]) -> Section:
    table = pl.DataFrame(found["net_benefit"], infer_schema_length=None)
    text = (
        "True positives less false ones at the odds of the threshold, for each hour; treating nobody has 0."
    )
    return Section("net-benefit", "Net benefit", text, table)


def _groups(found: Mapping[str, Any]) -> Section:
    table = pl.DataFrame(found["groups"], infer_schema_length=None)
    if table.is_empty():
        table = pl.DataFrame({"group": []})
    names = {
        "hour_matched": "AUROC within the hour",
        "low": "AUROC from",
        "high": "AUROC to",
        "recall_low": "recall from",
        "recall_high": "recall to",
        "precision_low": "precision from",
        "precision_high": "precision to",
    }
    text = (
        "At 2 % of hours. Groups differ in how ill they are and how often they are measured: "
        "a gap asks for an explanation, it is not one."
    )
    return Section(
        "groups", "Groups", text, table.rename({a: b for a, b in names.items() if a in table.columns})
    )


def _three_ways(found: Mapping[str, Any]) -> Section:
    table = pl.DataFrame(found["three_ways"], infer_schema_length=None).rename(
        {"low": "from", "high": "to", "average_precision": "average precision"}
    )
    text = (
        "The same model scored in three ways that papers use: every hour; one hour at the horizon before the onset against one drawn "
        "hour of each other "
        "stay; the highest risk of each stay. They disagree: compare a figure only with one of the same way."
    )
    return Section("three-ways", "Three ways of scoring", text, table)


def _abstention(found: Mapping[str, Any]) -> Section:
    table = pl.DataFrame(found["abstention"], infer_schema_length=None).rename(
        {
            "share_of_hours": "share of hours",
            "positive_hours": "of positive hours",
            "right_alarms": "right alarms",
            "missed_septic_stays": "septic stays missed in it",
        }
    )
    told = found["conformal"]
    covered = "; ".join(
        f"{name}: {told[name]['covered']:.0%} covered, {told[name]['certain']:.0%} certain"
        for name in ("positive", "negative")
        if name in told
    )
    text = "Where the model would abstain, and the alarms at 2 % of hours in it." + (
        f" Conformal sets at an error of 10 %: {covered}." if covered else ""
    )
    return Section("abstention", "When it does not know", text, table, percent=_PERCENT)


def _ends(one: Mapping[str, Any]) -> str:
    return "–" if one["low"] is None else f"{one['low']:.1%} to {one['high']:.1%}"
