"""Iceberg tables by path: the Parquet files of the present snapshot, where they hold the rows as they are."""

import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from opensepsis.errors import FormatError, MissingError

_FIELD_ID = b"PARQUET:field_id"
_NUMBER = re.compile(r"v?(\d+)")  # of a version, in the name of its metadata


def files_of_snapshot(table: Path) -> list[Path]:
    """The data files of the present snapshot. FormatError: their rows are not those of the table. MissingError: it needs `pyiceberg`."""
    try:
        from pyiceberg.table import StaticTable  # pyright: ignore[reportMissingImports]
    except ModuleNotFoundError as missing:
        raise MissingError(
            f"{table} is an Iceberg table and needs '{missing.name}', which is not installed. Install opensepsis with its extra `iceberg`."
        ) from None
    metadata = _present_metadata(table)
    try:
        opened = StaticTable.from_metadata(str(metadata.absolute()))
        planned = list(opened.scan().plan_files())
    except FileNotFoundError:
        raise FormatError(
            f"{table}, an Iceberg table, names files that are not there. Was it moved?"
        ) from None
    except Exception as problem:
        found = "deletes by value" if "equality deletes" in str(problem) else "metadata that cannot be read"
        raise FormatError(f"{table} is an Iceberg table with {found}.") from None
    if any(task.delete_files for task in planned):
        raise FormatError(f"{table} is an Iceberg table with deletes that lie in files of their own.")
    files = sorted(Path(re.sub("^file:(//)?", "", task.file.file_path)) for task in planned)  # never encoded
    if not files:
        raise FormatError(f"{table} is an Iceberg table without rows.")
    for file in files:
        _check_columns(table, file, opened)
    return files


def _present_metadata(table: Path) -> Path:
    """The metadata that `version-hint.text` names; without it that of the highest number, if only one has it."""
    folder = table / "metadata"
    found = {file.name: file for file in folder.glob("*.metadata.json")}
    hint = folder / "version-hint.text"
    if hint.is_file():
        said = hint.read_text(encoding="utf-8", errors="replace").strip()
        present = [found[name] for name in (f"v{said}.metadata.json", said) if name in found]
    else:
        numbers = {name: int(number[1]) for name in found if (number := _NUMBER.match(name))}
        last = max(numbers.values(), default=0)
        present = [found[name] for name, number in numbers.items() if number == last]
    if len(present) != 1:
        raise FormatError(
            f"{table} is an Iceberg table of which only its catalogue knows the present version."
        )
    return present[0]


def _check_columns(table: Path, file: Path, opened: Any) -> None:
    """The columns of a file must be those that the table calls so, for one that was renamed or dropped keeps its old name in the file.

    One that is not in the file must be empty in the table: neither the name of a partition nor of a default.
    """
    try:
        columns = pq.read_schema(file)
    except (pa.ArrowInvalid, OSError):
        raise FormatError(
            f"{table} is an Iceberg table with files that are not here, or are no Parquet. Was it moved?"
        ) from None
    names = {name: one.field_id for one in opened.name_mapping() or () for name in one.names}
    here = {
        int((column.metadata or {}).get(_FIELD_ID, names.get(column.name, 0))): column.name
        for column in columns
    }
    fields = {field.field_id: field for field in opened.schema().fields}
    if any(number not in fields or fields[number].name != name for number, name in here.items()):
        raise FormatError(
            f"{table} is an Iceberg table whose columns were renamed or dropped after rows were written."
        )
    told = {
        one.source_id
        for spec in opened.specs().values()
        for one in spec.fields
        if str(one.transform) == "identity"
    }
    told |= {
        number for number, field in fields.items() if getattr(field, "initial_default", None) is not None
    }
    if told - set(here):
        raise FormatError(f"{table} is an Iceberg table with values that are not in its files.")
