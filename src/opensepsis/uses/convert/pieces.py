"""Rows of Parquet files put beside those of the same part of the patients, on workers: numbers of pieces go out, never rows.

A piece is some row groups of a table. A worker reads it in batches and writes its rows to a file for each part. Texts stay numbers of
words on the way: it takes a third of the time, and words that are the same are looked at once.
"""

import json
import os
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import cast
from uuid import uuid4
from zlib import crc32

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from opensepsis.errors import FormatError, MissingError, SourceError
from opensepsis.uses.convert.parted import Parted

PART, WHOLE, EMPTY = "_part", "whole", "_empty"  # folders of a table: its parts, all of it, its columns alone
PIECE_ROWS = 20_000_000  # of a piece, which has a file for each part
HELD_ROWS, HELD_BYTES = 1_000_000, 2**29  # in memory, before they are written
_BATCH = 65_536
_FILES_BESIDE = 200  # that a process has open for other reasons
_REPEATED = 6  # bytes of a value in the file, below which texts are numbers of a few words there
_IN_ORDER = pl.arg_sort_by(PART, maintain_order=True)


@dataclass(frozen=True)
class Piece:
    """Row groups of files that have the same columns, from the first up to one behind the last."""

    table: str
    groups: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True)
class Links:
    """Where a table names no patient: the files that tell the patient of each stay, and their columns."""

    files: tuple[str, ...]
    stay: str
    patient: str


@dataclass(frozen=True)
class Plan:
    """What workers are told: into how many parts, where, by which column of each table (in small letters), and for which by stay."""

    pieces: tuple[Piece, ...]
    parts: int
    into: str
    columns: Mapping[str, str]
    by_stay: tuple[str, ...]
    links: Links | None

    @property
    def as_text(self) -> str:
        """As it is sent to other machines."""
        return json.dumps(asdict(self))


def plan_of(how: Parted, files: Mapping[str, list[Path]], parts: int, staged: Path) -> Plan:
    """Which rows are put where; tables that name neither patient nor stay are linked to, whole.

    SourceError: patients are numbers with decimals. MissingError: a table has no column of its patient.
    """
    pieces: list[Piece] = []
    columns: dict[str, str] = {}
    by_stay: list[str] = []
    for name, theirs in files.items():
        found = columns_of(theirs)
        patient, stay = found.get(how.patient_of(name)), found.get(how.stay)
        if patient is None and stay is None:
            if how.surveyed:
                raise MissingError(f"The table {name} has no column {how.patient_of(name)!r}.")
            _link_whole(theirs, staged / name / WHOLE)
            continue
        if patient is None:
            by_stay.append(name)
        columns[name] = how.stay if patient is None else how.patient_of(name)
        _check_type(name, theirs, columns[name])
        (staged / name / EMPTY).mkdir(parents=True)
        pq.write_table(_schema(theirs[0]).empty_table(), staged / name / EMPTY / "part.parquet")
        pieces += _pieces_of(name, theirs)
    links = _links(how, files) if by_stay else None
    return Plan(tuple(pieces), parts, str(staged), columns, tuple(by_stay), links)


def columns_of(files: list[Path]) -> dict[str, str]:
    """The columns that any of the files has, by their names in small letters."""
    return {column.lower(): column for file in files for column in _schema(file).names}


def patients_of(file: list[str], column: str) -> int:
    """How many patients files name."""
    return pl.scan_parquet(file, glob=False).select(pl.col(column).n_unique()).collect().item()


def write_piece(number: int, plan: str) -> None:
    """Writes the rows of a piece to a file for each part, each under its name when all are whole. FormatError: a damaged file."""
    asked = _plan(plan)
    piece = asked.pieces[number]
    folder = Path(asked.into) / piece.table
    name, unfinished = f"piece-{number:05d}.parquet", f".piece-{number:05d}-{uuid4().hex}"
    _let_open(asked.parts)
    writers: dict[int, pq.ParquetWriter] = {}
    schema = _schema(Path(piece.groups[0][0]))
    for rows in _batches(piece):
        parts = _parts_of_rows(asked, piece.table, rows)
        ordered, start = rows.take(parts.to_frame().select(_IN_ORDER).to_series().to_arrow()), 0
        for part, count in parts.value_counts().sort(PART).iter_rows():
            if part not in writers:
                place = folder / f"{PART}={part}"
                place.mkdir(parents=True, exist_ok=True)
                writers[part] = _writer(place / unfinished, rows.schema, schema)
            writers[part].write_table(ordered.slice(start, count))
            start += count
    for part, writer in writers.items():
        writer.close()
        place = folder / f"{PART}={part}"
        (place / unfinished).replace(place / name)


