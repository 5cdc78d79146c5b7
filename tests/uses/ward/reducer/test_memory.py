"""Who left takes no memory: what a ward had when it started is not looked at by the collector of circles."""

import gc
from weakref import ref

import pytest

from opensepsis.data.sources import open_source
from opensepsis.data.timeline.timeline import read_timeline
from opensepsis.data.timeline.writer import write_timeline
from opensepsis.uses.ward.model.facts import Merged
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.state.ward import Ward
from tests.support.ward.hospital import EXAMPLE, entries, facts_of, watching

LONG_AFTER = 4 * 10**16


@pytest.fixture
def ward(tmp_path):
    write_timeline(open_source("csv", EXAMPLE, "UTC"), tmp_path / "timeline")
    made = Ward(watching(), AlertPolicy())
    made.take(entries(facts_of(read_timeline(tmp_path / "timeline"))))
    gc.collect()
    gc.disable()
    yield made
    gc.enable()


def held(ward, names) -> list:
    """Weak references to what a patient's state consists of."""
    patients = [ward.patients[name] for name in names]
    return [
        ref(part)
        for p in patients
        for part in (p, p.bedside, p.bedside.chart, p.ticks, p.voids)
        if part is not None
    ]


def test_the_charts_of_who_left_are_free_at_once(ward):
    parts = held(ward, ward.patients)
    assert len(parts) > 40
    ward.run_timers(LONG_AFTER)
    assert ward.release() > 10
    assert [part() for part in parts if part() is not None] == []


def test_so_is_the_chart_of_a_merged_record_and_one_that_is_read_anew(ward):
    old, survivor = sorted(ward.patients)[:2]
    parts = [*held(ward, [old]), ref(ward.patients[survivor].bedside.chart)]
    ward.take(entries([(ward.horizon + 1, Merged(survivor, old, ward.horizon))]))
    assert [part() for part in parts if part() is not None] == []
