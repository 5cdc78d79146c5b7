"""Both engines find the same events of surveillance, on anything, in any zone."""

from functools import partial
from itertools import chain
from random import Random

import pytest

from opensepsis.definitions import PHENOTYPES
from opensepsis.engine.live.bedside import moment
from opensepsis.engine.semantics.calendar import UTC_DAYS, Calendar
from opensepsis.rules import AdultSepsisEvent, Bacteremia, BacteremiaShock, concepts_read
from tests.parity.crowds import NUMBER, assert_alike
from tests.parity.episodes import of_cases
from tests.parity.surveillance import NIGHTS, anyone, batch, crowd, live, moved

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
