"""The rows of hourly tables in batches: one file of many patients, or one small file for each."""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import polars as pl

from opensepsis.data.schema import ROW
from opensepsis.data.sources.files import reading
from opensepsis.errors import FormatError

BATCH_ROWS = 100_000
_FILES_AT_ONCE = 500
_NOTHING = ["NaN", "nan", "NA", "NULL", "null", ""]


class AnyTable(Protocol):
    """A table: its name, its columns, and its rows in batches with `row`, counted from 1 below the header.

    `without_rows`: the patients that it names and has no row of, once its rows were read.
    """

    name: str
    columns: list[str]
    without_rows: list[str]

    def batches(self) -> Iterator[pl.DataFrame]: ...


def columns_of(path: Path) -> list[str]:
    """The columns of a file; of a text file those of its first line."""
    with reading(path):
        if path.suffix == ".parquet":
            return list(pl.read_parquet_schema(path))
        opened = gzip.open if path.name.endswith(".gz") else open
        try:
            with opened(path, "rt", encoding="utf-8-sig") as lines:
                first = lines.readline().strip()
        except UnicodeDecodeError:
            raise FormatError(f"{path.name} is not UTF-8 text. Save it as UTF-8.") from None
    if not first:
        raise FormatError(f"{path.name} is empty. It should have a header line.")
    names = [name.strip().strip('"') for name in first.split(_separator(path))]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise FormatError(f"{path.name} has the column {twice!r} twice. Keep one, or name them apart.")
    return names


class RowsTable:
    """One file with the rows of many patients."""

    def __init__(self, path: Path) -> None:
        self.path, self.name = path, path.name
        self.columns = columns_of(path)
        self.without_rows: list[str] = []

    def batches(self) -> Iterator[pl.DataFrame]:
        """All columns, as the file has them; empty cells and NaN as nothing."""
        with reading(self.path):
            first = 1
            for frame in self._scanned().collect_batches(chunk_size=BATCH_ROWS, maintain_order=True):
                rows = pl.int_range(first, first + frame.height, dtype=pl.UInt32, eager=True)
                first += frame.height
                floats = [n for n, kind in frame.schema.items() if kind.is_float()]
                yield frame.with_columns(pl.col(floats).fill_nan(None), rows.alias(ROW))

    def _scanned(self) -> pl.LazyFrame:
        if self.path.suffix == ".parquet":
            return pl.scan_parquet(self.path, glob=False)
        return pl.scan_csv(
            self.path, separator=_separator(self.path), infer_schema=False, null_values=_NOTHING, glob=False
        )


class PatientFiles:
    """A small text file for each patient, named by him; `minutes` names a column of times as hh:mm."""

    def __init__(self, files: list[Path], patient: str, separator: str, minutes: str = "") -> None:
        self.files, self.name = files, files[0].parent.name
        self._patient, self._separator, self._minutes = patient, separator, minutes
        with reading(files[0]):
            self._header = _lines(files[0])[0]
        theirs = self._header.split(separator)
        self.columns = [patient, *("minute" if name == minutes else name for name in theirs)]
        self.without_rows: list[str] = []

    def batches(self) -> Iterator[pl.DataFrame]:
        """The rows of some hundred files at a time, with the patient's column first."""
        first = 1
        self.without_rows.clear()
        for start in range(0, len(self.files), _FILES_AT_ONCE):
            frame = self._together(self.files[start : start + _FILES_AT_ONCE])
            rows = pl.int_range(first, first + frame.height, dtype=pl.UInt32, eager=True)
            first += frame.height
            yield frame.with_columns(rows.alias(ROW))

    def _together(self, files: list[Path]) -> pl.DataFrame:
        lines, patients = [], []
        for file in files:
            with reading(file):
                header, *rows = _lines(file)
            if header != self._header:
                raise FormatError(
                    f"{file.name} has a different header from {self.files[0].name}. All files must have the same columns."
                )
            lines += rows
            self.without_rows += [] if rows else [file.stem]
            patients += [file.stem] * len(rows)
        if any(line.count(self._separator) != self._header.count(self._separator) for line in lines):
            raise FormatError(
                f"{self.name}: a row has more or fewer cells than the header. Write the files again."
            )
        text = "\n".join([self._header, *lines]).encode()
        frame = pl.read_csv(text, separator=self._separator, infer_schema=False, null_values=_NOTHING)
        frame = frame.select(pl.Series(self._patient, patients, pl.String), pl.all())
        return _in_minutes(frame, self._minutes) if self._minutes else frame


def _in_minutes(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    """hh:mm as minutes; hours may pass 24."""
    parts = pl.col(column).str.split_exact(":", 1)
    hours, minutes = (parts.struct.field(f"field_{n}").cast(pl.Float64, strict=False) for n in (0, 1))
    return frame.with_columns((hours * 60 + minutes).alias(column)).rename({column: "minute"})


def _lines(file: Path) -> list[str]:
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise FormatError(f"{file.name} is not UTF-8 text. Save it as UTF-8.") from None
    if not lines:
        raise FormatError(f"{file.name} is empty. It should have a header line.")
    return [line for line in lines if line.strip()]


def _separator(path: Path) -> str:
    return "|" if path.suffix == ".psv" else ","
