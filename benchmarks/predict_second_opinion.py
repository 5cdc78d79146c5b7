"""The second opinion (extra `torch`) learned on hospital A, beside the portable model of A, on all of B; written to docs/prediction.md.

    python benchmarks/predict_second_opinion.py DATA FOLDER

FOLDER holds the model of A that predict_physionet.py left there. The network is kept there too.
"""

import platform
import sys
import time
from pathlib import Path

import numpy as np
from page_table import write_part
from predict_physionet import PAGE, cohort_of

from opensepsis.uses.predict.metrics import auroc, hour_matched_auroc, hour_paired_auroc
from opensepsis.uses.predict.model import read_model
from opensepsis.uses.predict.network import NAME, learn, log_odds, read_network, write_network
from opensepsis.uses.predict.score import score_grid

EARLY = 52
HEADS = (
    "learned on A, all of B", "AUROC, all hours", "within the hour", "of all pairs", "utility, best threshold",
    "early hours, best threshold",
)  # fmt: skip


def cells(name: str, cohort, score: np.ndarray) -> str:
    """One row of the table."""
    at = cohort.counted
    score, hours, positive, gain = (
        score[at],
        cohort.hours[at],
        cohort.labels.positive[at],
        cohort.labels.gain[at],
    )
    early = hours <= EARLY
    found = (
        auroc(score, positive).value, hour_matched_auroc(score, positive, hours).value, hour_paired_auroc(score, positive, hours).value,
        best(gain, score), best(gain[early], score[early]),
    )  # fmt: skip
    return f"| {name} | {' | '.join(f'{value:.3f}' for value in found)} |"


def best(gain: np.ndarray, score: np.ndarray) -> float:
    """The share of the attainable utility at the best threshold here."""
    return float(np.cumsum(gain[np.argsort(-score)]).max() / np.maximum(gain, 0).sum())


def main() -> None:
    data, work = Path(sys.argv[1]), Path(sys.argv[2])
    folder, note = work / "network-A", work / "network-seconds"
    if not folder.is_dir():
        begun = time.process_time()
        network = learn(cohort_of(data, work, "A"), threads=1, say=lambda words: print(words, flush=True))
        write_network(network, folder, [])
        note.write_text(f"{time.process_time() - begun:.0f}")
    network, target = read_network(folder), cohort_of(data, work, "B")
    told = log_odds(network, target.grid, 1)
    scored = score_grid(read_model(work / "model-A"), target.grid, threads=1)
    risk = np.clip(scored.risk, 1e-9, 1 - 1e-9)
    ours = np.log(risk / (1 - risk))
    rows = [
        cells("trees (portable)", target, ours),
        cells(NAME, target, told),
        cells("mean of both", target, told + ours),
    ]
    about = (
        f"`python benchmarks/predict_second_opinion.py DATA FOLDER`, {platform.machine()}, torch {network.about['torch']}, one thread; "
        f"{network.about['stays']:,} stays gone through {network.about['rounds']} times in {note.read_text()} s of processor."
    )
    table = [f"| {' | '.join(HEADS)} |", f"| {' | '.join('---' for _ in HEADS)} |", *rows]
    write_part("second opinion", f"{about}\n\n" + "\n".join(table) + "\n", PAGE)


if __name__ == "__main__":
    main()
