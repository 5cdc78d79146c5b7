"""Random patients over days for the events of surveillance, through both engines."""

from dataclasses import replace
from datetime import UTC, datetime
from random import Random

import polars as pl

from opensepsis.engine.batch.chart import charts, close_open_intervals
from opensepsis.engine.batch.evaluation_times import hourly
from opensepsis.engine.batch.phenotypes import episodes
from opensepsis.engine.live import phenotypes as course
from opensepsis.engine.live.bedside import Bedside
from opensepsis.engine.live.chart import Event
from opensepsis.engine.semantics.calendar import UTC_DAYS
from opensepsis.rules import Concept, Kind, concepts_read
from tests.support.parity.crowds import LIMITS
from tests.support.parity.patients import HOUR
from tests.support.parity.tables import table

DAY = 24 * HOUR
NIGHTS = {  # a day on which the clock changes: of 23 hours, of 25, and one that begins at 01:00
    "America/New_York": datetime(2025, 3, 9, tzinfo=UTC),
    "Europe/Paris": datetime(2025, 10, 26, tzinfo=UTC),
    "Africa/Cairo": datetime(2025, 4, 25, tzinfo=UTC),
}
OUTCOMES = {"age": pl.Float64, "died": pl.Int64, "discharged_to": pl.String}
STAYS = {"sid": pl.UInt32, "pid": pl.UInt32, "admitted": pl.Int64, "discharged": pl.Int64, **OUTCOMES}
DOSES = {
    "antibiotic": (
        "levofloxacin|IV", "levofloxacin|PO", "Levofloxacin|", "vancomycin|IV", "vancomycin|po",
        "ceftriaxone|", "tazobactam-piperacillin|iv", "rifampin|IV", None,
    ),
    "antifungal": ("fluconazole|PO", "fluconazole|IV"),
    "antiviral": ("aciclovir|IM",),
}  # fmt: skip
TEXTS = DOSES | {
    "culture": ("blood", "Blood culture", "urine", "blood, viral"),
    "organism": (
        "blood|ESCHERICHIA COLI", "blood|Staphylococcus epidermidis",
        "blood|STAPHYLOCOCCUS, COAGULASE NEGATIVE", "urine|KLEBSIELLA", "blood|", "blood|no growth", None,
    ),
    "diagnosis": ("ICD10:N18.6", "N186|not_poa", "ICD9:5856|principal", "ICD10:A419"),
    "ventilation": ("invasive", "noninvasive"),
}  # fmt: skip
VALUES = {
    "creatinine": (0.7, 1.0, 1.4, 2.0, 2.1),
    "egfr": (30.0, 31.0, 60.0, 90.0),
    "bilirubin": (0.9, 1.0, 1.9, 2.0, 2.1),
    "platelets": (40.0, 50.0, 99.0, 100.0, 198.0, 200.0),
    "lactate": (1.9, 2.0, 2.1),
}


def _moment(draw: Random) -> int:
    return draw.randint(-5, 9) * DAY + draw.choice([0, 0, 7, 12, 23]) * HOUR


def _event(concept: Concept, draw: Random) -> Event:
    name, lasting = concept.name, concept.kind is Kind.INTERVAL
    text, value = draw.choice(TEXTS.get(name, (None,))), draw.choice(VALUES.get(name, (None,)))
    if value is not None and concept.kind in (Kind.MEASURE, Kind.AMOUNT):
        text = draw.choice(LIMITS)
    if lasting and concept.unit:
        value = draw.choice([0.1, 0.1, 0.0, None])
    time, length = _moment(draw), draw.choice([0, HOUR, 12 * HOUR, DAY, 30 * HOUR, None]) if lasting else None
    end = None if length is None else time + length
    return Event(
        name, time, end, time + draw.choice([0, 0, HOUR, 3 * DAY]), value, text, draw.choice([None, "a", "b"])
    )


def _treatment(concept: Concept, draw: Random) -> list[Event]:
    """One drug on many of the days, as treatment goes."""
    text, first = draw.choice(TEXTS[concept.name]), draw.randint(-3, 6)
    times = [(first + day) * DAY + 9 * HOUR for day in draw.sample(range(7), draw.randint(0, 6))]
    return [Event(concept.name, time, None, time, None, text) for time in times]


def anyone(concepts: dict[str, Concept], draw: Random) -> tuple[list[Event], tuple]:
    """Events of one patient, courses of drugs and some of everything, and one or two stays that may overlap."""
    found = [_event(concepts[name], draw) for name in draw.choices(sorted(concepts), k=draw.randint(0, 14))]
    for name in ("culture", "organism", "norepinephrine"):
        if name in concepts:
            found += [_event(concepts[name], draw) for _ in range(draw.randint(0, 4))]
    drugs = [name for name in DOSES if name in concepts]
    for name in draw.choices(drugs, k=draw.randint(0, 3)) if drugs else ():
        found += _treatment(concepts[name], draw)
    return found, tuple(_stay(draw) for _ in range(draw.choice([1, 2])))


