"""Flat files in a folder: CSV, CSV.gz or Parquet, read in batches, with an error that names the file."""

from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

import polars as pl

from opensepsis.errors import FormatError, MissingError, SourceError

ENDINGS = (".csv", ".csv.gz", ".parquet")
BATCH_ROWS = 500_000


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


def open_table(path: Path) -> pl.LazyFrame:
    """The file, not yet read; every column of a CSV is text. Lines that start with # are comments."""
    with reading(path):
        if path.stat().st_size == 0:
            raise FormatError(f"{path.name} is empty. It should have a header line.")
        if path.suffix == ".parquet":
            table = pl.scan_parquet(path)
        else:
            table = pl.scan_csv(
                path, infer_schema=False, comment_prefix="#", with_column_names=_stripped, glob=False
            )
        _check_header(path, table.collect_schema().names())
    return table


def check_columns(
    path: Path, table: pl.LazyFrame, needed: tuple[str, ...], optional: tuple[str, ...]
) -> list[str]:
    """The columns that will not be read; an error if a needed one is absent or a name looks misspelt."""
    here = table.collect_schema().names()
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


def batches(path: Path, table: pl.LazyFrame, rows: int = BATCH_ROWS) -> Iterator[pl.DataFrame]:
    """The rows of a table in their order, some at a time."""
    with reading(path):
        yield from table.collect_batches(chunk_size=rows, maintain_order=True)


class reading:
    """Turns every failure to read a file into an error that names it and holds nothing of its content."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind, problem, trace) -> None:
        if isinstance(problem, pl.exceptions.PolarsError | OSError) and not isinstance(problem, SourceError):
            raise _readable(self.path, problem) from None


def _readable(path: Path, problem: Exception) -> SourceError:
    text = str(problem).lower()
    if isinstance(problem, FileNotFoundError):
        return MissingError(f"{path.name} is not there any more. Run again when it is.")
    if isinstance(problem, PermissionError):
        return MissingError(f"{path.name} may not be read. Ask for permission to read it.")
    if isinstance(problem, pl.exceptions.NoDataError):
        return FormatError(f"{path.name} is empty. It should have a header line.")
    if "utf-8" in text or "utf8" in text:
        return FormatError(f"{path.name} is not UTF-8. Save it as UTF-8, for example with `iconv -t UTF-8`.")
    if "more fields" in text:
        return FormatError(
            f"{path.name} has rows with more cells than the header. Put cells that hold a comma in quotes."
        )
    if path.suffix == ".csv":
        return FormatError(f"{path.name} cannot be read as CSV; a quote may not be closed. Write it again.")
    return FormatError(f"{path.name} is damaged or cut off. Copy or write the file again.")


def _stripped(names: list[str]) -> list[str]:
    return [name.strip() for name in names]


def _check_header(path: Path, names: list[str]) -> None:
    if any("\ufffd" in name or "\x00" in name for name in names):
        raise FormatError(
            f"{path.name} is not UTF-8 text. Save it as UTF-8, for example with `iconv -t UTF-8`."
        )
    if len(names) == 1 and any(mark in names[0] for mark in ";\t|"):
        raise FormatError(f"{path.name} is not separated by commas. Write it with commas between the cells.")
    if any("_duplicated_" in name for name in names) or len(set(names)) < len(names):
        raise FormatError(f"{path.name} has the same column name twice. Give every column its own name.")
