"""Random patients for the parity tests: values on, just under and just over every limit, at awkward times."""

from dataclasses import replace
from itertools import chain

from hypothesis import strategies as st

from opensepsis.engine.live.chart import Event
from opensepsis.engine.semantics.limits import SIGNS
from opensepsis.rules import Concept, Kind, Score, leaves
from opensepsis.rules.conditions import Compare
from opensepsis.rules.offs import off_with
from opensepsis.rules.signal_parts import concepts_of

MINUTE = 60_000_000
HOUR = 60 * MINUTE
WORDS = {
    "ventilation": ("invasive", "noninvasive", "cpap", "high_flow"),
    "oxygen": ("face mask", "air", "air", "air", "bipap mask", "endotracheal tube", None),
    "sex": ("female", "male"),
    "consciousness": ("A", "C", "V", "P", "U"),
    "antibiotic": ("vancomycin|iv", "cefazolin|topical", "vancomycin|PO", "cefazolin|po", None),
    "antibiotic_order": ("vancomycin|iv", "cefazolin|topical", "Vancomycin|oral", None),
    "corticosteroid": (
        "hydrocortisone|iv",
        "Dexamethasone|PO",
        "hydrocortisone|topical",
        "prednisolone|iv",
        None,
    ),
    "dialysis": ("hemodialysis", "crrt", "non_renal", None),
    "ecmo": ("respiratory", "cardiovascular", None),
    "norepinephrine": ("bitartrate", None, None),
    "culture": ("blood", "urine", "BLOOD CULTURE", None),
    "organism": (
        "blood|ESCHERICHIA COLI",
        "blood|Staphylococcus epidermidis",
        "urine|KLEBSIELLA",
        "blood|",
        None,
    ),
    "diagnosis": ("ICD10:N18.6", "ICD10:A419", "ICD10:A419|principal|poa", None),
    "antifungal": ("fluconazole|PO", None),
    "antiviral": ("acyclovir|IV", None),
}
# the lengths of time on which definitions turn, so that events often lie exactly, or just not, that far apart
LENGTHS = [15 * MINUTE, HOUR, 4 * HOUR, 6 * HOUR, 12 * HOUR, 24 * HOUR, 48 * HOUR, 72 * HOUR]
TURNING = st.builds(
    lambda anchor, length, just: anchor + length + just,
    st.sampled_from([0, 2 * HOUR, 21 * HOUR]),
    st.sampled_from([0, 0, *LENGTHS, *(-length for length in LENGTHS)]),
    st.sampled_from([0, 0, 0, 0, -1, 1, 20 * MINUTE]),
)
TIMES = st.one_of(
    TURNING,
    TURNING,
    st.integers(-30 * 4, 60 * 4).map(lambda quarter: quarter * 15 * MINUTE),
    st.integers(-30 * HOUR, 60 * HOUR),
)
YEAR = 8766 * HOUR
BIRTHS = st.one_of(TIMES, st.integers(-20 * YEAR, 0), st.integers(-3 * YEAR, 0))


def limits_by_concept(scores: list[Score]) -> dict[str, list[float]]:
    """For each concept the values around every limit of the signals that read it."""
    found: dict[str, list[float]] = {}
    for score in scores:
        for row in score.rows:
            for condition in chain(*(part.cells.values() for part in row.parts)):
                for leaf in leaves(condition):
                    for concept in concepts_of(leaf.signal):
                        near = found.setdefault(concept.name, [])
                        if isinstance(leaf, Compare):
                            near += [leaf.limit - 0.01, float(leaf.limit), leaf.limit + 0.01]
    return found


def values_near(concept: Concept, near: list[float]) -> list[float]:
    """Values of a concept on, just under and just over limits, where those are possible."""
    extra = {
        "fio2": [0.21, 0.4, 1.0],
        "pao2": [60.0, 80.0, 120.0, 200.0],
        "urine_output": [0.0, 20.0, 20.833, 250.0, -500.0],
    }
    low, high = concept.plausible or (0, 10)
    return extra.get(concept.name) or [v for v in near if low <= v <= high] or [low, (low + high) / 2, high]


def _values(concept: Concept, near: list[float]):
    chosen = values_near(concept, near)
    if concept.kind is Kind.INTERVAL and concept.unit:
        return st.sampled_from([*chosen, 0.0, None])
    return st.sampled_from(chosen)


