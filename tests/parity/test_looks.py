"""Between the hours both engines start the same clocks: at the same moments, judged by the same points."""

from functools import partial
from itertools import islice
from random import Random

import polars as pl
import pytest

from opensepsis.definitions import CLOCKS, PHENOTYPES, SCORES
from opensepsis.definitions.concepts.person import BORN
from opensepsis.engine.batch.chart import charts, close_open_intervals
from opensepsis.engine.batch.evaluation_times import hourly
from opensepsis.engine.batch.infection import infections
from opensepsis.engine.batch.phenotypes import episodes
from opensepsis.engine.batch.trigger_times import around_band, around_phenotype, moments_around
from opensepsis.engine.clocks.batch.time_zero import band_findings, episode_findings
from opensepsis.engine.clocks.time_zero import found_by_band, found_by_episodes
from opensepsis.engine.live import phenotypes as course
from opensepsis.engine.live.bedside import Bedside
from opensepsis.engine.live.chart import Event
from opensepsis.engine.live.phenotypes import suspicions
from opensepsis.engine.semantics.infusion_delays import delays
from opensepsis.engine.semantics.time import to_microseconds
from opensepsis.rules import BandTrigger, Kind, concepts_read, scores_of
from tests.support.parity.crowds import FAMILIES, LIMITS, NUMBER, assert_alike, crowd, patient, stays_of
from tests.support.parity.patients import HOUR, MINUTE, limits_by_concept
from tests.support.parity.tables import flat, moments_of_age, stays_table, table

TRIGGERS = {arm.trigger.name: arm.trigger for clock in CLOCKS.values() for arm in clock.arms}
WINDOWED = {
    family: windowed for family, scores in FAMILIES.items() if (windowed := [s for s in scores if s.window])
}
MOMENTS = 16


def prepared(cases, concepts, traced=frozenset({"lactate"})):
    """Ticks and charts of cases, which are the events of a patient, the stays, and what else is asked."""
    ticks = hourly(stays_table([(pid, *stay) for pid, case in enumerate(cases) for stay in case[1]]))
    concepts, patients = concepts | {BORN.name: BORN}, table([case[0] for case in cases])
    events = close_open_intervals(patients, ticks.stays.select("pid", time="discharged"), concepts)
    return ticks, charts(events, concepts, traced)


def bedside_of(scores, concepts, events, stays) -> Bedside:
    bedside = Bedside(scores, concepts)
    for _, discharged in stays:
        bedside.stay_ends(discharged)
    for event in events:
        bedside.see(event)
    return bedside


@pytest.mark.parametrize("family", WINDOWED)
def test_a_score_at_any_moment(family):
    scores = WINDOWED[family]
    concepts = {name: c for score in scores for name, c in score.concepts.items()}
    draw, schema = Random(family), {"pid": pl.UInt32, "time": pl.Int64}

    def batch(cases):
        asked = [(pid, time) for pid, (*_, times) in enumerate(cases) for time in times]
        moments = pl.DataFrame(asked, schema=schema, orient="row")
        charted = prepared(cases, concepts)[1]
        rows = {s.name: moments_of_age(s, moments, charted).iter_rows(named=True) for s in scores}
        return [
            {name: list(zip(times, islice(mine, len(times)), strict=True)) for name, mine in rows.items()}
            for *_, times in cases
        ]

    def live(events, stays, times):
        bedside = bedside_of(scores, concepts, events, stays)
        return {s.name: [(time, flat(bedside.points(s, time))) for time in times] for s in scores}

    patients = crowd(scores, NUMBER, draw)
    cases = [(events, stays_of(pid), asked_of(events, draw)) for pid, events in enumerate(patients)]
    found = assert_alike(cases, batch, live)
    for score in scores:
        assert any(row["rows_known"] for of_patient in found for _, row in of_patient[score.name])


def asked_of(events, draw: Random) -> list[int]:
    """Moments at events, an hour and nearly a day after them, and at their ends."""
    asked = {e.time + just for e in events for just in (0, HOUR, 24 * HOUR - 1)}
    asked |= {e.end for e in events if e.end} | {0, 50 * HOUR}
    return sorted(draw.sample(sorted(asked), min(MOMENTS, len(asked))))


