"""How long values last, by the tables that the authors of Phoenix print in their notes for record systems."""

import pytest

from opensepsis.definitions import SCORES
from tests.support.parity.patients import HOUR
from tests.support.parity.tables import batch_points, live_points
from tests.support.typed import events, moment

CARRIED = SCORES["phoenix:as_carried"]
BORN = f"born@{-3 * 8766}"


def hour(clock: str) -> float:
    hours, minutes = clock.split(":")
    return int(hours) + int(minutes) / 60


# vignettes/articles/ehr_implementation_notes: the points at each time of the table; None where it has no ratio
GAS = "fio2@{11:31}=0.30 pao2@{11:45}=118 fio2@{11:59}=0.40 pao2@{12:10}=152"
GAS_POINTS = {"11:31": None, "11:45": 1, "11:47": 1, "11:59": None, "12:10": 1, "12:15": 1, "17:45": 1}
GAS_POINTS |= {"18:00": None, "18:30": None}
OXIMETER = "fio2@{10:15}=0.25 spo2@{10:15}=92 spo2@{10:20}=98 fio2@{11:31}=0.30 spo2@{11:45}=87 fio2@{11:59}=0.40 spo2@{12:10}=85"
OXIMETER_POINTS = {
    "10:15": 0,
    "10:20": None,
    "11:31": None,
    "11:45": 1,
    "11:47": 1,
    "11:59": None,
    "12:10": 1,
}
OXIMETER_POINTS |= {"12:15": 1, "17:45": 1, "18:00": None, "18:30": None}
EDGES = {
    "lactate 5 h 59 min old": ("lactate@1=6", 6.98, "circulation", 1),
    "lactate 6 h old": ("lactate@1=6", 7, "circulation", 0),
    "platelets 23 h 59 min old": ("platelets@1=90", 24.98, "coagulation", 1),
    "platelets 24 h old": ("platelets@1=90", 25, "coagulation", None),
    "GCS 11 h 59 min old": ("gcs_total@1=9", 12.98, "brain", 1),
    "GCS 12 h old": ("gcs_total@1=9", 13, "brain", None),
    "pupils 5 h 59 min old": ("fixed_pupils@1=1", 6.98, "brain", 2),
    "pupils 6 h old": ("fixed_pupils@1=1", 7, "brain", None),
    "MAP 5 h 59 min old": ("mean_pressure@1=44", 6.98, "circulation", 1),
    "a drug that ended": ("dopamine@1..3=5", 3.5, "circulation", 0),
    "a drug that runs": ("dopamine@1..30=5", 20, "circulation", 1),
}


def at_clock(typed: str) -> str:
    for clock in {part.split("}")[0] for part in typed.split("{")[1:]}:
        typed = typed.replace(f"{{{clock}}}", f"{hour(clock):.6f}")
    return typed


def row_at(typed: str, at: float, row: str) -> list[int | None]:
    """The points of a row at a moment in both engines: the stay is admitted then."""
    told = [*events(BORN), *events(typed)]
    admitted = moment(f"{at:.6f}")
    # ticks are every hour after admission
    stay = (0, admitted - HOUR, admitted + 1)
    found = [engine([CARRIED], [told], [stay])[CARRIED.name] for engine in (live_points, batch_points)]
    return [rows[0][row] for rows in found]


@pytest.mark.parametrize("clock", GAS_POINTS)
def test_a_gas_counts_while_its_oxygen_is_not_newer_and_both_are_less_than_6_hours_old(clock):
    assert row_at(at_clock(GAS), hour(clock), "respiration") == [GAS_POINTS[clock]] * 2


@pytest.mark.parametrize("clock", OXIMETER_POINTS)
def test_a_saturation_counts_up_to_97_while_its_oxygen_is_not_newer(clock):
    assert row_at(at_clock(OXIMETER), hour(clock), "respiration") == [OXIMETER_POINTS[clock]] * 2


@pytest.mark.parametrize("case", EDGES)
def test_each_value_lasts_as_long_as_the_notes_say(case):
    typed, at, row, points = EDGES[case]
    assert row_at(typed, at, row) == [points, points]
