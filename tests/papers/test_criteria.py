"""The tables inside SEP-1 and Sepsis-2 on every typed limit, and their courses through both engines."""

import csv
from pathlib import Path

import pytest

from opensepsis.definitions import PHENOTYPES
from opensepsis.engine.live.chart import Event
from opensepsis.engine.live.explain import why
from opensepsis.engine.live.score_tables import points
from opensepsis.rules import scores_of, thresholds
from tests.support.parity.episodes import batch_episodes, live_episodes
from tests.support.parity.patients import HOUR
from tests.support.typed import events

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
]


# definitions.md 7: two consecutive SBP < 90 or MAP < 65 in the hour after fluids; 30 mL/kg are in at 4 h
AFTER_FLUIDS = {
    "at the end and 60 min after": ("systolic_pressure@4=85 systolic_pressure@5=85", 5),
    "a minute over the hour": ("systolic_pressure@4.5=85 systolic_pressure@5.016667=85", None),
    "first a minute before the end": ("systolic_pressure@3.983333=85 systolic_pressure@4.5=85", None),
    "two of three after the end": ("mean_pressure@3.983333=60 mean_pressure@4.5=60 mean_pressure@4.75=60", 5),
    "one reading": ("systolic_pressure@4.5=85", None),
    "second normal": ("systolic_pressure@4.25=85 systolic_pressure@4.5=90", None),
    "a normal one between": (
        "mean_pressure@4.25=64 mean_pressure@4.5=65 mean_pressure@4.75=64",
        None,
    ),
    "after a normal one": ("mean_pressure@4.25=65 mean_pressure@4.5=64 mean_pressure@4.75=64", 5),
    "exactly 90 and 65": (
        "systolic_pressure@4.25=90 systolic_pressure@4.5=90 mean_pressure@4.25=65 mean_pressure@4.5=65",
        None,
    ),
    "systolic, then mean": ("systolic_pressure@4.25=85 mean_pressure@4.5=60", 5),
    "one low, the other not": (
        "systolic_pressure@4.25=85 mean_pressure@4.25=70 systolic_pressure@4.5=95 mean_pressure@4.5=60",
        5,
    ),
    "a second one corrected": (
        "systolic_pressure@4.25=85 systolic_pressure@4.5=85 systolic_pressure@4.5~9=95",
        None,
    ),
    "later fluid begins no other hour": (
        "crystalloid@4.75=500 systolic_pressure@4.9=85 systolic_pressure@5.25=85",
        None,
    ),
    "before any fluid": ("systolic_pressure@3=85 systolic_pressure@3.5=85", None),
}
LOW = "systolic_pressure@4.5=85 systolic_pressure@5=85"
OF_FLUIDS = {
    "one mL short": (f"weight@1=70 crystalloid@4=2099 {LOW}", None),
    "in two parts": (f"weight@1=70 crystalloid@3=1000 crystalloid@4=1100 {LOW}", 5),
    "the second part too early": (f"weight@1=70 crystalloid@3=1000 crystalloid@3.983333=1100 {LOW}", None),
    "from exactly 6 h before": (f"weight@1=70 crystalloid@-1=1000 crystalloid@4=1100 {LOW}", 5),
    "from 6 h and a minute before": (
        f"weight@1=70 crystalloid@-1.016667=1000 crystalloid@4=1100 {LOW}",
        None,
    ),
    "without a weight": (f"crystalloid@4=2100 {LOW}", None),
}
COURSES += [
    ("sep1_septic_shock", [*SUSPECTED, *SIRS, *FLUIDS, *events(typed)], onset)
    for typed, onset in AFTER_FLUIDS.values()
]
COURSES += [
    ("sep1_septic_shock", [*SUSPECTED, *SIRS, *events(typed)], onset) for typed, onset in OF_FLUIDS.values()
]
TOLD = [f"{i} {c[0]}" for i, c in enumerate(COURSES[: -len(AFTER_FLUIDS) - len(OF_FLUIDS)])]


@pytest.mark.parametrize("engine", [batch_episodes, live_episodes])
@pytest.mark.parametrize("name, events, onset", COURSES, ids=[*TOLD, *AFTER_FLUIDS, *OF_FLUIDS])
def test_course(name, events, onset, engine):
    found = engine([PHENOTYPES[name]], [events], [(0, 0, 48 * HOUR)])
    assert [e["onset"] // HOUR for e in found] == ([] if onset is None else [onset])


def test_persistent_hypotension_says_why():
    given = {"systolic_pressure": 85.0, "low_pressures_in_a_row": 2, "since_crystalloid_30": 0.5}
    told = why(TABLES["sep1_shock"], given).splitlines()[-1]
    assert told.split("1  ", 1)[1] == (
        "systolic pressure 85 mmHg (< 90); low pressures in a row since 30 mL/kg of crystalloid 2 (≥ 2); "
        "time since 30 mL/kg of crystalloid 0.5 h (≤ 1)"
    )
