"""Both engines find the same events of the NHSN draft, and those that a plain reading of it finds."""

from functools import partial
from random import Random

import pytest

from opensepsis.definitions import PHENOTYPES
from opensepsis.engine.live.chart import Event
from opensepsis.engine.semantics.calendar import UTC_DAYS, Calendar
from opensepsis.rules import NhsnBacteremia, NhsnSepsisEvent
from tests.support.parity.crowds import assert_alike
from tests.support.parity.nhsn import DAY, as_events, batch, by_case, drawn, live, messy
from tests.support.parity.plain_nhsn import PlainStay, events_of
from tests.support.parity.surveillance import NIGHTS

DRAFT = PHENOTYPES["adult_sepsis_event:nhsn_draft"]
BLOOD = [p for p in PHENOTYPES.values() if isinstance(p, NhsnBacteremia)]
ASKED = [p for p in PHENOTYPES.values() if isinstance(p, NhsnSepsisEvent)]


def plain_stay(stay: tuple) -> PlainStay:
    admitted, left, presented, _, sex, to, alone = stay
    died = to == "DIED"
    return PlainStay(
        presented, admitted, left, sex == "female", died, to == "HOSPICE", to == "ACUTE HOSPITAL", alone
    )


def test_2000_random_stays_are_as_a_plain_reading_of_the_draft():
    draw = Random(20251218)
    people = [drawn(draw) for _ in range(2000)]
    found = by_case(batch, DRAFT, [(as_events(chart), (stay,)) for chart, stay in people])
    said, repeats = [], 0
    for (chart, stay), mine in zip(people, found, strict=True):
        told = [(e["onset"] // DAY - stay[2] // DAY + 1, e["onset_type"]) for e in mine]
        young = stay[3] is not None and stay[3] < 18
        assert told == ([] if young else events_of(plain_stay(stay), chart)), (chart, stay)
        said += told
        repeats += len(told) > 1
    kinds = [kind for _, kind in said]
    assert kinds.count("community") >= 200 and kinds.count("hospital") >= 40 and repeats >= 1


def alike(phenotype, cases, calendar=UTC_DAYS) -> int:
    def alone(events, stays):
        return live(phenotype, [events], [(0, *stay) for stay in stays], calendar)

    found = assert_alike(cases, partial(by_case, batch, phenotype, calendar=calendar), alone)
    return sum(map(len, found))


def crowd(seed: str, number: int) -> list[tuple]:
    """Patients with one or two stays, their charts as hospitals write them."""
    draw = Random(seed)
    people = [(drawn(draw), drawn(draw)) for _ in range(number)]
    return [
        (messy(chart, draw), (stay, other[1]) if draw.random() < 0.2 else (stay,))
        for (chart, stay), other in people
    ]


@pytest.mark.parametrize("phenotype", ASKED, ids=lambda p: p.name)
def test_batch_equals_live(phenotype):
    assert alike(phenotype, crowd(phenotype.name, 200)) >= 10


@pytest.mark.parametrize("zone", NIGHTS)
def test_through_a_change_of_the_clock(zone):
    by = int(NIGHTS[zone].timestamp()) * 1_000_000 - 3 * DAY

    def later(event):
        return type(event)(
            event.concept,
            event.time + by,
            None if event.end is None else event.end + by,
            event.known + by,
            event.value,
            event.text,
            event.origin,
        )

    moved = [
        ([later(e) for e in events], tuple((a + by, b + by, p + by, *rest) for a, b, p, *rest in stays))
        for events, stays in crowd(zone, 200)
    ]
    assert alike(DRAFT, moved, Calendar(zone)) >= 10


GROWN = (
    "Escherichia coli", "E. coli", "ENTEROCOCCUS FAECALIS", "Enterococcus sp.", "Enterococcus faecium", "Candida albicans",
    "STAPH AUREUS COAG +", "Staphylococcus epidermidis", "YEAST", "Gram negative rods", "Listeria monocytogenes", "no growth",
)  # fmt: skip


def grown(draw: Random) -> tuple:
    """Growth in blood over days, neutrophils, and stays some of which began with a visit."""
    chart = []
    for _ in range(draw.choice([1, 2, 3, 5])):
        time = draw.randrange(-2, 24) * 12 * 3_600_000_000
        for organism in draw.choices(GROWN, k=draw.choice([1, 1, 2])):
            late = draw.choice([0, DAY])
            origin = draw.choice([None, "a", "b"])
            chart.append(Event("organism", time, None, time + late, None, f"blood|{organism}", origin))
    for _ in range(draw.choice([0, 2, 4])):
        time = draw.randrange(24) * 12 * 3_600_000_000
        chart.append(
            Event("neutrophils", time, None, time, draw.choice([0.5, 1.0]), draw.choice([None, "<"]), None)
        )
    return chart, (drawn(draw)[1],)


@pytest.mark.parametrize("phenotype", BLOOD, ids=lambda p: p.name)
def test_batch_equals_live_in_blood(phenotype):
    draw = Random(phenotype.name)
    assert alike(phenotype, [grown(draw) for _ in range(300)]) >= 100
