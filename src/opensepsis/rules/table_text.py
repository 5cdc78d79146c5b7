"""A score as plain text, as `help(SOFA)` prints it: its table, what it reads, its choices and its paper."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from opensepsis.rules.durations import spoken, spoken_age

if TYPE_CHECKING:
    from opensepsis.rules.scores import CompositeRow, Row, Score


class TableText:
    """A docstring that is the class's own on the class, and the table of a score on a score."""

    def __init__(self, of_class: str) -> None:
        self._of_class = of_class

    def __get__(self, score: Score | None, owner: type) -> str:
        return self._of_class if score is None else table_text(score)


def table_text(score: Score) -> str:
    """The table of a score with its source, in lines."""
    lines = [f"{score.title} ({score.name})", "", f"Source: {score.paper}."]
    lines.append(f"Checked against the original: {'yes' if score.paper.verified else 'NO'}.")
    lines += [
        f"  {score.paper.rows_of(check)}: {check.read} ({check.against}), {check.by}, {check.on}"
        for check in score.paper.checks
    ]
    lines += [f"  {score.paper.second_reading}"] if score.paper.second_reading else []
    lines += [f"Variant: {score.why}."] if score.why else []
    lines += ["", "The highest true cell gives the points; 0 when the lowest is false; else not known.", ""]
    for row in score.rows:
        lines += _row(row)
    lines += ["", _window(score), *_ages(score), "", "Reads:"]
    lines += [f"  {name:<28} {signal.unit or '–'}" for name, signal in score.signals.items()]
    if score.choices:
        lines += ["", "Choices:", *(f"  {c.name}: {c.taken} ({c.why})" for c in score.choices)]
    return "\n".join([*lines, "", "For research and teaching. Not a medical device."])


def _row(row: Row | CompositeRow) -> Iterator[str]:
    yield f"{row.name} ({row.title})"
    for number, part in enumerate(row.parts):
        if number:
            yield f"  {_joint(row)}"
        for points, condition in sorted(part.cells.items()):
            yield f"  {points}  {condition}"


def _joint(row: Row | CompositeRow) -> str:
    if getattr(row, "first_known", False):
        return "if not known:"
    return "or, if worse:" if getattr(row, "worst_known", False) else "plus"


def _window(score: Score) -> str:
    if score.window is None:
        return "Each row gives the points of the moment."
    return f"Each row keeps the worst points of the last {spoken(score.window)}."


def _ages(score: Score) -> list[str]:
    lines = (
        [f"Not for patients under {spoken_age(score.lowest_age)}."] if score.lowest_age is not None else []
    )
    lines += (
        [f"Not for patients of {spoken_age(score.age_below)} and over."]
        if score.age_below is not None
        else []
    )
    if score.by_worst_row:
        lines.append("The total is that of the worst row; 0 only where every row is known.")
    return lines + ([f"Not known while {score.not_while}."] if score.not_while is not None else [])
