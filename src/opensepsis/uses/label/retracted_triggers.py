"""Time zeros that stood until a correction took them away: of a value that was given another, or taken back.

The ward withdraws such a clock when the correction comes. Here every correction makes two patients of its own, one with
what was known before it and one with what was known with it; what only the first has, the correction cancelled.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from opensepsis.data.schema import MOMENT
from opensepsis.definitions import STARTING
from opensepsis.engine.batch.chart import charts
from opensepsis.engine.batch.corrections import as_it_stood, corrections
from opensepsis.engine.batch.evaluation_times import hourly
from opensepsis.engine.batch.infection import infections
from opensepsis.engine.clocks.time_zero import MOVED, NO_LONGER, TimeZero
from opensepsis.rules import (
    BandTrigger,
    Concept,
    EpisodeTrigger,
    Infection,
    Phenotype,
    Score,
    Shock,
    concepts_read,
    infections_of,
)
from opensepsis.uses.label.deaths import scored_until
from opensepsis.uses.label.selection import Selection

if TYPE_CHECKING:
    from opensepsis.uses.label.shard import Shard

Zeros = dict[int, list[TimeZero]]
Stood = tuple[int, int, TimeZero]  # a stay, the correction after it, and what had been found
STATES_AT_ONCE = 2500  # as many as a shard has patients
CORRECTED = {"sid": pl.UInt32, "pid": pl.UInt32, "moment": pl.Int64, "trigger": pl.String}
Judge = Callable[["Shard", Selection], Zeros]


def with_cancelled(zeros: Zeros, shard: "Shard", selection: Selection, judge: Judge) -> Zeros:
    """The time zeros of each stay (sid) and those that a correction cancelled. `judge` finds the time zeros of a shard.

    A trigger is judged again only where something that it reads itself was corrected: what else was asked for, and was
    corrected at another moment, makes no difference to it.
    """
    moments = _corrected(shard, selection)
    if moments.is_empty():
        return zeros
    own = set(moments.select("sid", "moment", "trigger").iter_rows())
    told = {(sid, _key(f)) for sid, findings in zeros.items() for f in findings}
    asked = _of_triggers(selection, set(moments["trigger"]))
    gone = _once(
        (sid, moment, f)
        for sid, moment, f in _taken_away(shard, asked, _states(moments), judge)
        if (sid, moment, f.trigger) in own and (sid, _key(f)) not in told
    )
    return _merged(zeros, gone)


def _of_triggers(selection: Selection, names: set[str]) -> Selection:
    """Only the arms of the clocks that start with one of these, and all bands of a score together: the gravest ends the search."""
    arms = [arm for clock in selection.clocks for arm in clock.arms if arm.trigger.name in names]
    scores = {arm.trigger.score for arm in arms if isinstance(arm.trigger, BandTrigger)}

    def asked(trigger: BandTrigger | EpisodeTrigger) -> bool:
        return trigger.name in names or (isinstance(trigger, BandTrigger) and trigger.score in scores)

    clocks = [
        replace(clock, arms=tuple(arm for arm in clock.arms if asked(arm.trigger)))
        for clock in selection.clocks
    ]
    return replace(selection, clocks=tuple(clock for clock in clocks if clock.arms))


def _states(moments: pl.DataFrame) -> pl.DataFrame:
    """sid, pid, moment of the states to judge, each once."""
    return moments.select("sid", "pid", "moment").unique().sort("sid", "moment")


def _merged(zeros: Zeros, gone: dict[tuple, TimeZero]) -> Zeros:
    """The time zeros with those that are gone, and why they are."""
    found = dict(zeros)
    for (sid, _), finding in gone.items():
        moved = any(f.trigger == finding.trigger for f in _standing(zeros.get(sid, [])))
        found[sid] = [*found.get(sid, []), replace(finding, reason=MOVED if moved else NO_LONGER)]
    return found


def _once(stood: Iterable[Stood]) -> dict[tuple, TimeZero]:
    """Each time zero from when it was first known to when it was last withdrawn."""
    found: dict[tuple, TimeZero] = {}
    for sid, moment, finding in stood:
        held = found.get((sid, _key(finding)), finding)
        last = max(moment, held.withdrawn or moment)
        found[sid, _key(finding)] = replace(held, known=min(held.known, finding.known), withdrawn=last)
    return found


def _key(finding: TimeZero) -> tuple[str, int]:
    return finding.trigger, finding.time


def _standing(findings: list[TimeZero]) -> list[TimeZero]:
    return [f for f in findings if f.withdrawn is None]


def _corrected(shard: "Shard", selection: Selection) -> pl.DataFrame:
    """sid, pid, moment, trigger: the corrections, in each stay, of what a trigger reads, after infection was suspected."""
    triggers = {arm.trigger.name: arm.trigger for clock in selection.clocks for arm in clock.arms}
    starting = {name: _started_by(trigger) for name, trigger in triggers.items()}
    names = {concept for parts in starting.values() for concept in _read_by(parts)}
    by_concept = {name: corrections(shard.events, shard.charts, [name]) for name in sorted(names)}
    found = [
        _corrected_of(shard, parts, by_concept, name) for name, parts in starting.items() if _read_by(parts)
    ]
    return pl.concat([pl.DataFrame(schema=CORRECTED), *found])


def _started_by(trigger: BandTrigger | EpisodeTrigger) -> list[Score | Phenotype]:
    """The definitions that a trigger rests on, as far as they exist."""
    banded = isinstance(trigger, BandTrigger)
    names = (trigger.score, trigger.infection) if banded else (trigger.phenotype,)
    return [STARTING[name] for name in names if name in STARTING]


def _read_by(starting: list[Score | Phenotype]) -> set[str]:
    """What these definitions read; a correction of the suspicion itself is told with its episodes."""
    own = {c.name for infection in _infections(starting) for c in (infection.antibiotic, infection.culture)}
    return {name for part in starting for name in concepts_read(part)} - own


def _infections(starting: list[Score | Phenotype]) -> list[Infection]:
    return list(dict.fromkeys(infection for part in starting for infection in infections_of(part)))


def _corrected_of(
    shard: "Shard", starting: list[Score | Phenotype], by_concept: dict[str, pl.DataFrame], trigger: str
) -> pl.DataFrame:
    moments = pl.concat([by_concept[name] for name in sorted(_read_by(starting))]).unique()
    suspected = [
        infections(infection, shard.ticks.stays, shard.charts) for infection in _infections(starting)
    ]
    suspected = pl.concat([s.select("sid", "pid", "known") for s in suspected])
    first = suspected.group_by("sid", "pid").agg(first=pl.col("known").min())
    known = first.join(moments, on="pid").filter(pl.col("moment") > pl.col("first"))
    return known.select("sid", "pid", "moment", trigger=pl.lit(trigger))


def _concepts(selection: Selection) -> dict[str, Concept]:
    """What the triggers of the clocks read."""
    starting = [*selection.needed_scores, *selection.needed_phenotypes]
    return {name: concept for part in starting for name, concept in concepts_read(part).items()}


def _taken_away(shard: "Shard", selection: Selection, moments: pl.DataFrame, judge: Judge) -> Iterator[Stood]:
    """What had been found before each correction and is not found with it: both states of a patient are judged at once."""
    for some in moments.iter_slices(STATES_AT_ONCE // 2):
        before, after = (some.with_columns(with_it=pl.lit(with_it)) for with_it in (False, True))
        states = pl.concat([before, after]).with_row_index("state")
        found = judge(_as_patients(shard, selection, states), selection)
        for state, (sid, moment) in enumerate(some.select("sid", "moment").iter_rows()):
            still = {_key(f) for f in _standing(found.get(some.height + state, []))}
            for finding in _standing(found.get(state, [])):
                if finding.known < moment and _key(finding) not in still:
                    yield sid, moment, finding


def _as_patients(shard: "Shard", selection: Selection, states: pl.DataFrame) -> "Shard":
    """A shard in which every state is a patient with one stay, up to its moment."""
    number, until = pl.col("state"), pl.col("moment").cast(MOMENT)
    stays = states.join(shard.stays.drop("pid"), on="sid", maintain_order="left")
    names = number.cast(pl.String).alias("patient"), number.cast(pl.String).alias("stay")
    stays = stays.with_columns(
        *names, sid=number, pid=number, discharged=pl.min_horizontal("discharged", until)
    )
    stays = stays.select(shard.stays.columns)
    times = pl.col("admitted", "discharged", "died").to_physical()
    ticks = hourly(scored_until(stays.select("sid", "pid", times, "age", "discharged_to")))
    concepts = _concepts(selection)
    events = shard.events.filter(pl.col("concept").is_in(list(concepts)))
    events = as_it_stood(events, states)
    lactates = frozenset(p.lactate.name for p in selection.needed_phenotypes if isinstance(p, Shock))
    made = charts(events, concepts, lactates, shard.charts.calendar, shard.charts.judged)
    born = states.join(shard.born, on="pid").select(pid="state", time="time")
    return replace(shard, stays=stays, ticks=ticks, events=events, charts=made, born=born)
