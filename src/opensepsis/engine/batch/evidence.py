"""Which events decided an episode: their origins, so that every label can be traced back. Polars."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import polars as pl

from opensepsis.engine.batch.axis import Axis
from opensepsis.engine.batch.chart import Charts, Recorded, surely_above
from opensepsis.engine.batch.deciding import Deciding, deciding
from opensepsis.engine.batch.moments import Moments, moments_of_frame, spread
from opensepsis.engine.batch.provenance import named
from opensepsis.engine.batch.row_keys import row_keys
from opensepsis.engine.semantics.perspective import Perspective
from opensepsis.engine.semantics.time import to_microseconds
from opensepsis.rules import (
    CompositeRow,
    CriteriaMet,
    Infection,
    Kind,
    Latest,
    OrganFailure,
    Phenotype,
    Row,
    Score,
    Shock,
    Worsened,
    concepts_of,
)

TRACE = {"episode": pl.UInt32, "origin": pl.String}


def evidence(
    phenotype: Phenotype,
    found: pl.DataFrame,
    patients: Charts,
    events: pl.DataFrame,
) -> pl.Series:
    """For each episode (with pid) the origins of its deciding events, in order of time and name.

    An event without an origin is named by its concept and time.
    """
    if found.is_empty():
        return pl.Series("origin", [], pl.List(pl.String))
    found = found.with_row_index("episode")
    traced = _traced(_parts(phenotype, found, patients, events), events)
    lists = traced.group_by("episode").agg(pl.col("origin").sort())
    return found.join(lists, on="episode", how="left", maintain_order="left")["origin"]


def tick_evidence(
    score: Score, row: str | None, found: pl.DataFrame, patients: Charts, events: pl.DataFrame
) -> pl.DataFrame:
    """sid, time and one origin a row of what gave a score, or one row of it, its points at a tick (sid, pid, time)."""
    if found.is_empty():
        return pl.DataFrame(schema={"sid": pl.UInt32, "time": pl.Int64, "origin": pl.String})
    asked = found.with_row_index("episode").with_columns(organ_failure="time")
    narrow = score if row is None else replace(score, rows=tuple(r for r in score.rows if r.name == row))
    traced = _traced(_table(narrow, asked, patients), events)
    return asked.select("episode", "sid", "time").join(traced, on="episode").drop("episode")


class _Rows(NamedTuple):
    """Rows of the events that decided episodes, all of one concept."""

    concept: str
    episode: np.ndarray
    row: np.ndarray


def _traced(parts: Iterable[pl.DataFrame | _Rows], events: pl.DataFrame) -> pl.DataFrame:
    """episode, origin of all these, each once; what is told as rows is named in one step."""
    frames, rows = [pl.DataFrame(schema=TRACE)], []
    for part in parts:
        if isinstance(part, _Rows):
            rows.append(part)
        else:
            frames.append(part.select(*TRACE))
    if rows:
        told = events.select("time", "origin")[np.concatenate([r.row for r in rows])]
        concepts = pl.Series("concept", [r.concept for r in rows], pl.String)
        which = np.repeat(np.arange(len(rows)), [len(r.row) for r in rows])
        told = told.with_columns(
            concepts.gather(which), pl.Series("episode", np.concatenate([r.episode for r in rows]))
        )
        frames.append(told.select("episode", origin=named()))
    return pl.concat(frames, how="vertical_relaxed").unique()


def _parts(phenotype, found, patients, events):
    match phenotype:
        case Infection():
            yield _infection(phenotype, found, patients)
        case OrganFailure():
            yield _infection(phenotype.infection, found, patients)
            yield from _table(phenotype.score, found, patients)
        case Shock():
            yield from _parts(phenotype.sepsis, found, patients, events)
            yield _shock_lactate(phenotype, found, patients)
            yield _vasopressors(phenotype, found, patients)
        case CriteriaMet():
            yield _infection(phenotype.infection, found, patients)
            for criterion in phenotype.criteria:
                yield from _table(criterion.score, found, patients)
        case Worsened():
            yield from _parts(phenotype.after, found, patients, events)
            at_shock = found.with_columns(organ_failure="shock")
            yield from _table(phenotype.sign.score, at_shock, patients)
        case _:
            yield _trigger_events(phenotype, found, patients, events)


def _trigger_events(
    phenotype: Phenotype, found: pl.DataFrame, patients: Charts, events: pl.DataFrame
) -> pl.DataFrame:
    """What the phenotype itself left as deciding; the origin of a measurement is found by its moment."""
    mine = found.select("episode", "sid", "pid", "onset")
    rows = mine.join(patients.trigger_events[phenotype.name], on=["sid", "onset"]).drop("sid", "onset")
    lasting = [n for n, c in patients.concepts.items() if c.kind in (Kind.EVENT, Kind.INTERVAL)]
    direct = pl.col("concept").is_in(lasting)
    rest = rows.filter(~direct).drop("origin")
    measured = events.filter(pl.col("concept").is_in(rest["concept"].unique().to_list()))
    measured = measured.with_columns(pl.col("concept").cast(pl.String)).join(
        rest, on=["pid", "concept", "time"]
    )
    parts = [part.select("episode", origin=named()) for part in (rows.filter(direct), measured)]
    return pl.concat(parts)


def _infection(infection: Infection, found: pl.DataFrame, patients: Charts) -> pl.DataFrame:
    """The antibiotic and the culture that pair at the moment of suspicion: of several the first of each."""
    asked = found.select("episode", "pid", "suspected").drop_nulls()
    paired = patients.paired.get(infection.name)
    new = asked.select("pid", "suspected").unique()
    if paired is not None:
        new = new.join(paired, on=["pid", "suspected"], how="anti")
    if paired is None or new.height:
        more = _pairs(infection, new, patients)
        paired = patients.paired[infection.name] = more if paired is None else pl.concat([paired, more])
    told = asked.join(paired, on=["pid", "suspected"])
    return pl.concat([told.select("episode", "origin"), told.select("episode", origin="origin_culture")])


def _pairs(infection: Infection, asked: pl.DataFrame, patients: Charts) -> pl.DataFrame:
    """pid, suspected, origin, origin_culture of these suspicions (pid, suspected): told once for all that rest on the infection."""
    asked = asked.with_row_index("suspicion")
    doses = _near(asked, patients, infection.antibiotic.name, infection.antibiotic_within)
    cultures = _near(asked, patients, infection.culture.name, infection.culture_within)
    cultures = cultures.select("suspicion", culture="time", origin_culture="origin")
    pairs = doses.rename({"time": "dose"}).join(cultures, on="suspicion")
    pairs = pairs.filter(pl.min_horizontal("dose", "culture") == pl.col("suspected"))
    first = (
        pairs.sort("suspicion", "dose", "culture", "origin", "origin_culture").group_by("suspicion").first()
    )
    return first.select("pid", "suspected", "origin", "origin_culture")


def _near(asked: pl.DataFrame, patients: Charts, concept: str, within) -> pl.DataFrame:
    """The events of a concept from the suspicion to `within` after it: its pair lies there, whichever came first."""
    there = asked.join(patients.worked_out(_every_version, concept), on="pid")
    after = pl.col("time") - pl.col("suspected")
    return there.filter((after >= 0) & (after <= to_microseconds(within))).with_columns(origin=named(concept))


def _every_version(concept: str, patients: Charts) -> pl.DataFrame:
    """pid, time, origin of what stands of a concept, and of what stood before a correction."""
    standing = patients.standing[concept].select("pid", "time", "origin")
    if patients.judged is Perspective.NOW:
        return standing
    gone = patients.events[patients.rows[concept].row].select("pid", "time", "origin")
    gone = gone.unique().join(standing, on=["pid", "time"], how="anti")
    return pl.concat([standing, gone])


def _table(score: Score, found: pl.DataFrame, patients: Charts):
    """The events that gave each row of a table its points, at the tick of organ failure."""
    asked = _asked(found, patients.axis)
    for row in score.rows if len(asked.moments) else ():
        if score.window:
            yield from _row(score, row, asked, patients)
        else:
            for part in row.parts:
                yield from _row_now(part, asked, patients)


@dataclass(frozen=True, eq=False)
class _Asked:
    """The moments of episodes that are asked for, in order of place."""

    episode: np.ndarray
    moments: Moments

    def where(self, which: np.ndarray) -> "_Asked":
        return _Asked(self.episode[which], self.moments.take(which))


def _asked(found: pl.DataFrame, axis: Axis) -> _Asked:
    at = found.select("episode", "pid", time="organ_failure").drop_nulls("time").sort("pid", "time")
    return _Asked(at["episode"].to_numpy(), moments_of_frame(at, axis))


def _row_now(row: Row, asked: _Asked, patients: Charts):
    """The latest measurements of a row that has points at the tick."""
    asked = asked.where(row_keys(row, asked.moments, patients, row.signals) >= 4)
    for signal in row.signals.values():
        if not isinstance(signal, Latest) or signal.valid is None:
            continue
        recorded = patients.rows[signal.concept.name]
        places = recorded.place
        before = asked.moments.place - to_microseconds(signal.valid)
        behind = np.searchsorted(places, asked.moments.place, side="right")
        there = behind > np.searchsorted(places, before, side="right")
        last = places[np.where(there, behind - 1, 0)] if len(places) else asked.moments.place
        yield _recorded(signal.concept.name, asked.episode[there], last[there], recorded)


def _row(score: Score, row: Row | CompositeRow, asked: _Asked, patients: Charts):
    """The deciding events of each table of a row; of tables that stand in for one another only one."""
    for part, theirs in zip(row.parts, deciding(score, row, asked.moments, patients), strict=True):
        yield from _part(part, asked, theirs, patients)


def _part(row: Row, asked: _Asked, worst: Deciding, patients: Charts):
    """The events at the first moment, or the infusions in the first stretch, that gave a table its points."""
    names = {c.name for s in row.signals.values() for c in concepts_of(s)}
    names = sorted(names & patients.concepts.keys())
    measured = [n for n in names if patients.concepts[n].kind is not Kind.INTERVAL]
    point = (worst.key >= 4) & ~worst.lasting
    if point.any():
        places = asked.moments.place[point] - (asked.moments.time[point] - worst.time[point])
        for name in measured:
            yield _recorded(name, asked.episode[point], places, patients.rows[name])
    during = (worst.key >= 4) & worst.lasting
    if not during.any():
        return
    ran = pl.DataFrame(
        {"episode": asked.episode[during], "pid": asked.moments.pid[during], "moment": worst.time[during]}
    )
    ran = ran.cast({"pid": pl.UInt32})
    for name in names:
        if name not in measured and patients.standing[name].height:
            running = ran.join(patients.standing[name].filter(pl.col("value").fill_null(1.0) > 0), on="pid")
            running = running.filter(
                (pl.col("time") <= pl.col("moment")) & (pl.col("end") >= pl.col("moment"))
            )
            yield running.select("episode", origin=named(name))


def _recorded(name: str, episode: np.ndarray, places: np.ndarray, recorded: Recorded) -> _Rows:
    """The events of one concept at these places."""
    first = np.searchsorted(recorded.place, places)
    at, position = spread(first, np.searchsorted(recorded.place, places, side="right"))
    return _Rows(name, episode[at], recorded.row[position])


def _shock_lactate(phenotype: Shock, found: pl.DataFrame, patients: Charts) -> pl.DataFrame:
    """The first high lactate near the shock."""
    high = patients.measured[phenotype.lactate.name].filter(surely_above(phenotype.lactate_above))
    high = high.with_columns(origin=named(phenotype.lactate.name)).select("pid", "origin", lactate="time")
    near = found.select("episode", "pid", "shock").join(high, on="pid")
    near = near.filter(
        (pl.col("lactate") - pl.col("shock")).abs() <= to_microseconds(phenotype.paired_within)
    )
    return near.sort("episode", "lactate", "origin").group_by("episode").first().select("episode", "origin")


def _vasopressors(phenotype: Shock, found: pl.DataFrame, patients: Charts) -> pl.DataFrame:
    """The vasopressors that ran nearest before or at the shock."""
    parts = []
    for drug in phenotype.vasopressors:
        ran = patients.standing[drug.concept.name].filter(pl.col("value").fill_null(1.0) > 0)
        ran = ran.with_columns(origin=named(drug.concept.name)).select("pid", "origin", "time", "end")
        near = found.select("episode", "pid", "shock").join(ran, on="pid")
        before = pl.col("shock") - to_microseconds(phenotype.paired_within)
        parts.append(near.filter((pl.col("time") <= pl.col("shock")) & (pl.col("end") >= before)))
    last = pl.concat(parts).sort("episode", "time", "origin").group_by("episode").last()
    return last.select("episode", "origin")
