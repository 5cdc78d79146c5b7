"""Ours beside prodrome 0.1.0: both learn from hospital A, both score all of B, one thread each; written to docs/prediction.md.

    PYTHON_OF_PRODROME benchmarks/prodrome_side.py DATA FOLDER
    python benchmarks/predict_beside_prodrome.py DATA FOLDER

FOLDER holds the model of A that predict_physionet.py left there. Figures of both are worked out here from the risk of every hour.
"""

import json
import platform
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl
from page_table import write_part
from predict_physionet import PAGE, cohort_of

from opensepsis.uses.predict.alarms import budget_threshold, raise_alarms, sums
from opensepsis.uses.predict.data import Cohort
from opensepsis.uses.predict.metrics import auroc, hour_matched_auroc, hour_paired_auroc
from opensepsis.uses.predict.model import read_model
from opensepsis.uses.predict.score import score_grid

HEADS = ("figure, all of B", "prodrome 0.1.0", "opensepsis (portable)")
EARLY = 52


def figures(cohort: Cohort, risk: np.ndarray, threshold: float, seconds: dict) -> list[str]:
    """The cells of one column."""
    at = cohort.counted
    risk, hours, gain, positive = (
        risk[at],
        cohort.hours[at],
        cohort.labels.gain[at],
        cohort.labels.positive[at],
    )
    stay, onset = cohort.stay_of_row[at], cohort.labels.onset
    early = hours <= EARLY
    over = risk > budget_threshold(risk, 0.02)
    one = sums(
        raise_alarms(over, stay, hours, onset), onset, np.bincount(stay, minlength=len(onset))
    ).figures()
    found = [
        auroc(risk, positive).value, hour_matched_auroc(risk, positive, hours).value, hour_paired_auroc(risk, positive, hours).value,
        _utility(gain, risk > threshold), _best(gain, risk), _best(gain[early], risk[early]), one["recall"], one["precision"],
    ]  # fmt: skip
    return [
        *(f"{value:.3f}" for value in found), f"{seconds['train']:.0f}", f"{seconds['score'] / seconds['hours'] * 1000:.3f}",
    ]  # fmt: skip


def _utility(gain: np.ndarray, alarm: np.ndarray) -> float:
    return float(gain[alarm].sum() / np.maximum(gain, 0).sum())


def _best(gain: np.ndarray, risk: np.ndarray) -> float:
    """The utility at the best threshold here."""
    return float(np.cumsum(gain[np.argsort(-risk)]).max() / np.maximum(gain, 0).sum())


NAMES = (
    "AUROC, all hours", "AUROC within the hour", "AUROC within the hour, of all pairs", "utility, own threshold of A",
    "utility, best threshold of B", "utility, early hours, best threshold of B", "recall at 2 % of hours", "precision at 2 % of hours",
    "training, s of processor", "features and score, ms of processor a patient-hour",
)  # fmt: skip


def main() -> None:
    data, work = Path(sys.argv[1]), Path(sys.argv[2])
    cohort = cohort_of(data, work, "B")
    theirs = json.loads((work / "prodrome-seconds.json").read_text())
    rows = pl.DataFrame(
        {"patient": cohort.grid.stays["patient"].to_numpy()[cohort.stay_of_row], "hour": cohort.hours},
        schema_overrides={"hour": pl.Int64},
    )
    told = pl.read_parquet(work / "prodrome.parquet").with_columns(pl.col("hour").cast(pl.Int64))
    risk = rows.join(told, on=["patient", "hour"], how="left", maintain_order="left")["risk"].to_numpy()
    if np.isnan(risk[cohort.counted]).any():
        raise SystemExit("prodrome left out hours that have a label.")
    columns = [figures(cohort, risk, theirs["threshold"], theirs)]
    model = read_model(work / "model-A")
    begun = time.process_time()
    scored = score_grid(model, cohort.grid, threads=1)
    seconds = {"score": time.process_time() - begun, "hours": cohort.grid.hours}
    seconds["train"] = json.loads((work / "A-to-B.json").read_text())["train_seconds"]
    columns.append(figures(cohort, scored.risk, model.thresholds["utility"], seconds))
    table = [f"| {' | '.join(HEADS)} |", "| --- | --- | --- |"]
    table += [f"| {name} | {' | '.join(cells)} |" for name, *cells in zip(NAMES, *columns, strict=True)]
    command = "python benchmarks/predict_beside_prodrome.py DATA FOLDER"
    write_part(
        "prodrome",
        f"`{command}`, {platform.machine()}, Python {platform.python_version()}, one thread\n\n"
        + "\n".join(table)
        + "\n",
        PAGE,
    )


if __name__ == "__main__":
    main()
