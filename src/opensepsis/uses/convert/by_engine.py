"""`convert --on spark`: the engine parts the tables by patient in one pass, then each part is converted by itself, like a small hospital.

No row passes through this process: the engine writes the parts, workers read theirs and write shards, and here the shards are put together.
"""

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from opensepsis.data.intake.rejections import RejectionLimits
from opensepsis.data.io.atomic import whole_folder
from opensepsis.data.io.engines import call_with_numbers, last_words, session
from opensepsis.data.io.paths import as_path
from opensepsis.data.sources import open_source
from opensepsis.data.sources.relational.finding import find_file, folder_of_tables
from opensepsis.data.sources.relational.form import Form
from opensepsis.data.sources.relational.lakehouse import DELTA, current_files, format_of
from opensepsis.data.timeline.timeline import MARKER, Timeline, read_timeline
from opensepsis.data.timeline.writer import write_timeline
from opensepsis.errors import OpensepsisError, RunnerError, SourceError
from opensepsis.uses.convert.joined import join_parts

PART, WHOLE = "_part", "whole"  # a table in parts, and one that names no patient
PATIENTS = 2500  # of a part
WITHOUT_LIMITS = {"stays_share": 1.0, "rows_share": 1.0, "strict": False}


@dataclass(frozen=True)
class Parted:
    """How tables of a form are parted by patient: its column, and the table that tells it where others name only a stay."""

    form: Form
    patient: str
    stays: str = ""
    stay: str = ""


def parted(source: str) -> Parted:
    """How the tables of a source are parted; SourceError for one that is not tables of patients."""
    if source == "mimic-iv":
        from opensepsis.data.sources.mimic_iv.form import MIMIC_IV

        return Parted(MIMIC_IV, "subject_id")
    if source == "omop":
        from opensepsis.data.sources.omop.form import OMOP

        return Parted(OMOP, "person_id")
    if source == "clif":
        from opensepsis.data.sources.clif.form import CLIF

        return Parted(CLIF, "patient_id", "hospitalization", "hospitalization_id")
    raise SourceError(
        f"--on is for the sources clif, mimic-iv and omop, not for {source}. Convert it without --on."
    )


def convert_by_engine(
    source: str,
    path: str | Path,
    out: str | Path,
    engine: str,
    parts: int | None = None,
    timezone: str | None = None,
    site: Path | None = None,
    limits: RejectionLimits | None = None,
) -> Timeline:
    """Converts the tables of a source (clif, mimic-iv, omop) on Spark or Sail into a timeline of at least so many shards (`parts`).

    Tables are Parquet, Delta, or Iceberg where the engine reads it. Every worker sees both folders. The timeline is the one that `convert`
    makes, in other shards: patients lie in them by a hash. Limits are judged over all parts. SourceError: another source, or tables in
    another format. RunnerError: the engine gave up.
    """
    how, out, limits = parted(source), as_path(out), limits or RejectionLimits()
    folder = folder_of_tables(how.form, as_path(path).resolve())
    tables = {name: file for name in how.form.tables if (file := find_file(how.form, folder, name))}
    _check_parquet(tables)
    with whole_folder(out, MARKER, [folder]) as into, session(engine) as spark:
        staged = into / "staged"
        try:
            parts = parts or as_before(out, _usual_parts(spark, how, tables))
            for name, file in tables.items():
                _part_table(spark, how, tables, name, file, staged / name, parts)
            asked = {"source": source, "timezone": timezone, "site": None if site is None else str(site)}
            work = partial(
                _converted_elsewhere,
                asked=json.dumps(asked | {"longest_stay": limits.longest_stay}),
                tables={name: str(file) for name, file in tables.items()},
                into=str(into),
            )
            told = call_with_numbers(spark, list(range(parts)), work)
        except OpensepsisError:
            raise
        except Exception as problem:
            raise RunnerError(f"{engine} gave up: {last_words(problem)}") from None
        for _, words in sorted(told):
            if words:
                raise RunnerError(f"A part could not be converted: {words}")
        shutil.rmtree(staged)
        join_parts(into, [into / "parts" / str(number) for number in range(parts)], limits)
        shutil.rmtree(into / "parts")
    return read_timeline(out)


def _check_parquet(tables: Mapping[str, Path]) -> None:
    other = [file.name for file in tables.values() if file.is_file() and file.suffix != ".parquet"]
    if other:
        raise SourceError(
            f"--on reads Parquet, and these tables are not: {', '.join(other[:3])}. Convert without --on, or write them as Parquet."
        )


