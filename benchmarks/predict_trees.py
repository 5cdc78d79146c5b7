"""What a patient-hour costs to score: trees as they are scored here and by LightGBM's own `predict`, features, and all together.

    python benchmarks/predict_trees.py DATA FOLDER MODEL

FOLDER holds the timelines that predict_physionet.py left there, MODEL is a folder that `predict train` wrote. Every 40th stay of
hospital B, one thread, the least processor time of three rounds each; the scores of both are compared to the last bit.
Written to docs/prediction.md.
"""

import os
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from page_table import write_part
from predict_physionet import PAGE, cohort_of

from opensepsis.uses.predict.batch import all_features
from opensepsis.uses.predict.model import read_model
from opensepsis.uses.predict.score import score_grid

ROUNDS, EVERY = 3, 40


def least(work: Callable[[], object], hours: int) -> float:
    """The least processor time of a patient-hour, in microseconds; a first round is not counted."""
    spent = []
    for _ in range(ROUNDS + 1):
        begun = time.process_time()
        work()
        spent.append(time.process_time() - begun)
    return min(spent[1:]) / hours * 1e6


def main() -> None:
    data, work, folder = (Path(one) for one in sys.argv[1:4])
    cohort = cohort_of(data, work, "B")
    cohort = cohort.of_stays(np.arange(0, len(cohort.septic), EVERY))
    model = read_model(folder)
    grid = cohort.grid.with_inputs(model.inputs)
    rows = np.ascontiguousarray(all_features(grid)[:, list(model.columns)])
    boosters = [booster for member in model.boosters for booster in member]

    def theirs() -> np.ndarray:
        return np.array([one.predict(rows, raw_score=True, num_threads=1) for one in boosters])

    if not (theirs() == model.forest.raw(rows)).all():
        raise SystemExit("The scores are not those of LightGBM.")
    told = (
        ("trees, by LightGBM's `predict`", theirs),
        ("trees, as they are scored here: the same to the last bit", lambda: model.forest.raw(rows)),
        ("features, one after another in two threads", lambda: all_features(grid)),
        ("all of `predict score` but reading and writing", lambda: score_grid(model, grid, threads=1)),
    )
    lines = [f"| {words} | {least(one, len(rows)):.1f} |" for words, one in told]
    command = f"python benchmarks/predict_trees.py DATA FOLDER MODEL`, {platform.machine()}, Python {platform.python_version()}"
    size = f"{len(rows):,} hours, {len(model.forest.first_comparison) - 1:,} trees"
    write_part(
        "scoring",
        f"`{command}, load of the machine {os.getloadavg()[0]:.0f}; {size}\n\n"
        + "\n".join(["| processor time of a patient-hour | µs |", "| --- | --- |", *lines])
        + "\n",
        PAGE,
    )


if __name__ == "__main__":
    main()
