"""What prediction reaches on the open data of the PhysioNet/Computing in Cardiology Challenge 2019, written to docs/prediction.md.

    python benchmarks/predict_physionet.py ../shared/data/physionet-2019 --work FOLDER

Two hospitals, A and B: five-fold inside, each tested on the other, and with a tenth of the other's patients. What was worked out is
kept in FOLDER, part by part, and read again by the next run; --print writes the page from what is there, aggregate figures only.
What FOLDER lacks stays on the page as it was printed.
"""

import argparse
import json
import platform
import resource
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from opensepsis.data.sources import open_source
from opensepsis.data.timeline.timeline import read_timeline
from opensepsis.data.timeline.writer import write_timeline
from opensepsis.uses.predict.alarms import raise_alarms, sums
from opensepsis.uses.predict.data import Cohort, pooled
from opensepsis.uses.predict.evaluate import evaluate, without_nan
from opensepsis.uses.predict.grid import read_grid
from opensepsis.uses.predict.inputs import read_inputs
from opensepsis.uses.predict.judged_rows import prepared
from opensepsis.uses.predict.labels import from_table, read_table
from opensepsis.uses.predict.learners import PROFILES, Member
from opensepsis.uses.predict.model import read_model, write_model
from opensepsis.uses.predict.promise import promise
from opensepsis.uses.predict.score import Scored
from opensepsis.uses.predict.splits import patient_folds
from opensepsis.uses.predict.train import train

PAGE = Path(__file__).parents[1] / "docs" / "prediction.md"
BEGIN, END = "<!-- printed by benchmarks/predict_physionet.py -->", "<!-- end of what is printed -->"
THREADS = 1
RESAMPLES = 20
LOCAL = (0.1, 0.3, 0.5)  # shares of local patients whose labels a promise rests on


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


def inside_member(work: Path, both: Cohort, member: Member) -> tuple[np.ndarray, np.ndarray, float]:
    """Cross-fitted scores of one member of the profile, the folds, and processor seconds; from the folder if they are there."""
    file = work / f"inside-{member.name}.npz"
    if not file.is_file():
        begun = time.process_time()
        trained = train(both, "local", threads=THREADS, say=say, members=(member,))
        np.savez(file, score=trained.score, folds=trained.folds, seconds=time.process_time() - begun)
        write_model(trained.model, work / f"model-inside-{member.name}")
    held = np.load(file)
    return held["score"], held["folds"], float(held["seconds"])


def inside(work: Path, both: Cohort) -> dict:
    """The mean of the members' standardised scores, as training takes it; calibration and thresholds are those of other folds."""
    members = PROFILES["local"]
    held = [inside_member(work, both, member) for member in members]
    score, folds = np.mean([one[0] for one in held], axis=0), held[0][1]
    model = read_model(work / f"model-inside-{members[0].name}")
    rows = prepared(
        model, both, folds, threads=THREADS,
        scored=Scored(np.nan_to_num(score), np.zeros(both.grid.hours), np.zeros(both.grid.hours, np.int8), {}),
    )  # fmt: skip
    np.savez(work / "inside.npz", risk=rows.risk, stay=rows.stay, hours=rows.hours, onset=both.labels.onset)
    return evaluate(rows) | {"train_seconds": sum(one[2] for one in held)}


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


def promises(work: Path, name: str, share: float) -> dict:
    """Twenty times: promised on a share of the patients, drawn by chance, held on the others?"""
    z = np.load(work / f"{name}.npz")
    made = held = 0
    recall = []
    for seed in range(RESAMPLES):
        mine = np.random.default_rng(seed).random(len(z["onset"])) < share
        of, to = mine[z["stay"]], ~mine[z["stay"]]
        onset = np.where(mine, z["onset"], np.nan)
        one = promise(z["risk"][of], z["stay"][of], z["hours"][of], onset)
        if one is None:
            continue
        made += 1
        alarms = raise_alarms(z["risk"][to] > one.threshold, z["stay"][to], z["hours"][to], z["onset"])
        figures = sums(alarms, z["onset"], np.bincount(z["stay"][to], minlength=len(z["onset"]))).figures()
        held += figures["precision"] >= one.precision
        recall.append(figures["recall"])
    return {"made": made, "held": held, "of": RESAMPLES, "recall": float(np.mean(recall)) if recall else None}


