"""What prediction reaches on the open data of the PhysioNet/Computing in Cardiology Challenge 2019, written to docs/prediction.md.

    python benchmarks/predict_physionet.py ../shared/data/physionet-2019 --work FOLDER

Two hospitals, A and B: five-fold inside, each tested on the other, and with a tenth of the other's patients. What was worked out is
kept in FOLDER, part by part, and read again by the next run; --print writes the page from what is there, aggregate figures only.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np

from opensepsis.data.sources import open_source
from opensepsis.data.timeline.timeline import read_timeline, write_timeline
from opensepsis.uses.predict.alarms import raise_alarms, sums
from opensepsis.uses.predict.data import Cohort, pooled
from opensepsis.uses.predict.evaluate import evaluate, without_nan
from opensepsis.uses.predict.grid import read_grid
from opensepsis.uses.predict.inputs import read_inputs
from opensepsis.uses.predict.judged_rows import prepared
from opensepsis.uses.predict.labels import from_table, read_table
from opensepsis.uses.predict.model import read_model, write_model
from opensepsis.uses.predict.promise import promise
from opensepsis.uses.predict.splits import patient_folds
from opensepsis.uses.predict.train import train

PAGE = Path(__file__).parents[1] / "docs" / "prediction.md"
BEGIN, END = "<!-- printed by benchmarks/predict_physionet.py -->", "<!-- end of what is printed -->"
THREADS = 1
RESAMPLES = 20


def cohort_of(data: Path, work: Path, name: str) -> Cohort:
    folder = work / f"timeline-{name}"
    file = data / f"training_set{name}.parquet"
    if not folder.exists():
        write_timeline(open_source("hourly", str(file)), folder)
    grid = read_grid(read_timeline(folder), read_inputs(), name)
    return Cohort(grid, from_table(grid, read_table(file)))


def kept(work: Path, name: str, make) -> dict:
    """The figures of a part, from the folder if they are there."""
    file = work / f"{name}.json"
    if not file.is_file():
        begun, wall = time.process_time(), time.time()
        found = without_nan(make())
        found["seconds"] = {"processor": time.process_time() - begun, "wall": time.time() - wall}
        file.write_text(json.dumps(found, indent=1))
        print(f"{name}: {found['seconds']}", flush=True)
    return json.loads(file.read_text())


def say(words: str) -> None:
    print(f"  {time.strftime('%H:%M:%S')} {words} ({time.process_time():.0f} s of processor)", flush=True)


def inside(work: Path, both: Cohort) -> dict:
    begun = time.process_time()
    trained = train(both, "local", threads=THREADS, say=say)
    seconds = time.process_time() - begun
    write_model(trained.model, work / "model-inside")
    from opensepsis.uses.predict.score import Scored

    # the cross-fitted scores of training are those that scoring by fold gives; they need not be made twice
    rows = prepared(
        trained.model, both, trained.folds, threads=THREADS,
        scored=Scored(np.nan_to_num(trained.score), np.zeros(both.grid.hours), np.zeros(both.grid.hours, np.int8), {}),
    )  # fmt: skip
    np.savez(work / "inside.npz", risk=rows.risk, stay=rows.stay, hours=rows.hours, onset=both.labels.onset)
    return evaluate(rows) | {"train_seconds": seconds}


def across(work: Path, source: Cohort, target: Cohort) -> dict:
    name = f"{source.hospitals[0]}"
    begun = time.process_time()
    trained = train(source, "portable", threads=THREADS, say=say)
    seconds = time.process_time() - begun
    write_model(trained.model, work / f"model-{name}")
    return evaluate(prepared(trained.model, target, threads=THREADS)) | {"train_seconds": seconds}


def adapted(work: Path, source: str, target: Cohort) -> dict:
    """With a tenth of the target's patients, drawn within the outcome; tested on the rest."""
    tenth = patient_folds(target.patients, target.strata, 10, seed=1) == 0
    few, rest = (target.of_stays(np.flatnonzero(mine)) for mine in (tenth, ~tenth))
    base = read_model(work / f"model-{source}")
    trained = train(few, "adapted", base=base, threads=THREADS, say=say)
    write_model(trained.model, work / f"model-{source}-adapted")
    rows = prepared(trained.model, rest, threads=THREADS)
    np.savez(
        work / f"adapted-{source}.npz",
        risk=rows.risk,
        stay=rows.stay,
        hours=rows.hours,
        onset=rest.labels.onset,
    )
    return evaluate(rows)


def promises(work: Path) -> dict:
    """Twenty times: promised on one random half of the patients, held on the other?"""
    z = np.load(work / "inside.npz")
    made = held = 0
    recall = []
    for seed in range(RESAMPLES):
        half = np.random.default_rng(seed).random(len(z["onset"])) < 0.5
        of, to = half[z["stay"]], ~half[z["stay"]]
        onset = np.where(half, z["onset"], np.nan)
        one = promise(z["risk"][of], z["stay"][of], z["hours"][of], onset)
        if one is None:
            continue
        made += 1
        alarms = raise_alarms(z["risk"][to] > one.threshold, z["stay"][to], z["hours"][to], z["onset"])
        figures = sums(alarms, z["onset"], np.bincount(z["stay"][to], minlength=len(z["onset"]))).figures()
        held += figures["precision"] >= one.precision
        recall.append(figures["recall"])
    return {"made": made, "held": held, "of": RESAMPLES, "recall": float(np.mean(recall)) if recall else None}


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("data", type=Path)
    asked.add_argument("--work", type=Path, required=True)
    asked.add_argument("--print", action="store_true", dest="only_print")
    asked.add_argument("--only", choices=("A", "B", "inside"), help="only what is learned from these")
    given = asked.parse_args()
    work = given.work
    work.mkdir(parents=True, exist_ok=True)
    if not given.only_print:
        a, b = (cohort_of(given.data, work, name) for name in "AB")
        for source, target in ((a, b), (b, a)):
            name, other = source.hospitals[0], target.hospitals[0]
            if given.only in (None, name):
                kept(work, f"{name}-to-{other}", lambda s=source, t=target: across(work, s, t))
                kept(work, f"{name}-to-{other}-adapted", lambda n=name, t=target: adapted(work, n, t))
        if given.only in (None, "inside"):
            both = pooled([a, b])
            kept(work, "inside", lambda: inside(work, both))
            kept(work, "promise", lambda: promises(work))


if __name__ == "__main__":
    main()
