"""The course of a case: the batch engine finds of many stays what the plain one finds of each."""

from functools import partial
from random import Random

import polars as pl
import pytest

from opensepsis.definitions import COURSE
from opensepsis.engine.batch.chart import charts, close_open_intervals
from opensepsis.engine.batch.finding_rows import Reach, StayFindings
from opensepsis.engine.batch.findings import courses_of
from opensepsis.engine.live.chart import Chart, Event
from opensepsis.engine.live.findings import Basis, FindingStay, course_of
from opensepsis.rules import Had, Kind, Reached, marks_of, own_concepts
from tests.support.parity.crowds import LIMITS, NUMBER, assert_alike, drawn_time
from tests.support.parity.patients import HOUR, YEAR
from tests.support.parity.tables import table

CONCEPTS = {c.name: c for mark in marks_of(COURSE) for c in own_concepts(mark)}
DAY = 24 * HOUR
TEXTS = {
    "diagnosis": ("ICD10:N39.0", "ICD9:4820", "E119", "icd10:c349", "ICD10:O80", "ICD9:V4983", "ICD10:A419", "R7881", None),
    "procedure": ("ICD9:8604", "ICD10:0DTJ4ZZ", "ICD10:0Y6J0Z1", "operation", "chest drain", "ICD9:3893", "ICD10:3E0G76Z"),
    "organism": ("blood|ESCHERICHIA COLI", "urine|YEAST", "sputum|STAPH AUREUS COAG +", "virus|RSV", "catheter tip|oddity",
                 "wound|no growth", "stool|", None),
    "antibiotic": ("vancomycin|IV", "cefazolin|IV", "meropenem|IV", "vancomycin|PO", "cefazolin|ophthalmic", "curealline|PO",
                   None),
    "device": ("central line", "urinary catheter", "arterial line", None),
    "ventilation": ("invasive", "noninvasive", "high_flow"),
    "oxygen": ("nasal cannula", "air", None),
    "dialysis": ("crrt", "non_renal", None),
    "immunosuppressant": ("tacrolimus|PO",),
}  # fmt: skip
VALUES = {
    "culture": (None, 0.0, 1.0),
    "crystalloid": (0.0, 250.0, 1000.3),
    "weight": (70.0, 81.3),
    "norepinephrine": (0.0, 0.1, None),
}
OFTEN = (
    "diagnosis",
    "procedure",
    "organism",
    "antibiotic",
    "culture",
    "crystalloid",
    "weight",
    "norepinephrine",
    "oxygen",
)
PLACES = (
    "HOME",
    "Home health care",
    "DIED",
    "SKILLED NURSING FACILITY",
    "WARD",
    "dead at a time not told",
    "not told whether dead",
    "the moon",
    None,
)


def one_event(name: str, draw: Random) -> Event:
    concept = CONCEPTS[name]
    time = draw.choice([draw.randint(0, 16) * 6 * HOUR, drawn_time(draw), draw.randint(-100, 60) * DAY])
    length = draw.choice([None, 0, HOUR, 7 * HOUR, 40 * HOUR])
    end = time + length if concept.kind is Kind.INTERVAL and length is not None else None
    value, text = draw.choice(VALUES.get(name, (None,))), draw.choice(TEXTS.get(name, (None,)))
    if value is not None and concept.kind in (Kind.MEASURE, Kind.AMOUNT):
        text = draw.choice(LIMITS)
    known, origin = time + draw.choice([0, 0, HOUR, 30 * HOUR]), draw.choice([None, None, "a", "b", "c"])
    return Event(name, time, end, known, value, text, origin)


def events_of(silent: frozenset, draw: Random) -> list[Event]:
    """Few events, or many, or only those of what grew and what was given for it."""
    anything, growth = (
        (*OFTEN, *OFTEN, *sorted(CONCEPTS)),
        ("organism", "antibiotic", "antibiotic", "culture"),
    )
    names, least, most = draw.choice([(anything, 0, 5), (anything, 10, 40), (growth, 3, 9)])
    names = draw.choices(names, k=draw.randint(least, most))
    return [one_event(name, draw) for name in names if name not in silent]


OTHER_STAYS = [
    (-95 * DAY, -90 * DAY),
    (-20 * DAY, -10 * DAY),
    (-DAY, -5 * HOUR),
    (10 * DAY, 12 * DAY),
    (33 * DAY, 34 * DAY),
]


def stay_of(draw: Random) -> FindingStay:
    """A stay with a hospital stay around it, maybe longer, and others before and after."""
    admitted, discharged = 0, draw.choice([20 * HOUR, 45 * HOUR, 96 * HOUR])
    hospital = (draw.choice([0, -5 * HOUR]), discharged + draw.choice([0, 20 * HOUR]))
    others = tuple(draw.sample(OTHER_STAYS, draw.randint(0, 3)))
    died = draw.choice([None, None, discharged, discharged - HOUR, discharged + DAY])
    age = draw.choice([None, 0.5, 1.0, 40.0, 65.0])
    return FindingStay(admitted, discharged, hospital, died, age, draw.choice(PLACES), others)


