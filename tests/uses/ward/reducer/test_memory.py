"""Who left takes no memory: what a ward had when it started is not looked at by the collector of circles."""

import gc
from weakref import ref

import pytest

from opensepsis.uses.ward.model.facts import Merged
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.state.codec import CODE, differences, filled, written
from opensepsis.uses.ward.state.patient import Patient
from opensepsis.uses.ward.state.shared_moments import share_moments
from opensepsis.uses.ward.state.ward import Ward
from tests.support.ward.hospital import FEW, entries, example_facts, of, patients_of, watching

LONG_AFTER = 4 * 10**16
# all of the example but the four whose stays take most of the work
MANY = [name for name in patients_of(example_facts()) if name[-2:] not in ("01", "04", "08", "13")]


@pytest.fixture
def ward():
    made = Ward(watching(), AlertPolicy())
    made.take(entries(of(MANY)))
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
    assert ward.release() == len(MANY) == 10
    assert [part() for part in parts if part() is not None] == []


def test_so_is_the_chart_of_a_merged_record_and_one_that_is_read_anew(ward):
    old, survivor = sorted(ward.patients)[:2]
    parts = [*held(ward, [old]), ref(ward.patients[survivor].bedside.chart)]
    ward.take(entries([(ward.horizon + 1, Merged(survivor, old, ward.horizon))]))
    assert [part() for part in parts if part() is not None] == []


def at_most_here(ward, log) -> int:
    """How many patients were in memory at once while a log was read."""
    most = 0

    def counted():
        nonlocal most
        for entry in log:
            most = max(most, len(ward.patients))
            yield entry

    ward.take_log(counted())
    return most


def test_who_left_in_a_long_log_is_let_go_while_it_is_read():
    log = entries(of(FEW))
    at_once, on_the_way = Ward(watching(), AlertPolicy()), Ward(watching(), AlertPolicy())
    told = at_once.take(log)
    everybody = len(at_once.patients)
    at_once.release()
    assert at_most_here(on_the_way, log) < everybody
    assert (
        on_the_way.patients.keys() == at_once.patients.keys()
        and on_the_way.left.keys() == at_once.left.keys()
    )
    assert Ward(watching(), AlertPolicy()).take_log(log) == told


def moments_in(patient) -> int:
    """How many numbers that are moments, each an object of its own, a patient's state holds."""
    waiting, seen, found = [vars(patient)], set(), 0
    while waiting:
        thing = waiting.pop()
        if (
            id(thing) in seen
            or isinstance(thing, CODE)
            or type(thing).__module__.startswith("opensepsis.rules")
        ):
            continue
        seen.add(id(thing))
        found += type(thing) is int and thing > 10**12
        waiting += gc.get_referents(thing)
    return found


def test_a_patient_read_from_a_snapshot_holds_each_moment_once(ward):
    name = max(ward.patients, key=lambda name: len(ward.patients[name].told))
    patient, fresh = ward.patients[name], Patient("", ward.watching, ward.patients[name].rest_after)
    again = filled(Patient("", ward.watching, patient.rest_after), written(patient, fresh))
    before = moments_in(again)
    share_moments(again)
    after, told = moments_in(again), moments_in(patient)
    assert before > 2 * after, "otherwise there is nothing to share"
    assert after <= 1.15 * told
    assert differences(again, fresh) == differences(patient, fresh)
