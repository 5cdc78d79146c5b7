"""`opensepsis label`: a hospital's data in; scores, episodes and stays out."""

import hashlib
import json
import platform
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import cast

import polars as pl

from opensepsis.data.intake.rejections import RejectionLimits
from opensepsis.data.intake.timestamps import check_zone
from opensepsis.data.io.atomic import clear_unfinished_files, disk_told, whole_folder
from opensepsis.data.io.object_store import Folder, ObjectFolder, as_folder
from opensepsis.data.sources import open_source
from opensepsis.data.sources.given_frames import Frames
from opensepsis.data.sources.relational.address import as_place, without_password
from opensepsis.data.timeline.in_store import open_timeline
from opensepsis.data.timeline.timeline import Timeline, checked_again, read_timeline
from opensepsis.data.timeline.writer import write_timeline
from opensepsis.docgen.pages import about
from opensepsis.errors import DefinitionError, MissingError, OutputError, SourceError, nearest
from opensepsis.uses.label.accounts import SHARDS, summed
from opensepsis.uses.label.arguments import given_data, renamed_arguments
from opensepsis.uses.label.daily_scores import CHOICES, scores_by_day
from opensepsis.uses.label.job import Job, job_of, question_of, this_version
from opensepsis.uses.label.labels import Labels, TemporaryResults, read_labels
from opensepsis.uses.label.object_results import finish, open_for_run
from opensepsis.uses.label.object_results import is_whole as is_whole_in_store
from opensepsis.uses.label.processor_use import processor_use
from opensepsis.uses.label.runners import RUNNERS_BY_NAME, run_jobs
from opensepsis.uses.label.selection import Selection, select
from opensepsis.uses.label.shard_job import checked_options
from opensepsis.uses.label.since import Earlier, bring_up_to_date, earlier_results
from opensepsis.uses.label.working_folder import (
    ASKED,
    asked_of,
    digest_of_files,
    is_left_to_go_on,
    is_whole,
    pieces_of,
    write_asked,
)

PATIENTS_AT_ONCE = 6000  # of a shard
WITH_CLOCKS = 3500  # likewise: the records that clocks and findings read take more memory
AGE_NOT_KNOWN = "scores of adults and of children both apply; limits that differ by age are not known"
Progress = Callable[[str, int, int], None]