def basis_of(silent: frozenset, draw: Random) -> Basis:
    """Episodes of every phenotype and ticks of every score that the course rests on."""
    phenotypes = [COURSE.infection.name, *(m.phenotype.name for m in marks_of(COURSE) if isinstance(m, Had))]
    when = [-2 * HOUR, 0, 3 * HOUR, 30 * HOUR]
    episodes = {
        n: [(t, t + HOUR, ("x", "y")) for t in draw.sample(when, draw.randint(0, 2))] for n in phenotypes
    }
    keys = [m.key for m in marks_of(COURSE) if isinstance(m, Reached)]
    ticks = {k: list(enumerate(draw.choices([None, 0, 1, 3, 5], k=draw.randint(0, 3)))) for k in keys}
    return Basis(episodes, ticks, {k: ("x", "z") for k in keys}, silent)


def plain(events, stay: FindingStay, basis: Basis) -> list[dict]:
    chart = Chart(CONCEPTS)
    for end in (stay.discharged, *(end for _, end in stay.others)):
        chart.stay_ends(end)
    for event in events:
        chart.see(event)
    return [vars(found) for found in course_of(COURSE, chart, stay, basis)]


def frame(rows, **schema) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=schema, orient="row")


def batch(cases, silent) -> list[list[dict]]:
    mine, others, ends = [], [], []
    for i, (_, stay, _) in enumerate(cases):
        mine.append(
            (i, i, stay.admitted, stay.discharged, stay.died, stay.age, stay.discharged_to, *stay.hospital)
        )
        others += [(i, *span) for span in (stay.hospital, *stay.others)]
        ends += [(i, end) for end in (stay.discharged, *(end for _, end in stay.others))]
    u, i64 = pl.UInt32, pl.Int64
    made = frame(mine, sid=u, pid=u, admitted=i64, discharged=i64, died=i64, age=pl.Float64, discharged_to=pl.String,
                 hospital_from=i64, hospital_to=i64)  # fmt: skip
    events = close_open_intervals(table([e for e, *_ in cases]), frame(ends, pid=u, time=i64), CONCEPTS)
    bases = [basis for *_, basis in cases]
    episode = {"sid": u, "onset": i64, "known": i64, "evidence": pl.List(pl.String)}
    episodes = {
        name: frame([(i, *e) for i, b in enumerate(bases) for e in b.episodes[name]], **episode)
        for name in bases[0].episodes
    }
    reached = {m.key: reach(m, bases) for m in marks_of(COURSE) if isinstance(m, Reached)}
    patients = charts(events, CONCEPTS, frozenset({"crystalloid"}))
    found = courses_of(
        StayFindings(
            COURSE, made, frame(others, pid=u, start=i64, stop=i64), patients, episodes, reached, silent
        )
    )
    rows = [[] for _ in cases]
    for row in found.to_dicts():
        sid, row["finding"] = row.pop("sid"), COURSE.findings[row["finding"]].name
        rows[sid].append({**row, "evidence": tuple(row["evidence"])})
    return rows


def reach(mark: Reached, bases) -> Reach:
    told, first = [], []
    for i, basis in enumerate(bases):
        points = [(t, p) for t, p in basis.ticks[mark.key] if p is not None]
        told += [(i, float(max(p for _, p in points)))] if points else []
        reaching = [t for t, p in points if p >= mark.at_least]
        first += [(i, reaching[0], o) for o in basis.evidence[mark.key]] if reaching else []
    return Reach(
        frame(told, sid=pl.UInt32, value=pl.Float64),
        frame(first, sid=pl.UInt32, time=pl.Int64, origin=pl.String),
    )


@pytest.mark.parametrize(
    "silent", [(), ("organism",), ("culture", "diagnosis"), ("crystalloid", "antibiotic")], ids=" ".join
)
def test_both_engines_find_the_same(silent):
    silent, draw = frozenset(silent), Random(" ".join(silent))
    cases = [(events_of(silent, draw), stay_of(draw), basis_of(silent, draw)) for _ in range(NUMBER)]
    found = assert_alike(cases, partial(batch, silent=silent), plain)
    there = {row["finding"] for rows in found for row in rows if row["state"] == "yes"}
    assert len(there) >= 20  # so that the comparison says something


def test_a_year_is_no_limit():
    """Chronic illness coded long ago still counts."""
    stay = FindingStay(0, 20 * HOUR, (0, 20 * HOUR))
    basis = Basis({n: [] for n in ("suspected_infection", "bacteremia", "septic_shock")})
    events = [Event("diagnosis", -5 * YEAR, None, -5 * YEAR, None, "ICD10:E11.9", "old")]
    (found,) = [f for f in plain(events, stay, basis) if f["finding"] == "diabetes"]
    assert (found["state"], found["known"]) == ("yes", -5 * YEAR)
