"""Where the tables of MIMIC-IV are: a folder of CSV.gz or Parquet read through DuckDB, or any Ibis connection that holds them."""

import gzip
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import gettempdir
from uuid import uuid4

import duckdb
import ibis
import ibis.expr.types as ir
import polars as pl

from opensepsis.data.sources.mimic_iv.columns import DUCKDB_TYPES, type_of
from opensepsis.errors import FormatError, MissingError, nearest

HOSPITAL_TABLES = (
    "patients", "admissions", "diagnoses_icd", "labevents", "d_labitems", "microbiologyevents", "prescriptions", "emar",
    "emar_detail",
)  # fmt: skip
ICU_TABLES = ("icustays", "chartevents", "inputevents", "outputevents", "procedureevents", "d_items")
FOLDER_OF = dict.fromkeys(HOSPITAL_TABLES, "hosp") | dict.fromkeys(ICU_TABLES, "icu")
SCHEMAS = ("mimiciv_{}", "mimic_{}", "{}")
BATCH_ROWS = 250_000


class Tables:
    """The tables by name, with lower-case column names and known types; `stream` runs a query where the data live."""

    def __init__(self, connection, path: Path | None = None):
        self.connection = connection
        self.path = path
        self.read: set[str] = set()
        self._names: dict[tuple[str, str], pl.DataFrame] = {}
        self._found: dict[str, ir.Table] = {}

    def get(self, table: str, *columns: str) -> ir.Table:
        """The named columns of a table; MissingError if the table or a column is not there."""
        if table not in self._found:
            with _without_ibis_warnings():
                self._found[table] = self._open(table)
        found = self._found[table]
        by_name = {name.lower(): name for name in found.columns}
        missing = [c for c in columns if c not in by_name]
        if missing:
            raise MissingError(
                f"{self.place(table)} has no column '{missing[0]}'. {nearest(missing[0], by_name)} "
                "opensepsis reads the official MIMIC-IV layout, version 2.0 or newer."
            )
        return found.select(**{c: _typed(found[by_name[c]], type_of(table, c)) for c in columns})

    def lookup(self, frame: pl.DataFrame) -> ir.Table:
        """A small list put beside the data, to be joined there."""
        return _stored(self.connection, frame) if self._is_duckdb else ibis.memtable(frame)

    def keep(self, rows: ir.Table, reading: str) -> ir.Table:
        """The rows, worked out once if the store allows it, so that several queries do not scan a large table again."""
        if not self._is_duckdb:
            return rows
        try:
            return _stored(self.connection, rows)
        except duckdb.Error:
            raise self._damaged(reading) from None

    def stream(self, rows: ir.Table, reading: str) -> Iterator[pl.DataFrame]:
        """The rows in batches; `reading` names the table for the message if it turns out to be damaged."""
        self.read.add(reading)
        try:
            yield from _batches(self.connection, rows)
        except duckdb.Error:
            # the original message may quote a row, and so a patient
            raise self._damaged(reading) from None

    def fetch(self, rows: ir.Table, reading: str) -> pl.DataFrame:
        """All the rows at once, for what is small."""
        batches = list(self.stream(rows, reading))
        if batches:
            return pl.concat(batches)
        return pl.from_arrow(rows.schema().to_pyarrow().empty_table())

    def names(self, table: str, column: str) -> pl.DataFrame:
        """Every name in a text column with its count, asked once."""
        if (table, column) not in self._names:
            rows = self.get(table, column)
            self._names[table, column] = self.fetch(rows.group_by(name=column).aggregate(count=rows.count()), table)
        return self._names[table, column]

    def place(self, table: str) -> str:
        """Where a table is, for messages."""
        return f"{FOLDER_OF[table]}/{table} in {self.path}" if self.path else f"Table {table} of the connection"

    @property
    def _is_duckdb(self) -> bool:
        return self.connection.name == "duckdb"

    def _damaged(self, reading: str) -> FormatError:
        return FormatError(
            f"{self.place(reading)} cannot be read to its end: it is cut short, not UTF-8, or holds text where a number or a time belongs. "
            "Compare it with the checksums of the official release (SHA256SUMS.txt) and copy it again."
        )

    def _open(self, table: str) -> ir.Table:
        if self.path is None:
            return _table_of_connection(self.connection, table)
        file = _file_of(self.path, table)
        if file.name.endswith((".csv", ".csv.gz")):
            types = {c: DUCKDB_TYPES[type_of(table, c)] for c in _header(file)}
            options = {"header": True, "delim": ",", "quote": '"', "escape": '"', "null_padding": False}
            return self.connection.read_csv(str(file), table_name=table, columns=types, **options)
        try:
            return self.connection.read_parquet(str(file / "*.parquet" if file.is_dir() else file), table_name=table)
        except (duckdb.Error, OSError):
            raise self._damaged(table) from None


