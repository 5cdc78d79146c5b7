"""Both engines meet the criteria of several tables in the same patients: a crowd drawn from a seed."""

import random

import pytest

from opensepsis.definitions import PHENOTYPES
from opensepsis.engine.live.chart import Event
from opensepsis.rules import CriteriaMet, Kind, Worsened, concepts_read, scores_of
from tests.parity.patients import HOUR, WORDS, limits_by_concept
from tests.parity.test_phenotypes import batch_episodes, live_episodes

ASKED = [p for p in PHENOTYPES.values() if isinstance(p, CriteriaMet | Worsened)]
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
NUMBER = 130
STAYS = [(i, 0, 50 * HOUR) for i in range(NUMBER)] + [
    (i, 20 * HOUR, 31 * HOUR + 7) for i in range(0, NUMBER, 3)
]


def ill(concepts, near, draw: random.Random) -> list[Event]:
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
            text = draw.choice([w for w in WORDS[name] if w]) if name in WORDS else None
            late, origin = draw.choice([0, 0, HOUR, 30 * HOUR]), draw.choice([None, "a", "b"])
            found.append(Event(name, time, end, time + late, value, text, origin))
    return found


@pytest.mark.parametrize("phenotype", ASKED, ids=lambda p: p.name)
def test_batch_equals_live(phenotype):
    concepts, draw = concepts_read(phenotype), random.Random(1992)
    near = limits_by_concept(scores_of(phenotype))
    patients = [ill(concepts, near, draw) for _ in range(NUMBER)]
    found = batch_episodes(phenotype, patients, STAYS)
    assert len(found) >= 10  # so that the comparison says something
    assert found == live_episodes(phenotype, patients, STAYS)
