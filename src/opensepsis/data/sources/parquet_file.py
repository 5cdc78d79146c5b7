"""A Parquet file in batches: NaN is empty, 32-bit numbers are widened by their shortest decimal, times of any zone are UTC."""

from collections.abc import Iterator
from pathlib import Path
from typing import cast
from zoneinfo import available_timezones

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from opensepsis.data.io.paths import scan_files, table_files
from opensepsis.data.schema import REASON, ROW
from opensepsis.errors import FormatError

BATCH_ROWS = 500_000


class ParquetFile:
    """A Parquet file, or a folder of files of one table: its columns, and its rows in batches with `row`, from 1, and an empty `reason`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._files = table_files(path)
        self._schemas = [pq.read_schema(file) for file in self._files or [path]]
        self.columns = list(dict.fromkeys(name for schema in self._schemas for name in schema.names))

    def batches(self, columns: list[str]) -> Iterator[pl.DataFrame]:
        """The asked columns in their order."""
        first = 1
        for frame in self._arrow(columns) if self._needs_arrow else self._scanned(columns):
            rows = pl.int_range(first, first + frame.height, dtype=pl.UInt32, eager=True)
            first += frame.height
            yield readable(frame).with_columns(rows.alias(ROW), pl.lit(None, pl.String).alias(REASON))
        if first - 1 != sum(pq.read_metadata(file).num_rows for file in self._files):
            raise FormatError(f"{self.path.name} is truncated or damaged. Write the file again.")

    def _scanned(self, columns: list[str]) -> Iterator[pl.DataFrame]:
        table = scan_files(self._files).select(columns)
        return table.collect_batches(chunk_size=BATCH_ROWS, maintain_order=True)

    def _arrow(self, columns: list[str]) -> Iterator[pl.DataFrame]:
        """Through Arrow, file by file; a column that a file lacks is empty in it."""
        for file, schema in zip(self._files, self._schemas, strict=True):
            here = [name for name in columns if name in schema.names]
            absent = [pl.lit(None, pl.String).alias(name) for name in columns if name not in here]
            for batch in pq.ParquetFile(file).iter_batches(BATCH_ROWS, columns=here):
                rows = from_arrow(pa.Table.from_batches([batch]).select(here))
                yield rows.with_columns(absent).select(columns)

    @property
    def _needs_arrow(self) -> bool:
        """Polars takes no zone that is a fixed offset (such as +05:30), in any column, and no files of which one has other columns."""
        first, *others = self._schemas
        return any(_is_other_zone(field.type) for field in first) or any(
            not schema.equals(first) for schema in others
        )


def from_arrow(table: pa.Table) -> pl.DataFrame:
    """An Arrow table as a frame; times of a zone that is a fixed offset in UTC."""
    return cast(
        pl.DataFrame, pl.from_arrow(table.cast(pa.schema([_in_utc(field) for field in table.schema])))
    )


def readable(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with categories and bytes as texts, numbers of 64 bits, NaN as empty."""
    return frame.with_columns(_as_text(frame)).with_columns(_widened(frame))


def _is_other_zone(kind: pa.DataType) -> bool:
    zone = getattr(kind, "tz", None)
    return zone is not None and zone not in available_timezones()


def _in_utc(field: pa.Field) -> pa.Field:
    if not _is_other_zone(field.type):
        return field
    return field.with_type(pa.timestamp(field.type.unit, "UTC"))


def _as_text(frame: pl.DataFrame) -> list[pl.Series]:
    """Texts that a writer kept as categories or as bytes; bytes that are no UTF-8 stay bytes."""
    return [text for column in frame if (text := _text(column)) is not None]


def _text(column: pl.Series) -> pl.Series | None:
    if not isinstance(column.dtype, pl.Categorical | pl.Enum | pl.Binary):
        return None
    try:
        return column.cast(pl.String)
    except pl.exceptions.ComputeError:
        return None


def _widened(frame: pl.DataFrame) -> list[pl.Expr]:
    """Numbers of 64 bits: 0.1 of 32 bits is 0.1, not 0.10000000149."""
    narrow = [name for name, kind in frame.schema.items() if kind == pl.Float32]
    wide = [name for name, kind in frame.schema.items() if kind == pl.Float64]
    as_printed = (pl.col(name).cast(pl.String).cast(pl.Float64) for name in narrow)
    return [column.fill_nan(None) for column in (*as_printed, *map(pl.col, wide))]
