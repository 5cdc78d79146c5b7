"""The clocks of one shard: time zeros from episodes and scores, then how every task stood in the end."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

import numpy as np
import polars as pl

from opensepsis.data.schema import MOMENT
from opensepsis.engine.batch.chart import NEVER
from opensepsis.engine.clocks.batch.evaluate import STATES, states_frame
from opensepsis.engine.clocks.batch.inputs import TimeZeros
from opensepsis.engine.clocks.batch.record import Entered, around, readable, records
from opensepsis.engine.clocks.batch.time_zero import Knowing, band_findings, episode_findings
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
    feed_alive_until: Mapping[str, int] | None = None,
) -> pl.DataFrame:
    """One row per task of every clock that was triggered.

    `stays`: sid, pid, patient, stay, admitted, discharged, died, age; `events` numbered by pid, in microseconds;
    `found`: the time zeros by sid.
    """
    started = {clock: own for clock in clocks if (own := _started(clock, found))}
    if not started:
        return pl.DataFrame(schema=COLUMNS)
    narrow = readable(events, started)
    rows = [around(narrow, _zeros(stays, own), clock) for clock, own in started.items()]
    # what one clock reads beyond what another does lies outside all that the other looks for
    entered, corrected = records(events[pl.concat(rows).unique().sort()], started)
    parts = [
        _of_clock(
            clock, stays.filter(pl.col("sid").is_in(list(own))), entered, corrected, own, feed_alive_until
        )
        for clock, own in started.items()
    ]
    return pl.concat(parts)


def _started(clock: Clock, found: Mapping[int, list[TimeZero]]) -> dict[int, list[TimeZero]]:
    """The time zeros of one clock by sid."""
    return {sid: own for sid, findings in found.items() if (own := _of(clock, findings))}


def _of_clock(
    clock: Clock,
    stays: pl.DataFrame,
    entered: Entered,
    corrected: Mapping[int, Record],
    found: Mapping[int, list[TimeZero]],
    feed_alive_until: Mapping[str, int] | None,
) -> pl.DataFrame:
    """Every task of one clock: of patients with corrections one after another, of the others all at once."""
    suited = [clock.suits(age) for age in stays["age"]]
    stays = stays.filter(pl.Series(suited, dtype=pl.Boolean)).with_row_index("number")
    stays = stays.with_columns(pl.col("admitted", "discharged", "died").to_physical())
    told = states_frame(clock, entered, _time_zeros(stays, found, corrected), feed_alive_until)
    rows = stays.filter(pl.col("pid").is_in(list(corrected)))
    facts = rows.select("number", "sid", "pid", "admitted", "discharged", "died", "age")
    for number, sid, pid, *admission in facts.iter_rows():
        states = evaluate(
            clock,
            corrected[pid],
            found[sid],
            admission[1],
            Admission(*admission),
            feed_alive_until=feed_alive_until,
        )
        told = pl.concat([told, _plain_frame(clock, number, states)])
    told = told.sort("number", maintain_order=True)
    who = stays.select("patient", "stay")[told["number"]]
    told = told.hstack(who).with_columns(clock=pl.lit(clock.name), version=pl.lit(clock.version))
    return told.select(pl.col(name).cast(dtype) for name, dtype in COLUMNS.items())


def _time_zeros(
    stays: pl.DataFrame, found: Mapping[int, list[TimeZero]], corrected: Mapping[int, Record]
) -> TimeZeros:
    """The time zeros up to the end of each stay, without those of patients with corrections."""
    facts = stays.select("number", "sid", "pid", "discharged").iter_rows()
    told = [
        (number, f)
        for number, sid, pid, discharged in facts
        if pid not in corrected
        for f in sorted(found[sid], key=lambda f: (f.time, f.trigger, f.known))
        if f.time <= discharged
    ]
    number = np.array([number for number, _ in told], np.int64)
    theirs = stays.select("pid", "admitted", "discharged", left=pl.min_horizontal("discharged", "died"))[
        number
    ]
    pid, admitted, discharged, left = (c.cast(pl.Int64).to_numpy() for c in theirs.iter_columns())
    zeros = [f for _, f in told]
    return TimeZeros(
        number,
        pid,
        np.array([f.time for f in zeros], np.int64),
        np.array([f.known for f in zeros], np.int64),
        np.array([NEVER if f.withdrawn is None else f.withdrawn for f in zeros], np.int64),
        np.array([f.trigger for f in zeros], object),
        np.array([f.reason for f in zeros], object),
        tuple(f.evidence for f in zeros),
        admitted,
        discharged,
        left,
    )


def _plain_frame(clock: Clock, number: int, states: list[TaskState]) -> pl.DataFrame:
    """The states of a stay as `states_frame` has them."""
    verified = {
        (arm.trigger.name, t.name): t.verified and clock.paper.verified
        for arm in clock.arms
        for t in arm.tasks
    }
    rows = [
        {name: getattr(state, name) for name in STATES if hasattr(state, name)}
        | {"number": number, "state": state.state.value, "verified": verified[state.trigger, state.task]}
        | {"evidence": list(state.evidence)}
        for state in states
    ]
    return pl.DataFrame(rows, schema=STATES)


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
