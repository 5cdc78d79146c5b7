"""What the columns of an hourly table mean: a list with the meaning and unit of each, ours or the site's own columns.csv."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from opensepsis.data.intake.units import find_conversion
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.errors import FormatError, MissingError, UnitError, nearest

# what tells the moment of a row: the hour since ICU admission that ends or begins there, or the very minute
MOMENTS = ("hour_end", "hour_start", "minute")
_OF_A_STAY = ("patient", "age", "sex", "hospital_hours")
_NEVER = "never"  # a column that is known and not read, such as the answer
_HEADER = ("column", "meaning", "unit", "missing", "note")


@dataclass(frozen=True)
class Column:
    """One column: a concept with the unit of its cells, or what it tells of the stay or the moment; `missing` is no value."""

    name: str
    meaning: str
    unit: str = ""
    missing: str = ""
    note: str = ""

    @property
    def measured(self) -> bool:
        """Whether its cells are values of a concept."""
        return self.meaning in CONCEPTS and self.meaning not in _OF_A_STAY


@dataclass(frozen=True)
class ColumnMap:
    """The columns that are known, by their names."""

    columns: dict[str, Column]

    def of(self, *meanings: str) -> str | None:
        """The first column with one of these meanings."""
        return next((one.name for one in self.columns.values() if one.meaning in meanings), None)

    def needed(self, *meanings: str) -> str:
        """The column with one of these meanings; MissingError if the map names none."""
        found = self.of(*meanings)
        if found is None:
            raise MissingError(
                f"The column map names no {' or '.join(meanings)}. Add a line with that meaning."
            )
        return found

    @property
    def moment(self) -> Column:
        """The column that tells the moment of a row."""
        return self.columns[self.needed(*MOMENTS)]

    @property
    def never_read(self) -> list[str]:
        """The columns that are known and left out, each with the reason."""
        left = [one for one in self.columns.values() if one.meaning == _NEVER]
        return [f"{one.name} ({one.note})" if one.note else one.name for one in left]

    def measured(self, names: Iterable[str]) -> dict[str, Column]:
        """Those of the named columns that hold a concept."""
        found = ((name, self.columns.get(name)) for name in names)
        return {name: one for name, one in found if one and one.measured}


def read_shipped(name: str) -> ColumnMap:
    """The list `hourly_<name>.csv` of this package.

    >>> read_shipped("yaib").moment
    Column(name='time', meaning='hour_start', unit='', missing='', note='the hour since ICU admission that begins here')
    """
    text = (files("opensepsis.data") / "maps" / f"hourly_{name}.csv").read_text(encoding="utf-8")
    return _read(text, f"hourly_{name}.csv")


def read_own(path: Path) -> ColumnMap:
    """A site's own columns.csv; errors name the line."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise FormatError(f"{path.name} is not UTF-8 text. Save it as UTF-8.") from None
    return _read(text, path.name)


def _read(text: str, where: str) -> ColumnMap:
    rows = csv.DictReader(text.splitlines())
    missing = [name for name in _HEADER[:2] if name not in (rows.fieldnames or ())]
    if missing:
        raise FormatError(f"{where} has no column {missing[0]!r}. It needs {', '.join(_HEADER)}.")
    columns: dict[str, Column] = {}
    for number, row in enumerate(rows, 2):
        column = Column(*((row.get(name) or "").strip() for name in _HEADER))
        _check(column, f"{where}, line {number}")
        if column.name in columns:
            raise FormatError(f"{where}, line {number}: the column {column.name!r} occurs twice. Keep one.")
        columns[column.name] = column
    return ColumnMap(columns)


def _check(column: Column, where: str) -> None:
    known = (*CONCEPTS, *MOMENTS, *_OF_A_STAY, _NEVER)
    if not column.name:
        raise FormatError(f"{where}: no column is named.")
    if column.meaning not in known:
        raise FormatError(f"{where}: {column.meaning!r} is not a concept. {nearest(column.meaning, known)}")
    concept = CONCEPTS.get(column.meaning)
    if concept and column.unit and find_conversion(concept.name, column.unit) is None:
        raise UnitError(
            f"{where}: {concept.name} cannot be read in {column.unit!r}; its own unit is {concept.unit!r}."
        )