@contextmanager
def _without_ibis_warnings() -> Iterator[None]:
    """Ibis 12 still calls DuckDB by names that DuckDB 2 deprecates; its user can do nothing about that."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


def _batches(connection, rows: ir.Table) -> Iterator[pl.DataFrame]:
    if connection.name == "duckdb":
        # Ibis 12 asks DuckDB for a method that DuckDB 2 no longer has, so DuckDB is asked directly
        batches = connection.con.sql(str(connection.compile(rows))).to_arrow_reader(BATCH_ROWS)
    else:
        batches = connection.to_pyarrow_batches(rows, chunk_size=BATCH_ROWS)
    for batch in batches:
        if batch.num_rows:
            yield pl.from_arrow(batch)


def _stored(connection, rows: ir.Table | pl.DataFrame) -> ir.Table:
    """A temporary table in DuckDB; Ibis 12 cannot make one there by itself."""
    name = f"opensepsis_{uuid4().hex}"
    native = connection.con
    if isinstance(rows, pl.DataFrame):
        native.register(f"{name}_list", rows)
        native.execute(f"create temp table {name} as select * from {name}_list").fetchall()
        native.unregister(f"{name}_list")
    else:
        native.execute(f"create temp table {name} as {connection.compile(rows)}").fetchall()
    with _without_ibis_warnings():
        return connection.table(name)


def open_folder(path: Path) -> Tables:
    """The tables of a folder with `hosp/` and `icu/`."""
    if not path.is_dir():
        raise MissingError(f"There is no folder {path}. Give the MIMIC-IV folder, the one that holds hosp/ and icu/.")
    absent = [part for part in ("hosp", "icu") if not (path / part).is_dir()]
    if absent:
        raise MissingError(f"{path} holds no {' and no '.join(f'{a}/' for a in absent)}. {_hint(path)}")
    scratch = Path(gettempdir()) / f"opensepsis-{uuid4().hex}"
    connection = ibis.duckdb.connect(temp_directory=str(scratch), preserve_insertion_order=False, memory_limit="1GB")
    return Tables(connection, path)


def _hint(path: Path) -> str:
    inside = sorted(child.name for child in path.iterdir() if (child / "hosp").is_dir() and (child / "icu").is_dir())
    if inside:
        return f"Give {path / inside[0]} instead."
    return "Give the folder of the official release (MIMIC-IV 2.0 or newer), the one that holds hosp/ and icu/."


def _file_of(path: Path, table: str) -> Path:
    folder = path / FOLDER_OF[table]
    for file in (folder / f"{table}.parquet", folder / table, folder / f"{table}.csv.gz", folder / f"{table}.csv"):
        if file.is_file() or (file.is_dir() and any(file.glob("*.parquet"))):
            return file
    raise MissingError(
        f"{path} has no table {FOLDER_OF[table]}/{table}: looked for {table}.parquet, a folder {table}/ of Parquet files, "
        f"{table}.csv.gz and {table}.csv. Copy it from the official release."
    )


def _header(file: Path) -> list[str]:
    opened = gzip.open if file.name.endswith(".gz") else open
    try:
        with opened(file, "rt", encoding="utf-8-sig") as lines:
            first = lines.readline().strip()
    except (OSError, EOFError, UnicodeDecodeError, zlib.error):
        raise FormatError(f"{file} is damaged or not UTF-8. Copy it again from the official release.") from None
    if not first:
        raise FormatError(f"{file} is empty. Copy it again from the official release.")
    return [name.strip().strip('"') for name in first.split(",")]


def _table_of_connection(connection, table: str) -> ir.Table:
    folder = FOLDER_OF[table]
    for database in (None, *(pattern.format(folder) for pattern in SCHEMAS)):
        listed = _listed(connection, database)
        if table in listed:
            return connection.table(listed[table], database=database)
    raise MissingError(
        f"The connection has no table {table}, neither in its own schema nor in mimiciv_{folder} or {folder}. "
        f"{nearest(table, _listed(connection, None))}"
    )


def _listed(connection, database: str | None) -> dict[str, str]:
    """The tables of a schema by their names in lower case."""
    if connection.name == "duckdb":
        # Ibis 12 cannot list the tables of DuckDB 2
        schema = "current_schema()" if database is None else f"'{database}'"
        rows = connection.con.execute(f"select table_name from information_schema.tables where table_schema = {schema}").fetchall()
        return {name.lower(): name for (name,) in rows}
    if database is None:
        return {name.lower(): name for name in connection.list_tables()}
    known = connection.list_databases() if hasattr(connection, "list_databases") else ()
    return {name.lower(): name for name in connection.list_tables(database=database)} if database in known else {}


def _typed(column: ir.Column, wanted: str) -> ir.Column:
    if wanted == "string":
        return column if column.type().is_string() else column.cast("string")
    kind = column.type()
    if wanted == "timestamp(6)":
        return column if kind.is_timestamp() and kind.timezone is None else column.cast("timestamp(6)")
    return column if str(kind) == wanted else column.cast(wanted)
