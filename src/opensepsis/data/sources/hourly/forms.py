"""Which form of hourly tables a path holds."""

from dataclasses import dataclass
from pathlib import Path

from opensepsis.data.sources.hourly.column_map import ColumnMap, read_own, read_shipped
from opensepsis.data.sources.hourly.tables import AnyTable, PatientFiles, RowsTable, columns_of
from opensepsis.errors import FormatError, MissingError, nearest

OWN = "columns.csv"
_ENDINGS = (".parquet", ".csv", ".csv.gz", ".psv")
_2019 = {"ICULOS", "SepsisLabel", "HR"}
_2012 = {"Parameter", "Value"}
_STATIC = ("sta", "static", "stays")
_DYNAMIC = ("dyn", "dynamic", "hourly")


@dataclass(frozen=True)
class Form:
    """The tables of one form with the meaning of their columns; `long` tables have a row for each value."""

    name: str
    columns: ColumnMap
    hourly: tuple[AnyTable, ...]
    static: AnyTable | None = None
    long: bool = False


def find_form(path: Path) -> Form:
    """The form of a file or folder: the site's own columns.csv first, then the known forms by the columns found.

    MissingError where there is nothing of the kind, FormatError where the columns are of no known form.
    """
    if not path.exists():
        raise MissingError(f"There is no {path}. Give the folder or file with the hourly tables.")
    if path.is_dir() and (path / OWN).is_file():
        return _checked(_own(path))
    files = _tables(path)
    if not files:
        raise MissingError(
            f"{path} holds no hourly tables. It should hold .psv, .txt, .csv, .csv.gz or .parquet files."
        )
    return _checked(_known(path, files))


def _checked(form: Form) -> Form:
    """The form, if its tables have the columns without which no row can be placed."""
    patient, moment = form.columns.needed("patient"), form.columns.moment.name
    needed = [
        (table, (patient, moment, *(("Parameter", "Value") if form.long else ()))) for table in form.hourly
    ]
    needed += [(form.static, (patient,))] if form.static is not None else []
    for table, names in needed:
        absent = next((name for name in names if name not in table.columns), None)
        if absent is not None:
            raise MissingError(f"{table.name} has no column {absent!r}. {nearest(absent, table.columns)}")
    return form


def _tables(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return sorted(p for p in path.iterdir() if p.is_file() and p.name.endswith((*_ENDINGS, ".txt")))


def _own(path: Path) -> Form:
    columns = read_own(path / OWN)
    files = [file for file in _tables(path) if file.name != OWN and not file.name.endswith(".txt")]
    static = _named(files, _STATIC)
    hourly = [file for file in files if file not in (static, path / OWN)]
    if not hourly:
        raise MissingError(f"{path} holds {OWN} but no table ({', '.join(_ENDINGS)}) that it describes.")
    return Form("own", columns, tuple(map(RowsTable, hourly)), static and RowsTable(static))


def _known(path: Path, files: list[Path]) -> Form:
    psv = [file for file in files if file.suffix == ".psv"]
    if psv:
        return Form("physionet_2019", read_shipped("physionet_2019"), (PatientFiles(psv, "patient_id", "|"),))
    static, dynamic = _named(files, _STATIC), _named(files, _DYNAMIC)
    if dynamic:
        return Form("yaib", read_shipped("yaib"), (RowsTable(dynamic),), static and RowsTable(static))
    texts = [file for file in files if file.suffix == ".txt" and file.stem.isdigit()]
    if texts:
        table = PatientFiles(texts, "RecordID", ",", minutes="Time")
        return Form("physionet_2012", read_shipped("physionet_2012"), (table,), long=True)
    for name, wanted, long in (("physionet_2019", _2019, False), ("physionet_2012", _2012, True)):
        found = [file for file in files if file.suffix != ".txt" and wanted <= set(columns_of(file))]
        if found:
            return Form(name, read_shipped(name), tuple(map(RowsTable, found)), long=long)
    raise FormatError(
        f"{path} holds tables of no known form (PhysioNet 2019 or 2012, YAIB). Describe the columns in a {OWN} in the same folder."
    )


def _named(files: list[Path], names: tuple[str, ...]) -> Path | None:
    return next((file for name in names for file in files if file.name.split(".")[0] == name), None)
