"""The tables of a form as an engine reads them: files that every worker sees, objects of a store, or tables of a catalogue by name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, cast

from opensepsis.data.io.engines import last_words
from opensepsis.data.io.object_store import ObjectFolder
from opensepsis.data.sources.relational.finding import find_file, folder_of_tables, place_in_folder
from opensepsis.data.sources.relational.form import Form, Table
from opensepsis.data.sources.relational.lakehouse import (
    PARQUET,
    current_files,
    format_by_names,
    format_of,
)
from opensepsis.errors import FormatError, MissingError, RunnerError, SourceError

CATALOGUE = "table:"  # what an address of tables in the engine's catalogue begins with
NAMED = "named"


@dataclass(frozen=True)
class EngineTable:
    """A table: what it is called where it lies, and how it is read; its file or folder where that is no object of a store."""

    place: str
    kind: str = PARQUET
    folder: Path | None = None

    def read(self, spark: Any) -> Any:
        """A frame of the engine; of Delta and Iceberg the files of the present version, where the engine does not know that format.

        RunnerError, FormatError or MissingError: neither can be read.
        """
        if self.kind == NAMED:
            return spark.table(self.place)
        reader = spark.read.option("mergeSchema", "true")  # else it takes the columns of one of several files
        if self.kind == PARQUET:
            return reader.parquet(self.place)
        try:
            frame = spark.read.format(self.kind).load(self.place)
            _ = frame.columns
            return frame
        except Exception as problem:
            if self.folder is not None:
                return reader.parquet(*map(str, current_files(self.folder)))
            raise RunnerError(
                f"The engine cannot read {self.place}, a table of {self.kind} ({last_words(problem)}). "
                "Spark needs the package of that format; Sail reads it."
            ) from None


def tables_of(spark: Any, form: Form, place: Path | ObjectFolder | str) -> dict[str, EngineTable]:
    """The tables that are there, by their names in the form.

    MissingError: there are none. SourceError: they are neither Parquet, Delta nor Iceberg.
    """
    if isinstance(place, str):
        return _in_catalogue(spark, form, place.removeprefix(CATALOGUE))
    return _in_store(form, place) if isinstance(place, ObjectFolder) else _in_folder(form, place)


def files_of(tables: Mapping[str, EngineTable]) -> dict[str, list[Path]] | None:
    """The Parquet files that hold the rows of each table, where workers see those of all of them; else the engine reads the tables."""
    if any(table.folder is None for table in tables.values()):
        return None
    try:
        return {name: current_files(cast(Path, table.folder)) for name, table in tables.items()}
    except (FormatError, MissingError):
        return None


def _in_folder(form: Form, path: Path) -> dict[str, EngineTable]:
    folder = folder_of_tables(form, path.resolve())
    files = {name: file for name in form.tables if (file := find_file(form, folder, name))}
    other = [file.name for file in files.values() if file.is_file() and file.suffix.lower() != ".parquet"]
    if other:
        raise SourceError(
            f"--on reads Parquet, and these tables are not: {', '.join(other[:3])}. Convert without --on, or write them as Parquet."
        )
    return {
        name: EngineTable(str(file), PARQUET if file.is_file() else format_of(file), file)
        for name, file in files.items()
    }


def _in_store(form: Form, folder: ObjectFolder) -> dict[str, EngineTable]:
    """By the names of objects: `person.parquet`, or a folder `person` of Parquet, Delta or Iceberg."""
    inside: dict[str, list[str]] = {}
    for name in folder.names():
        for above in PurePosixPath(name).parents:
            inside.setdefault(str(above), []).append(str(PurePosixPath(name).relative_to(above)))
        if name.lower().endswith(".parquet"):
            inside.setdefault(name, [PurePosixPath(name).name.lower()])
    kinds = {at.lower(): (kind, at) for at, names in inside.items() if (kind := format_by_names(names))}
    found = _found(form, lambda table, name: _first(kinds, table, name))
    return _some(
        form, {n: EngineTable(f"{folder}/{at}", kind) for n, (kind, at) in found.items()}, str(folder)
    )


def _first(kinds: Mapping[str, tuple[str, str]], table: Table, name: str) -> tuple[str, str] | None:
    place = f"{table.folder}/{name}" if table.folder else name
    return next((kinds[one] for one in (f"{place}.parquet", place) if one in kinds), None)


def _in_catalogue(spark: Any, form: Form, schema: str) -> dict[str, EngineTable]:
    """Of a schema (`main.omop`); without a name of the present one and of the session's views."""
    try:
        listed = spark.catalog.listTables(schema) if schema else spark.catalog.listTables()
    except Exception as problem:
        raise MissingError(
            f"The engine's catalogue has no schema {schema} ({last_words(problem)})."
        ) from None
    there = {one.name.lower(): one for one in listed}
    found = _found(form, lambda _, name: there.get(name))
    named = {
        n: EngineTable(one.name if one.isTemporary or not schema else f"{schema}.{one.name}", NAMED)
        for n, one in found.items()
    }
    return _some(
        form, named, f"The engine's catalogue, schema {schema}" if schema else "The engine's catalogue"
    )


def _found(form: Form, find: Callable[[Table, str], Any]) -> dict[str, Any]:
    every = ((name, _under_any_name(table, find)) for name, table in form.tables.items())
    return {name: one for name, one in every if one is not None}


def _under_any_name(table: Table, find: Callable[[Table, str], Any]) -> Any:
    return next((one for name in table.names if (one := find(table, name)) is not None), None)


def _some(form: Form, tables: dict[str, EngineTable], where: str) -> dict[str, EngineTable]:
    first = next(iter(form.tables))
    if first not in tables:
        raise MissingError(f"{where} holds no table {place_in_folder(form, first)}. {form.absent}")
    return tables
