"""Scores: rows of a paper's table that give points."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from functools import cached_property
from types import EllipsisType

from opensepsis.rules.concepts import Concept
from opensepsis.rules.conditions import Compare, Condition, FirstOf, leaves
from opensepsis.rules.signal_parts import concepts_of
from opensepsis.rules.signals import Signal
from opensepsis.rules.table_text import TableText


class Read(StrEnum):
    """What was read to check a table."""

    ORIGINAL = "the original"
    COPY = "a copy of its table"
    OTHERS = "what others say of it"
    MEMORY = "nothing, typed from memory"


@dataclass(frozen=True)
class Check:
    """That somebody compared rows of a table: what was read, which copy, by whom, when.

    Without `rows` it speaks for all that no other check names.
    """

    read: Read
    against: str
    by: str
    on: str
    rows: tuple[str, ...] = ()


@dataclass(frozen=True)
class SecondReading:
    """That another person typed cases of a table again without having seen the definition, and what differed."""

    typed: str
    against: str
    by: str
    on: str
    differed: str

    def __str__(self) -> str:
        return f"{self.typed}, typed again from {self.against}, by {self.by}, {self.on}: {self.differed}"


@dataclass(frozen=True)
class Paper:
    """Where a definition comes from, who compared it with what, and who typed its cases a second time."""

    cite: str
    doi: str = ""
    place: str = ""
    checks: tuple[Check, ...] = ()
    second_reading: SecondReading | None = None

    @property
    def verified(self) -> bool:
        """Whether every row was compared with the original."""
        return bool(self.checks) and all(check.read is Read.ORIGINAL for check in self.checks)

    def rows_of(self, check: Check) -> str:
        """The rows a check speaks for, in words."""
        return ", ".join(check.rows) or ("all" if len(self.checks) == 1 else "all others")

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
        for points, condition in dict[int, object](cells).items():  # typed by hand, where nobody checks types
            if not isinstance(condition, Condition):
                raise TypeError(
                    f"Row '{self.name}', {points} points: expected a condition, got {condition!r}."
                )
        object.__setattr__(self, "cells", cells)

    @property
    def parts(self) -> tuple[Row, ...]:
        """The tables the row is made of: itself."""
        return (self,)

    @cached_property
    def most(self) -> int:
        """The most points that its table has."""
        return max(self.cells)

    @cached_property
    def signals(self) -> dict[str, Signal]:
        """The signals the row compares, by name, in reading order."""
        return {
            leaf.signal.name: leaf.signal
            for points in sorted(self.cells)
            for leaf in leaves(self.cells[points])
        }


@dataclass(frozen=True)
class CompositeRow:
    """A row made of several tables, each with its own worst points: their sum, the first that is known, or the worst.

    Unknown tables add nothing; the row is not known when none is known. `steps`: points from which sum on.
    """

    name: str
    title: str
    parts: tuple[Row, ...]
    first_known: bool = False
    worst_known: bool = False
    at_most: int | None = None
    steps: Mapping[int, int] = field(default_factory=dict[int, int])

    @cached_property
    def signals(self) -> dict[str, Signal]:
        """The signals its tables compare, by name."""
        return {name: signal for part in self.parts for name, signal in part.signals.items()}

    @cached_property
    def most(self) -> int:
        """The most points that one of its tables has."""
        return max(part.most for part in self.parts)

    @property
    def highest(self) -> int:
        """The most points it can give."""
        tops = [max(part.cells) for part in self.parts]
        if self.steps:
            return max(self.steps.values())
        most = max(tops) if self.first_known or self.worst_known else sum(tops)
        return most if self.at_most is None else min(most, self.at_most)


# the cells of a row as a table is typed, or a row that another table has
Cells = Mapping[int, Condition]
RowTable = Cells | Row | CompositeRow


def add(
    *tables: Cells | Row, at_most: int | None = None, steps: Mapping[int, int] | None = None
) -> CompositeRow:
    """A row that is the sum of several tables; of at most so many points, or read again by `steps`."""
    return CompositeRow("", "", _parts(tables), at_most=at_most, steps=steps or {})


def fallback(*tables: Cells | Row) -> CompositeRow:
    """A row by the first of these tables that is known in the window."""
    return CompositeRow("", "", _parts(tables), first_known=True)


def worst(*tables: Cells | Row) -> CompositeRow:
    """A row by that of these tables which gives most points."""
    return CompositeRow("", "", _parts(tables), worst_known=True)


def _parts(tables: tuple[Cells | Row, ...]) -> tuple[Row, ...]:
    return tuple(t if isinstance(t, Row) else Row(str(i), "", t) for i, t in enumerate(tables, 1))


def by_range(
    of: Signal, table: Mapping[tuple[float, float], Mapping[int, Condition]]
) -> dict[int, Condition]:
    """The cells of a table that differs by a signal's range [from, to); not known outside every range."""
    points = {points for cells in table.values() for points in cells}
    return {
        p: FirstOf(tuple(cells[p].where((of >= low) & (of < high)) for (low, high), cells in table.items()))
        for p in sorted(points)
    }


