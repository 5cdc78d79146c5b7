"""The files of a MEDS folder, subject after subject in batches: what belongs to one subject comes in one of them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import polars as pl
import pyarrow.parquet as pq

from opensepsis.data.intake.value_columns import widened
from opensepsis.data.sources.files import reading
from opensepsis.errors import FormatError, MissingError

BATCH_ROWS = 1_000_000
NEEDED = ("subject_id", "time", "code")
OPTIONAL = ("numeric_value", "text_value", "unit", "hadm_id", "icustay_id", "order_id", "route")
_EARLIER = {"patient_id": "subject_id", "value": "numeric_value"}  # of MEDS before 0.3
_TEXTS = ("code", "text_value", "unit", "hadm_id", "icustay_id", "order_id", "route")


def find_files(path: Path) -> list[Path]:
    """The event files below `data/`; MissingError where there are none."""
    folder = path / "data"
    if not folder.is_dir():
        raise MissingError(
            f"{path} holds no data/. Give the MEDS folder, the one that holds data/ and metadata/."
        )
    found = sorted(folder.rglob("*.parquet"))
    if not found:
        raise MissingError(f"{folder} holds no Parquet file. Give the MEDS folder with its events.")
    return found


def read_dataset(path: Path) -> dict:
    """What `metadata/dataset.json` says; empty where it is not there."""
    file = path / "metadata" / "dataset.json"
    if not file.is_file():
        return {}
    try:
        said = json.loads(file.read_text(encoding="utf-8-sig"))
    except ValueError:
        raise FormatError("metadata/dataset.json is not valid JSON. Copy or write the file again.") from None
    return said if isinstance(said, dict) else {}


def subjects(file: Path, columns: tuple[str, ...] = (*NEEDED, *OPTIONAL)) -> Iterator[pl.DataFrame]:
    """The rows of whole subjects, with all asked columns; 32-bit numbers widened by their shortest decimal."""
    with reading(file):
        opened = pq.ParquetFile(file)
        here = {str(_EARLIER.get(name, name)): str(name) for name in opened.schema_arrow.names}
        _check(here, file)
        chosen = [here[name] for name in columns if name in here]
        rest: pl.DataFrame | None = None
        for batch in opened.iter_batches(BATCH_ROWS, columns=chosen):
            read = cast(pl.DataFrame, pl.from_arrow(batch))
            frame = _typed(read.rename({here[n]: n for n in columns if n in here}), columns, file)
            frame = frame if rest is None else pl.concat([rest, frame])
            last = frame["subject_id"][-1] if frame.height else None
            of_last = pl.col("subject_id").eq_missing(pl.lit(last, pl.Int64))
            whole, rest = frame.filter(~of_last), frame.filter(of_last)
            if whole.height:
                yield whole
        if rest is not None and rest.height:
            yield rest


def _check(here: dict[str, str], file: Path) -> None:
    missing = [name for name in NEEDED if name not in here]
    if missing:
        raise MissingError(f"{file.name} has no column {missing[0]!r}. MEDS needs {', '.join(NEEDED)}.")


def _typed(frame: pl.DataFrame, columns: tuple[str, ...], file: Path) -> pl.DataFrame:
    """Every asked column; times as they are written, called UTC where they have no zone. A row without a subject keeps none."""
    kind = frame.schema["time"]
    if not kind.is_temporal():
        raise FormatError(f"{file.name}: 'time' holds no times. MEDS needs timestamps: write it as such.")
    zone = kind.time_zone if isinstance(kind, pl.Datetime) else None
    time = pl.col("time").cast(pl.Datetime("us", zone))
    found = {
        "subject_id": pl.lit(_whole(frame["subject_id"], file)),
        "time": time.dt.replace_time_zone("UTC") if zone is None else time.dt.convert_time_zone("UTC"),
    }
    for name in columns:
        if name in found:
            continue
        if name == "numeric_value":
            found[name] = pl.lit(_numbers(frame, file).fill_nan(None))
        else:
            found[name] = pl.col(name).cast(pl.String) if name in frame.columns else pl.lit(None, pl.String)
    return frame.select(**found)


def _whole(subjects: pl.Series, file: Path) -> pl.Series:
    try:
        return subjects.cast(pl.Int64)
    except pl.exceptions.PolarsError:
        raise FormatError(
            f"{file.name}: 'subject_id' holds what is no whole number. MEDS numbers its subjects."
        ) from None


def _numbers(frame: pl.DataFrame, file: Path) -> pl.Series:
    """The numbers, widened by their shortest decimal."""
    if "numeric_value" not in frame.columns:
        return pl.Series("numeric_value", [None], pl.Float64).new_from_index(0, frame.height)
    try:
        return widened(frame["numeric_value"]).cast(pl.Float64)
    except pl.exceptions.PolarsError:
        raise FormatError(
            f"{file.name}: 'numeric_value' holds what is no number. MEDS keeps words in 'text_value'."
        ) from None
