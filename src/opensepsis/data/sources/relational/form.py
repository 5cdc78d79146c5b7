"""A form of hospital data, as data: its tables, where they lie, and the type of every column that is read."""

from collections.abc import Mapping
from dataclasses import dataclass, field

# the types as Ibis calls them; DuckDB's name of each for columns of a CSV
TEXT, WHOLE, NUMBER, TIME = "string", "int64", "float64", "timestamp(6)"
INSTANT = "timestamp('UTC', 6)"  # a time with its offset or zone
DUCKDB_TYPES = {
    TEXT: "VARCHAR",
    WHOLE: "BIGINT",
    NUMBER: "DOUBLE",
    TIME: "TIMESTAMP",
    INSTANT: "TIMESTAMPTZ",
}


@dataclass(frozen=True)
class Table:
    """One table: its columns with their types, the folder or schema it lies in, and what other versions call things.

    A column that is not named here is text. An `optional` one is empty where a version lacks it.
    """

    name: str
    columns: Mapping[str, str]
    folder: str = ""
    other_names: tuple[str, ...] = ()
    renamed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    optional: frozenset[str] = frozenset()

    @property
    def names(self) -> tuple[str, ...]:
        """The names that it has in the versions of the form, its own first."""
        return (self.name, *self.other_names)

    def type_of(self, column: str) -> str:
        """The type of a column by its name in any case and version; text where nothing is said.

        >>> death = Table("death", columns(whole="person_id", time="death_date"))
        >>> death.type_of("PERSON_ID"), death.type_of("cause_source_value")
        ('int64', 'string')
        """
        name = column.lower()
        here = next((own for own, others in self.renamed.items() if name in others), name)
        return self.columns.get(here, TEXT)

    def names_of(self, column: str) -> tuple[str, ...]:
        """The names that a column has in the versions of the form."""
        return (column, *self.renamed.get(column, ()))


@dataclass(frozen=True)
class Form:
    """A form: its tables by name, and what to say of its layout and of a file that is missing or damaged.

    `schemas` are looked in after the connection's own; `{}` stands for the folder of the table.
    """

    title: str
    tables: Mapping[str, Table]
    layout: str
    repair: str
    absent: str
    schemas: tuple[str, ...] = ()

    def type_of(self, table: str, column: str) -> str:
        """The Ibis type of a column; text where the form says nothing."""
        return self.tables[table].type_of(column)

    @property
    def folders(self) -> tuple[str, ...]:
        """The sub-folders that the tables lie in; none where they lie side by side."""
        return tuple(dict.fromkeys(table.folder for table in self.tables.values() if table.folder))


def columns(
    *, whole: str = "", number: str = "", time: str = "", instant: str = "", text: str = ""
) -> dict[str, str]:
    """Columns by name with their type, written as words.

    >>> columns(whole="subject_id", time="charttime")
    {'subject_id': 'int64', 'charttime': 'timestamp(6)'}
    """
    said = {WHOLE: whole, NUMBER: number, TIME: time, INSTANT: instant, TEXT: text}
    return {name: kind for kind, names in said.items() for name in names.split()}


def tables(*listed: Table) -> dict[str, Table]:
    """The tables by their names."""
    return {table.name: table for table in listed}