def as_before(out: Path, usual: int) -> int:
    """The number of parts that the timeline at `out` was made of, if it is about the usual one: then patients keep their parts."""
    try:
        before = json.loads((out / MARKER).read_text(encoding="utf-8")).get("parts", 0)
    except (OSError, ValueError, AttributeError):
        return usual
    return before if usual <= 2 * before <= 4 * usual else usual


def _read(spark: Any, table: Path) -> Any:
    """A table as the engine reads it; of Delta the files of the present version, where the engine does not know that format."""
    kind = format_of(table)
    if not kind:
        return spark.read.parquet(str(table))
    try:
        frame = spark.read.format(kind).load(str(table))
        _ = frame.columns
        return frame
    except Exception as problem:
        if kind == DELTA:
            return spark.read.parquet(*map(str, current_files(table)))
        raise RunnerError(
            f"The engine cannot read {table}, an Iceberg table ({last_words(problem)}). Spark needs Iceberg's package; Sail reads it."
        ) from None


def _usual_parts(spark: Any, how: Parted, tables: Mapping[str, Path]) -> int:
    """So many parts that each has PATIENTS patients, as the first table that names them has them."""
    for file in tables.values():
        frame = _read(spark, file)
        if how.patient in {column.lower() for column in frame.columns}:
            return max(1, -(-frame.select(how.patient).distinct().count() // PATIENTS))
    raise SourceError(f"No table has the column {how.patient}.")


def _part_table(
    spark: Any, how: Parted, tables: Mapping[str, Path], name: str, file: Path, into: Path, parts: int
) -> None:
    """Has the engine write a table in parts of patients; one that names neither patient nor stay is read where it lies."""
    frame = _read(spark, file)
    columns = {column.lower(): column for column in frame.columns}
    if how.patient not in columns and how.stay in columns:
        links = _read(spark, tables[how.stays]).select(how.stay, how.patient).distinct()
        frame = frame.join(links.withColumnRenamed(how.patient, "_patient"), how.stay, "left")
        patient = "_patient"
    elif how.patient in columns:
        patient = columns[how.patient]
    else:
        if format_of(file):
            frame.write.parquet(str(into / WHOLE))
        return
    part = f"coalesce(pmod(xxhash64(cast({patient} as string)), {parts}), 0)"
    kept = [f"`{column}`" for column in columns.values()]
    parted = frame.selectExpr(*kept, f"cast({part} as int) as {PART}").repartition(parts, PART)
    parted.write.partitionBy(PART).parquet(str(into))


def _converted_elsewhere(number: int, asked: str, tables: dict[str, str], into: str) -> str:
    """Converts one part where this is called; the text says what was wrong, or nothing."""
    told = json.loads(asked)
    try:
        hospital = _hospital_of_part(told["source"], number, tables, Path(into))
        site = None if told["site"] is None else Path(told["site"])
        source = open_source(told["source"], hospital, told["timezone"], site)
        limits = replace(RejectionLimits(**WITHOUT_LIMITS), longest_stay=told["longest_stay"])
        part = Path(into) / "parts" / str(number)
        shutil.rmtree(part, ignore_errors=True)  # of an attempt that died
        write_timeline(source, part, shard_patients=2 * PATIENTS, limits=limits)
    except OpensepsisError as problem:
        return f"{type(problem).__name__}: {problem}"
    return ""


def _hospital_of_part(source: str, number: int, tables: Mapping[str, str], into: Path) -> Path:
    """A folder that looks like the whole hospital and holds one part of its patients: links to files, no copies."""
    form, folder = parted(source).form, into / "staged" / "hospitals" / str(number)
    shutil.rmtree(folder, ignore_errors=True)
    for name, file in tables.items():
        original, staged = Path(file), into / "staged" / name
        place = folder / form.tables[name].folder
        place.mkdir(parents=True, exist_ok=True)
        if not staged.is_dir():
            os.symlink(original, place / original.name)
            continue
        mine = staged / WHOLE if (staged / WHOLE).is_dir() else staged / f"{PART}={number}"
        if mine.is_dir():
            os.symlink(mine, place / name)
        else:  # nobody of this part has a row
            first = next(staged.rglob("*.parquet"), None) or original
            (place / name).mkdir()
            empty = pa.Table.from_pylist([], schema=pq.read_schema(first))
            pq.write_table(empty, place / name / "part.parquet")
    return folder
