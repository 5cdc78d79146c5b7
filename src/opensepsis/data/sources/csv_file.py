"""A CSV file in batches, with the line of every row as an editor shows it. A row that is malformed does not stop the others.

Lines that begin with # are comments, unless they have as many cells as the header. Most blocks of a file are parsed at
once by Polars; one with comments, cells of several lines or stray quotes is parted into its records first.
"""

import codecs
import csv
import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from opensepsis.data.schema import REASON, ROW
from opensepsis.data.site import FileFormat
from opensepsis.errors import FormatError

BLOCK = 32 * 1024 * 1024  # bytes, some 500,000 rows
MORE_CELLS = "more cells than the header"
OPEN_QUOTE = "a quote is not closed"
_MORE = "_more"
_EXCEL = re.compile(rb'"?sep=.', re.I)  # a first line for Excel alone
_LONGEST = 65_536  # bytes of a record: a quote that is never closed does not swallow more than this
_LINES = 200


@dataclass
class CsvFile:
    """One CSV file: its columns, and its rows in batches. `comments` counts the lines that were left out."""

    path: Path
    format: FileFormat = field(default_factory=FileFormat)
    comments: int = 0

    def __post_init__(self) -> None:
        self.columns, self._first_line, self._skip = self._header()

    def batches(self, columns: list[str]) -> Iterator[pl.DataFrame]:
        """The rows in their order: the asked columns as text, `row` (the line), and `reason` where a row is malformed."""
        self.comments = 0
        line, rest = 1, b""
        for block, last in self._blocks():
            if line == 1:
                block, line = block[self._skip :], self._first_line
            data = rest + block
            cut = len(data) if last else data.rfind(b"\n") + 1
            frame, used, lines = self._parsed(data[:cut], line, last, columns)
            rest, line = data[used:], line + lines
            if frame.height:
                yield frame.select(*columns, ROW, REASON)

    def _blocks(self) -> Iterator[tuple[bytes, bool]]:
        """The bytes of the file as UTF-8, without a byte order mark, and whether they are the last."""
        opened = gzip.open if self.path.suffix == ".gz" else open
        decoder = _decoder(self.format.encoding)
        with opened(self.path, "rb") as file:
            block = file.read(BLOCK)
            if block.startswith(codecs.BOM_UTF8):
                decoder, block = None, block[len(codecs.BOM_UTF8) :]
            old_line_ends = b"\r" in block and b"\n" not in block
            while True:
                if old_line_ends:
                    block = block.replace(b"\r", b"\n")
                following = file.read(BLOCK)
                last = not following
                yield (block if decoder is None else self._decoded(decoder, block, last)), last
                if last:
                    return
                block = following

    def _decoded(self, decoder: codecs.IncrementalDecoder, block: bytes, last: bool) -> bytes:
        try:
            return decoder.decode(block, last).removeprefix("\ufeff").encode()
        except UnicodeDecodeError:
            raise FormatError(
                f"{self.path.name} is not {self.format.encoding}. Correct `encoding` in site.toml."
            ) from None

    def _header(self) -> tuple[list[str], int, int]:
        """The column names, the line after them, and how many bytes lie before it."""
        line, place = 1, 0
        block = next(iter(self._blocks()))[0]
        while place < len(block):
            end = block.find(b"\n", place) + 1 or len(block)
            text = block[place:end]
            place, line = end, line + 1
            if text.strip() and not text.startswith(b"#") and not _EXCEL.match(text):
                return self._cells(text), line, place
        raise FormatError(f"{self.path.name} is empty. It should have a header line.")

    def _cells(self, record: bytes) -> list[str]:
        try:
            text = record.decode()
        except UnicodeDecodeError:
            raise self._not_utf8(record, 1) from None
        rows = list(csv.reader([text.rstrip("\r\n")], delimiter=self.format.separator))
        return [cell.strip().strip('"') for cell in rows[0]]

    def _parsed(
        self, data: bytes, line: int, last: bool, columns: list[str]
    ) -> tuple[pl.DataFrame, int, int]:
        """The rows of a block, the bytes that were used, and the lines they had."""
        lines = data.count(b"\n") + (not data.endswith(b"\n") and bool(data))
        if not (data.startswith(b"#") or b"\n#" in data):
            frame = self._at_once(data, line, columns)
            if frame is not None and frame.height == lines:
                rows = pl.int_range(line, line + lines, dtype=pl.UInt32, eager=True)
                return self._with_reasons(frame, rows), len(data), lines
        return self._one_by_one(data, line, last)

    def _at_once(self, data: bytes, line: int, columns: list[str]) -> pl.DataFrame | None:
        if not data or data.isspace():
            return None
        schema = dict.fromkeys((*self.columns, _MORE), pl.String)
        try:
            table = pl.scan_csv(
                data, has_header=False, separator=self.format.separator, schema=schema,
                extra_columns="ignore", missing_columns="insert", infer_schema=False,
            )  # fmt: skip
            return table.select(*columns, _MORE).collect()
        except pl.exceptions.PolarsError as problem:
            if "utf" in str(problem).lower():
                raise self._not_utf8(data, line) from None
            return None

    def _not_utf8(self, data: bytes, line: int) -> FormatError:
        try:
            data.decode()
        except UnicodeDecodeError as problem:
            line += data.count(b"\n", 0, problem.start)
        likely = "utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "cp1252"
        return FormatError(
            f"{self.path.name} is not UTF-8 (line {line:,}). Name its encoding in site.toml, "
            f'for example encoding = "{likely}" below [format], or save it as UTF-8.'
        )

    def _with_reasons(self, frame: pl.DataFrame, rows: pl.Series) -> pl.DataFrame:
        more = pl.when(pl.col(_MORE).is_not_null()).then(pl.lit(MORE_CELLS))
        return frame.with_columns(rows.alias(ROW), more.alias(REASON))

    def _one_by_one(self, data: bytes, line: int, last: bool) -> tuple[pl.DataFrame, int, int]:
        """Each record by itself; the beginning of one that goes on in the next block is not used yet."""
        width = len(self.columns)
        cells: list[list[str | None]] = []
        rows: list[int] = []
        reasons: list[str | None] = []
        used = lines = 0
        for record, whole in _records(data, self.format.separator.encode(), last):
            here, used = line + lines, used + len(record)
            lines += record.count(b"\n") + (not record.endswith(b"\n"))
            if not record.strip():
                continue
            found = self._record(record, here)
            if record.startswith(b"#") and len(found) != width:
                self.comments += 1
                continue
            said = found + [None] * (width - len(found))
            cells.append(said[:width])
            rows.append(here)
            extra = any(cell for cell in found[width:])
            reasons.append(OPEN_QUOTE if not whole else MORE_CELLS if extra else None)
        frame = pl.DataFrame(cells, schema=dict.fromkeys(self.columns, pl.String), orient="row")
        extra = pl.Series(REASON, reasons, pl.String)
        return frame.with_columns(pl.Series(ROW, rows, pl.UInt32), extra), used, lines

    def _record(self, record: bytes, line: int) -> list[str | None]:
        try:
            text = record.decode()
        except UnicodeDecodeError:
            raise self._not_utf8(record, line) from None
        text = text.rstrip("\r\n").replace("\r\n", "\n")
        try:
            parted = list(csv.reader(text.splitlines(True) or [""], delimiter=self.format.separator))
        except csv.Error:
            parted = [text.split(self.format.separator)]
        return [cell or None for cell in parted[0]] if parted else []