def _schema(file: Path) -> pa.Schema:
    try:
        return pq.read_schema(file).remove_metadata()
    except (pa.ArrowInvalid, OSError):
        raise FormatError(_damaged(file)) from None


def _check_type(table: str, files: list[Path], column: str) -> None:
    fields = (field for file in files for field in _schema(file) if field.name.lower() == column)
    if any(pa.types.is_floating(field.type) for field in fields):
        raise SourceError(
            f"The patients of {table} are numbers with decimals. Write them as text or as whole numbers."
        )


def _link_whole(files: list[Path], into: Path) -> None:
    into.mkdir(parents=True)
    for number, file in enumerate(files):
        os.symlink(file, into / f"{number:05d}.parquet")


def _links(how: Parted, files: Mapping[str, list[Path]]) -> Links:
    return Links(tuple(map(str, files[how.stays])), how.stay, how.patient_of(how.stays))


def _pieces_of(name: str, files: list[Path]) -> Iterator[Piece]:
    """Pieces of about PIECE_ROWS; where the columns of a file are others, another begins."""
    held: list[tuple[str, int, int]] = []
    rows, columns = 0, None
    for file in files:
        about, schema = pq.read_metadata(file), _schema(file)
        if held and schema != columns:
            yield Piece(name, tuple(held))
            held, rows = [], 0
        columns, first = schema, 0
        for group in range(about.num_row_groups):
            rows += about.row_group(group).num_rows
            if rows >= PIECE_ROWS:
                yield Piece(name, (*held, (str(file), first, group + 1)))
                held, rows, first = [], 0, group + 1
        if first < about.num_row_groups:
            held.append((str(file), first, about.num_row_groups))
    if held:
        yield Piece(name, tuple(held))


@lru_cache(1)
def _plan(text: str) -> Plan:
    told = json.loads(text)
    pieces = tuple(
        Piece(piece["table"], tuple((file, first, last) for file, first, last in piece["groups"]))
        for piece in told["pieces"]
    )
    links = told["links"] and Links(**told["links"] | {"files": tuple(told["links"]["files"])})
    return Plan(**told | {"pieces": pieces, "by_stay": tuple(told["by_stay"]), "links": links})


def _batches(piece: Piece) -> Iterator[pa.Table]:
    """The rows of a piece, so many at a time as memory is meant to hold."""
    held: list[pa.RecordBatch] = []
    rows = size = 0
    for file, first, last in piece.groups:
        for batch in _read(file, first, last):
            held.append(batch)
            rows, size = rows + batch.num_rows, size + batch.nbytes
            if rows >= HELD_ROWS or size >= HELD_BYTES:
                yield pa.Table.from_batches(held)
                held, rows, size = [], 0, 0
    if held:
        yield pa.Table.from_batches(held)


def _read(file: str, first: int, last: int) -> Iterator[pa.RecordBatch]:
    try:
        opened = pq.ParquetFile(file, read_dictionary=_repeated(pq.read_metadata(file), first, last))
        plain = opened.schema_arrow.remove_metadata()
        for batch in opened.iter_batches(_BATCH, row_groups=range(first, last), use_threads=False):
            yield pa.RecordBatch.from_arrays(batch.columns, schema=plain)
    except (pa.ArrowInvalid, OSError):
        raise FormatError(_damaged(file)) from None


