"""The batch engine and the live engine find the same episodes, on anything and in patients around a day of illness."""

from collections import Counter
from functools import partial
from random import Random

import pytest

from opensepsis.definitions import PHENOTYPES
from opensepsis.engine.live.chart import Event
from opensepsis.rules import (
    CriteriaMet,
    Infection,
    Kind,
    OrganFailure,
    Shock,
    Worsened,
)
from tests.support.parity.crowds import LIMITS, NUMBER, assert_alike, patient, stays_of
from tests.support.parity.episodes import batch_episodes, live_episodes, of_cases, of_family
from tests.support.parity.patients import HOUR, LENGTHS, WORDS, limits_by_concept

ASKED = [
    p for p in PHENOTYPES.values() if isinstance(p, Infection | OrganFailure | Shock | CriteriaMet | Worsened)
]
FAMILIES = {  # phenotypes and their variants, worked out together as `label` works them out
    name: [p for p in ASKED if p.name.split(":")[0] == name]
    for name in dict.fromkeys(p.name.split(":")[0] for p in ASKED)
}
OFTEN = ("antibiotic", "antibiotic_order", "culture", "lactate", "norepinephrine")
NEAR = {"lactate": [1.99, 2.0, 2.01], "crystalloid": [500.0, 1500.0], "weight": [50.0, 100.0]}
COMMON = (
    "antibiotic",
    "culture",
    "heart_rate",
    "temperature",
    "respiratory_rate",
    "wbc",
    "lactate",
    "platelets",
    "inr",
    "pao2",
    "fio2",
    "peep",
    "weight",
    "crystalloid",
)
USUAL = {
    "crystalloid": [500.0, 1500.0, 3000.0],
    "weight": [50.0, 100.0],
    "urine_output": [20.0, 50.0, 100.0],
    "pao2": [50.0, 90.0],
    "fio2": [0.3, 0.5, 1.0],
}


def anyone(concepts, near, draw: Random) -> list[Event]:
    """Events of anything at any time, and more of what begins an episode."""
    often = {name: concepts[name] for name in OFTEN if name in concepts}
    drugs = [name for name in ("antibiotic", "antibiotic_order") if name in often]
    if drugs and "culture" in often and draw.random() < 0.4:
        return _suspicion(draw.choice(drugs), draw)
    return patient(concepts, near, draw, most=25) + patient(often, near, draw, most=15)


def _suspicion(drug: str, draw: Random) -> list[Event]:
    """A culture and a drug alone, exactly or just not as far apart as definitions turn on."""
    taken = draw.randint(0, 28) * HOUR
    given = taken + draw.choice([-1, 1]) * draw.choice(LENGTHS) + draw.choice([0, 0, 0, -1, 1])
    words = {"culture": (taken, "blood"), drug: (given, "vancomycin|iv")}
    return [Event(name, time, None, time, None, text) for name, (time, text) in words.items()]


def ill(concepts, near, draw: Random) -> list[Event]:
    """Events of one patient around a day of illness, most values near a limit."""
    found, span = [], draw.choice([7, 7, 34])
    for name, concept in concepts.items():
        for _ in range(draw.choice([1, 2, 3] if name in COMMON else [0, 0, 1])):
            time = draw.randrange(-3 * 4, span * 4) * HOUR // 4
            lasting = concept.kind is Kind.INTERVAL
            value = None
            if concept.kind in (Kind.MEASURE, Kind.AMOUNT):
                low, high = concept.plausible
                value = draw.choice(
                    USUAL.get(name) or [v for v in near.get(name, []) if low <= v <= high] or [low, high]
                )
            elif lasting and concept.unit:
                value = draw.choice([0.1, 0.1, 0.0, None])
            end = time + draw.choice([0, HOUR // 2, 3 * HOUR, 20 * HOUR]) if lasting else None
            words = [w for w in WORDS[name] if w] if name in WORDS else [None]
            text = draw.choice(LIMITS if value is not None and not lasting else words)
            late, origin = draw.choice([0, 0, HOUR, 30 * HOUR]), draw.choice([None, "a", "b"])
            found.append(Event(name, time, end, time + late, value, text, origin))
    return found


@pytest.mark.parametrize("family", FAMILIES)
def test_batch_equals_live(family):
    phenotypes, draw = FAMILIES[family], Random(family)
    scores, concepts = of_family(phenotypes)
    near = limits_by_concept(list(scores.values()))
    illness = [ill(concepts, near, draw) for _ in range(3 * NUMBER // 4)]
    cases = [(events, stays_of(4 * pid)[: 1 + (pid % 4 == 0)]) for pid, events in enumerate(illness)]
    cases += [(anyone(concepts, near | NEAR, draw), stays_of(pid)) for pid in range(NUMBER - len(cases))]
    batch = partial(of_cases, partial(batch_episodes, phenotypes))

    def live(events, stays):
        return live_episodes(phenotypes, [events], [(0, *stay) for stay in stays])

    found = Counter(row["phenotype"] for rows in assert_alike(cases, batch, live) for row in rows)
    assert min(found[p.name] for p in phenotypes) >= 10, found  # so that the comparison says something