def batch_findings(trigger, concepts, cases) -> list[list[tuple]]:
    """(stay, time zero, known) of each case as `label` finds them."""
    ticks, seen = prepared(cases, concepts)
    banded = isinstance(trigger, BandTrigger)
    if banded:
        infection = PHENOTYPES[trigger.infection]
        around = around_band(trigger, infection, SCORES[trigger.score], trigger.at_least)
    else:
        infection, around = PHENOTYPES[trigger.phenotype], around_phenotype(PHENOTYPES[trigger.phenotype])
    at = ticks.ticks.select("sid", "pid", "time")
    if around:
        hours = at.select("sid", "time")
        for score in around.scores:
            hours = hours.with_columns(moments_of_age(score, at, seen)["total"].alias(score.name))
        suspected = infections(around.infection, ticks.stays, seen).select("sid", "pid", "time")
        between = moments_around(around, suspected, ticks, hours, seen)
        at = pl.concat([at, between]).sort("pid", "time", "sid")
    totals = at.select("sid", "time").with_columns(total=pl.lit(None, pl.Int8))
    for score in around.scores if around else ():
        total = moments_of_age(score, at, seen)["total"]
        totals = totals.with_columns(total, total.alias(score.name))
    totals = totals.sort("sid", "time")
    found = episodes(infection, ticks.stays, seen, totals).with_columns(
        evidence=pl.lit([], pl.List(pl.String))
    )
    pairs = band_findings(trigger, found, totals) if banded else episode_findings(trigger.name, found)
    of_stays = [(pid, number) for pid, (_, stays) in enumerate(cases) for number in range(len(stays))]
    by_case = [[] for _ in cases]
    for sid, f in pairs:
        pid, number = of_stays[sid]
        by_case[pid].append((number, f.time, f.known))
    return [sorted(rows) for rows in by_case]


def live_findings(trigger, concepts, patient, stays) -> list[tuple]:
    """The same of one patient, who is looked at whenever anything at all was charted."""
    found = []
    banded = isinstance(trigger, BandTrigger)
    phenotype = PHENOTYPES[trigger.infection if banded else trigger.phenotype]
    scores = [SCORES[trigger.score]] if banded else scores_of(phenotype)
    later = delays(scores)
    for sid, (admitted, discharged) in enumerate(stays):
        bedside = bedside_of(scores, concepts, patient, stays)
        hours = [admitted + hour * HOUR for hour in range(-(-(discharged - admitted) // HOUR) + 1)]
        new = {e.time + wait for e in patient for wait in (0, *later.get(e.concept, ()))}
        new |= (
            {s.time - to_microseconds(trigger.before) for s in suspicions(phenotype, bedside.chart)}
            if banded
            else set()
        )
        times = sorted({*hours, *(t for t in new if admitted <= t <= hours[-1])})
        ticks = [(t, *([bedside.points(s, t).total for s in scores] or [None])) for t in times]
        stay = course.Stay(admitted, discharged)
        mine = course.episodes(phenotype, stay, bedside.chart, ticks)
        told = found_by_band(trigger, mine, ticks) if banded else found_by_episodes(trigger, mine)
        found += [(sid, f.time, f.known) for f in told]
    return sorted(found)


def believed(concept, near) -> list[float]:
    """The values near a limit that can be true; where there are none, some of the range."""
    low, high = concept.plausible
    return [v for v in near if low <= v <= high] or [low, (low + high) / 2, high]


def bad_hours(concepts, near, draw: Random) -> list[Event]:
    """A suspicion of infection, and around it moments at which everything is measured, as often bad as not."""
    measured = sorted(n for n, c in concepts.items() if c.kind is Kind.MEASURE and near.get(n))
    values = {n: believed(concepts[n], near[n]) for n in measured}
    suspected, dose, *moments = [
        draw.randint(-7 * 60, 7 * 60) * MINUTE for _ in range(2 + draw.randint(2, 8))
    ]
    done = [("culture", 0, "blood"), ("antibiotic", dose, "x|iv")]
    found = [Event(c, suspected + t, None, suspected + t, None, text) for c, t, text in done]
    for time in (suspected + moment for moment in moments):
        chosen = draw.sample(measured, min(len(measured), draw.randint(1, 8)))
        found += [
            Event(n, time, None, time, draw.choice(values[n]), draw.choice([None, None, *LIMITS]))
            for n in chosen
        ]
    return found


@pytest.mark.parametrize("trigger", TRIGGERS.values(), ids=lambda t: t.name)
def test_time_zero(trigger):
    banded, draw = isinstance(trigger, BandTrigger), Random(trigger.name)
    phenotype = PHENOTYPES[trigger.infection if banded else trigger.phenotype]
    scores = [SCORES[trigger.score]] if banded else scores_of(phenotype)
    concepts = concepts_read(phenotype) | {n: c for s in scores for n, c in s.concepts.items()}
    near = limits_by_concept(scores) | {"lactate": [1.99, 2.0, 2.01, 4.0]}
    patients = [
        patient(concepts, near, draw, most=15) + bad_hours(concepts, near, draw) for _ in range(NUMBER)
    ]
    cases = [(events, stays_of(pid)) for pid, events in enumerate(patients)]
    found = assert_alike(
        cases, partial(batch_findings, trigger, concepts), partial(live_findings, trigger, concepts)
    )
    assert sum(map(len, found)) >= 5  # so that the comparison says something
