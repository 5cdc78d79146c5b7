"""`opensepsis label`: a hospital's data in; scores, episodes and stays out."""

import json
import platform
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import cast

import polars as pl

from opensepsis.data.intake.rejections import RejectionLimits
from opensepsis.data.intake.timestamps import check_zone
from opensepsis.data.io.atomic import disk_told, whole_folder
from opensepsis.data.io.paths import as_path
from opensepsis.data.schema import KINDS_OF_STAY
from opensepsis.data.sources import open_source
from opensepsis.data.sources.frames import Frames
from opensepsis.data.sources.relational.address import as_place, without_password
from opensepsis.data.timeline.timeline import Timeline, read_timeline, write_timeline
from opensepsis.docgen.pages import about
from opensepsis.engine.semantics.calendar import Calendar
from opensepsis.errors import DefinitionError, MissingError
from opensepsis.rules import clock_concepts, marks_of, own_concepts
from opensepsis.uses.label.arguments import given_data, renamed_arguments
from opensepsis.uses.label.clocks import label_clocks
from opensepsis.uses.label.daily_scores import CHOICES, label_days, scores_by_day
from opensepsis.uses.label.daily_scores import KINDS as DAYS
from opensepsis.uses.label.labels import Labels, TemporaryResults, read_labels
from opensepsis.uses.label.outcomes import with_deaths
from opensepsis.uses.label.processor_use import processor_use
from opensepsis.uses.label.selection import Selection, select
from opensepsis.uses.label.shard import Labelled, label_shard, prepare
from opensepsis.uses.label.writer import Results

