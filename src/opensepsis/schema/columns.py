"""What a column and a table of results are: name, type, unit and meaning, and the columns that many tables have."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

import polars as pl

from opensepsis.data.schema import MOMENT
from opensepsis.definitions import PHENOTYPES
from opensepsis.engine.batch.scores import BASIS
from opensepsis.errors import DefinitionError, nearest
from opensepsis.rules import OrganFailure, Shock

TEXT, YES = pl.String(), pl.Boolean()
TEXTS = pl.List(pl.String)
POINTS = pl.Int8()

# what a column stands once for each of
SCORE, ROW, ROW_BASIS, PHENOTYPE, SEPSIS = "score", "row", "basis of a row", "phenotype", "sepsis or shock"


@dataclass(frozen=True)
class Column:
    """A column: its name (`<score>`, `<row>` or `<phenotype>` in it stand for each of them), type, unit and meaning; when it is empty."""

    name: str
    dtype: pl.DataType
    meaning: str
    unit: str = ""
    empty: str = ""
    each: str = ""

    @property
    def type(self) -> str:
        """The type in words.

        >>> Column("total", POINTS, "points").type
        'whole number, 8 bits'
        """
        words = {
            pl.Int8: "whole number, 8 bits",
            pl.Int16: "whole number, 16 bits",
            pl.Int32: "whole number, 32 bits",
            pl.Int64: "whole number, 64 bits",
            pl.UInt32: "whole number from 0, 32 bits",
            pl.Float64: "number, 64 bits",
            pl.String: "text",
            pl.Categorical: "text (category)",
            pl.Boolean: "true or false",
            pl.Datetime: "time, microseconds, UTC",
            pl.List: "list of texts",
            pl.Enum: "one of " + ", ".join(BASIS.categories),
        }
        return words[self.dtype.base_type()]


@dataclass(frozen=True)
class Table:
    """A table: its file in the folder of results, what one row is for, what it holds, and its columns in their order."""

    name: str
    file: str
    row_for: str
    holds: str
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column:
        """A column by its name as it stands here.

        >>> from opensepsis.schema import TABLES
        >>> TABLES["stays"].column("<phenotype>_onset").unit
        'UTC'
        """
        found = {column.name: column for column in self.columns}
        if name not in found:
            raise DefinitionError(f"{self.name} has no column '{name}'. {nearest(name, found)}")
        return found[name]

    def dtypes(
        self, scores: Iterable[str] = (), phenotypes: Iterable[str] = (), rows: Iterable[str] = ()
    ) -> dict[str, pl.DataType]:
        """The columns by name with their types, for these scores and phenotypes of a run or these rows of a score.

        >>> from opensepsis.schema import TABLES
        >>> list(TABLES["scores"].dtypes(rows=["liver"]))[2:]
        ['time', 'total', 'rows_known', 'liver', 'liver_basis']
        """
        names = {"": [""], SCORE: [*scores], PHENOTYPE: [*phenotypes], ROW: [*rows], ROW_BASIS: [*rows]}
        return dict(self._expanded(names))

    def _expanded(self, names: Mapping[str, list[str]]) -> Iterator[tuple[str, pl.DataType]]:
        for each, group in groupby(self.columns, lambda c: PHENOTYPE if c.each == SEPSIS else c.each):
            columns = list(group)
            for name in names[each]:
                for column in columns:
                    if column.each != SEPSIS or isinstance(PHENOTYPES.get(name), OrganFailure | Shock):
                        yield _named(column.name, name), column.dtype


def _named(column: str, name: str) -> str:
    return column.partition("<")[0] + name + column.partition(">")[2] if "<" in column else column


WHO = (
    Column("patient", TEXT, "identifier of the patient, as the source has it"),
    Column("stay", TEXT, "identifier of the stay, as the source has it"),
)


def time_column(name: str, meaning: str, empty: str = "", each: str = "") -> Column:
    """A column of moments in UTC."""
    return Column(name, MOMENT, meaning, "UTC", empty, each)


EVIDENCE = Column("evidence", TEXTS, "origins of the trigger events, as the source names them")
_ENDS = {"low": "lower end of its 95 % interval", "high": "upper end of its 95 % interval"}
_NO_INTERVAL = "no two samples differ"


def interval_columns(of: str, unit: str) -> tuple[Column, ...]:
    """The two ends of the interval of a column."""
    return tuple(
        Column(f"{of}_{end}", pl.Float64(), f"`{of}`: {words}", unit, _NO_INTERVAL)
        for end, words in _ENDS.items()
    )
