"""Scores: rows of a paper's table that give points."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from opensepsis.rules.concepts import Concept
from opensepsis.rules.conditions import Compare, Condition, Flag, OneOf, leaves
from opensepsis.rules.signals import Signal, concepts_of


@dataclass(frozen=True)
class Paper:
    """Where a definition comes from."""

    cite: str
    doi: str = ""
    place: str = ""
    verified: bool = True

    def __str__(self) -> str:
        return ", ".join(
            part for part in (self.cite, self.place, f"doi {self.doi}" if self.doi else "") if part
        )


@dataclass(frozen=True)
class Choice:
    """A question the literature leaves open, and the answer taken here."""

    name: str
    taken: str
    why: str


@dataclass(frozen=True)
class Row:
    """One row of a paper's table. The highest true cell wins; 0 when the lowest is false; else not known."""

    name: str
    title: str
    cells: Mapping[int, Condition]

    def __post_init__(self):
        cells = dict(sorted(self.cells.items(), reverse=True))
        if not cells or min(cells) < 1:
            raise ValueError(f"Row '{self.name}' needs cells worth 1 point or more; 0 is implied.")
        for points, condition in cells.items():
            if not isinstance(condition, Condition):
                raise TypeError(
                    f"Row '{self.name}', {points} points: expected a condition, got {condition!r}."
                )
        object.__setattr__(self, "cells", cells)

    @property
    def signals(self) -> dict[str, Signal]:
        """The signals the row compares, by name, in reading order."""
        return {
            leaf.signal.name: leaf.signal
            for points in sorted(self.cells)
            for leaf in leaves(self.cells[points])
            if isinstance(leaf, Compare | Flag | OneOf)
        }


@dataclass(frozen=True, eq=False)
class Score:
    """A paper's table. With `window`, the worst points of each row over that time; without, the points now."""

    name: str
    title: str
    paper: Paper
    rows: tuple[Row, ...]
    window: timedelta | None = None
    lowest_age: float | None = None
    choices: tuple[Choice, ...] = ()
    bands: Mapping[str, int] = field(default_factory=dict)
    why: str = ""

    def __repr__(self) -> str:
        return f"<score {self.name}>"

    @property
    def signals(self) -> dict[str, Signal]:
        """Everything the table compares, by name."""
        return {name: signal for row in self.rows for name, signal in row.signals.items()}

    @property
    def concepts(self) -> dict[str, Concept]:
        """Everything the score needs recorded, by name."""
        return {c.name: c for signal in self.signals.values() for c in concepts_of(signal)}


def score(
    name, title, paper, *, titles=None, window=None, lowest_age=None, choices=(), bands=None, **rows
) -> Score:
    """A score from its table: one keyword per row, `{points: condition}` each."""
    titles = titles or {}
    made = tuple(Row(key, titles.get(key, key.replace("_", " ")), cells) for key, cells in rows.items())
    return Score(name, title, paper, made, window, lowest_age, tuple(choices), bands or {})


def variant(of: Score, name: str, *, why: str, choices=None, **rows) -> Score:
    """A named copy of a score with some rows changed, as `sofa:gcs_as_recorded`."""
    unknown = rows.keys() - {row.name for row in of.rows}
    if unknown:
        raise ValueError(f"{of.name} has no row {', '.join(sorted(unknown))}.")
    made = tuple(replace(row, cells=rows[row.name]) if row.name in rows else row for row in of.rows)
    return replace(of, name=f"{of.name}:{name}", rows=made, why=why, choices=tuple(choices or of.choices))


def thresholds(score: Score) -> Iterator[tuple[str, str, float]]:
    """Every limit of the table: row, signal, limit. Flags and words have none."""
    for row in score.rows:
        for points in sorted(row.cells):
            for leaf in leaves(row.cells[points]):
                if isinstance(leaf, Compare):
                    yield row.name, leaf.signal.name, float(leaf.limit)