def _decoder(encoding: str) -> codecs.IncrementalDecoder | None:
    return None if encoding in ("utf-8", "utf-8-sig") else codecs.getincrementaldecoder(encoding)()


def _records(data: bytes, separator: bytes, last: bool) -> Iterator[tuple[bytes, bool]]:
    """The records of a block, each with whether all its quotes are closed."""
    mark = re.escape(separator)
    quoted = re.compile(rb"(?:(?<=" + mark + rb')|^)"(?:[^"]|"")*"(?=' + mark + rb"|\r?\n|$)")
    opened = re.compile(rb"(?:" + mark + rb'|^)"')
    lines = data.splitlines(keepends=True) if b"\r" not in data else re.findall(rb"[^\n]*\n|[^\n]+$", data)
    number = 0
    while number < len(lines):
        record, taken = lines[number], 1
        if b'"' in record and not record.startswith(b"#"):
            whole = _is_whole(record, quoted, opened)
            while not whole and number + taken < len(lines) and taken < _LINES and len(record) < _LONGEST:
                record += lines[number + taken]
                taken += 1
                whole = lines[number + taken - 1].count(b'"') > 0 and _is_whole(record, quoted, opened)
            if not whole:
                if not last and number + taken == len(lines) and taken < _LINES and len(record) < _LONGEST:
                    return  # it may go on in the next block
                yield lines[number], False
                number += 1
                continue
        yield record, True
        number += taken


def _is_whole(record: bytes, quoted: re.Pattern, opened: re.Pattern) -> bool:
    return not opened.search(quoted.sub(b"", record))
