"""The tables inside SEP-1 and Sepsis-2 on every typed limit, and their courses through both engines."""

import csv
from pathlib import Path

import pytest

from opensepsis.definitions import PHENOTYPES
from opensepsis.engine.chart import Event
from opensepsis.engine.table import points
from opensepsis.rules import scores_of, thresholds
from tests.parity.patients import HOUR
from tests.parity.test_phenotypes import batch_episodes, live_episodes

TABLES = {s.name: s for p in PHENOTYPES.values() for s in scores_of(p)}
with open(Path(__file__).parent / "criteria.csv", encoding="utf-8") as lines:
    CASES = list(csv.DictReader(lines))


def typed(case: dict) -> dict[str, float]:
    pairs = (entry.split("=") for entry in case["values"].split(";"))
    return {name: float(value) for name, value in pairs}


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c['table']} {c['values']}")
def test_point(case):
    found = points(TABLES[case["table"]], typed(case)).rows[case["row"]].points
    assert found == int(case["points"])


@pytest.mark.parametrize("name", ["sep1_sirs", "sep1_organ_failure", "sep1_shock"])
def test_a_case_sits_exactly_on_every_limit(name):
    on = {
        (c["row"], signal, value) for c in CASES if c["table"] == name for signal, value in typed(c).items()
    }
    assert not set(thresholds(TABLES[name])) - on


def at(concept: str, hour: float, value=None, text=None, end=None) -> Event:
    time = round(hour * HOUR)
    return Event(concept, time, None if end is None else round(end * HOUR), time, value, text)


SUSPECTED = [at("culture", 2, text="blood"), at("antibiotic", 3, text="ceftriaxone|IV")]
SIRS = [at("heart_rate", 2, 110), at("temperature", 2, 38.9), at("respiratory_rate", 2, 18), at("wbc", 2, 8)]
CALM = [at("heart_rate", 2, 80), at("temperature", 2, 37.0), at("respiratory_rate", 2, 18), at("wbc", 2, 8)]
PRESSOR = [at("norepinephrine", 6, 0.1, end=9)]
FLUIDS = [at("weight", 1, 70), at("crystalloid", 4, 2100)]
COURSES = [
    ("sepsis2", [*SUSPECTED, *SIRS], 2),
    ("sepsis2", [*SUSPECTED, *CALM], None),
    ("sepsis2", SIRS, None),
    ("severe_sepsis2", [*SUSPECTED, *SIRS], None),
    ("severe_sepsis2", [*SUSPECTED, *SIRS, at("platelets", 5, 99)], 2),
    ("severe_sepsis2", [*SUSPECTED, *SIRS, at("platelets", 5, 100)], None),
    ("septic_shock2", [*SUSPECTED, *SIRS, at("platelets", 5, 99)], None),
    ("septic_shock2", [*SUSPECTED, *SIRS, *PRESSOR], 6),
    ("septic_shock2:hypotension", [*SUSPECTED, *SIRS, at("mean_pressure", 5, 59)], 5),
    ("sep1_severe_sepsis", [*SUSPECTED, *SIRS, at("lactate", 4.5, 2.1)], 5),
    ("sep1_severe_sepsis", [*SUSPECTED, *SIRS, at("lactate", 4.5, 2.0)], None),
    ("sep1_severe_sepsis", [*SUSPECTED, *SIRS, at("lactate", 8.5, 2.1)], None),  # over 6 h after SIRS
    ("sep1_severe_sepsis", [*SUSPECTED, *CALM, at("lactate", 4.5, 2.1)], None),
    ("sep1_septic_shock", [*SUSPECTED, *SIRS, at("lactate", 4.5, 4.0)], 5),
    ("sep1_septic_shock", [*SUSPECTED, *SIRS, at("lactate", 4.5, 3.9)], None),
    ("sep1_septic_shock:lactate_above_4", [*SUSPECTED, *SIRS, at("lactate", 4.5, 4.0)], None),
    ("sep1_septic_shock", [*SUSPECTED, *SIRS, *FLUIDS, at("systolic_pressure", 5, 85)], 5),
    (
        "sep1_septic_shock",
        [*SUSPECTED, *SIRS, FLUIDS[1], at("systolic_pressure", 5, 85)],
        None,
    ),  # weight unknown
]


@pytest.mark.parametrize("engine", [batch_episodes, live_episodes])
@pytest.mark.parametrize("name, events, onset", COURSES, ids=[f"{i} {c[0]}" for i, c in enumerate(COURSES)])
def test_course(name, events, onset, engine):
    found = engine(PHENOTYPES[name], [events], [(0, 0, 48 * HOUR)])
    assert [e["onset"] // HOUR for e in found] == ([] if onset is None else [onset])
