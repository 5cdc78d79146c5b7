"""Random stays that come close to an event of the NHSN draft, and both engines on them."""

from functools import partial
from random import Random

import polars as pl

from opensepsis.engine.batch.nhsn_stay import ARRIVAL
from opensepsis.engine.live import phenotypes as course
from opensepsis.engine.live.bedside import Bedside
from opensepsis.engine.live.chart import Event
from opensepsis.engine.semantics.calendar import UTC_DAYS
from opensepsis.engine.semantics.stays import Arrival, Stay
from opensepsis.rules import concepts_read
from tests.support.parity.episodes import of_cases
from tests.support.parity.plain_nhsn import DRUGS, FIVE
from tests.support.parity.surveillance import STAYS, batch_of

HOUR = 3_600_000_000
DAY = 24 * HOUR
DIAGNOSES = (
    "ICD10:J18.9|principal", "ICD10:J18.9|principal", "ICD10:A41.9|principal|poa", "ICD10:I50.9|principal", "ICD10:J18.9",
    "ICD10:N18.4|poa", "ICD10:N18.4", "ICD10:N18.6|not_poa", "ICD10:K76.6", "ICD10:K76.6|not_poa", "ICD10:D59.1", "ICD10:C34.90",
    "ICD10:K74.60", "ICD10:N18.4|not_poa",
)  # fmt: skip
LABS = {
    "creatinine": (0.5, 0.6, 1.02, 1.03, 1.18, 1.19, 1.6, 2.04, 2.36, 2.4, 3.2),
    "bilirubin": (0.5, 0.9, 1.0, 1.1, 1.9, 2.0, 2.2, 2.6),
    "platelets": (40.0, 50.0, 96.0, 99.0, 100.0, 101.0, 198.0, 200.0, 210.0),
    "lactate": (1.9, 2.0, 2.0, 2.1),
}
BY_VEIN = ("ceftriaxone|iv", "vancomycin|iv", "levofloxacin|iv") * 2
PLACES = (None, "HOME", "HOME", "HOME", "HOSPICE", "ACUTE HOSPITAL", "DIED")


def drawn(draw: Random) -> tuple[list[tuple], tuple]:
    """The chart of a patient as (concept, time, end, value, text), and a stay as `stay_of` reads it."""
    admitted = draw.randrange(24) * HOUR
    presented = admitted - draw.choice([0, 0, 0, 1, 5, 20]) * HOUR
    left = admitted + draw.choice([20, 60, 80, draw.randrange(60, 400), draw.randrange(60, 400)]) * HOUR
    alone = presented == admitted and draw.random() < 0.1
    age = draw.choice([17, 18, 18, 60, 60, 60, 60, 60, None])
    to, sex = draw.choice(PLACES), draw.choice(["female", "male", None])
    centre = draw.choice([0, 0, 1, 1, 2, 3, 4, draw.randrange(-2, 9)])
    taken: set[int] = set()
    chart = _bout(draw, centre, taken)
    if draw.random() < 0.2:
        chart += _bout(draw, centre + draw.choice([5, 6, 7, 8]), taken)
    return chart, (admitted, left, presented, age, sex, to, alone)


def _bout(draw: Random, centre: int, taken: set[int]) -> list[tuple]:
    """Cultures, drugs and dysfunction around a day; `taken`: the moments of the chart so far."""

    def moment(day: int) -> int:
        """A moment of a day that no other row of this chart has."""
        while True:
            time = day * DAY + draw.choice([0, draw.randrange(24 * 60), draw.randrange(24 * 60)]) * 60_000_000
            if time not in taken:
                taken.add(time)
                return time

    def near(*spread: int) -> int:
        return centre + draw.choice(spread or (-2, -1, -1, 0, 0, 0, 1, 1, 2))

    cultures = [near(0, 0, 0, 1, 7) for _ in range(draw.choice([0, 1, 1, 1, 2]))]
    found = [("culture", moment(day), None, None, "blood") for day in cultures]
    for _ in range(draw.choice([1, 1, 2, 3])):
        text, start = draw.choice((*DRUGS, *BY_VEIN)), near(-3, -1, 0, 0, 0, 0, 1, 1, 6)
        name = "antifungal" if text.startswith("fluconazole") else "antibiotic"
        days = [
            start + i for i in range(draw.choice([1, 2, 3, 3, 4, 4, 5])) if i == 0 or draw.random() < 0.85
        ]
        found += [(name, moment(day), None, None, text) for day in days]
    for name in draw.choices(("low", "pressor", "tube", "mask", *LABS), k=draw.choice([1, 2, 3, 4])):
        found += _dysfunction(name, near, moment, draw)
    for _ in range(draw.choice([0, 0, 1, 2])):
        found.append(("diagnosis", moment(near(-2, 0, 0, 1, 2)), None, None, draw.choice(DIAGNOSES)))
    if draw.random() < 0.1:
        time = moment(near())
        found.append(("comfort_care", time, time + DAY, None, None))
    return found


