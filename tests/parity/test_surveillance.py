"""Both engines find the same events of surveillance, on anything, in any zone."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensepsis.definitions import PHENOTYPES
from opensepsis.engine.live.bedside import moment
from opensepsis.engine.semantics.calendar import Calendar
from opensepsis.rules import Bacteremia, Surveillance, concepts_read
from tests.parity.surveillance import batch, crowd, live, moved, patient, stay

ASKED = [p for p in PHENOTYPES.values() if isinstance(p, Surveillance | Bacteremia)]


@pytest.mark.parametrize("phenotype", ASKED, ids=lambda p: p.name)
@given(data=st.data())
def test_batch_equals_live(phenotype, data):
    two = [data.draw(patient(concepts_read(phenotype))) for _ in range(2)]
    stays = [(pid, *data.draw(stay())) for pid in (0, 0, 1)]
    assert batch(phenotype, two, stays) == live(phenotype, two, stays)


@pytest.mark.parametrize("phenotype", ASKED, ids=lambda p: p.name)
def test_a_crowd_that_comes_close(phenotype):
    patients, stays = crowd(concepts_read(phenotype), seed=20180301, number=700)
    found = batch(phenotype, patients, stays)
    assert len(found) >= 40  # so that the comparison says something
    assert found == live(phenotype, patients, stays)


NIGHTS = {  # a day on which the clock changes: of 23 hours, of 25, and one that begins at 01:00
    "America/New_York": datetime(2025, 3, 9, tzinfo=UTC),
    "Europe/Paris": datetime(2025, 10, 26, tzinfo=UTC),
    "Africa/Cairo": datetime(2025, 4, 25, tzinfo=UTC),
}


@pytest.mark.parametrize("zone", NIGHTS)
@pytest.mark.parametrize("phenotype", ASKED, ids=lambda p: p.name)
def test_a_crowd_through_a_change_of_the_clock(phenotype, zone):
    drawn = crowd(concepts_read(phenotype), seed=20250309, number=300)
    patients, stays = moved(*drawn, moment(NIGHTS[zone]) - 3 * 86_400_000_000)
    found = batch(phenotype, patients, stays, Calendar(zone))
    assert len(found) >= 10
    assert found == live(phenotype, patients, stays, Calendar(zone))