def label(
    source: str | None = None,
    path: str | Path | object = None,
    out: str | Path | None = None,
    *,
    stays: object = None,
    events: object = None,
    wide: object = None,
    columns: Mapping[str, object] | None = None,
    stay_kind: str = "hospital",
    definitions: str | list[str] | None = None,
    variants: bool = False,
    as_known: bool = False,
    daily: str | None = None,
    timezone: str | None = None,
    site: str | Path | None = None,
    ed: str | Path | object = None,
    strict: bool = False,
    max_rejected_stays: float = 0.01,
    max_rejected_rows: float = 0.05,
    longest_stay: float = 5,
    on: str = "local",
    resume: bool = False,
    since: str | Path | None = None,
    progress: Progress | None = None,
    **earlier: object,
) -> Labels:
    """Computes hourly scores and the episodes of every stay, as frames; written to the folder `out` if one is given.

    The data are either those of a `source` (clif, csv, eicu, fhir, hourly, meds, mimic-iii, mimic-iv, omop or timeline) at `path`, its
    folder (for sources that are tables also a DuckDB file, `postgresql://USER@HOST/DATABASE` or an Ibis connection); or frames of
    Polars, pandas, PyArrow, DuckDB or Ibis, with the columns and units of the csv source (`docs/csv.md`): `stays` and `events`, or
    `wide`, a table with one row per patient and time (`patient`, `time`, optionally `stay`, `age`, `sex`, `admitted`, `discharged`, …)
    and a column for each measurement. `columns` maps your column names, with the unit if it differs from the concept's: `{"pid":
    "patient", "hr": "heart_rate", "temp": ("temperature", "[degF]")}`. Without `stays` each stay lasts from the first to the last row
    of `wide`. In `wide`, an interval (an infusion, ventilation) runs from its row to the next one.

    `stay_kind` is hospital, icu, emergency or observation. `definitions` are names, such as `"sofa,sepsis3"` or a list (default: all);
    `variants` adds their variants. `daily`, calendar or 24h, adds daily SOFA scores. `as_known` uses only the data known at each hour.
    `timezone` (IANA) applies to times without an offset and defines calendar days. `site` is the hospital's site.toml (csv),
    `ed` the folder of MIMIC-IV-ED (mimic-iv).

    Returns `Labels`: Polars frames, times in UTC, points as Int8. Impossible stays and rows are rejected and counted in
    `run["counts"]`; it is an error if more than the share `max_rejected_stays` (and 10 stays), or `max_rejected_rows` of a concept (and 100
    rows), are rejected; with `strict`, if any is. A stay longer than `longest_stay` years is impossible. Errors are those of
    `opensepsis.errors`. Each definition's source is on its page and in `run["definitions"]`.

    >>> from datetime import datetime, UTC
    >>> import opensepsis, polars as pl
    >>> at = [datetime(2026, 3, 2, hour, tzinfo=UTC) for hour in (8, 9, 12)]
    >>> stays = pl.DataFrame({"patient": ["a"], "stay": ["s"], "admitted": at[:1], "discharged": at[2:], "age": [70]})
    >>> events = pl.DataFrame({"patient": ["a"], "concept": ["platelets"], "time": at[1:2], "value": [92.0]})
    >>> labels = opensepsis.label(stays=stays, events=events, definitions="sofa")
    >>> labels.scores["sofa"].select("total", "coagulation", "liver").rows()[:2]
    [(2, 2, None), (2, 2, None)]
    """
    renamed = renamed_arguments(stays, earlier)
    stays, stay_kind = renamed.pop("stays"), renamed.pop("stay_kind", stay_kind)
    definitions, daily = renamed.pop("definitions", definitions), renamed.pop("daily", daily)
    source, path = given_data(source, path, Frames(stays, events, wide, columns or {}, stay_kind), site)
    check_zone(timezone)
    limits = RejectionLimits(
        stays_share=max_rejected_stays, rows_share=max_rejected_rows, strict=strict, longest_stay=longest_stay
    )
    selection = select(definitions, variants)
    checked_options(stay_kind, daily)
    if daily:
        scores_by_day(selection.scores)
    if on not in RUNNERS_BY_NAME:
        raise DefinitionError(f"There is nothing called '{on}' to run on. {nearest(on, RUNNERS_BY_NAME)}")
    path = as_folder(path) if source == "timeline" and isinstance(path, str | Path) else as_place(path)
    if since is not None and source != "timeline":
        raise SourceError(
            "--since needs a timeline, which records what has changed. Make one with `opensepsis convert` and label that."
        )
    results = None if since is None else as_folder(since)
    if isinstance(results, ObjectFolder) and (out is None or as_folder(out) == results):
        raise OutputError(
            "An object store cannot replace objects atomically: name another folder for the new results with --out."
        )
    told = progress or (lambda *_: None)
    options = Options(source, path, stay_kind, as_known, timezone, told, daily, site, limits, ed, on, results)
    if out is None and isinstance(results, Path):
        out = results
    if out is not None:
        folder = as_folder(out)
        if isinstance(folder, ObjectFolder):
            return _into_store(folder, options, selection, resume)
        return _into(folder, options, selection, resume)
    if resume or on != "local":
        raise OutputError(
            "Name the folder for the results: without one, nothing is kept and no worker can write to it."
        )
    kept = TemporaryResults()
    try:
        with disk_told(kept.path):
            _write(options, selection, kept.path, None)
        return read_labels(kept.path, kept)
    except BaseException:
        kept.remove()
        raise


@dataclass(frozen=True)
class Options:
    """What the user asked for, beside the definitions."""

    source: str
    path: Path | object
    stay_kind: str
    as_known: bool
    timezone: str | None
    progress: Progress
    daily: str | None = None
    site: str | Path | None = None
    limits: RejectionLimits = field(default_factory=RejectionLimits)
    ed: object = None
    on: str = "local"
    since: Folder | None = None

    @property
    def place(self) -> str:
        """Where the data are, for the account of the run."""
        if isinstance(self.path, Frames):
            return "frames in memory"
        if isinstance(self.path, str):
            return without_password(self.path)
        if isinstance(self.path, ObjectFolder):
            return str(self.path)
        return (
            str(self.path.resolve())
            if isinstance(self.path, Path)
            else f"{type(self.path).__name__} connection"
        )


