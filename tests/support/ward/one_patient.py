"""Some patients of the example hospital as a ward's log, and what the ward makes of them."""

from pathlib import Path

import pytest

from opensepsis.data.sources import open_source
from opensepsis.data.timeline.timeline import read_timeline
from opensepsis.data.timeline.writer import write_timeline
from opensepsis.uses.ward.model.facts import Acted, Entry
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.state.monitored import watched
from opensepsis.uses.ward.state.ward import Ward
from tests.support.ward.hospital import entries, facts_of

EXAMPLE = Path(__file__).parents[3] / "examples" / "hospital"


POLICY = AlertPolicy(silent=False)


HOUR = 3_600_000_000


PATIENTS = 5


@pytest.fixture(scope="module")
def log(tmp_path_factory) -> list[Entry]:
    """Some patients of the example hospital as a ward's log; somebody acknowledges the first alert of a patient."""
    folder = tmp_path_factory.mktemp("hospital") / "timeline"
    write_timeline(open_source("csv", EXAMPLE, "UTC"), folder)
    every = facts_of(read_timeline(folder))
    some = sorted({fact.patient for _, fact in every})[:PATIENTS]
    facts = [(received, fact) for received, fact in every if fact.patient in some]
    first = Ward(watched(), POLICY).take(entries(facts))[0]
    acted = first.time + HOUR
    facts.append((acted, Acted(first.patient, "acknowledge", "ada", acted)))
    return entries(sorted(facts, key=lambda fact: fact[0]))


def of_all(log: list[Entry], until: int) -> list:
    ward = Ward(watched(), POLICY)
    return sorted(
        (*ward.take(log), *ward.run_timers(until)), key=lambda told: (told.patient, told.time, told.name)
    )
