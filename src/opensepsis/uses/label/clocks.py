"""The clocks of one shard: time zeros from episodes and scores, then how every task stood in the end."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import chain

import polars as pl

from opensepsis.data.schema import MOMENT
from opensepsis.engine.clocks.batch import Knowing, around, band_findings, episode_findings, records
from opensepsis.engine.clocks.evaluate import TaskState, evaluate
from opensepsis.engine.clocks.record import Record
from opensepsis.engine.clocks.tasks import Admission
from opensepsis.engine.clocks.time_zero import TimeZero
from opensepsis.rules import BandTrigger, Clock

COLUMNS = {
    "clock": pl.String,
    "version": pl.String,
    "verified": pl.Boolean,
    "patient": pl.String,
    "stay": pl.String,
    "trigger": pl.String,
    "time_zero": MOMENT,
    "time_zero_known": MOMENT,
    "task": pl.String,
    "due_from": MOMENT,
    "due_by": MOMENT,
    "state": pl.String,
    "begun": MOMENT,
    "done": MOMENT,
    "done_known": MOMENT,
    "order": pl.String,
    "reason": pl.String,
    "evidence": pl.List(pl.String),
}


def label_clocks(
    clocks: Iterable[Clock],
    stays: pl.DataFrame,
    events: pl.DataFrame,
    found: Mapping[int, list[TimeZero]],
    heard: Mapping[str, int] | None = None,
) -> pl.DataFrame:
    """One row per task of every clock that was triggered.

    `stays`: sid, pid, patient, stay, admitted, discharged, died, age; `events` numbered by pid, in microseconds;
    `found`: the time zeros by sid.
    """
    columns: dict[str, list] = {name: [] for name in COLUMNS}
    started = {clock: own for clock in clocks if (own := _started(clock, found))}
    rows = [around(events, _zeros(stays, own), clock) for clock, own in started.items()]
    if not rows:
        return pl.DataFrame(schema=COLUMNS)
    # what one clock reads beyond what another does lies outside all that the other looks for
    read = records(events[pl.concat(rows).unique().sort()], started)
    for clock, own in started.items():
        _add_clock(columns, clock, stays.filter(pl.col("sid").is_in(list(own))), read, own, heard)
    return _framed(columns)


def _started(clock: Clock, found: Mapping[int, list[TimeZero]]) -> dict[int, list[TimeZero]]:
    """The time zeros of one clock by sid."""
    return {sid: own for sid, findings in found.items() if (own := _of(clock, findings))}


def _add_clock(
    columns: dict[str, list],
    clock: Clock,
    stays: pl.DataFrame,
    read: Mapping[int, Record],
    found: Mapping[int, list[TimeZero]],
    heard: Mapping[str, int] | None,
) -> None:
    """Every task of one clock, from what was recorded around its time zeros."""
    times = pl.col("admitted", "discharged", "died").to_physical()
    rows = stays.select("sid", "pid", "patient", "stay", times, "age")
    for sid, pid, patient, stay, *facts in rows.iter_rows():
        admission, record = Admission(*facts), read.get(pid, Record({}))
        states = evaluate(clock, record, found[sid], facts[1], admission, heard=heard)
        _add(columns, clock, patient, stay, states)


def _framed(columns: dict[str, list]) -> pl.DataFrame:
    """The rows as a frame; words are listed in Polars, for a column of Python's lists takes many times as long."""
    said = columns.pop("evidence")
    words = pl.DataFrame(
        {
            "row": [row for row, mine in enumerate(said) for _ in mine],
            "evidence": list(chain.from_iterable(said)),
        },
        schema={"row": pl.UInt32, "evidence": pl.String},
    )
    listed = words.group_by("row", maintain_order=True).agg("evidence")
    plain = {n: pl.Int64 if d == MOMENT else d for n, d in COLUMNS.items() if n in columns}
    frame = pl.DataFrame(columns, schema=plain).with_row_index("row")
    frame = frame.join(listed, on="row", how="left", maintain_order="left")
    none = pl.lit([], COLUMNS["evidence"])
    frame = frame.with_columns(pl.col("evidence").fill_null(none))
    return frame.select(pl.col(name).cast(dtype) for name, dtype in COLUMNS.items())


def time_zeros(
    clocks: Iterable[Clock],
    episodes: pl.DataFrame,
    points: Mapping[str, pl.DataFrame],
    knowing: Knowing | None = None,
) -> dict[int, list[TimeZero]]:
    """The time zeros of each stay (sid). A trigger whose definition was not worked out starts nothing.

    `episodes`: definition, sid, the times in microseconds, evidence; `points`: by trigger of a band sid, time, total;
    `knowing`: see `band_findings`.
    """
    found: dict[int, list[TimeZero]] = defaultdict(list)
    triggers = {arm.trigger.name: arm.trigger for clock in clocks for arm in clock.arms}
    for trigger in triggers.values():
        if isinstance(trigger, BandTrigger):
            mine = episodes.filter(pl.col("definition") == trigger.infection)
            pairs = band_findings(trigger, mine, points[trigger.name], knowing)
        else:
            pairs = episode_findings(trigger.name, episodes.filter(pl.col("definition") == trigger.phenotype))
        for sid, finding in pairs:
            found[sid].append(finding)
    return found


def _of(clock: Clock, findings: list[TimeZero]) -> list[TimeZero]:
    names = {arm.trigger.name for arm in clock.arms}
    return [f for f in findings if f.trigger in names]


def _zeros(stays: pl.DataFrame, found: Mapping[int, list[TimeZero]]) -> pl.DataFrame:
    """Every time zero of each patient."""
    rows = [(sid, time) for sid, findings in found.items() for time in {f.time for f in findings}]
    zeros = pl.DataFrame(rows, schema={"sid": stays.schema["sid"], "zero": pl.Int64}, orient="row")
    return zeros.join(stays.select("sid", "pid"), on="sid").select("pid", "zero").unique()


def _add(columns: dict[str, list], clock: Clock, patient: str, stay: str, states: list[TaskState]) -> None:
    verified = {
        (arm.trigger.name, t.name): t.verified and clock.paper.verified
        for arm in clock.arms
        for t in arm.tasks
    }
    for state in states:
        columns["clock"].append(clock.name)
        columns["version"].append(clock.version)
        columns["verified"].append(verified[state.trigger, state.task])
        columns["patient"].append(patient)
        columns["stay"].append(stay)
        columns["state"].append(state.state.value)
        columns["evidence"].append(state.evidence)
        for name in ("trigger", "time_zero", "time_zero_known", "task", "due_from", "due_by"):
            columns[name].append(getattr(state, name))
        for name in ("begun", "done", "done_known", "order", "reason"):
            columns[name].append(getattr(state, name))
