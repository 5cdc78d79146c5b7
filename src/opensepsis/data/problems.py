"""What is wrong with a file, gathered to its end, so that one error tells the whole count.

Messages name the file, the column, the count and the row, never what a cell holds: a cell may be a patient's.
"""

from dataclasses import dataclass, field
from difflib import get_close_matches

import polars as pl

from opensepsis.errors import ConceptError, FormatError, OpensepsisError, StayError, TimeError, UnitError

_GRAVEST_FIRST = (FormatError, TimeError, ConceptError, UnitError, StayError)
_LINES = 10
_KINDS_KEPT = 1000


def shown(word: str, known) -> str:
    """A word of a file in quotes if it can hardly be a patient's, else a word in its place.

    A misspelt name is close to a known one; anything else with a digit may be an identifier or a value.

    >>> shown("lactat", ["lactate"]), shown("71.3", ["lactate"])
    ("'lactat'", 'something else (not shown here)')
    """
    plain = len(word) <= 30 and not any(c.isdigit() for c in word) and word.isprintable()
    return (
        repr(word)
        if plain or get_close_matches(word, list(known), 1, 0.75)
        else "something else (not shown here)"
    )


@dataclass
class Problems:
    """Counts of what is wrong in one file, by kind."""

    file: str
    rows_before: int = 0
    found: dict[tuple[type[OpensepsisError], str, str], list[int]] = field(default_factory=dict)

    def note(self, error: type[OpensepsisError], what: str, way_out: str, wrong: pl.Series) -> None:
        """Remember the rows of this batch in which `wrong` is true."""
        count = int(wrong.sum() or 0)
        if count:
            self.note_at(error, what, way_out, count, int(wrong.arg_true()[0]))

    def note_at(self, error: type[OpensepsisError], what: str, way_out: str, count: int, first: int) -> None:
        """Remember a count and its first row in this batch."""
        key = (error, what, way_out)
        if key in self.found:
            self.found[key][0] += count
        elif len(self.found) < _KINDS_KEPT:
            self.found[key] = [count, self.rows_before + first + 1]

    def raise_gravest(self) -> None:
        """Raise one error with all problems of the gravest kind, if there are any."""
        for error in _GRAVEST_FIRST:
            lines = [
                f"{self.file}: {count:,} row{'s' * (count > 1)} {what} (first: row {first:,}). {way_out}"
                for (kind, what, way_out), (count, first) in self.found.items()
                if kind is error
            ]
            if lines:
                more = [f"… and {len(lines) - _LINES:,} more of this kind."] if len(lines) > _LINES else []
                raise error("\n".join(lines[:_LINES] + more + [_HOW_ROWS_COUNT]))


_HOW_ROWS_COUNT = "Rows are counted from 1 after the header, without comment lines."