def _dysfunction(name: str, near, moment, draw: Random) -> list[tuple]:
    def lasting(concept, value, text):
        time = moment(near())
        return concept, time, time + draw.choice([1, 12, 24, 30, 50]) * HOUR, value, text

    match name:
        case "low":
            first = moment(near())
            apart = draw.choice([1, 60, 179, 180, 180, 181]) * 60_000_000
            value = {"systolic_pressure": (88.0, 89.0, 90.0), "mean_pressure": (60.0, 64.0, 65.0)}
            kinds = [draw.choice(tuple(value)) for _ in range(2)]
            times = (first, first + apart)
            return [(k, t, None, draw.choice(value[k]), None) for k, t in zip(kinds, times, strict=True)]
        case "pressor":
            drugs = draw.choices(FIVE, k=draw.choice([1, 1, 2]))
            return [lasting(drug, 0.1, None) for drug in drugs]
        case "tube":
            return [lasting("ventilation", None, "invasive")]
        case "mask":
            masks = (
                ("ventilation", "noninvasive"),
                ("ventilation", "cpap"),
                ("oxygen", "high flow nasal cannula"),
            )
            return [
                lasting(concept, None, text) for concept, text in draw.choices(masks, k=draw.choice([1, 2]))
            ]
    return [
        (name, moment(near()), None, draw.choice(LABS[name]), None) for _ in range(draw.choice([1, 2, 3]))
    ]


def as_events(chart: list[tuple]) -> list[Event]:
    return [Event(name, time, end, time, value, text) for name, time, end, value, text in chart]


def messy(chart: list[tuple], draw: Random) -> list[Event]:
    """The same with origins, late knowledge, corrections, limits and open ends."""
    found = []
    for name, time, end, value, text in chart:
        if value is not None and name in LABS:
            text = draw.choice([None, None, None, "<", ">"])
        end = None if end is not None and draw.random() < 0.2 else end
        origin, late = draw.choice([None, "a", "b"]), draw.choice([0, 0, HOUR])
        found.append(Event(name, time, end, time + late, value, text, origin))
        if origin and draw.random() < 0.1:
            found.append(Event(name, time, time, time + 2 * HOUR, None, None, origin))
    return found


def batch(phenotype, patients, stays, calendar=UTC_DAYS) -> list[dict]:
    """Episodes from the batch engine; `stays`: (patient, *stay)."""
    rows = [
        (
            i,
            pid,
            admitted,
            left,
            None,
            left if to == "DIED" else None,
            to,
            presented,
            age,
            sex,
            None,
            alone,
            False,
        )
        for i, (pid, admitted, left, presented, age, sex, to, alone) in enumerate(stays)
    ]
    frame = pl.DataFrame(rows, schema=STAYS | ARRIVAL, orient="row")
    return batch_of(frame, phenotype, patients, calendar)


def live(phenotype, patients, stays, calendar=UTC_DAYS) -> list[dict]:
    """The same from the plain reference."""
    found = []
    for sid, (pid, admitted, left, presented, age, sex, to, alone) in enumerate(stays):
        bedside = Bedside([], concepts_read(phenotype), calendar)
        for other in stays:
            if other[0] == pid:
                bedside.stay_ends(other[2])
        for event in patients[pid]:
            bedside.see(event)
        arrival = Arrival(presented, age, sex, by_itself=alone)
        stay = Stay(admitted, left, None, left if to == "DIED" else None, to, arrival=arrival)
        found += [{"sid": sid, **vars(e)} for e in course.episodes(phenotype, stay, bedside.chart, [])]
    return sorted(found, key=lambda e: (e["sid"], e["onset"]))


def by_case(engine, phenotype, cases, calendar=UTC_DAYS) -> list[list[dict]]:
    """What an engine finds in each case (events, stays), all given at once."""
    return of_cases(partial(_of, engine, phenotype, calendar), cases)


def _of(engine, phenotype, calendar, patients, stays) -> list[dict]:
    return engine(phenotype, patients, stays, calendar)