AT_ONCE = 2  # shards; most steps of a shard keep one core busy
PATIENTS_AT_ONCE = 6000  # of a shard
WITH_CLOCKS = 3500  # likewise: the records that clocks and findings read take more memory
FEED_NEVER_ALIVE = -(2**62)
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
    progress: Progress | None = None,
    **earlier: object,
) -> Labels:
    """Scores at every hour and episodes of every stay, as frames; written to the folder `out` if one is given.

    The data are either those of a `source` (clif, csv, eicu, hourly, mimic-iv, omop or timeline) at `path`, its folder (for those that
    are tables also a DuckDB file, `postgresql://USER@HOST/DATABASE` or an Ibis connection); or frames of Polars, pandas, PyArrow, DuckDB or
    Ibis, with the columns and units of the csv source (`docs/csv.md`):
    `stays` and `events`, or `wide`, a table with one row per patient and moment (`patient`, `time`, perhaps `stay`, `age`, `sex`,
    `admitted`, `discharged`, …) and a column for each measurement. `columns` says what your columns are, with the unit where it is another
    than the concept's: `{"pid": "patient", "hr": "heart_rate", "temp": ("temperature", "[degF]")}`. Without `stays` each
    stay lasts from the first to the last row of `wide`. What lasts (an infusion, ventilation) runs in `wide` from its row to the next one.

    `stay_kind` is hospital, icu, emergency or observation. `definitions` are names, as `"sofa,sepsis3"` or a list; all without it;
    `variants` adds theirs. `daily`, calendar or 24h, adds the SOFA scores of each day. `as_known` uses only what was known at each hour.
    `timezone` (IANA) is that of times without an offset and of calendar days. `site` is the hospital's site.toml (csv),
    `ed` where MIMIC-IV-ED lies (mimic-iv).

    Comes back as `Labels`: frames of Polars, times in UTC, points as Int8. Impossible stays and rows are rejected and counted in
    `run["counts"]`; more than the shares `max_rejected_stays` (and 10 stays) or `max_rejected_rows` of a concept (and 100 rows)
    are an error, with `strict` any is. A stay above `longest_stay` years is impossible. Errors are those of `opensepsis.errors`. Each
    definition's source is on its page and in `run["definitions"]`.

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
    if stay_kind not in KINDS_OF_STAY:
        raise DefinitionError(f"Unknown stay kind '{stay_kind}'. Choose one of {', '.join(KINDS_OF_STAY)}.")
    if daily is not None and daily not in DAYS:
        raise DefinitionError(f"Unknown kind of day '{daily}'. Choose one of {', '.join(DAYS)}.")
    path = as_place(path)
    options = Options(
        source, path, stay_kind, as_known, timezone, progress or (lambda *_: None), daily, site, limits, ed
    )
    if out is not None:
        places = (path, as_place(ed))
        out, inputs = as_path(out), [place for place in places if isinstance(place, Path)]
        with whole_folder(out, inputs=inputs) as folder:
            _write(options, selection, folder)
        return read_labels(out)
    kept = TemporaryResults()
    try:
        with disk_told(kept.path):
            _write(options, selection, kept.path)
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

    @property
    def place(self) -> str:
        """Where the data are, for the account of the run."""
        if isinstance(self.path, Frames):
            return "frames in memory"
        if isinstance(self.path, str):
            return without_password(self.path)
        return (
            str(self.path.resolve())
            if isinstance(self.path, Path)
            else f"{type(self.path).__name__} connection"
        )


def _write(options: Options, selection: Selection, folder: Path) -> None:
    started = time.perf_counter()
    timeline = _timeline(options, selection, folder)
    heard = _heard(timeline, selection)
    total = len(timeline.shards)
    with Results(folder, selection, options.daily is not None) as results:
        for done, (stays, labels) in enumerate(_labelled(options, selection, timeline, heard)):
            options.progress("labelling", done, total)
            if labels is not None:
                results.add(stays, labels)
            del labels  # what is written is let go before the next is waited for
    if not results.stays:
        raise MissingError(
            f"There is no {options.stay_kind} stay in {options.place}. Choose another kind with --stay-kind."
        )
    summary = with_deaths(pl.concat(results.stays), timeline.stays)
    summary.write_parquet(folder / "stays.parquet")
    run = _account(options, selection, timeline, summary, results, time.perf_counter() - started)
    (folder / "run.json").write_text(json.dumps(run, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    options.progress("labelling", total, total)


def _labelled(
    options: Options, selection: Selection, timeline: Timeline, heard: dict[str, int]
) -> Iterator[tuple]:
    """The stays and labels of shard after shard, in their order; as many at a time as AT_ONCE, so memory is bounded."""
    by_day = scores_by_day(selection.scores) if options.daily else []
    zone, preparing, not_sent = _zone(options, timeline), Lock(), timeline.not_sent

    def work(part) -> tuple[pl.DataFrame, Labelled | None]:
        stays = part[0].filter(pl.col("kind") == options.stay_kind)
        if stays.is_empty():
            return stays, None
        with preparing:  # one at a time: never does a shard take up more memory
            shard = prepare(part[0], options.stay_kind, part[1], selection, Calendar(zone), options.as_known)
        labels, zeros = label_shard(shard, selection, options.as_known, heard, not_sent)
        if by_day:
            days = label_days(shard, by_day, str(options.daily), zone, options.as_known)
            labels = replace(labels, days=days)
        if not selection.clocks:
            return stays, labels
        numbered, events = shard.stays, shard.events
        del shard  # the charts, half of its memory: clocks do without them
        return stays, replace(labels, tasks=label_clocks(selection.clocks, numbered, events, zeros, heard))

    with ThreadPoolExecutor(AT_ONCE) as pool:
        waiting: deque[Future] = deque()
        for part in timeline.parts():
            waiting.append(pool.submit(work, part))
            if len(waiting) > AT_ONCE:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _zone(options: Options, timeline: Timeline) -> str | None:
    """The zone whose days count: of a timeline the one asked for, else that of the hospital it was made from."""
    return (options.source == "timeline" and options.timezone) or timeline.timezone


def _heard(timeline: Timeline, selection: Selection) -> dict[str, int]:
    """The concepts that clocks and course read and the source never gives: nothing was ever heard of them."""
    asked = {name for clock in selection.clocks for name in clock_concepts(clock)}
    marks = marks_of(selection.course) if selection.course else ()
    asked |= {concept.name for mark in marks for concept in own_concepts(mark)}
    for _, events in timeline.parts():
        if not asked:
            break
        there = (
            events.filter(pl.col("concept").is_in(list(asked))).select(pl.col("concept").unique()).collect()
        )
        asked -= set(there["concept"])
    return dict.fromkeys(asked, FEED_NEVER_ALIVE)


def _timeline(options: Options, selection: Selection, folder: Path) -> Timeline:
    """The timeline to label: the one given, else the source's, written beside the results so that `why` finds it."""
    if options.source == "timeline":
        return read_timeline(cast(Path, options.path), options.limits)
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
    options: Options,
    selection: Selection,
    timeline: Timeline,
    stays: pl.DataFrame,
    results: Results,
    seconds: float,
) -> dict:
    cpu_seconds, peak_memory_mb = processor_use()
    defined = [*selection.scores, *selection.phenotypes, *selection.clocks]
    defined += [selection.course] if selection.course else []
    return {
        "opensepsis": version("opensepsis"),
        "not_a_medical_device": "For research and teaching. Not a medical device.",
        "python": platform.python_version(),
        "polars": pl.__version__,
        "source": {
            "kind": options.source,
            "path": options.place,
            "timezone": options.timezone,
            "days_of": _zone(options, timeline) or "UTC",
        },
        "timeline": "timeline" if options.source != "timeline" else options.place,
        "stays": {"kind": options.stay_kind, "labelled": stays.height},
        "as_known": options.as_known,
        "days": {"kind": options.daily, "choices": CHOICES} if options.daily else None,
        "definitions": [about(d) for d in defined],
        "found": {p.name: int(stays[p.name].sum()) for p in selection.phenotypes},
        "judged": {p.name: stays[p.name].count() for p in selection.phenotypes},
        "hours": results.hours,
        "tasks": results.tasks,
        "course": results.course,
        "not_started": [f"{t} is not defined" for t in selection.missing_triggers],
        "too_young": {
            s.name: int((stays["age"] < s.lowest_age).sum())
            for s in selection.scores
            if s.lowest_age is not None
        },
        "too_old": {
            s.name: int((stays["age"] >= s.age_below).sum())
            for s in selection.scores
            if s.age_below is not None
        },
        "age_not_known": {"stays": int(stays["age"].is_null().sum()), "assumed": AGE_NOT_KNOWN},
        "counts": timeline.counts,
        "seconds": round(seconds, 3),
        "cpu_seconds": cpu_seconds,
        "peak_memory_mb": peak_memory_mb,
    }