def _into(out: Path, options: Options, selection: Selection, resume: bool) -> Labels:
    opened = open_timeline(cast(Folder, options.path)) if options.source == "timeline" else None
    asked = _asked(options, selection, opened)
    if resume and asked is None:
        raise OutputError(
            "Only a run over files can be resumed. Make a timeline of the data with `opensepsis convert` and label that."
        )
    if resume and is_whole(out, asked):
        return read_labels(out)
    places = (options.path, as_place(options.ed))
    inputs = [place for place in places if isinstance(place, Path)]
    try:
        with whole_folder(out, inputs=inputs, pieces=pieces_of(asked, out, resume)) as folder:
            _write(options, selection, folder, asked, opened)
    except Exception as problem:
        if asked and is_left_to_go_on(out):
            problem.add_note("What is whole was kept. Go on with it: the same command and --resume.")
        raise
    return read_labels(out)


def _into_store(out: ObjectFolder, options: Options, selection: Selection, resume: bool) -> Labels:
    if options.source != "timeline":
        raise OutputError(
            f"Results can be written to an object store only from a timeline: convert the data first "
            f"(`opensepsis convert {options.source} … --out {out.address.rpartition('/')[0]}/timeline`)."
        )
    started = time.perf_counter()
    timeline = _timeline(options, selection, Path())
    job = _job(options, selection, timeline)
    if not (resume and is_whole_in_store(out, job)):
        before = Before.of(options.since, job)
        asked = open_for_run(out, job, resume)
        accounts = _accounts(options, job, before, range(len(timeline.shards)), out)
        _check_any(options, accounts)
        run = _account(options, job, timeline, accounts, asked, time.perf_counter() - started)
        finish(out, run | before.told(accounts))
    return read_labels(out)


@dataclass(frozen=True)
class Before:
    """The results that a run brings up to date, if it does, and why it does not where it was asked to."""

    results: Folder | None = None
    earlier: Earlier | None = None
    why_all: str = ""

    @classmethod
    def of(cls, results: Folder | None, job: Job) -> "Before":
        return cls() if results is None else cls(results, *earlier_results(results, job))

    def told(self, accounts: Mapping[int, dict]) -> dict:
        """What the account of the run says of it."""
        if self.results is None:
            return {}
        again = sum(account["labelled_again"] for account in accounts.values()) if self.earlier else None
        place = str(self.results.resolve() if isinstance(self.results, Path) else self.results)
        told = {"results": place, "all_because": self.why_all or None, "patients_labelled_again": again}
        return {"since": told} | (
            {"on": "local"} if self.earlier else {}
        )  # it takes less than sending it elsewhere


def _accounts(options: Options, job: Job, before: Before, numbers: range, folder: Folder) -> dict[int, dict]:
    if before.earlier is None:
        return run_jobs(job, numbers, folder, options.on, options.progress)
    return bring_up_to_date(job, before.earlier, numbers, folder, options.progress)


def _check_any(options: Options, accounts: dict[int, dict]) -> None:
    if not any(account["stays"] for account in accounts.values()):
        raise MissingError(
            f"There is no {options.stay_kind} stay in {options.place}. Choose another kind with --stay-kind."
        )


def _write(
    options: Options, selection: Selection, folder: Path, asked: dict | None, opened: Timeline | None = None
) -> None:
    started = time.perf_counter()
    timeline = checked_again(opened, options.limits) if opened else _timeline(options, selection, folder)
    job = _job(options, selection, timeline)
    asked = asked or asked_of(job)
    before = Before.of(options.since, job)
    write_asked(folder, asked)
    numbers = range(len(timeline.shards))
    accounts = _accounts(options, job, before, numbers, folder)
    try:
        _check_any(options, accounts)
    except MissingError:
        shutil.rmtree(folder / SHARDS)  # nothing to go on with: the same run would end alike
        raise
    clear_unfinished_files(folder)
    run = _account(options, job, timeline, accounts, asked, time.perf_counter() - started)
    run |= before.told(accounts)
    # in one line: when all is written the folder's list of files is added to it, and it is laid out
    (folder / "run.json").write_text(json.dumps(run, ensure_ascii=False), encoding="utf-8")
    (folder / ASKED).unlink()
    options.progress("labelling", len(numbers), len(numbers))