@dataclass(frozen=True, eq=False)
class Score:
    __doc__ = TableText(  # type: ignore[assignment]
        """A paper's table. With `window`, the worst points of each row over that time; without, the points now.

    The total is the sum of the rows; `by_worst_row`, of a list of criteria, the points of the worst, and 0 only where every
    row is known. With `carried`, a row not known in its window takes its last points, at most so old (carried), else 0 (assumed).
    The score is not made for a patient while `not_while` is true. `help` of a score prints its table.
    """
    )

    name: str
    title: str
    paper: Paper
    rows: tuple[Row | CompositeRow, ...]
    window: timedelta | None = None
    lowest_age: float | None = None
    choices: tuple[Choice, ...] = ()
    bands: Mapping[str, int] = field(default_factory=dict[str, int])
    why: str = ""
    age_below: float | None = None
    carried: timedelta | None = None
    not_while: Condition | None = None
    by_worst_row: bool = False

    def __repr__(self) -> str:
        return f"<score {self.name}>"

    @cached_property
    def signals(self) -> dict[str, Signal]:
        """Everything the table compares, by name."""
        return {name: signal for row in self.rows for name, signal in row.signals.items()}

    @cached_property
    def concepts(self) -> dict[str, Concept]:
        """Everything the score needs recorded, by name."""
        found = {c.name: c for signal in self.signals.values() for c in concepts_of(signal)}
        return found | (self.refusal.concepts if self.refusal else {})

    def cells(self, row: str) -> Cells:
        """The cells of a row that is one table; KeyError where the score has none of that name."""
        for own in self.rows:
            if own.name == row and isinstance(own, Row):
                return own.cells
        raise KeyError(f"{self.name} has no row '{row}' of one table.")

    @cached_property
    def refusal(self) -> Score | None:
        """A score worth one point while this one is not made for the patient; None where it always is."""
        if self.not_while is None:
            return None
        row = Row("refused", str(self.not_while), {1: self.not_while})
        return Score(f"{self.name} refused", f"Not {self.title}", self.paper, (row,))


def score(
    name: str,
    title: str,
    paper: Paper,
    *,
    titles: Mapping[str, str] | None = None,
    window: timedelta | None = None,
    lowest_age: float | None = None,
    age_below: float | None = None,
    choices: Iterable[Choice] = (),
    bands: Mapping[str, int] | None = None,
    not_while: Condition | None = None,
    by_worst_row: bool = False,
    rows: Mapping[str, RowTable] | None = None,
    **tables: RowTable,
) -> Score:
    """A score from its table: one keyword per row, `{points: condition}` each, or `add(...)` or `fallback(...)`.

    Rows that several scores share come first, as `rows`.
    """
    titles = titles or {}
    typed = {**(rows or {}), **tables}
    made = tuple(_row(key, titles.get(key, key.replace("_", " ")), table) for key, table in typed.items())
    return Score(
        name,
        title,
        paper,
        made,
        window,
        lowest_age,
        tuple(choices),
        bands or {},
        age_below=age_below,
        not_while=not_while,
        by_worst_row=by_worst_row,
    )


def _row(name: str, title: str, table: RowTable) -> Row | CompositeRow:
    if isinstance(table, Row):
        return replace(table, name=name, title=title)
    if not isinstance(table, CompositeRow):
        return Row(name, title, table)
    parts = tuple(replace(part, name=f"{name} {i}") for i, part in enumerate(table.parts, 1))
    return replace(table, name=name, title=title, parts=parts)


def variant(
    of: Score,
    name: str,
    *,
    why: str,
    without: Iterable[str] = (),
    choices: Iterable[Choice] | None = None,
    carried: timedelta | None = None,
    paper: Paper | None = None,
    window: timedelta | EllipsisType | None = ...,
    **changed: RowTable,
) -> Score:
    """A named copy of a score, as `sofa:gcs_as_recorded`: with other rows, `without` some, or with another field of a score."""
    without = tuple(without)
    unknown = {*changed, *without} - {row.name for row in of.rows}
    if unknown:
        raise ValueError(f"{of.name} has no row {', '.join(sorted(unknown))}.")
    kept = [row for row in of.rows if row.name not in without]
    made = tuple(_row(r.name, r.title, changed[r.name]) if r.name in changed else r for r in kept)
    return replace(
        of,
        rows=made,
        name=f"{of.name}:{name}",
        why=why,
        choices=of.choices if choices is None else tuple(choices),
        carried=of.carried if carried is None else carried,
        paper=paper or of.paper,
        window=of.window if isinstance(window, EllipsisType) else window,
    )


def thresholds(score: Score) -> Iterator[tuple[str, str, float]]:
    """Every limit of the table: row, signal, limit. Flags and words have none."""
    for row in score.rows:
        for part in row.parts:
            for points in sorted(part.cells):
                for leaf in leaves(part.cells[points]):
                    if isinstance(leaf, Compare):
                        yield row.name, leaf.signal.name, float(leaf.limit)