def _repeated(about: pq.FileMetaData, first: int, last: int) -> list[str]:
    """The columns of texts of which the file holds few words, many times: of others, numbers of words would be more work."""
    schema = about.schema.to_arrow_schema()
    texts = {name for name in schema.names if _is_text(schema.field(name).type)}
    size, rows = Counter[str](), 0
    for group in range(first, last):
        rows += about.row_group(group).num_rows
        for column in map(about.row_group(group).column, range(about.num_columns)):
            size[column.path_in_schema] += column.total_uncompressed_size
    return sorted(name for name in texts if size[name] < _REPEATED * rows)


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def _damaged(file: Path | str) -> str:
    return f"{file} is damaged, or no Parquet file. Write it again."


def _writer(file: Path, schema: pa.Schema, as_told: pa.Schema) -> pq.ParquetWriter:
    """For columns `as_told`, whatever holds them on the way."""
    words = [field.name for field in schema if pa.types.is_dictionary(field.type)]
    writer = pq.ParquetWriter(
        file,
        schema,
        compression="lz4",
        write_statistics=False,
        use_dictionary=words,  # pyright: ignore[reportArgumentType]  # types of PyArrow know no list here
        store_schema=False,
    )
    writer.add_key_value_metadata({"ARROW:schema": b64encode(as_told.serialize().to_pybytes()).decode()})
    return writer


def _parts_of_rows(plan: Plan, table: str, rows: pa.Table) -> pl.Series:
    """The part of each row, by its patient; the first where nobody is named."""
    here = next((name for name in rows.column_names if name.lower() == plan.columns[table]), None)
    if here is None:
        return pl.repeat(0, rows.num_rows, dtype=pl.Int32, eager=True).alias(PART)
    column = rows.column(here).dictionary_encode().unify_dictionaries().combine_chunks()
    names = _plain(cast(pl.Series, pl.from_arrow(column.dictionary)))
    if table in plan.by_stay:
        known = _parts_of_stays(cast(Links, plan.links), plan.parts, plan.into)
    else:
        known = _parts_of(names.unique(), plan.parts)
    parts = names.to_frame("name").join(known, on="name", how="left", maintain_order="left")[PART]
    return parts.gather(cast(pl.Series, pl.from_arrow(column.indices))).fill_null(0).alias(PART)


def _parts_of(names: pl.Series, parts: int) -> pl.DataFrame:
    """name, _part: by a hash that is the same in every version of everything, so that patients stay in their part."""
    known = names.drop_nulls()
    numbers = [crc32(name.encode()) % parts for name in known.to_list()]
    return pl.DataFrame({"name": known, PART: pl.Series(numbers, dtype=pl.Int32)})


@lru_cache(1)
def _parts_of_stays(links: Links, parts: int, run: str) -> pl.DataFrame:
    """name, _part of each stay, from the table that tells its patient; read once in a `run` by each process."""
    told = [pq.read_table(file, columns=_called(file, (links.stay, links.patient))) for file in links.files]
    frames = [
        pl.DataFrame({"name": _named(rows, links.stay), "patient": _named(rows, links.patient)})
        for rows in told
    ]
    table = pl.concat(frames)
    patients = _parts_of(table["patient"].unique(), parts).rename({"name": "patient"})
    return table.join(patients, on="patient").select("name", PART).unique("name", keep="first")


def _called(file: str, columns: tuple[str, ...]) -> list[str]:
    """The columns of a file, by their names in small letters, as the file calls them."""
    here = columns_of([Path(file)])
    return [here[column] for column in columns if column in here]


def _named(rows: pa.Table, column: str) -> pl.Series:
    """Who is named in each row of a column (in small letters); nobody where it is not there."""
    here = next((name for name in rows.column_names if name.lower() == column), None)
    if here is None:
        return pl.repeat(None, rows.num_rows, dtype=pl.String, eager=True)
    return _plain(cast(pl.Series, pl.from_arrow(rows.column(here))))


def _plain(names: pl.Series) -> pl.Series:
    """Names as the sources read them: texts without the space around them."""
    return names.cast(pl.String).str.strip_chars()


def _let_open(parts: int) -> None:
    """Lets this process have a file open for each part, as far as the system allows."""
    try:
        import resource
    except ModuleNotFoundError:  # Windows, which has no such limit
        return
    limit, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = parts + _FILES_BESIDE
    if limit != resource.RLIM_INFINITY and limit < wanted:
        allowed = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, most))
