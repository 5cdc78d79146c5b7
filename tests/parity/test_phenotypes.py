"""The batch engine and the live engine find the same episodes, on anything."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensepsis.definitions import PHENOTYPES
from opensepsis.definitions.concepts.person import BORN
from opensepsis.engine.batch.chart import charts, close_open_intervals
from opensepsis.engine.batch.evaluation_times import hourly
from opensepsis.engine.batch.phenotypes import episodes
from opensepsis.engine.live.bedside import Bedside
from opensepsis.engine.live.bedside import phenotypes as course
from opensepsis.engine.semantics.perspective import Judged
from opensepsis.rules import CriteriaMet, Infection, OrganFailure, Shock, Worsened, concepts_read, scores_of
from tests.parity.patients import HOUR, limits_by_concept, patients
from tests.parity.tables import of_age, stays_table, table

STAYS = [(0, 0, 50 * HOUR), (0, 20 * HOUR, 31 * HOUR + 7), (1, 5 * HOUR + 1, 30 * HOUR)]


def batch_episodes(phenotype, patients, stays) -> list[dict]:
    ticks = hourly(stays_table(stays))
    concepts = concepts_read(phenotype) | {BORN.name: BORN}
    events = close_open_intervals(table(patients), ticks.stays.select("pid", time="discharged"), concepts)
    seen = charts(events, concepts, frozenset({"lactate"}), judged=Judged.IN_RETROSPECT)
    totals = ticks.ticks.select("sid", "time").with_columns(total=pl.lit(None, pl.Int8))
    for score in scores_of(phenotype):
        total = of_age(score, ticks, seen)["total"]
        totals = totals.with_columns(total, total.alias(score.name))
    found = episodes(phenotype, ticks.stays, seen, totals)
    return found.sort("sid", "onset", "suspected", "known").to_dicts()


def live_episodes(phenotype, patients, stays) -> list[dict]:
    found = []
    for sid, (pid, admitted, discharged) in enumerate(stays):
        bedside = Bedside(scores_of(phenotype), concepts_read(phenotype))
        for stay in stays:
            if stay[0] == pid:
                bedside.stay_ends(stay[2])
        for event in patients[pid]:
            bedside.see(event)
        times = [admitted + hour * HOUR for hour in range(1, -(-(discharged - admitted) // HOUR) + 1)]
        totals = [[bedside.points(s, t).total for t in times] for s in scores_of(phenotype)]
        stay = course.Stay(admitted, discharged, judged=Judged.IN_RETROSPECT)
        ticks = list(zip(times, *(totals or [[None] * len(times)]), strict=True))
        found += [{"sid": sid, **vars(e)} for e in course.episodes(phenotype, stay, bedside.chart, ticks)]
    return sorted(found, key=lambda e: (e["sid"], e["onset"], e["suspected"], e["known"]))


SEVERAL_TABLES = [p for p in PHENOTYPES.values() if isinstance(p, CriteriaMet | Worsened)]
ONE_TABLE = [p for p in PHENOTYPES.values() if isinstance(p, Infection | OrganFailure | Shock)]


@pytest.mark.parametrize("phenotype", ONE_TABLE, ids=lambda p: p.name)
@given(data=st.data())
def test_batch_equals_live(phenotype, data):
    check(phenotype, data)


@pytest.mark.parametrize("phenotype", SEVERAL_TABLES, ids=lambda p: p.name)
@given(data=st.data())
def test_several_tables(phenotype, data):
    check(phenotype, data)


def check(phenotype, data):
    concepts = concepts_read(phenotype)
    near = limits_by_concept(scores_of(phenotype)) | {
        "lactate": [1.99, 2.0, 2.01],
        "crystalloid": [500.0, 1500.0],
    }
    near |= {"weight": [50.0, 100.0]}
    often = [
        name
        for name in ("antibiotic", "antibiotic_order", "culture", "lactate", "norepinephrine")
        if name in concepts
    ]
    two = [
        data.draw(patients(concepts, near, most=25))
        + data.draw(patients({name: concepts[name] for name in often}, near, most=15))
        for _ in range(2)
    ]
    assert batch_episodes(phenotype, two, STAYS) == live_episodes(phenotype, two, STAYS)
