"""The episodes of a phenotype from both engines; a case is the events of a patient and the stays (admitted, left)."""

from collections.abc import Callable

import polars as pl

from opensepsis.definitions.concepts.person import BORN
from opensepsis.engine.batch.chart import charts, close_open_intervals
from opensepsis.engine.batch.evaluation_times import hourly
from opensepsis.engine.batch.phenotypes import episodes
from opensepsis.engine.live import phenotypes as course
from opensepsis.engine.live.bedside import Bedside
from opensepsis.engine.semantics.perspective import Perspective
from opensepsis.rules import concepts_read, scores_of
from tests.support.parity.patients import HOUR
from tests.support.parity.tables import of_age, stays_table, table


def of_cases(engine: Callable, cases: list[tuple]) -> list[list[dict]]:
    """What an engine finds in each case, all given at once; `sid` counts the stays of the case."""
    patients = [events for events, _ in cases]
    stays = [(pid, *stay) for pid, (_, stays) in enumerate(cases) for stay in stays]
    number = [i for _, stays in cases for i in range(len(stays))]
    found = [[] for _ in cases]
    for row in engine(patients, stays):
        found[stays[row["sid"]][0]].append(row | {"sid": number[row["sid"]]})
    return found


def of_family(phenotypes) -> tuple[dict, dict]:
    """The scores and the concepts of a phenotype and its variants, by name."""
    scores = {score.name: score for phenotype in phenotypes for score in scores_of(phenotype)}
    return scores, {n: c for phenotype in phenotypes for n, c in concepts_read(phenotype).items()}


def batch_episodes(phenotypes, patients, stays) -> list[dict]:
    """Of a phenotype and its variants and several patients; stays are (patient, admitted, left)."""
    ticks = hourly(stays_table(stays))
    scores, concepts = of_family(phenotypes)
    concepts |= {BORN.name: BORN}
    events = close_open_intervals(table(patients), ticks.stays.select("pid", time="discharged"), concepts)
    seen = charts(events, concepts, frozenset({"lactate"}), judged=Perspective.IN_RETROSPECT)
    hours, found = ticks.ticks.select("sid", "time"), []
    points = {name: of_age(score, ticks, seen)["total"] for name, score in scores.items()}
    for phenotype in phenotypes:
        totals = hours.with_columns(total=pl.lit(None, pl.Int8))
        for score in scores_of(phenotype):
            total = points[score.name]
            totals = totals.with_columns(total, total.alias(score.name))
        mine = episodes(phenotype, ticks.stays, seen, totals).sort("sid", "onset", "suspected", "known")
        found += [{"phenotype": phenotype.name, **row} for row in mine.to_dicts()]
    return found


def live_episodes(phenotypes, patients, stays) -> list[dict]:
    """The same from the live engine."""
    found, (scores, concepts) = [], of_family(phenotypes)
    for sid, (pid, admitted, discharged) in enumerate(stays):
        bedside = Bedside(list(scores.values()), concepts)
        for stay in stays:
            if stay[0] == pid:
                bedside.stay_ends(stay[2])
        for event in patients[pid]:
            bedside.see(event)
        times = [admitted + hour * HOUR for hour in range(1, -(-(discharged - admitted) // HOUR) + 1)]
        totals = {name: [bedside.points(s, t).total for t in times] for name, s in scores.items()}
        stay = course.Stay(admitted, discharged, judged=Perspective.IN_RETROSPECT)
        for phenotype in phenotypes:
            own = [totals[s.name] for s in scores_of(phenotype)]
            ticks = list(zip(times, *(own or [[None] * len(times)]), strict=True))
            mine = course.episodes(phenotype, stay, bedside.chart, ticks)
            found += [{"phenotype": phenotype.name, "sid": sid, **vars(e)} for e in mine]
    place = {phenotype.name: number for number, phenotype in enumerate(phenotypes)}
    return sorted(
        found, key=lambda e: (place[e["phenotype"]], e["sid"], e["onset"], e["suspected"], e["known"])
    )
