"""Both engines find the same events of surveillance, on anything, in any zone."""

from dataclasses import replace
from functools import partial
from itertools import chain
from random import Random

import pytest

from opensepsis.definitions import PHENOTYPES
from opensepsis.engine.live.bedside import moment
from opensepsis.engine.live.chart import Event
from opensepsis.engine.semantics.calendar import UTC_DAYS, Calendar
from opensepsis.rules import AdultSepsisEvent, Bacteremia, BacteremiaShock, concepts_read
from tests.support.parity.crowds import NUMBER, assert_alike
from tests.support.parity.episodes import of_cases
from tests.support.parity.surveillance import DAY, HOUR, NIGHTS, anyone, batch, crowd, live, moved

ASKED = [p for p in PHENOTYPES.values() if isinstance(p, AdultSepsisEvent | BacteremiaShock | Bacteremia)]


def alike(phenotype, cases, calendar=UTC_DAYS) -> list[dict]:
    """Asserts that both engines find the same; returns the events found."""

    def both(patients, stays):
        return batch(phenotype, patients, stays, calendar)

    def alone(events, stays):
        return live(phenotype, [events], [(0, *stay) for stay in stays], calendar)

    return list(chain.from_iterable(assert_alike(cases, partial(of_cases, both), alone)))


@pytest.mark.parametrize("phenotype", ASKED, ids=lambda p: p.name)
def test_batch_equals_live(phenotype):
    draw = Random(phenotype.name)
    alike(phenotype, [anyone(concepts_read(phenotype), draw) for _ in range(NUMBER)])


@pytest.mark.parametrize("phenotype", ASKED, ids=lambda p: p.name)
def test_a_crowd_that_comes_close(phenotype):
    found = alike(phenotype, crowd(concepts_read(phenotype), seed=20180301, number=700))
    assert len(found) >= 40  # so that the comparison says something


@pytest.mark.parametrize("zone", NIGHTS)
@pytest.mark.parametrize("phenotype", ASKED, ids=lambda p: p.name)
def test_a_crowd_through_a_change_of_the_clock(phenotype, zone):
    drawn = crowd(concepts_read(phenotype), seed=20250309, number=300)
    by = moment(NIGHTS[zone]) - 3 * 86_400_000_000
    assert len(alike(phenotype, [moved(case, by) for case in drawn], Calendar(zone))) >= 10


LABS = [
    (phenotype, lab)
    for phenotype in ASKED
    if isinstance(phenotype, AdultSepsisEvent)
    for lab in phenotype.labs
    if lab.limit is not None
]


def treated(*values: tuple[int, float], lab: str) -> tuple:
    """A culture, four days of an antibiotic, and values of one test as day and number."""
    noon = 12 * HOUR
    events = [Event("culture", 2 * DAY + noon, None, 2 * DAY + noon, None, "blood")]
    doses = ((day * DAY + noon, "vancomycin|IV") for day in range(2, 6))
    events += [Event("antibiotic", time, None, time, None, text) for time, text in doses]
    events += [Event(lab, day * DAY + noon, None, day * DAY + noon, value) for day, value in values]
    return events, ((2 * DAY + 8 * HOUR, 12 * DAY, 60.0, None, "HOME"),)


@pytest.mark.parametrize(("phenotype", "lab"), LABS, ids=lambda one: getattr(one, "name", None))
def test_a_value_exactly_on_the_limit(phenotype, lab):
    """Reached by what rises to it, not by what falls to it; far from its baseline, so that the limit alone decides."""
    baseline = 0.01 if lab.rises else 10 * lab.limit
    found = []
    for value in (lab.limit - 0.1, lab.limit, lab.limit + 0.1):
        case = treated((2, value), (9, baseline), lab=lab.concept.name)
        found.append(bool(alike(phenotype, [case])))
    assert found == ([False, True, True] if lab.rises else [True, False, False])


@pytest.mark.parametrize("days", [0, 1])
def test_antibiotics_that_end_with_comfort_care_are_enough_only_where_it_is_looked_for(days):
    """Two days of an antibiotic, and comfort care on the second of them or the day after."""
    whole = PHENOTYPES["adult_sepsis_event"]
    events, stays = treated((2, 5.0), lab="bilirubin")
    events = [e for e in events if e.concept != "antibiotic" or e.time < 4 * DAY]
    events += [Event("bilirubin", 9 * DAY, None, 9 * DAY, 0.5)]
    at = (3 + days) * DAY + 14 * HOUR
    case = [([*events, Event("comfort_care", at, None, at, None, None)], stays)]
    assert len(alike(whole, case)) == 1
    assert alike(replace(whole, comfort_care=None), case) == []