def outside_promises(work: Path, source: str) -> dict:
    """With more and more local labels: shares of the patients of the other hospital, none of whom the model was adapted by."""
    return {"shares": {str(share): promises(work, f"adapted-{source}", share) for share in LOCAL}}


def speed(data: Path, work: Path) -> dict:
    """Processor seconds and peak memory of the features of both hospitals, in blocks of patients and all at once; and of one hour live."""
    from opensepsis.uses.predict.batch import all_features, by_parts
    from opensepsis.uses.predict.catalogue import layout
    from opensepsis.uses.predict.data import usable_inputs
    from opensepsis.uses.predict.live import PatientState

    both = pooled([cohort_of(data, work, name) for name in "AB"])
    grid = both.grid.with_inputs(usable_inputs(both))
    blocks = _spent(lambda: by_parts(grid, lambda places, rows: None, 2))
    whole = _spent(lambda: all_features(grid))
    plan, hours = layout(grid.inputs), 0
    begun = time.process_time()
    for stay in range(0, 3000, 100):
        patient = PatientState(plan, grid.person[stay])
        for values in grid.values[grid.begin[stay] : grid.begin[stay + 1]]:
            patient.advance(values)
            hours += 1
    live = (time.process_time() - begun) / hours * 1000
    return {
        "hours": grid.hours,
        "features": len(plan.features),
        "blocks": blocks,
        "whole": whole,
        "live_ms": live,
    }


def _spent(work: Callable[[], object]) -> dict:
    """Seconds of some work; the peak of memory is that of the whole process so far."""
    begun, wall = time.process_time(), time.time()
    work()
    return {
        "processor": time.process_time() - begun, "wall": time.time() - wall,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }  # fmt: skip


def write_page(work: Path) -> None:
    """Puts the table between the marks of docs/prediction.md."""
    there = {file.stem: json.loads(file.read_text()) for file in work.glob("*.json")}
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    printed, after = rest.split(END)
    PAGE.write_text(f"{before}{BEGIN}\n{page_text(there, printed)}\n{END}{after}", encoding="utf-8")


