"""Frames in memory as a source: `stays` and `events` as the csv source has them, or a wide table with a column per measurement.

The rows go the way of a csv file: the same units, words, checks, value gate and rejections; a row number counts from 1.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

import polars as pl
import pyarrow as pa

from opensepsis.data.intake.frames import to_arrow
from opensepsis.data.intake.timestamps import check_zone
from opensepsis.data.schema import REASON, ROW, STAYS
from opensepsis.data.site import LocalName, LocalWords, TableLayout
from opensepsis.data.sources.csv_folder import CsvFolder
from opensepsis.data.sources.given_frames import Frames
from opensepsis.data.sources.parquet_file import BATCH_ROWS, from_arrow, readable
from opensepsis.data.sources.wide_frame import events_of, stays_of
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.errors import MissingError, SourceError, nearest

_EVENTS = ("patient", "concept", "time", "end", "known", "value", "unit", "text", "origin", "drug", "route")


class FrameTable:
    """A frame as a table of rows in batches, with `row`, counted from 1, and an empty `reason`."""

    def __init__(
        self, name: str, frame: object, columns: Mapping[str, str] | None = None, numbered: bool = False
    ) -> None:
        self.path = Path(name)
        self.name = name
        self._table: pa.Table = frame if isinstance(frame, pa.Table) else to_arrow(frame, name)
        renamed = [(columns or {}).get(column, column) for column in self._table.column_names]
        twice = next((column for column in renamed if renamed.count(column) > 1), None)
        if twice:
            raise SourceError(f"{name} has two columns for {twice!r}. Leave one out.")
        self._table = self._table.rename_columns(renamed)
        self.columns = [column for column in renamed if column not in (ROW, REASON)]
        self._numbered = numbered

    def batches(self, columns: list[str]) -> Iterator[pl.DataFrame]:
        """The asked columns in their order."""
        extra = [ROW] if self._numbered else []
        for first in range(0, self._table.num_rows, BATCH_ROWS):
            frame = readable(from_arrow(self._table.slice(first, BATCH_ROWS).select(columns + extra)))
            if not self._numbered:
                rows = pl.int_range(first + 1, first + 1 + frame.height, dtype=pl.UInt32, eager=True)
                frame = frame.with_columns(rows.alias(ROW))
            yield frame.with_columns(pl.col(ROW).cast(pl.UInt32), pl.lit(None, pl.String).alias(REASON))

    def whole(self) -> pl.DataFrame:
        """All rows and columns."""
        return readable(from_arrow(self._table.select(self.columns)))


class FramesSource(CsvFolder):
    """Stays and events of frames, read as the csv source reads files."""

    name = "frames"

    def __init__(self, frames: Frames, timezone: str | None = None) -> None:
        check_zone(timezone)
        table_columns, measured = _meanings(frames)
        self._begin(LocalWords(), timezone)
        if frames.wide is None:
            if frames.stays is None or frames.events is None:
                missing = "stays" if frames.stays is None else "events"
                raise MissingError(f"Give the frame {missing} too: label(stays=…, events=…).")
            tables = [FrameTable("events", frames.events, table_columns)]
            stays = FrameTable("stays", frames.stays, table_columns)
        else:
            if frames.events is not None:
                raise SourceError("Give events or wide, not both.")
            wide = FrameTable("wide", frames.wide, table_columns)
            found = wide.whole()
            if "patient" not in found.columns or "time" not in found.columns:
                raise MissingError("wide needs the columns 'patient' and 'time'. Name yours with `columns`.")
            measured = _measured(found.columns, measured)
            tables = [
                FrameTable("wide", part.to_arrow(), numbered=True)
                for part in events_of(found, measured, timezone)
            ]
            given = frames.stays is not None
            own = None if given else stays_of(found, frames.kind, timezone)
            stays = FrameTable("stays", frames.stays if own is None else own.to_arrow(), table_columns)
            if not given:
                self._notes.append("no stays given: each lasts from the first to the last row of wide")
        self._stays_files = [stays]
        self._events_files = [(table, TableLayout()) for table in tables]
        self._kind = None if "kind" in stays.columns else frames.kind

    def stays(self) -> pl.DataFrame:
        """The stays; where the frame has no column `kind`, of the kind that was asked for."""
        found = super().stays()
        return found if self._kind is None else found.with_columns(kind=pl.lit(self._kind))


def _meanings(frames: Frames) -> tuple[dict[str, str], dict[str, LocalName]]:
    """What `columns` says: columns of our tables, and measurements with their unit."""
    ours, measured = {}, {}
    for theirs, meaning in frames.columns.items():
        name, unit = (meaning, "") if isinstance(meaning, str) else cast(tuple[str, str], meaning)
        if name in CONCEPTS and frames.wide is not None:
            measured[theirs] = LocalName(name, unit)
        elif name in (*STAYS, *_EVENTS) and not unit:
            ours[theirs] = name
        else:
            known = [*CONCEPTS, *STAYS, *_EVENTS]
            raise SourceError(f"`columns` names {name!r} for {theirs!r}. {nearest(name, known)}")
    return ours, measured


def _measured(here: list[str], named: dict[str, LocalName]) -> dict[str, LocalName]:
    """The columns of a wide frame that hold measurements: those named, and those with a concept's own name."""
    absent = next((theirs for theirs in named if theirs not in here), None)
    if absent is not None:
        raise MissingError(f"wide has no column {absent!r}, which `columns` names. {nearest(absent, here)}")
    own = {name: LocalName(name) for name in here if name in CONCEPTS and name not in (*STAYS, *_EVENTS)}
    found = own | named
    if not found:
        raise MissingError("wide has no column with a measurement. Name yours with `columns`.")
    return found
