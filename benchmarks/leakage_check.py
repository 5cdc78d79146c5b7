"""icu-leakage-check 0.1.0 on our features: one random hour of each stay, up to the onset, judged by that tool.

    python benchmarks/leakage_check.py rows DATA FOLDER
    PYTHON_OF_THE_TOOL benchmarks/leakage_check.py check FOLDER
    python benchmarks/leakage_check.py print FOLDER

Truncation: the tool takes away what came after the hour and has the features built again by us; here both are built beforehand,
from the whole record and from the record up to the hour, for the tool to compare. Writes its verdict into docs/prediction.md.
"""

import json
import sys
from dataclasses import replace
from pathlib import Path

STAYS = 10_000


def rows(data: Path, folder: Path) -> None:
    """Features of one hour of each stay, from the whole record and from its beginning alone."""
    import numpy as np
    import polars as pl
    from predict_physionet import cohort_of

    from opensepsis.uses.predict.batch import all_features
    from opensepsis.uses.predict.catalogue import layout
    from opensepsis.uses.predict.data import pooled, usable_inputs
    from opensepsis.uses.predict.splits import patient_folds

    both = pooled([cohort_of(data, folder, name) for name in "AB"])
    both = both.with_inputs(usable_inputs(both))
    folds = patient_folds(both.patients, both.strata, 5)
    drawn = np.random.default_rng(3)
    counted = both.counted
    onset = both.labels.onset[both.stay_of_row[counted]]
    counted = counted[~(both.hours[counted] >= onset)]  # the challenge labels three hours after the onset too
    of_row = both.stay_of_row
    last = {stay: row for row, stay in zip(counted, of_row[counted], strict=True)}
    first = {stay: row for row, stay in zip(counted[::-1], of_row[counted][::-1], strict=True)}
    chosen = np.sort(drawn.choice(np.fromiter(last, int), STAYS, replace=False))
    some = both.grid.of_stays(chosen)
    at = np.array(
        [drawn.integers(first[stay], last[stay] + 1) - both.grid.begin[stay] for stay in chosen]
    )  # the hour within the stay
    whole = all_features(some)[some.begin[:-1] + at]
    sizes = at + 1
    keep = np.concatenate(
        [np.arange(begin, begin + size) for begin, size in zip(some.begin[:-1], sizes, strict=True)]
    )
    cut = replace(some, begin=np.concatenate([[0], np.cumsum(sizes)]), values=some.values[keep])
    truncated = all_features(cut)[cut.begin[1:] - 1]
    names = layout(some.inputs).names
    rows = both.grid.begin[chosen] + at
    about = pl.DataFrame(
        {
            "patient": both.patients[chosen], "stay": [str(stay) for stay in chosen], "hospital": some.stays["hospital"],
            "index_time": (at + 1.0) * 60, "outcome_time": both.labels.onset[chosen] * 60, "label": both.labels.positive[rows].astype(int),
            "split": np.where(folds[chosen] == 0, "test", "train"),
        }
    )  # fmt: skip
    for name, table in (("whole", whole), ("truncated", truncated)):
        pl.concat([about, pl.DataFrame(table, schema=names)], how="horizontal").write_parquet(
            folder / f"leakage-{name}.parquet"
        )


def check(folder: Path) -> None:
    """Every check that has its inputs, by the tool."""
    import pandas as pd
    from icu_leakage_check import __version__, audit

    data = pd.read_parquet(folder / "leakage-whole.parquet")
    truncated = pd.read_parquet(folder / "leakage-truncated.parquet")
    about = ["patient", "stay", "hospital", "index_time", "outcome_time", "label", "split"]
    names = [name for name in data.columns if name not in about]
    # one event before and one after each hour: what the tool takes away to ask for the features again
    events = pd.concat(
        [
            pd.DataFrame({"entity_id": data["stay"], "event_time": data["index_time"] + shift, "value": 0.0})
            for shift in (-1.0, 60.0)
        ]
    )

    def builder(told: pd.DataFrame, index: pd.DataFrame) -> pd.DataFrame:
        later = told.merge(index, on="entity_id")
        table = data if (later["event_time"] > later["index_time"]).any() else truncated
        return table.set_index("stay")[names].loc[index["entity_id"]]

    result = audit(
        data, "label", "split", patient_id="patient", stay_id="stay", site_id="hospital", index_time="index_time",
        outcome_time="outcome_time", feature_columns=names, raw_events=events, feature_builder=builder, split_strategy="patient",
        options={"truncation_invariance.sample_size": len(data)},
    )  # fmt: skip
    found = [
        {"check": one.check_id, "status": str(one.status), "message": one.message} for one in result.findings
    ]
    (folder / "leakage.json").write_text(
        json.dumps(
            {"version": __version__, "rows": len(data), "features": len(names), "findings": found}, indent=1
        )
    )
    print(result.summary())


def write(folder: Path) -> None:
    """The verdict, into the page."""
    from page_table import write_part
    from predict_physionet import PAGE

    told = json.loads((folder / "leakage.json").read_text())
    lines = [
        f"`icu-leakage-check` {told['version']}, {told['rows']:,} stays at one random hour each, {told['features']} features:",
        "",
    ]
    lines += ["| check | verdict | what it says |", "| --- | --- | --- |"]
    lines += [f"| {one['check']} | {one['status']} | {one['message']} |" for one in told["findings"]]
    write_part("leakage", "\n".join(lines) + "\n", PAGE)


if __name__ == "__main__":
    what, *paths = sys.argv[1:]
    {"rows": rows, "check": check, "print": write}[what](*map(Path, paths))