def words_of(concept: Concept) -> tuple[str | None, ...]:
    """The texts that an event of a concept may have; of what lasts also that it, or that some of its words, are off."""
    words = tuple(WORDS.get(concept.name) or concept.words)
    if concept.kind is Kind.INTERVAL and concept.unit:  # a pump
        return (*(words or (None, None)), off_with([]))
    if not concept.is_yes_or_no:
        return words
    named = [word for word in words if word]
    return (*words, off_with([]), off_with(named[:1]), off_with(named[-2:]))


def event(concept: Concept, near: list[float]):
    """One event of a concept, sometimes with an origin, sometimes known late, sometimes empty (a retraction)."""
    late = st.sampled_from([0, 0, 0, HOUR, 5 * HOUR, 30 * HOUR])
    origin = st.sampled_from([None, None, "a", "b"])
    words = words_of(concept)
    limits = st.sampled_from([None, None, None, *SIGNS])
    text = st.sampled_from(words) if words else limits
    needs_value = concept.kind in (Kind.MEASURE, Kind.AMOUNT) or (
        concept.kind is Kind.INTERVAL and concept.unit
    )
    value = _values(concept, near) if needs_value else st.none()
    if concept.kind in (Kind.MEASURE, Kind.AMOUNT):
        value = st.one_of(value, value, value, st.none())
    lengths = st.sampled_from([None, 0, 20 * MINUTE, 45 * MINUTE, HOUR, 61 * MINUTE, 7 * HOUR, 40 * HOUR])

    times = BIRTHS if concept.name == "born" else TIMES

    def build(time, late, origin, value, text, length):
        if not words and concept.kind not in (Kind.MEASURE, Kind.AMOUNT):
            text = None
        interval = concept.kind is Kind.INTERVAL
        end = time + length if interval and length is not None else None
        if value is None and concept.kind in (Kind.MEASURE, Kind.AMOUNT):
            text = None
        return Event(
            concept.name, time, end, time + late, None if value is None else float(value), text, origin
        )

    return st.builds(build, times, late, origin, value, text, lengths)


def patients(concepts: dict[str, Concept], near: dict[str, list[float]], most: int = 40):
    """Events of one patient, some said twice, in any order."""
    one = st.sampled_from(sorted(concepts)).flatmap(lambda name: event(concepts[name], near.get(name, [])))
    clustered = st.lists(one, max_size=most)
    if "urine_output" in concepts and "weight" in concepts:
        clustered = st.one_of(
            clustered, st.tuples(clustered, hourly_urine()).map(lambda both: both[0] + both[1])
        )
    return st.tuples(clustered, st.randoms(use_true_random=False)).map(_repeat_and_shuffle)


def hourly_urine():
    """Hours of urine in one patient of 50 kg: near the limits of 0.3 and 0.5 mL/kg/h, or none at all."""
    volumes = st.sampled_from([0.0, 14.99, 15.0, 24.999, 25.0, 25.001, 60.0])

    def build(start, length, volume, other):
        hours = [start * HOUR + i * HOUR for i in range(length)]
        urine = [
            Event("urine_output", t, None, t, other if i % 9 == 8 else volume) for i, t in enumerate(hours)
        ]
        return [*urine, Event("weight", hours[0], None, hours[0], 50.0)]

    return st.builds(build, st.integers(-10, 20), st.integers(1, 40), volumes, volumes)


def of_one_row(score: Score) -> st.SearchStrategy[dict[str, Concept]]:
    """All concepts of a score, or those of one of its rows: so that a small patient fills a big table."""
    rows = [Score("", "", score.paper, (row,)).concepts for row in score.rows]
    return st.one_of(st.just(score.concepts), st.sampled_from(rows), st.sampled_from(rows))


def _repeat_and_shuffle(drawn) -> list[Event]:
    events, random = drawn
    again = [e for e in events if random.random() < 0.1]
    back = [e for e in events if e.origin and random.random() < 0.2]
    events = [*events, *again, *(e for first in back for e in changed_and_back(first, events, random))]
    random.shuffle(events)
    return events


def changed_and_back(first: Event, events: list[Event], random) -> list[Event]:
    """A row that was changed, or taken back, and then said as at first, sometimes in the very next moment."""
    others = [e for e in events if e.concept == first.concept]
    other = random.choice([replace(first, value=None, text=None), *others])
    changed = replace(other, time=first.time, end=first.end, origin=first.origin, known=first.known + HOUR)
    wait = random.choice([0, HOUR, 2 * HOUR])
    return [changed, replace(first, known=first.known + wait)]
