"""Simulate a cohort into a folder: the chart as a timeline, the truth beside it, one arm after another."""

import json
import warnings
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import polars as pl

from opensepsis.data.io.atomic import whole_folder
from opensepsis.data.io.paths import as_path, parquet_files, scan_files
from opensepsis.data.timeline.timeline import Timeline, read_timeline
from opensepsis.data.timeline.writer import write_timeline
from opensepsis.errors import SimulationError
from opensepsis.uses.simulate.care.policy import Policy
from opensepsis.uses.simulate.care.what_if import policy_for
from opensepsis.uses.simulate.charting.frames import course_frame, event_frame, stay_frame, truth_frame
from opensepsis.uses.simulate.cohort import Request, blocks
from opensepsis.uses.simulate.physiology.parameters import document
from opensepsis.uses.simulate.population import Cohort

MARKER = "simulation.json"


@dataclass(frozen=True)
class Simulation:
    """A simulated cohort on disk. `truth` has one row per patient and arm, `courses` the true states hour by hour."""

    path: Path
    arms: tuple[str, ...]

    @property
    def truth(self) -> pl.LazyFrame:
        return scan_files(parquet_files(self.path / "truth" / "patients"))

    @property
    def courses(self) -> pl.LazyFrame:
        return scan_files(parquet_files(self.path / "truth" / "courses"))

    def timeline(self, arm: str = "usual") -> Timeline:
        return read_timeline(self.path / "timelines" / arm)


def open_simulation(path: Path | str) -> Simulation:
    """A simulation that lies on disk."""
    path = as_path(path)
    marker = path / MARKER
    if not marker.is_file():
        raise SimulationError(
            f"{path} holds no simulation (there is no {MARKER}). Make one with `opensepsis simulate`."
        )
    return Simulation(path, tuple(json.loads(marker.read_text("utf-8"))["arms"]))


class _Arm:
    """One arm as a source of a timeline: a first pass gives stays and truth, a second the chart, block by block."""

    name = "simulation"

    def __init__(self, request: Request, policy: Policy, arm: str, folder: Path, progress):
        self.request, self.policy, self.arm, self.folder, self.progress = (
            request,
            policy,
            arm,
            folder,
            progress,
        )

    def stays(self) -> pl.DataFrame:
        quiet = Request(**{**_plain(self.request), "charted": False})
        frames = []
        for block in blocks(quiet, self.policy):
            frames.append(stay_frame(block, self.request.hours))
            name = f"{self.arm}-{block.first:09d}.parquet"
            truth_frame(block, self.arm).write_parquet(self.folder / "patients" / name)
            if self.request.truth_interval:
                course = course_frame(block, self.arm, self.request.truth_interval)
                course.write_parquet(self.folder / "courses" / name, compression="zstd", statistics=False)
            self.progress(len(block.who))
        return pl.concat(frames)

    def events(self, concepts):
        unwatched = Request(**{**_plain(self.request), "truth_interval": 0})
        for block in blocks(unwatched, self.policy):
            frame = event_frame(block)
            self.progress(len(block.who))
            yield frame if concepts is None else frame.filter(pl.col("concept").is_in(list(concepts)))

    def counts(self) -> dict:
        return {"patients": self.request.patients, "hours": self.request.hours, "seed": self.request.seed}


def _plain(request: Request) -> dict:
    return {name: getattr(request, name) for name in request.__dataclass_fields__}


def simulate(
    patients: int,
    hours: int = 168,
    seed: int = 1,
    out: Path | str = "simulated",
    what_if: str | Policy | None = None,
    *,
    policy: Policy | None = None,
    cohort: Cohort | None = None,
    truth_interval: int = 1,
    threads: int | None = None,
    also: Mapping[str, Callable[[Timeline, Path], Path]] | None = None,
    progress: Callable[[int], None] | None = None,
    truth_every: int | None = None,
) -> Simulation:
    """Simulates patients from infection to a charted stay of `hours`; the same `seed` gives the same patients.

    Writes a cohort to `out`: timelines/usual (and timelines/what_if), truth/patients, truth/courses, simulation.json.

    `what_if` is a change such as "delay_antibiotics=3h" or a Policy; its arm has the same patients and the same random numbers.
    `truth_interval` is the hours between recorded true states (0: none); `truth_every`, its earlier name, works with a warning.
    `also` maps folders to exports, such as `{"hl7": write_hl7}`, for each arm. `progress` is called with the number of patients done,
    twice per arm. The folder is written completely or not at all. `opensepsis.label("timeline", …)` labels an arm.

    Returns a `Simulation`, with the truth as Polars frames. SimulationError: an invalid number or change; OutputError: a
    folder that contains anything else. Sources, and which targets the cohort meets and misses: `docs/simulator.md`.

    """
    out = as_path(out)
    if truth_every is not None:
        message = "simulate(truth_every=…) is now called truth_interval; the earlier name will be removed in the next version."
        warnings.warn(message, FutureWarning, stacklevel=2)
        truth_interval = truth_every
    usual = policy or Policy()
    arms = {"usual": usual}
    if what_if is not None:
        arms["what_if"] = what_if if isinstance(what_if, Policy) else policy_for(what_if, usual)
    request = Request(patients, hours, seed, cohort or Cohort(), True, truth_interval, threads)
    with whole_folder(out, marker=MARKER) as folder:
        for part in ("patients", "courses"):
            (folder / "truth" / part).mkdir(parents=True)
        for arm, care in arms.items():
            source = _Arm(request, care, arm, folder / "truth", progress or (lambda done: None))
            timeline = write_timeline(source, folder / "timelines" / arm)
            for name, write in (also or {}).items():
                write(timeline, folder / name / arm)
        about = {
            "parameters": document()["version"],
            "patients": patients,
            "hours": hours,
            "seed": seed,
            "cohort": asdict(request.cohort),
            "arms": {arm: asdict(care) for arm, care in arms.items()},
            "what_if": what_if if isinstance(what_if, str) else None,
        }
        (folder / MARKER).write_text(json.dumps(about, indent=1), encoding="utf-8")
    return Simulation(out, tuple(arms))
