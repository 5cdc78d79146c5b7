#!/usr/bin/env bash
# icu-leakage-check 0.1.0 asks for "one row per prediction instance" and rebuilds features without the future to see whether they change (`truncation_invariance`). Of several predictions of a stay it keeps the first row
# and does not say so: a feature that looks six hours ahead passes ("All features are identical") when nothing is charted in the first six hours, whatever it does in all the hours after. Given the same hours as
# stays of their own it is found. The check on events, in the same tool, is skipped with a word in this case.
# Why it matters: early warning predicts every hour, and at the first hour there is the least future to read: laboratory results come later. A model that reads tomorrow's lactate gets a clean report, with as
# many stays counted as were sampled. Give every prediction an identifier of its own.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check icu-leakage-check==0.1.0 pandas==2.3.3 numpy==2.4.6
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import pandas as pd
from icu_leakage_check import audit

HOUR = 60.0  # times are minutes from admission
# ten stays, a lactate every four hours from the eighth hour on; predictions at hours 1, 10 and 19
lactates = pd.DataFrame([{"entity_id": stay, "variable": "lactate", "event_time": hour * HOUR, "available_time": hour * HOUR, "value": 1.0 + hour / 8 + stay}
                         for stay in range(10) for hour in range(8, 28, 4)])
hours = pd.DataFrame([{"stay_id": stay, "index_time": hour * HOUR, "septic": stay % 2} for stay in range(10) for hour in (1, 10, 19)])


def highest_with_six_hours_to_come(events: pd.DataFrame, asked: pd.DataFrame) -> pd.DataFrame:
    """The fault: the highest lactate up to six hours after the prediction."""
    joined = events.merge(asked, on="entity_id")
    seen = joined[joined["event_time"] <= joined["index_time"] + 6 * HOUR]
    return seen.groupby("entity_id")["value"].max().to_frame("lactate__max").reindex(asked["entity_id"])


def verdict(rows: pd.DataFrame, events: pd.DataFrame, name: str) -> str:
    built = rows.assign(lactate__max=0.0)
    result = audit(built, label="septic", stay_id="stay_id", index_time="index_time", feature_columns=["lactate__max"],
                   raw_events=events, feature_builder=highest_with_six_hours_to_come)
    found = next(finding for finding in result.findings if finding.check_id == "truncation_invariance")
    print(f"{name}: {len(rows)} predictions, {found.evidence['entities_sampled']} looked at, {found.status}: {found.message}")
    return found.status


print("icu-leakage-check", version("icu-leakage-check"))
together = verdict(hours, lactates, "three predictions of each stay")
# the same predictions, each as a stay
apart = hours.assign(stay_id=hours["stay_id"] * 100 + hours.index % 3)
copies = pd.concat([lactates.assign(entity_id=lactates["entity_id"] * 100 + number) for number in range(3)])
alone = verdict(apart, copies, "each prediction as a stay")
assert (together, alone) == ("pass", "fail"), "the behaviour has changed"
PYTHON
