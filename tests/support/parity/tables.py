"""The same random patients as a table for the batch engine and as events for the live engine."""

from math import isnan

import numpy as np
import polars as pl

from opensepsis.definitions.concepts.person import BORN
from opensepsis.definitions.signals.children import age_months
from opensepsis.engine.batch.ages import outside_age, refuse
from opensepsis.engine.batch.chart import Charts, charts, close_open_intervals
from opensepsis.engine.batch.evaluation_times import EvaluationTimes, hourly
from opensepsis.engine.batch.moments import moments_of_frame
from opensepsis.engine.batch.scores import score_moments, score_ticks
from opensepsis.engine.batch.signals import evaluate
from opensepsis.engine.live.bedside import Bedside
from opensepsis.engine.semantics.time import HOUR
from opensepsis.rules import Kind

EVENTS = {
    "pid": pl.UInt32,
    "concept": pl.String,
    "time": pl.Int64,
    "end": pl.Int64,
    "known": pl.Int64,
    "value": pl.Float64,
    "text": pl.String,
    "origin": pl.String,
}
STAYS = {"sid": pl.UInt32, "pid": pl.UInt32, "admitted": pl.Int64, "discharged": pl.Int64}


def table(patients) -> pl.DataFrame:
    """Events of several patients as one frame."""
    rows = [
        (pid, e.concept, e.time, e.end, e.known, e.value, e.text, e.origin)
        for pid, events in enumerate(patients)
        for e in events
    ]
    return pl.DataFrame(rows, schema=EVENTS, orient="row")


def stays_table(stays) -> pl.DataFrame:
    """(pid, admitted, discharged) as a frame."""
    return pl.DataFrame([(i, *s) for i, s in enumerate(stays)], schema=STAYS, orient="row")


def batch_points(scores, patients, stays) -> dict[str, list[dict]]:
    """Every score at every tick, from the batch engine, by score."""
    ticks = hourly(stays_table(stays))
    concepts = {name: c for s in scores for name, c in s.concepts.items()} | {BORN.name: BORN}
    events = close_open_intervals(table(patients), ticks.stays.select("pid", time="discharged"), concepts)
    seen = charts(events, concepts)
    return {s.name: of_age(s, ticks, seen).to_dicts() for s in scores}


def of_age(score, ticks: EvaluationTimes, seen: Charts) -> pl.DataFrame:
    """The ticks of a score, not known where the patient is outside its ages."""
    return _of_age(score, ticks.ticks.select("pid", "time"), seen, score_ticks(score, ticks, seen))


def moments_of_age(score, moments: pl.DataFrame, seen: Charts) -> pl.DataFrame:
    """A score at each of these moments (pid, time), not known where the patient is outside its ages."""
    return _of_age(score, moments, seen, score_moments(score, moments, seen))


def _of_age(score, moments: pl.DataFrame, seen: Charts, scored: pl.DataFrame) -> pl.DataFrame:
    months = pl.Series(values_at(age_months, moments, seen)[0], dtype=pl.Float64)
    return refuse(outside_age(score, months), score, scored)


def values_at(signal, moments: pl.DataFrame, seen: Charts) -> tuple[list, list]:
    """The value of a signal at each of these moments (pid, time), and its basis; words as words, None: not known."""
    found = evaluate(signal, moments_of_frame(moments, seen.axis), seen)
    value = [None if isnan(v) else v for v in found.value.tolist()]
    basis = np.broadcast_to(found.basis, len(value)).tolist()
    if getattr(signal, "concept", None) is not None and signal.concept.kind is Kind.WORD:
        value = [None if v is None else signal.concept.words[int(v)] for v in value]
    return value, basis


def live_points(scores, patients, stays) -> dict[str, list[dict]]:
    """The same from the live engine."""
    found = {s.name: [] for s in scores}
    bedsides = {}
    for pid, events in enumerate(patients):
        bedside = bedsides[pid] = Bedside(scores)
        for stay in stays:
            if stay[0] == pid:
                bedside.stay_ends(stay[2])
        for event in events:
            bedside.see(event)
    for pid, time, _ in hours_of(stays):
        for score in scores:
            found[score.name].append(flat(bedsides[pid].points(score, time)))
    return found


def hours_of(stays) -> list[tuple[int, int, int]]:
    """(pid, time, stay) of every full hour, ordered by patient and time: `hourly` in plain Python."""
    return sorted(
        (pid, admitted + hour * HOUR, number)
        for number, (pid, admitted, discharged) in enumerate(stays)
        for hour in range(1, max(1, -(-(discharged - admitted) // HOUR)) + 1)
    )


def flat(points) -> dict:
    """A score's points as one row of the output."""
    row = {"total": points.total, "rows_known": points.rows_known}
    row |= {name: given.points for name, given in points.rows.items()}
    return row | {f"{name}_basis": given.basis for name, given in points.rows.items()}
