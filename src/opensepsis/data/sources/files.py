"""Flat files in a folder: CSV, CSV.gz or Parquet, read in batches, with an error that names the file."""

import zlib
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Protocol

import polars as pl
import pyarrow as pa

from opensepsis.data.site import FileFormat
from opensepsis.data.sources.csv_file import CsvFile
from opensepsis.data.sources.parquet_file import ParquetFile
from opensepsis.errors import FormatError, MissingError, SourceError

ENDINGS = (".csv", ".csv.gz", ".parquet")
UTF8 = FileFormat()


def find_table(folder: Path, name: str) -> Path:
    """The one file of this name in a folder, in any of the formats."""
    if not folder.exists():
        raise MissingError(f"There is no folder {folder}. Give the folder that holds {name}.csv.")
    if not folder.is_dir():
        raise MissingError(f"{folder} is a file. Give the folder that holds {name}.csv.")
    here = sorted(p.name for p in folder.iterdir() if not p.name.startswith("."))
    if not here:
        raise MissingError(f"{folder} is empty. It should hold {name}.csv (or .csv.gz, .parquet).")
    found = [name + ending for ending in ENDINGS if name + ending in here]
    if len(found) > 1:
        raise FormatError(f"{folder} holds {' and '.join(found)}. Keep one of them.")
    if not found:
        close = get_close_matches(name + ".csv", here, 1, 0.6)
        near = f" Did you mean {close[0]!r}?" if close else ""
        raise MissingError(f"{folder} has no {name}.csv (nor .csv.gz, .parquet).{near}")
    return folder / found[0]


class Table(Protocol):
    """A file of rows: its columns, and its rows in batches with `row`, their number as a person finds them, and `reason`."""

    path: Path
    columns: list[str]

    def batches(self, columns: list[str]) -> Iterator[pl.DataFrame]: ...


def open_table(path: Path | Table, form: FileFormat = UTF8) -> Table:
    """The file, not yet read; every column of a CSV is text. A table stays what it is."""
    if not isinstance(path, Path):
        return path
    with reading(path):
        if path.stat().st_size == 0:
            raise FormatError(f"{path.name} is empty. It should have a header line.")
        table = ParquetFile(path) if path.suffix == ".parquet" else CsvFile(path, form)
    _check_header(path, table.columns, form)
    return table


def check_columns(
    path: Path, here: list[str], needed: tuple[str, ...], optional: tuple[str, ...]
) -> list[str]:
    """The columns that will not be read; an error if a needed one is absent or a name looks misspelt."""
    missing = [name for name in needed if name not in here]
    others = [name for name in here if name not in needed + optional]
    for name in missing:
        close = get_close_matches(name, others, 2, 0.6)
        near = f" Did you mean {' or '.join(repr(c) for c in close)}?" if close else ""
        need = f"It needs the columns {', '.join(needed)}; {', '.join(optional)} may be there too."
        raise MissingError(f"{path.name} has no column {name!r}.{near} {need}")
    for name in optional:
        close = get_close_matches(name, others, 1, 0.75) if name not in here else []
        if close:
            what = f"{path.name} has a column {close[0]!r} that would not be read. Did you mean {name!r}?"
            raise MissingError(f"{what} Rename it, or remove it if it is something else.")
    return others


def batches(table: Table, columns: list[str]) -> Iterator[pl.DataFrame]:
    """The rows of a table in their order, some at a time."""
    with reading(table.path):
        yield from table.batches(columns)


_UNREADABLE = (pl.exceptions.PolarsError, pa.ArrowException, OSError, EOFError, zlib.error)


class reading:
    """Turns every failure to read a file into an error that names it and holds nothing of its content."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind, problem, trace) -> None:
        if isinstance(problem, _UNREADABLE) and not isinstance(problem, SourceError):
            raise _readable(self.path, problem) from None


def _readable(path: Path, problem: Exception) -> SourceError:
    if isinstance(problem, FileNotFoundError):
        return MissingError(f"{path.name} disappeared while it was being read. Restore it and run again.")
    if isinstance(problem, PermissionError):
        return MissingError(f"{path.name} may not be read. Ask for permission to read it.")
    if isinstance(problem, pl.exceptions.NoDataError):
        return FormatError(f"{path.name} is empty. It should have a header line.")
    if path.suffix == ".csv":
        return FormatError(f"{path.name} cannot be read as CSV; a quote may not be closed. Write it again.")
    return FormatError(f"{path.name} is damaged or cut off. Copy or write the file again.")


def _check_header(path: Path, names: list[str], form: FileFormat) -> None:
    if any("\x00" in name for name in names):
        raise FormatError(
            f"{path.name} is not UTF-8 text. Save it as UTF-8, for example with `iconv -t UTF-8`."
        )
    other = next((mark for mark in ",;\t|" if len(names) == 1 and mark in names[0]), None)
    if other:
        raise FormatError(
            f"{path.name} is not separated by {_named(form.separator)} but by {_named(other)}. "
            f"Write separator = {_in_toml(other)} below [format] in site.toml; "
            "--draft-site writes a first draft of it."
        )
    if len(set(names)) < len(names):
        raise FormatError(f"{path.name} has the same column name twice. Give every column its own name.")


def _named(mark: str) -> str:
    return {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}.get(mark, repr(mark))


def _in_toml(mark: str) -> str:
    return '"tab"' if mark == "\t" else f'"{mark}"'
