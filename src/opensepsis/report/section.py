"""One part of the report: a question, a figure, and the same numbers as a table."""

from dataclasses import dataclass, field

import polars as pl


@dataclass(frozen=True)
class Section:
    """`table` has the numbers of the figure in words a reader knows; `name` is that of its CSV file; `svg` may be empty."""

    name: str
    title: str
    text: str
    table: pl.DataFrame
    svg: str = ""
    alt: str = ""
    percent: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Page:
    """A page of the report with its sections."""

    name: str
    title: str
    sections: tuple[Section, ...]