def _stay(draw: Random) -> tuple:
    """Admitted at some hour of the first days, with its outcome: age, death and where to."""
    admitted = draw.randint(0, 30) * HOUR
    left = admitted + draw.randint(1, 220) * HOUR
    died = draw.choice([None, None, 0, -DAY, 40 * DAY])
    to = draw.choice([None, "HOME", "HOSPICE", "acute hospital", "DIED"])
    return (
        admitted,
        left,
        draw.choice([None, 17.9, 18.0, 70.0, 70.0]),
        None if died is None else left + died,
        to,
    )


def batch(phenotype, patients, stays, calendar=UTC_DAYS) -> list[dict]:
    """Episodes from the batch engine; `stays`: pid, admitted, discharged, age, died, discharged_to."""
    frame = pl.DataFrame([(i, *s) for i, s in enumerate(stays)], schema=STAYS, orient="row")
    return batch_of(frame, phenotype, patients, calendar)


def batch_of(frame: pl.DataFrame, phenotype, patients, calendar=UTC_DAYS) -> list[dict]:
    """Episodes of the stays of a frame, from the batch engine."""
    ticks, concepts = hourly(frame), concepts_read(phenotype)
    events = close_open_intervals(table(patients), frame.select("pid", time="discharged"), concepts)
    totals = ticks.ticks.select("sid", "time").with_columns(total=pl.lit(None, pl.Int8))
    seen = charts(events, concepts, calendar=calendar)
    return episodes(phenotype, ticks.stays, seen, totals).sort("sid", "onset").to_dicts()


def live(phenotype, patients, stays, calendar=UTC_DAYS) -> list[dict]:
    """The same from the plain reference."""
    found = []
    for sid, (pid, *span) in enumerate(stays):
        bedside = Bedside([], concepts_read(phenotype), calendar)
        for other in stays:
            if other[0] == pid:
                bedside.stay_ends(other[2])
        for event in patients[pid]:
            bedside.see(event)
        found += [
            {"sid": sid, **vars(e)} for e in course.episodes(phenotype, course.Stay(*span), bedside.chart, [])
        ]
    return sorted(found, key=lambda e: (e["sid"], e["onset"]))


def moved(case: tuple, by: int) -> tuple:
    """The same patient and stays at another time."""

    def later(moment):
        return None if moment is None else moment + by

    events, stays = case
    there = [replace(e, time=e.time + by, end=later(e.end), known=e.known + by) for e in events]
    return there, tuple((at + by, left + by, age, later(died), to) for at, left, age, died, to in stays)


def crowd(concepts: dict[str, Concept], seed: int, number: int) -> list[tuple]:
    """Many patients who come close to an event, drawn from a seed, with one or two stays each."""
    draw = Random(seed)
    patients = [_near_an_event(concepts, draw) for _ in range(number)]
    return [(events, _stays_of_outcome(draw)) for events in patients]


def _stays_of_outcome(draw: Random) -> tuple:
    stays, admitted = [], draw.randrange(24) * HOUR
    for start in (admitted, admitted + draw.randrange(3, 9) * DAY)[: draw.choice([1, 1, 2])]:
        left = start + draw.randrange(30, 260) * HOUR
        died = draw.choice([None, None, left, left + 40 * DAY])
        age, to = draw.choice([None, 17.9, 60.0, 70.0]), draw.choice([None, "HOME", "HOSPICE"])
        stays.append((start, left, age, died, to))
    return tuple(stays)


def _near_an_event(concepts, draw: Random) -> list[Event]:
    found = []
    for name in [
        n
        for n in concepts
        for _ in range(
            draw.choice(
                [0, 1, 2, 4] if n in TEXTS or n in VALUES else [0, 1] if len(concepts) < 9 else [0, 0, 1]
            )
        )
    ]:
        day, late = draw.randrange(-3, 12), draw.choice([0, HOUR, 3 * DAY])
        text = draw.choice(TEXTS[name]) if name in TEXTS else None
        value = draw.choice(VALUES[name]) if name in VALUES else None
        origin = draw.choice([None, "a", "b"])
        lasting = concepts[name].kind.value == "interval"
        if value is not None and concepts[name].kind in (Kind.MEASURE, Kind.AMOUNT):
            text = draw.choice(LIMITS)
        if lasting and concepts[name].unit:
            value = draw.choice([0.1, 0.1, 0.0, None])
        length = draw.choice([0, HOUR, HOUR, 12 * HOUR, 30 * HOUR]) if lasting else None
        for repeat in range(draw.choice([1, 3, 5, 6]) if name in DOSES else 1):
            time = (day + repeat * draw.choice([1, 1, 1, 2])) * DAY + draw.choice([0, 7, 12, 23]) * HOUR
            found.append(
                Event(name, time, None if length is None else time + length, time + late, value, text, origin)
            )
    return found
