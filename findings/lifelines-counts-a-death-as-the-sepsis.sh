#!/usr/bin/env bash
# Competing events are kept in one column: 0 censored, 1 sepsis, 2 died without it. `AalenJohansenFitter` of lifelines 0.30.3 asks for such a column and which code is meant. Its other models, `KaplanMeierFitter` and
# `CoxPHFitter`, take the same column without a word and count every code that is not 0 as the event: their documentation says "1 or 0" or "True if the death was observed", and 2 is true. scikit-survival 0.28.0 refuses the column.
# Why it matters: whoever draws the curve or fits the hazard of sepsis on the table that was made for competing risks gets that of sepsis or death. Of eight stays with three onsets and three deaths the curve says that 85 % have sepsis
# by the end, where it is 42.5 %, and the hazard ratio of lactate falls from 4.4 to 2.6. Compare with the code first (`table["outcome"] == 1`).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check lifelines==0.30.3 scikit-survival==0.28.0 pandas==2.3.3 numpy==2.4.6
"$folder/venv/bin/python" -W error - <<'PYTHON'
from importlib.metadata import version

import numpy as np
import pandas as pd
from lifelines import AalenJohansenFitter, CoxPHFitter, KaplanMeierFitter
from sksurv.util import Surv

table = pd.DataFrame({"hours": [6.0, 12, 18, 24, 30, 36, 42, 48], "outcome": [1, 2, 0, 1, 2, 1, 2, 0], "lactate": [4.0, 2, 1, 3, 2, 2, 3, 1]})
SEPSIS = 1


def fitted(outcome: pd.Series) -> tuple[int, int, float]:
    """Events counted, how many in 100 have had one by the end, and the hazard ratio of a mmol/L of lactate."""
    curve = KaplanMeierFitter().fit(table["hours"], outcome)
    hazard = CoxPHFitter().fit(table.assign(outcome=outcome), "hours", "outcome")
    return int(curve.event_table["observed"].sum()), round(100 * (1 - float(curve.survival_function_.iloc[-1, 0]))), round(float(np.exp(hazard.params_["lactate"])), 1)


print("lifelines", version("lifelines"), "| scikit-survival", version("scikit-survival"))
given, compared = fitted(table["outcome"]), fitted(table["outcome"] == SEPSIS)
incidence = AalenJohansenFitter(calculate_variance=False).fit(table["hours"], table["outcome"], event_of_interest=SEPSIS).cumulative_density_
share = round(100 * float(incidence.iloc[-1, 0]), 1)
for name, (events, percent, ratio) in (("outcome as it is", given), ("outcome == 1", compared)):
    print(f"{name}: {events} events, {percent} % by the end by Kaplan and Meier, hazard ratio {ratio}")
print(f"Aalen and Johansen, with the deaths as what they are: {share} %")
assert (given, compared[0], compared[2], share) == ((6, 85, 2.6), 3, 4.4, 42.5), "the behaviour has changed"
try:
    Surv.from_dataframe("outcome", "hours", table)
except ValueError as refusal:
    print("scikit-survival:", refusal)
else:
    raise SystemExit("the behaviour has changed")
PYTHON
