"""Tables in formats that keep earlier versions beside the present one: the Parquet files of their folder are more than what counts."""

from collections.abc import Iterable
from itertools import chain
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from opensepsis.data.sources.relational.iceberg import files_of_snapshot
from opensepsis.errors import FormatError, MissingError

DELTA, ICEBERG, PARQUET = (
    "delta",
    "iceberg",
    "parquet",
)  # what a folder could be of several it is of the first
_ELSEWHERE = (
    "Convert it with --on sail, or with --on spark where Spark has the package of that format (clif, csv, mimic-iv, omop), "
    "or write the table again."
)
_PLAIN_FEATURES = {
    "timestampNtz",
    "v2Checkpoint",
    "vacuumProtocolCheck",
}  # the files hold the rows as they are


def format_of(folder: Path) -> str:
    """`delta`, `iceberg` or `parquet`; nothing for a folder that is no table."""
    telling = chain(*(folder.glob(one) for one in ("_delta_log", "metadata/*.metadata.json", "*.parquet")))
    return format_by_names(file.relative_to(folder).as_posix() for file in telling)


def format_by_names(names: Iterable[str]) -> str:
    """The format of a table whose folder holds these names, as `format_of` tells it where folders can be listed.

    >>> format_by_names(["part-0.parquet"]), format_by_names(["part-0.parquet", "_delta_log/0.json"])
    ('parquet', 'delta')
    """
    found = {_told_by(PurePosixPath(name)) for name in names}
    return next((kind for kind in (DELTA, ICEBERG, PARQUET) if kind in found), "")


def _told_by(name: PurePosixPath) -> str:
    if name.parts[0] == "_delta_log":
        return DELTA
    if name.parts[0] == "metadata" and len(name.parts) == 2 and name.name.endswith(".metadata.json"):
        return ICEBERG
    return PARQUET if len(name.parts) == 1 and name.suffix == ".parquet" else ""


def is_table(path: Path) -> bool:
    """Whether a path is a folder that holds one table."""
    return path.is_dir() and bool(format_of(path))


def current_files(table: Path) -> list[Path]:
    """The Parquet files whose rows are those of a table: of a Delta or Iceberg table, of its present version.

    FormatError: a table whose rows are not as its files have them. MissingError: it needs `deltalake` or `pyiceberg`.
    """
    if not table.is_dir():
        return [table]
    kind = format_of(table)
    if kind == ICEBERG:
        return _of_iceberg(table)
    return _of_delta(table) if kind == DELTA else sorted(table.glob("*.parquet"))


def _of_iceberg(table: Path) -> list[Path]:
    try:
        return files_of_snapshot(table)
    except FormatError as problem:
        raise FormatError(f"{problem} {_ELSEWHERE}") from None


def _of_delta(table: Path) -> list[Path]:
    try:
        from deltalake import DeltaTable
        from deltalake.exceptions import DeltaError
    except ModuleNotFoundError as missing:
        raise MissingError(
            f"{table} is a Delta table and needs '{missing.name}', which is not installed. Install opensepsis with its extra `delta`."
        ) from None
    try:
        opened = DeltaTable(table.absolute().as_uri())  # of a path a % would be read as part of an address
        about = opened.protocol()
        uses = set(about.reader_features or ()) - _PLAIN_FEATURES
        uses |= {"columnMapping"} if about.min_reader_version == 2 else set()
        uses |= {"partitions"} if opened.metadata().partition_columns else set()
        if uses:
            raise FormatError(
                f"{table} is a Delta table with {', '.join(sorted(uses))}: its rows cannot be read from its files alone. {_ELSEWHERE}"
            )
        files = sorted(_as_path(file) for file in opened.file_uris())
    except DeltaError:
        raise FormatError(f"{table} is a damaged Delta table.") from None
    if not files:
        raise FormatError(f"{table} is a Delta table without rows. {_ELSEWHERE}")
    return files


def _as_path(address: str) -> Path:
    return Path(unquote(urlsplit(address).path if address.startswith("file:") else address))
