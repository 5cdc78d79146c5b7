"""Between the hours both engines start the same clocks: at the same moments, judged by the same points."""

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opensepsis.definitions import CLOCKS, PHENOTYPES, SCORES
from opensepsis.definitions.concepts.person import BORN
from opensepsis.engine.batch.chart import charts, close_open_intervals
from opensepsis.engine.batch.evaluation_times import hourly
from opensepsis.engine.batch.infection import infections
from opensepsis.engine.batch.phenotypes import episodes
from opensepsis.engine.batch.scores import score_moments
from opensepsis.engine.batch.trigger_times import around_band, around_phenotype, moments_around
from opensepsis.engine.clocks.batch import band_findings, episode_findings
from opensepsis.engine.clocks.time_zero import found_by_band, found_by_episodes
from opensepsis.engine.live.bedside import Bedside
from opensepsis.engine.live.bedside import phenotypes as course
from opensepsis.engine.live.chart import Event
from opensepsis.engine.live.phenotypes import suspicions
from opensepsis.engine.semantics.infusion_delays import delays
from opensepsis.engine.semantics.time import micro
from opensepsis.rules import BandTrigger, Kind, concepts_read, scores_of
from tests.parity.patients import HOUR, MINUTE, limits_by_concept, of_one_row, patients
from tests.parity.tables import flat, stays_table, table

STAYS = [(0, 0, 50 * HOUR), (0, 20 * HOUR, 31 * HOUR + 7), (1, 5 * HOUR + 1, 30 * HOUR)]
TRIGGERS = {arm.trigger.name: arm.trigger for clock in CLOCKS.values() for arm in clock.arms}
WINDOWED = [s for s in SCORES.values() if s.window]


def prepared(two, concepts, traced=frozenset({"lactate"})):
    ticks = hourly(stays_table(STAYS))
    concepts = concepts | {BORN.name: BORN}
    events = close_open_intervals(table(two), ticks.stays.select("pid", time="discharged"), concepts)
    return ticks, charts(events, concepts, traced)


def bedside_of(scores, concepts, pid, events) -> Bedside:
    bedside = Bedside(scores, concepts)
    for stay in (s for s in STAYS if s[0] == pid):
        bedside.stay_ends(stay[2])
    for event in events:
        bedside.see(event)
    return bedside


@pytest.mark.parametrize("score", WINDOWED, ids=lambda s: s.name)
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_score_at_any_moment(score, data):
    concepts = data.draw(of_one_row(score))
    two = [data.draw(patients(concepts, limits_by_concept([score]), most=25)) for _ in range(2)]
    asked = {(pid, e.time + just) for pid in (0, 1) for e in two[pid] for just in (0, HOUR, 24 * HOUR - 1)}
    asked |= {(pid, e.end) for pid in (0, 1) for e in two[pid] if e.end} | {(0, 0), (1, 50 * HOUR)}
    schema = {"pid": pl.UInt32, "time": pl.Int64}
    moments = pl.DataFrame(sorted(asked), schema=schema, orient="row")
    found = score_moments(score, moments, prepared(two, score.concepts)[1]).to_dicts()
    bedsides = [bedside_of([score], score.concepts, pid, two[pid]) for pid in (0, 1)]
    for (pid, time), mine in zip(moments.rows(), found, strict=True):
        if not bedsides[pid].refusal(score, time):  # the batch engine leaves that to `label`
            assert mine == flat(bedsides[pid].points(score, time))


def batch_findings(trigger, two, concepts) -> list[tuple]:
    """(stay, time zero, known) as `label` finds them, without its refusals by age."""
    ticks, seen = prepared(two, concepts)
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
            hours = hours.with_columns(score_moments(score, at, seen)["total"].alias(score.name))
        suspected = infections(around.infection, ticks.stays, seen).select("sid", "pid", "time")
        between = moments_around(around, suspected, ticks, hours, seen)
        at = pl.concat([at, between]).sort("pid", "time", "sid")
    totals = at.select("sid", "time").with_columns(total=pl.lit(None, pl.Int8))
    for score in around.scores if around else ():
        total = score_moments(score, at, seen)["total"]
        totals = totals.with_columns(total, total.alias(score.name))
    totals = totals.sort("sid", "time")
    found = episodes(infection, ticks.stays, seen, totals).with_columns(
        evidence=pl.lit([], pl.List(pl.String))
    )
    pairs = band_findings(trigger, found, totals) if banded else episode_findings(trigger.name, found)
    return sorted((sid, f.time, f.known) for sid, f in pairs)


def live_findings(trigger, two, concepts) -> list[tuple]:
    """The same from one patient at a time, who is looked at whenever anything at all was charted."""
    found = []
    banded = isinstance(trigger, BandTrigger)
    phenotype = PHENOTYPES[trigger.infection if banded else trigger.phenotype]
    scores = [SCORES[trigger.score]] if banded else scores_of(phenotype)
    later = delays(scores)
    for sid, (pid, admitted, discharged) in enumerate(STAYS):
        bedside = bedside_of(scores, concepts, pid, two[pid])
        hours = [admitted + hour * HOUR for hour in range(-(-(discharged - admitted) // HOUR) + 1)]
        new = {e.time + wait for e in two[pid] for wait in (0, *later.get(e.concept, ()))}
        new |= (
            {s.time - micro(trigger.before) for s in suspicions(phenotype, bedside.chart)}
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


def bad_hours(concepts, near):
    """A suspicion of infection, and around it moments at which everything is measured, as often bad as not."""
    measured = sorted(n for n, c in concepts.items() if c.kind is Kind.MEASURE and near.get(n))
    values = {n: believed(concepts[n], near[n]) for n in measured}
    minutes = st.integers(-7 * 60, 7 * 60).map(lambda m: m * MINUTE)

    def build(suspected, dose, moments, random):
        done = [("culture", 0, "blood"), ("antibiotic", dose, "x|iv")]
        found = [Event(c, suspected + t, None, suspected + t, None, text) for c, t, text in done]
        for time in (suspected + moment for moment in moments):
            chosen = random.sample(measured, min(len(measured), random.randint(1, 8)))
            found += [Event(n, time, None, time, random.choice(values[n])) for n in chosen]
        return found

    randoms = st.randoms(use_true_random=False)
    return st.builds(build, minutes, minutes, st.lists(minutes, min_size=2, max_size=8), randoms)


@pytest.mark.parametrize("trigger", TRIGGERS.values(), ids=lambda t: t.name)
@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_time_zero(trigger, data):
    banded = isinstance(trigger, BandTrigger)
    phenotype = PHENOTYPES[trigger.infection if banded else trigger.phenotype]
    scores = [SCORES[trigger.score]] if banded else scores_of(phenotype)
    concepts = concepts_read(phenotype) | {n: c for s in scores for n, c in s.concepts.items()}
    near = limits_by_concept(scores) | {"lactate": [1.99, 2.0, 2.01, 4.0]}
    two = [
        data.draw(patients(concepts, near, most=15)) + data.draw(bad_hours(concepts, near)) for _ in range(2)
    ]
    assert batch_findings(trigger, two, concepts) == live_findings(trigger, two, concepts)
