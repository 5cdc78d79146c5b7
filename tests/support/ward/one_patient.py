"""Some patients of the example hospital as a ward's log, and what the ward makes of them."""

import pytest

from opensepsis.uses.ward.model.facts import Acted, Entry
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.state.monitored import watched
from opensepsis.uses.ward.state.ward import Ward
from tests.support.ward.hospital import FEW, entries, of

POLICY = AlertPolicy(silent=False)


HOUR = 3_600_000_000


@pytest.fixture(scope="module")
def log() -> list[Entry]:
    """Some patients of the example hospital as a ward's log; somebody acknowledges the first alert of a patient."""
    facts = of(FEW)
    first = Ward(watched(), POLICY).take(entries(facts))[0]
    acted = first.time + HOUR
    facts.append((acted, Acted(first.patient, "acknowledge", "ada", acted)))
    return entries(sorted(facts, key=lambda fact: fact[0]))


def of_all(log: list[Entry], until: int) -> list:
    ward = Ward(watched(), POLICY)
    return sorted(
        (*ward.take(log), *ward.run_timers(until)), key=lambda told: (told.patient, told.time, told.name)
    )