def _job(options: Options, selection: Selection, timeline: Timeline) -> Job:
    given = options.source == "timeline"  # else it was made of the source, and checked, just now
    return job_of(
        timeline,
        selection,
        options.stay_kind,
        options.as_known,
        options.daily,
        _zone(options, timeline),
        options.limits.longest_stay if given else None,
    )


def _asked(options: Options, selection: Selection, timeline: Timeline | None) -> dict | None:
    """What this run is asked, told before anything is read; None where the data are such that it could not be gone on with."""
    if timeline is not None:
        return asked_of(_job(options, selection, timeline))
    data = digest_of_files(options.path, options.site, as_place(options.ed))
    if data is None:
        return None
    limits = asdict(options.limits)
    question = question_of(selection, options.stay_kind, options.as_known, options.daily, options.timezone)
    told = json.dumps([options.source, data, question, limits], sort_keys=True)
    return {"key": hashlib.sha256(told.encode()).hexdigest()[:32], **question}


def _zone(options: Options, timeline: Timeline) -> str | None:
    """The zone whose days count: of a timeline the one asked for, else that of the hospital it was made from."""
    return (options.source == "timeline" and options.timezone) or timeline.timezone


def _timeline(options: Options, selection: Selection, folder: Path) -> Timeline:
    """The timeline to label: the one given, else the source's, written beside the results so that `why` finds it."""
    if options.source == "timeline":
        return open_timeline(cast(Folder, options.path), options.limits)
    if (folder / "timeline" / "timeline.json").is_file():  # of a run that is gone on with
        return read_timeline(folder / "timeline")
    source = open_source(options.source, options.path, options.timezone, options.site, options.ed)
    lacks = getattr(source, "lacks", lambda concept: False)
    wanted = frozenset(c for c in selection.concepts if c not in selection.if_there or not lacks(c))
    return write_timeline(
        source,
        folder / "timeline",
        wanted,
        WITH_CLOCKS if selection.clocks or selection.course else PATIENTS_AT_ONCE,
        progress=lambda events: options.progress("reading", events, 0),
        limits=options.limits,
    )


def _account(
    options: Options, job: Job, timeline: Timeline, accounts: dict[int, dict], asked: dict, seconds: float
) -> dict:
    cpu_seconds, peak_memory_mb = processor_use()
    selection = job.selection
    defined = [*selection.scores, *selection.phenotypes, *selection.clocks]
    defined += [selection.course] if selection.course else []
    counted = summed(accounts.values(), selection)
    return {
        "opensepsis": this_version(),
        "not_a_medical_device": "For research and teaching. Not a medical device.",
        "python": platform.python_version(),
        "polars": pl.__version__,
        "source": {
            "kind": options.source,
            "path": options.place,
            "timezone": options.timezone,
            "days_of": job.zone or "UTC",
        },
        "timeline": "timeline" if options.source != "timeline" else options.place,
        "stays": {"kind": options.stay_kind, "labelled": counted["stays"]},
        "as_known": options.as_known,
        "days": {"kind": options.daily, "choices": CHOICES} if options.daily else None,
        "definitions": [about(d) for d in defined],
        **{name: counted[name] for name in ("found", "judged", "hours", "tasks", "course")},
        "not_started": [f"{t} is not defined" for t in selection.missing_triggers],
        **{name: counted[name] for name in ("too_young", "too_old")},
        "age_not_known": {"stays": counted["age_not_known"], "assumed": AGE_NOT_KNOWN},
        "counts": timeline.counts,
        "asked": asked,
        "job": job.account,
        "on": options.on,
        "shards": {"all": len(accounts), "with_rows": [n for n, a in sorted(accounts.items()) if a["stays"]]},
        "seconds": round(seconds, 3),
        "cpu_seconds": cpu_seconds,
        "peak_memory_mb": peak_memory_mb,
    }
