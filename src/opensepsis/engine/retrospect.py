"""The clocks of many stays, looked back on: the events of those that were triggered, made into records.

The tasks are then judged by `clock.py`, one stay at a time, so no rule is written twice. Only what the
clocks can read around a time zero is taken out of Polars; that keeps it cheap.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

import polars as pl

from opensepsis.engine.chart import Chart, Event
from opensepsis.engine.charts import charts
from opensepsis.engine.findings import Finding
from opensepsis.engine.record import Record, in_order, record_of
from opensepsis.engine.steps import micro
from opensepsis.rules import (
    BandTrigger,
    Clock,
    Concept,
    Kind,
    Seen,
    TreatedBefore,
    Volume,
    clock_concepts,
    read_by,
)

EVENT = ("concept", "time", "end", "known", "value", "text", "origin")
ALWAYS = None


def episode_findings(trigger: str, episodes: pl.DataFrame) -> Iterator[tuple[int, Finding]]:
    """One finding an episode: `episodes` has sid, onset, known, suspected, organ_failure, shock, evidence."""
    there = pl.max_horizontal("suspected", "organ_failure", "shock")
    time = pl.coalesce(there, "onset")
    found = episodes.select("sid", time=time, known=pl.max_horizontal("known", time), evidence="evidence")
    for sid, at, known, evidence in found.sort("sid", "time", "known").iter_rows():
        yield sid, Finding(trigger, at, known, tuple(evidence or ()))


def band_findings(
    trigger: BandTrigger, infections: pl.DataFrame, ticks: pl.DataFrame
) -> Iterator[tuple[int, Finding]]:
    """As `found_by_band`, for many stays. `ticks`: sid, time, total."""
    reaching = ticks.filter(pl.col("total") >= trigger.at_least)
    near = infections.select("sid", "suspected", "known", "evidence").join(reaching, on="sid")
    after = pl.col("time") - pl.col("suspected")
    near = near.filter((after >= -micro(trigger.before)) & (after <= micro(trigger.after)))
    first = near.sort("sid", "suspected", "time").group_by("sid", "suspected", maintain_order=True).first()
    if trigger.below is not None:
        first = first.filter(pl.col("total") < trigger.below)
    first = first.unique(["sid", "time"], keep="first", maintain_order=True)
    for sid, at, known, evidence in first.select("sid", "time", "known", "evidence").iter_rows():
        yield sid, Finding(trigger.name, at, max(at, known), tuple(evidence or ()))


def bounds(clocks: Iterable[Clock]) -> dict[str, tuple[int | None, int | None]]:
    """For each concept how long before and after a time zero the clocks read it, in microseconds; None: always."""
    found: dict[str, list[tuple[int | None, int | None]]] = defaultdict(list)
    for clock in clocks:
        for task in (task for arm in clock.arms for task in arm.tasks):
            if isinstance(task.when, Seen):
                for concept in read_by(task.when):
                    found[concept.name].append((micro(task.when.before), micro(task.when.until)))
            for concept in read_by(task.closed_by):
                weight = isinstance(task.closed_by, Volume) and concept is task.closed_by.weight
                always = weight or concept.kind is Kind.INTERVAL
                found[concept.name].append((ALWAYS if always else micro(task.look_back), ALWAYS))
        for exclusion in clock.exclusions:
            read = exclusion.given.concepts if isinstance(exclusion, TreatedBefore) else ()
            for concept in (*read, *([exclusion.concept] if hasattr(exclusion, "concept") else [])):
                found[concept.name].append((ALWAYS, ALWAYS))
    return {
        name: (_widest(b for b, _ in pairs), _widest(a for _, a in pairs)) for name, pairs in found.items()
    }


def _widest(lengths: Iterable[int | None]) -> int | None:
    every = list(lengths)
    return ALWAYS if ALWAYS in every else max(every)


def around(events: pl.DataFrame, zeros: pl.DataFrame, clocks: Iterable[Clock]) -> pl.DataFrame:
    """The events the clocks can read. `zeros`: pid, first, last (time zero)."""
    limits = bounds(clocks)
    keep = pl.lit(False)
    for name, (before, after) in limits.items():
        mine = pl.col("concept") == name
        if before is not ALWAYS:
            mine = mine & (pl.col("time") >= pl.col("first") - before)
        if after is not ALWAYS:
            mine = mine & (pl.col("time") <= pl.col("last") + after)
        keep = keep | mine
    there = events.filter(pl.col("concept").is_in(list(limits))).join(zeros, on="pid")
    return there.filter(keep).select(events.columns)


def records(events: pl.DataFrame, clocks: Iterable[Clock]) -> dict[int, Record]:
    """The record of each patient (pid) from events with their open ends closed."""
    concepts = {name: c for clock in clocks for name, c in clock_concepts(clock).items()}
    corrected = _corrected(events)
    plain = events.filter(~pl.col("pid").is_in(corrected.implode()))
    found = _plain(plain, concepts)
    for (pid,), mine in (
        events.join(corrected.to_frame(), on="pid", how="semi").partition_by("pid", as_dict=True).items()
    ):
        chart = Chart(concepts)
        for row in mine.select(EVENT).iter_rows():
            chart.see(Event(*row))
        found[pid] = record_of(chart)
    return found


def _corrected(events: pl.DataFrame) -> pl.Series:
    """The patients with a row that was said again later: only they need their chart's history."""
    versions = events.filter(pl.col("origin").is_not_null()).group_by("pid", "concept", "time", "origin")
    again = versions.agg(again=pl.col("known").n_unique() > 1)
    return again.filter("again").select("pid").unique()["pid"]


def _plain(events: pl.DataFrame, concepts: dict[str, Concept]) -> dict[int, Record]:
    """The records of patients without corrections, settled in Polars."""
    measured = frozenset(n for n, c in concepts.items() if c.kind in (Kind.MEASURE, Kind.AMOUNT))
    settled = charts(events, concepts, measured)
    found: dict[int, dict[str, list[Event]]] = defaultdict(dict)
    for name, concept in concepts.items():
        frame = settled.measured[name] if name in measured else settled.standing[name]
        by_patient: dict[int, list[Event]] = defaultdict(list)
        for pid, *rest in frame.select("pid", "time", "end", "known", "value", "text", "origin").iter_rows():
            by_patient[pid].append(Event(name, *rest))
        for pid, mine in by_patient.items():
            found[pid][name] = in_order(mine, concept)
    return {pid: Record(by_concept) for pid, by_concept in found.items()}
