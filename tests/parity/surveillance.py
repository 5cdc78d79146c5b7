"""Random patients over days for the events of surveillance, through both engines."""

import random
from dataclasses import replace

import polars as pl
from hypothesis import strategies as st

from opensepsis.engine.batch.chart import charts, close_open_intervals
from opensepsis.engine.batch.evaluation_times import hourly
from opensepsis.engine.batch.phenotypes import episodes
from opensepsis.engine.live import phenotypes as course
from opensepsis.engine.live.bedside import Bedside
from opensepsis.engine.live.chart import Event
from opensepsis.engine.semantics.calendar import UTC_DAYS
from opensepsis.rules import concepts_read
from tests.parity.patients import HOUR
from tests.parity.tables import table

DAY = 24 * HOUR
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
    "diagnosis": ("ICD10:N18.6", "N186", "ICD9:5856", "ICD10:A419"),
    "ventilation": ("invasive", "noninvasive"),
}  # fmt: skip
VALUES = {
    "creatinine": (0.7, 1.0, 1.4, 2.0, 2.1),
    "egfr": (30.0, 31.0, 60.0, 90.0),
    "bilirubin": (0.9, 1.0, 1.9, 2.0, 2.1),
    "platelets": (40.0, 50.0, 99.0, 100.0, 198.0, 200.0),
    "lactate": (1.9, 2.0, 2.1),
}
MOMENTS = st.builds(
    lambda day, hour: day * DAY + hour * HOUR, st.integers(-5, 9), st.sampled_from([0, 0, 7, 12, 23])
)


def _event(concept):
    name, lasting = concept.name, concept.kind.value == "interval"
    text = st.sampled_from(TEXTS[name]) if name in TEXTS else st.none()
    value = st.sampled_from(VALUES[name]) if name in VALUES else st.none()
    if lasting and concept.unit:
        value = st.sampled_from([0.1, 0.1, 0.0, None])
    length = st.sampled_from([0, HOUR, 12 * HOUR, DAY, 30 * HOUR, None]) if lasting else st.none()
    late, origin = st.sampled_from([0, 0, HOUR, 3 * DAY]), st.sampled_from([None, "a", "b"])

    def build(time, length, late, value, text, origin):
        end = None if length is None else time + length
        return Event(name, time, end, time + late, value, text, origin)

    return st.builds(build, MOMENTS, length, late, value, text, origin)


def _course(concept):
    """One drug on many of the days, as treatment goes."""

    def build(text, first, days):
        return [
            Event(concept.name, (first + d) * DAY + 9 * HOUR, None, (first + d) * DAY + 9 * HOUR, None, text)
            for d in days
        ]

    days = st.lists(st.integers(0, 6), max_size=6, unique=True)
    return st.builds(build, st.sampled_from(TEXTS[concept.name]), st.integers(-3, 6), days)


def patient(concepts):
    """Events of one patient: courses of drugs, and some of everything."""
    anything = st.sampled_from(sorted(concepts)).flatmap(lambda name: _event(concepts[name]))
    parts = [st.lists(anything, max_size=14)]
    parts += [
        st.lists(_event(concepts[n]), max_size=4)
        for n in ("culture", "organism", "norepinephrine")
        if n in concepts
    ]
    courses = st.lists(st.sampled_from([n for n in DOSES if n in concepts] or ["antibiotic"]), max_size=3)
    if "antibiotic" in concepts:
        parts.append(
            courses.flatmap(lambda names: st.tuples(*(_course(concepts[n]) for n in names))).map(
                lambda courses: [e for course in courses for e in course]
            )
        )
    return st.tuples(*parts).map(lambda drawn: [e for part in drawn for e in part])


def stay():
    """One stay: admitted at some hour of day 0, with its outcome."""
    to = st.sampled_from([None, "HOME", "HOSPICE", "acute hospital", "DIED"])

    def build(admitted, length, age, died, to):
        left = admitted + length
        return admitted, left, age, None if died is None else left + died, to

    age, died = (
        st.sampled_from([None, 17.9, 18.0, 70.0, 70.0]),
        st.sampled_from([None, None, 0, -DAY, 40 * DAY]),
    )
    return st.builds(
        build,
        st.integers(0, 30).map(lambda h: h * HOUR),
        st.integers(1, 220).map(lambda h: h * HOUR),
        age,
        died,
        to,
    )


def batch(phenotype, patients, stays, calendar=UTC_DAYS) -> list[dict]:
    """Episodes from the batch engine; `stays`: pid, admitted, discharged, age, died, discharged_to."""
    frame = pl.DataFrame([(i, *s) for i, s in enumerate(stays)], schema=STAYS, orient="row")
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


def moved(patients, stays, by: int):
    """The same patients and stays at another time."""

    def later(moment):
        return None if moment is None else moment + by

    there = [
        [replace(e, time=e.time + by, end=later(e.end), known=e.known + by) for e in events]
        for events in patients
    ]
    return there, [(pid, a + by, left + by, age, later(died), to) for pid, a, left, age, died, to in stays]


def crowd(concepts, seed: int, number: int) -> tuple[list[list[Event]], list[tuple]]:
    """Many patients who come close to an event, drawn from a seed, with one or two stays each."""
    draw = random.Random(seed)
    patients = [_near_an_event(concepts, draw) for _ in range(number)]
    stays = []
    for pid in range(number):
        admitted = draw.randrange(24) * HOUR
        for start in (admitted, admitted + draw.randrange(3, 9) * DAY)[: draw.choice([1, 1, 2])]:
            left = start + draw.randrange(30, 260) * HOUR
            died = draw.choice([None, None, left, left + 40 * DAY])
            stays.append(
                (
                    pid,
                    start,
                    left,
                    draw.choice([None, 17.9, 60.0, 70.0]),
                    died,
                    draw.choice([None, "HOME", "HOSPICE"]),
                )
            )
    return patients, stays


def _near_an_event(concepts, draw: random.Random) -> list[Event]:
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
        if lasting and concepts[name].unit:
            value = draw.choice([0.1, 0.1, 0.0, None])
        length = draw.choice([0, HOUR, HOUR, 12 * HOUR, 30 * HOUR]) if lasting else None
        for repeat in range(draw.choice([1, 3, 5, 6]) if name in DOSES else 1):
            time = (day + repeat * draw.choice([1, 1, 1, 2])) * DAY + draw.choice([0, 7, 12, 23]) * HOUR
            found.append(
                Event(name, time, None if length is None else time + length, time + late, value, text, origin)
            )
    return found
