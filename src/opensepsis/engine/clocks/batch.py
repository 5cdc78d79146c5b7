"""The clocks of many stays, looked back on: the events of those that were triggered, made into records.

The tasks are then judged by `clock.py`, one stay at a time, so no rule is written twice. Only what a clock can read
around its own time zeros is taken out of Polars: that keeps it cheap, and no clock depends on which others are asked for.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise, repeat

import numpy as np
import polars as pl

from opensepsis.engine.batch.chart import charts
from opensepsis.engine.clocks.record import Entry, Record, one_a_moment, record_of
from opensepsis.engine.clocks.time_zero import MOVED, NO_LONGER, TimeZero
from opensepsis.engine.live.chart import Chart, Event
from opensepsis.engine.semantics.time import to_microseconds
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

EVENT = ("time", "end", "known", "value", "text", "origin")
ORDER = ("time", "known", "origin", "text", "value")  # as `record.py` has it
ALWAYS = None


def episode_findings(trigger: str, episodes: pl.DataFrame) -> Iterator[tuple[int, TimeZero]]:
    """One finding an episode: `episodes` has sid, onset, known, suspected, organ_failure, shock, withdrawn, evidence."""
    there = pl.max_horizontal("suspected", "organ_failure", "shock")
    time = pl.coalesce(there, "onset")
    found = episodes.select("sid", "withdrawn", "evidence", time=time, known=pl.max_horizontal("known", time))
    yield from _told(trigger, found.sort("sid", "time", "known"))


def _told(trigger: str, found: pl.DataFrame) -> Iterator[tuple[int, TimeZero]]:
    """The findings of rows sid, time, known, withdrawn, evidence; one that was withdrawn says so, and why."""
    stands = found.filter(pl.col("withdrawn").is_null())
    moved = set(found.drop_nulls("withdrawn").join(stands, on="sid", how="semi")["sid"])
    for sid, at, known, gone, evidence in found.select(
        "sid", "time", "known", "withdrawn", "evidence"
    ).iter_rows():
        reason = "" if gone is None else MOVED if sid in moved else NO_LONGER
        yield sid, TimeZero(trigger, at, known, tuple(evidence or ()), withdrawn=gone, reason=reason)


Knowing = Callable[[BandTrigger, pl.DataFrame, pl.DataFrame], pl.DataFrame]


def band_findings(
    trigger: BandTrigger, infections: pl.DataFrame, ticks: pl.DataFrame, knowing: Knowing | None = None
) -> Iterator[tuple[int, TimeZero]]:
    """As `found_by_band`, for many stays. `ticks`: sid, time, total.

    `knowing` puts off `known` of the first ticks (sid, suspected, time, known) to when they or later ones could be found.
    """
    reaching = ticks.filter(pl.col("total") >= trigger.at_least)
    infections = infections.select("sid", "suspected", "known", "withdrawn", "evidence")
    near = infections.join(reaching, on="sid")
    after = pl.col("time") - pl.col("suspected")
    near = near.filter(
        (after >= -to_microseconds(trigger.before)) & (after <= to_microseconds(trigger.after))
    )
    first = near.sort("sid", "suspected", "time").group_by("sid", "suspected", maintain_order=True).first()
    if trigger.below is not None:
        first = first.filter(pl.col("total") < trigger.below)
    first = first.with_columns(known=pl.max_horizontal("time", "known"))
    first = knowing(trigger, first, reaching.select("sid", "time")) if knowing else first
    first = first.filter((pl.col("known") < pl.col("withdrawn")).fill_null(True))
    first = first.sort("sid", pl.col("withdrawn").is_not_null(), "suspected", maintain_order=True)
    yield from _told(trigger.name, first.unique(["sid", "time"], keep="first", maintain_order=True))


def bounds(clocks: Iterable[Clock]) -> dict[str, tuple[int | None, int | None]]:
    """For each concept how long before and after a time zero the clocks read it, in microseconds; None: always."""
    found: dict[str, list[tuple[int | None, int | None]]] = defaultdict(list)
    for clock in clocks:
        for task in (task for arm in clock.arms for task in arm.tasks):
            for seen in (task.when, task.advanced_by):
                for concept in read_by(seen) if isinstance(seen, Seen) else ():
                    found[concept.name].append((to_microseconds(seen.before), to_microseconds(seen.until)))
            for concept in read_by(task.closed_by):
                weight = isinstance(task.closed_by, Volume) and concept is task.closed_by.weight
                always = weight or concept.kind is Kind.INTERVAL
                found[concept.name].append((ALWAYS if always else to_microseconds(task.reach), ALWAYS))
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


def around(events: pl.DataFrame, zeros: pl.DataFrame, clock: Clock) -> pl.Series:
    """The rows of the events that a clock can read around each of its time zeros (`zeros`: pid, zero)."""
    limits = _limits(clock).cast({"concept": events.schema["concept"]})
    span = zeros.group_by("pid").agg(first=pl.col("zero").min(), last=pl.col("zero").max())
    asked = pl.col("pid").is_in(span["pid"].implode()) & pl.col("concept").is_in(limits["concept"].implode())
    narrow = events.select("pid", "concept", "time", "origin", blank=pl.col("value").is_null())
    there = narrow.with_row_index("row").filter(asked).join(limits, on="concept").join(span, on="pid")
    there = there.filter(_within("first", "last"))
    others = there.filter(~pl.col("measured"))
    near = _near_a_zero(_when_enough(there), zeros)
    return pl.concat([others["row"], near["row"]])


def _limits(clock: Clock) -> pl.DataFrame:
    """concept, before, until: how far around a time zero it is read; whether it is measured, and not read always; and
    `looked`: how long after a time zero every measurement of it is read, for a task that may become indicated.
    """
    concepts, looked = clock_concepts(clock), _looked_for(clock)
    rows = [
        (
            name,
            before,
            until,
            concepts[name].kind is Kind.MEASURE and before is not ALWAYS,
            looked.get(name, 0),
        )
        for name, (before, until) in bounds([clock]).items()
    ]
    schema = {
        "concept": pl.String,
        "before": pl.Int64,
        "until": pl.Int64,
        "measured": pl.Boolean,
        "looked": pl.Int64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _looked_for(clock: Clock) -> dict[str, int]:
    """How long after a time zero the conditions of the tasks are looked for, by the concepts they read."""
    found: dict[str, int] = {}
    tasks = [task for arm in clock.arms for task in arm.tasks]
    for seen in (seen for task in tasks for seen in (task.when, task.advanced_by)):
        for concept in read_by(seen) if isinstance(seen, Seen) else ():
            found[concept.name] = max(found.get(concept.name, 0), to_microseconds(seen.until))
    return found


def _within(first: str, last: str) -> pl.Expr:
    """Whether an event lies where its concept is read around the time zeros from `first` to `last`."""
    begun = pl.col("before").is_null() | (pl.col("time") >= pl.col(first) - pl.col("before"))
    return begun & (pl.col("until").is_null() | (pl.col("time") <= pl.col(last) + pl.col("until")))


def _near_a_zero(there: pl.DataFrame, zeros: pl.DataFrame) -> pl.DataFrame:
    """Those that are read around some time zero: around the last that begins early enough, if around any."""
    asked = there.with_columns(begun=pl.col("time") + pl.col("before")).sort("begun")
    zeros = zeros.sort("zero")
    last = asked.join_asof(zeros, left_on="begun", right_on="zero", by="pid", check_sortedness=False)
    return last.filter(_within("zero", "zero"))


def _when_enough(there: pl.DataFrame) -> pl.DataFrame:
    """The measurements up to the second moment after the last time zero, and all that a condition is looked for in.

    A task is closed by the first record, or by the first after another task's first: nothing later is read. Of patients
    with a correction everything is, for the first that was known before it may lie anywhere.
    """
    corrected = there.filter(pl.col("origin").is_not_null())
    corrected = corrected.filter(pl.struct("pid", "concept", "time", "origin").is_duplicated())[
        "pid"
    ].unique()
    there = there.filter("measured")
    later = there.filter(
        pl.col("time") > pl.col("last"), ~pl.col("blank"), ~pl.col("pid").is_in(corrected.implode())
    )
    later = later.select("pid", "concept", "time").unique().group_by("pid", "concept")
    second = later.agg(enough=pl.col("time").bottom_k(2).max(), moments=pl.len()).filter(
        pl.col("moments") > 1
    )
    there = there.join(second, on=["pid", "concept"], how="left")
    enough = pl.max_horizontal("enough", pl.col("last") + pl.col("looked"))
    return there.filter(pl.col("enough").is_null() | (pl.col("time") <= enough))


def records(events: pl.DataFrame, clocks: Iterable[Clock]) -> dict[int, Record]:
    """The record that clocks read of each patient (pid), from events with their open ends closed."""
    concepts = {name: concept for clock in clocks for name, concept in clock_concepts(clock).items()}
    corrected = _corrected(events, concepts)
    found = _plain(events.filter(~pl.col("pid").is_in(corrected.implode())), concepts)
    others = events.filter(pl.col("pid").is_in(corrected.implode()))
    for (pid,), mine in others.partition_by("pid", as_dict=True).items():
        chart = Chart(concepts)
        for row in mine.select("concept", *EVENT).iter_rows():
            chart.see(Event(*row))
        found[pid] = record_of(chart)
    return found


def _corrected(events: pl.DataFrame, concepts: dict[str, Concept]) -> pl.Series:
    """The patients with a row that a later one takes away or changes, or with a word: only they need a chart."""
    worded = [name for name, concept in concepts.items() if concept.kind is Kind.WORD]
    done = [name for name, concept in concepts.items() if concept.kind is Kind.EVENT]
    blank = pl.col("value").is_null() & pl.col("text").is_null()
    versions = events.filter(pl.col("origin").is_not_null()).group_by("pid", "concept", "time", "origin")
    counted = versions.agg(again=pl.col("known").n_unique() > 1, blank=blank.any())
    counted = counted.filter(pl.col("again") & (~pl.col("concept").is_in(done) | pl.col("blank")))
    said = events.filter(pl.col("concept").is_in(worded)).select("pid")
    return pl.concat([counted.select("pid"), said]).unique()["pid"]


def _plain(events: pl.DataFrame, concepts: dict[str, Concept]) -> dict[int, Record]:
    """The records of patients without corrections, settled in Polars."""
    measured = frozenset(n for n, c in concepts.items() if c.kind in (Kind.MEASURE, Kind.AMOUNT))
    settled = charts(events, concepts, measured)
    found: dict[int, dict[str, list[Event]]] = defaultdict(dict)
    for name, concept in ((n, c) for n, c in concepts.items() if c.kind is not Kind.WORD):
        frame = settled.measured[name] if name in measured else settled.standing[name]
        if concept.kind is Kind.EVENT:
            frame = _first_known(frame, events.filter(pl.col("concept") == name))
        frame = frame.sort("pid", *ORDER)
        entries = list(map(Entry._make, zip(repeat(name), *(frame[column].to_list() for column in EVENT))))
        pids = frame["pid"].to_numpy()
        starts = np.flatnonzero(np.append(True, pids[1:] != pids[:-1])[: len(pids)]).tolist()
        for start, stop in pairwise([*starts, len(pids)]):
            found[int(pids[start])][name] = one_a_moment(entries[start:stop], concept)
    return {pid: Record(by_concept) for pid, by_concept in found.items()}


def _first_known(standing: pl.DataFrame, seen: pl.DataFrame) -> pl.DataFrame:
    """That a thing was done is known from its first version on."""
    same = ["pid", "time", "origin", "text"]
    first = seen.filter(pl.col("origin").is_not_null()).group_by(same).agg(first=pl.col("known").min())
    joined = standing.join(first, on=same, how="left", nulls_equal=True)
    return joined.with_columns(known=pl.coalesce("first", "known"))