def page_text(there: dict, printed: str) -> str:
    """The table in Markdown; of a part that is not there the lines that were printed before."""
    old = printed.splitlines()
    rows = [
        "| figure | patients | model | clock alone | gain over the clock |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, title in PARTS.items():
        if name not in there:
            rows += [line for line in old if f"| {title} |" in line]
            continue
        rows += _lines(title, there[name])
    notes = []
    for begin, words in (*_promised(there), *_trained(there), *_speed(there)):
        printed_before = next((line for line in old if line.startswith(begin)), None)
        if (line := begin + words if words else printed_before) is not None:
            notes.append(f"{line}\n")
    command = "python benchmarks/predict_physionet.py DATA --work FOLDER"
    machine = f"{platform.machine()}, Python {platform.python_version()}, one thread a process, on a machine that others used too"
    return "\n".join([f"Command: `{command}` ({machine}).", "", *rows, "", *notes])


PARTS = {
    "inside": "inside, five folds of A and B (profile local)",
    "A-to-B": "learned on A, tested on all of B (portable)",
    "B-to-A": "learned on B, tested on all of A (portable)",
    "A-to-B-adapted": "A, adapted by 10 % of B, tested on the rest",
    "B-to-A-adapted": "B, adapted by 10 % of A, tested on the rest",
}


def _lines(title: str, found: dict) -> list[str]:
    ours, clock = found["discrimination"][0], found["discrimination"][-1]
    rows = []
    for name, one in found["utility"].items():
        cells = [_interval(one[who]) for who in ("model", "clock alone", "gain over the clock")]
        rows.append(f"| utility, {name} | {title} | {' | '.join(cells)} |")
    matched = {
        "value": ours["hour_matched"],
        "low": ours["hour_matched_low"],
        "high": ours["hour_matched_high"],
    }
    rows.append(f"| AUROC within the hour | {title} | {_interval(matched)} | {clock['hour_matched']:.3f} | |")
    if "hour_paired" in ours:
        paired = {
            end: ours[f"hour_paired{name}"]
            for end, name in (("value", ""), ("low", "_low"), ("high", "_high"))
        }
        rows.append(
            f"| AUROC within the hour, of all pairs | {title} | {_interval(paired)} | {clock['hour_paired']:.3f} | |"
        )
    all_hours = {"value": ours["auroc"], "low": ours["auroc_low"], "high": ours["auroc_high"]}
    rows.append(f"| AUROC, all hours | {title} | {_interval(all_hours)} | {clock['auroc']:.3f} | |")
    alarms = next(one for one in found["alarms"] if one["budget"] == 0.02)
    for figure in ("recall", "precision"):
        rows.append(
            f"| {figure} at 2 % of hours | {title} | {_interval(alarms['at_this_share_here'][figure])} | | |"
        )
    for one in found["calibration"]:
        ratio, slope = one["observed_over_expected"], one["slope"]
        rows.append(
            f"| observed over expected; slope, {one['hospital']} | {title} | {ratio:.2f}; {slope:.2f} | | |"
        )
    return rows


def _interval(one: dict) -> str:
    return f"{one['value']:.3f} [{one['low']:.3f}, {one['high']:.3f}]"


Note = tuple[str, str | None]  # how a line begins, and how it goes on (None: that part is not there)


def _promised(there: dict) -> Iterator[Note]:
    half = there.get("promise")
    yield (
        "A precision of 0.30 promised on one random half of the patients: ",
        half and f"{_made(half)}, held on the other half {_held(half)}.",
    )
    for name, hospital in (("promise-A-to-B", "B"), ("promise-B-to-A", "A")):
        for share in LOCAL:
            one = name in there and there[name]["shares"][str(share)]
            yield (
                f"The model adapted to {hospital}, promised on labels of {share:.0%} of its other patients: ",
                f"{_made(one)}, held on the rest {_held(one)}." if one else None,
            )


def _made(one: dict) -> str:
    return f"made {one['made']} of {one['of']} times"


def _held(one: dict) -> str:
    recall = "" if one["recall"] is None else f", mean recall {one['recall']:.2f}"
    return f"{one['held']} times{recall}"


def _trained(there: dict) -> Iterator[Note]:
    for name, words in (
        ("A-to-B", "portable on A"),
        ("B-to-A", "portable on B"),
        ("inside", "local on both"),
    ):
        yield (
            f"Training, {words}: ",
            f"{there[name]['train_seconds']:.0f} s of processor." if name in there else None,
        )


def _speed(there: dict) -> Iterator[Note]:
    one = there.get("speed")
    words = one and (
        f"{one['hours']:,} patient-hours, {one['features']} features in {one['blocks']['processor']:.1f} s of processor and "
        f"{one['blocks']['peak_mb']:,.0f} MB at the peak in blocks of patients, as they are scored; {one['whole']['processor']:.1f} s and "
        f"{one['whole']['peak_mb']:,.0f} MB held all at once; everything that was read is in both. Live {one['live_ms']:.2f} ms of "
        "processor a patient-hour."
    )
    yield "Features: ", words


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("data", type=Path)
    asked.add_argument("--work", type=Path, required=True)
    asked.add_argument("--print", action="store_true", dest="only_print")
    members = {f"inside-{one.name}": one for one in PROFILES["local"]}
    asked.add_argument(
        "--only", choices=("A", "B", *members, "inside", "speed"), help="only what is learned from these"
    )
    given = asked.parse_args()
    work = given.work
    work.mkdir(parents=True, exist_ok=True)
    if given.only == "speed":
        kept(work, "speed", lambda: speed(given.data, work))
    elif not given.only_print:
        a, b = (cohort_of(given.data, work, name) for name in "AB")
        for source, target in ((a, b), (b, a)):
            name, other = source.hospitals[0], target.hospitals[0]
            if given.only in (None, name):
                kept(work, f"{name}-to-{other}", lambda s=source, t=target: across(work, s, t))
                kept(work, f"{name}-to-{other}-adapted", lambda n=name, t=target: adapted(work, n, t))
                kept(work, f"promise-{name}-to-{other}", lambda n=name: outside_promises(work, n))
        if given.only in members:
            inside_member(work, pooled([a, b]), members[given.only])
        if given.only in (None, "inside"):
            both = pooled([a, b])
            kept(work, "inside", lambda: inside(work, both))
            kept(work, "promise", lambda: promises(work, "inside", 0.5))
    write_page(work)


if __name__ == "__main__":
    main()
