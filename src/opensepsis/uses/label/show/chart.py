"""What was charted in a stay, as lanes of a picture: plots of numbers, bars of what lasts, marks of what was done."""

from dataclasses import dataclass, field

import polars as pl

from opensepsis.definitions.concepts import (
    CONCEPTS,
    cultures,
    drugs,
    gases,
    labs,
    person,
    signs,
    support,
    vitals,
)
from opensepsis.definitions.concepts.reference_ranges import reference_range
from opensepsis.definitions.printed_units import printed
from opensepsis.rules import Concept, Kind

GROUPS = {
    "Vital signs": (vitals, signs),
    "Laboratory and blood gases": (labs, gases),
    "Treatment": (drugs, support),
    "Cultures, orders and diagnoses": (cultures, person),
}
LEFT_OUT = frozenset(("born", "admission", "age", "sex"))


@dataclass
class Origins:
    """The origins of marks, each once; a mark names its number."""

    names: list[str] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)

    def number(self, origin: str | None) -> int | None:
        if origin is None:
            return None
        if origin not in self.numbers:
            self.numbers[origin] = len(self.names)
            self.names.append(origin)
        return self.numbers[origin]


def lanes(events: pl.DataFrame, start: int, sex: str, origins: Origins) -> list[dict]:
    """A lane for each concept that was charted, by groups; marks are [second, value, text, known, origin, end].

    `events` has the columns of a timeline with times in microseconds; seconds count from `start`. Numbers are in the unit
    of their concept, a missing value is null, words stay as they were charted.
    """
    order = {c.name: (group, place) for group, place, c in _concepts()}
    found = []
    for (name,), rows in events.group_by("concept", maintain_order=True):
        if name not in order or name in LEFT_OUT:
            continue
        concept = CONCEPTS[str(name)]
        marks = [_mark(row, start, origins) for row in rows.sort("time").iter_rows(named=True)]
        found.append((order[name], _lane(concept, order[name][0], marks, sex)))
    return [lane for _, lane in sorted(found, key=lambda one: (list(GROUPS).index(one[0][0]), one[0][1]))]


def _concepts():
    for group, modules in GROUPS.items():
        place = 0
        for module in modules:
            for one in vars(module).values():
                if isinstance(one, Concept):
                    place += 1
                    yield group, place, one


def _lane(concept: Concept, group: str, marks: list, sex: str) -> dict:
    usual = reference_range(concept.name, sex) if concept.kind is Kind.MEASURE else None
    return {
        "name": concept.name,
        "label": concept.label,
        "unit": printed(concept.unit),
        "group": group,
        "kind": concept.kind.value,
        "usual": usual,
        "marks": marks,
    }


def _mark(row: dict, start: int, origins: Origins) -> list:
    known, end = row["known"], row["end"]
    return [
        second(row["time"], start),
        row["value"],
        row["text"] or None,
        None if known is None or known <= row["time"] else second(known, start),
        origins.number(row["origin"]),
        None if end is None else second(end, start),
    ]


def second(time: int, start: int) -> int:
    """Seconds from the start of the picture.

    >>> second(3_000_000, 1_000_000)
    2
    """
    return (time - start) // 1_000_000
