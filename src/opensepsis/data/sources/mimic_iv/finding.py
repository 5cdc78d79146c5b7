"""Where the tables of MIMIC-IV are, in a folder or behind a connection, and what to say when one is not there."""

import gzip
import zlib
from pathlib import Path

import ibis.expr.types as ir

from opensepsis.errors import FormatError, MissingError, nearest

HOSPITAL_TABLES = (
    "patients", "admissions", "diagnoses_icd", "procedures_icd", "labevents", "d_labitems", "microbiologyevents",
    "prescriptions", "emar", "emar_detail",
)  # fmt: skip
ICU_TABLES = ("icustays", "chartevents", "inputevents", "outputevents", "procedureevents", "d_items")
FOLDER_OF = dict.fromkeys(HOSPITAL_TABLES, "hosp") | dict.fromkeys(ICU_TABLES, "icu")
SCHEMAS = ("mimiciv_{}", "mimic_{}", "{}")


def folder_of_tables(path: Path) -> Path:
    """The path, if it holds `hosp/` and `icu/`; else a MissingError that says what to give instead."""
    if not path.is_dir():
        raise MissingError(
            f"There is no folder {path}. Give the MIMIC-IV folder, the one that holds hosp/ and icu/."
        )
    absent = [part for part in ("hosp", "icu") if not (path / part).is_dir()]
    if absent:
        raise MissingError(f"{path} holds no {' and no '.join(f'{a}/' for a in absent)}. {_hint(path)}")
    return path


def _hint(path: Path) -> str:
    inside = sorted(
        child.name for child in path.iterdir() if (child / "hosp").is_dir() and (child / "icu").is_dir()
    )
    if inside:
        return f"Give {path / inside[0]} instead."
    return (
        "Give the folder of the official release (MIMIC-IV 2.0 or newer), the one that holds hosp/ and icu/."
    )


def file_of(path: Path, table: str) -> Path:
    folder = path / FOLDER_OF[table]
    for file in (
        folder / f"{table}.parquet",
        folder / table,
        folder / f"{table}.csv.gz",
        folder / f"{table}.csv",
    ):
        if file.is_file() or (file.is_dir() and any(file.glob("*.parquet"))):
            return file
    raise MissingError(
        f"{path} has no table {FOLDER_OF[table]}/{table}: looked for {table}.parquet, a folder {table}/ of Parquet files, "
        f"{table}.csv.gz and {table}.csv. Copy it from the official release."
    )


def header(file: Path) -> list[str]:
    opened = gzip.open if file.name.endswith(".gz") else open
    try:
        with opened(file, "rt", encoding="utf-8-sig") as lines:
            first = lines.readline().strip()
    except (OSError, EOFError, UnicodeDecodeError, zlib.error):
        raise FormatError(
            f"{file} is damaged or not UTF-8. Copy it again from the official release."
        ) from None
    if not first:
        raise FormatError(f"{file} is empty. Copy it again from the official release.")
    return [name.strip().strip('"') for name in first.split(",")]


def table_of_connection(connection, table: str) -> ir.Table:
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
        rows = connection.con.execute(
            f"select table_name from information_schema.tables where table_schema = {schema}"
        ).fetchall()
        return {name.lower(): name for (name,) in rows}
    if database is None:
        return {name.lower(): name for name in connection.list_tables()}
    known = connection.list_databases() if hasattr(connection, "list_databases") else ()
    return (
        {name.lower(): name for name in connection.list_tables(database=database)}
        if database in known
        else {}
    )
