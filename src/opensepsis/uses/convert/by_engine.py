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
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from opensepsis.data.intake.rejections import RejectionLimits
from opensepsis.data.io.atomic import whole_folder
from opensepsis.data.io.engines import call_with_numbers, last_words, session
from opensepsis.data.io.object_store import Folder, ObjectFolder, as_folder, here
from opensepsis.data.sources import open_source
from opensepsis.data.sources.relational.form import Form
from opensepsis.data.timeline.in_store import check_place, send_timeline
from opensepsis.data.timeline.timeline import MARKER, Timeline, read_timeline
from opensepsis.data.timeline.writer import write_timeline
from opensepsis.errors import MissingError, OpensepsisError, RunnerError, SourceError
from opensepsis.uses.convert.engine_tables import CATALOGUE, EngineTable, tables_of
from opensepsis.uses.convert.joined import join_parts

PART, WHOLE, EMPTY = (
    "_part",
    "whole",
    "_empty",
)  # a table in parts, one that names no patient, its columns alone
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
    out: str | Path | Folder,
    engine: str,
    parts: int | None = None,
    timezone: str | None = None,
    site: Path | None = None,
    limits: RejectionLimits | None = None,
) -> Timeline:
    """Converts the tables of a source (clif, mimic-iv, omop) on Spark or Sail into a timeline of at least so many shards (`parts`).

    `path` is a folder that every worker sees, one of an object store, or `table:SCHEMA`, tables of the engine's catalogue (`table:` those
    of the present schema, and views). Tables of folders are Parquet, Delta, or Iceberg where the engine reads it. Every worker sees `out`;
    where that lies in an object store, the folder for temporary files, in which the timeline is made before it is sent. The timeline is
    the one that `convert` makes, in other shards: patients lie in them by a hash. Limits are judged over all parts. MissingError: no
    tables. SourceError: another source, or tables in another format. OutputError: `out` holds something else. RunnerError: the engine
    gave up.
    """
    how, to, limits = parted(source), as_folder(out), limits or RejectionLimits()
    given = str(path) if str(path).startswith(CATALOGUE) else as_folder(path)
    inputs = [given] if isinstance(given, Path) else []
    check_place(to, inputs)
    asked = _Asked(source, timezone, site, limits)
    if isinstance(to, ObjectFolder):
        with TemporaryDirectory(prefix="opensepsis-") as made:
            timeline = _converted(how, given, Path(made) / "timeline", engine, (parts, to), asked, inputs)
            send_timeline(timeline.path, to)
        return timeline
    return _converted(how, given, to, engine, (parts, to), asked, inputs)


@dataclass(frozen=True)
class _Asked:
    source: str
    timezone: str | None
    site: Path | None
    limits: RejectionLimits

    @property
    def text(self) -> str:
        """What is sent to the workers."""
        site = None if self.site is None else str(self.site)
        told = {"source": self.source, "timezone": self.timezone, "site": site}
        return json.dumps(told | {"longest_stay": self.limits.longest_stay})


def _converted(
    how: Parted,
    given: Folder | str,
    out: Path,
    engine: str,
    wanted: tuple[int | None, Folder],
    asked: _Asked,
    inputs: list[Path],
) -> Timeline:
    """`wanted` is the number of parts, or where the timeline lies whose number is kept."""
    with session(engine) as spark:
        try:
            tables = tables_of(spark, how.form, given)
            parts = wanted[0] or as_before(wanted[1], _usual_parts(spark, how, tables))
            with whole_folder(out, MARKER, inputs) as into:
                _convert_into(into, spark, how, tables, parts, asked)
        except OpensepsisError:
            raise
        except Exception as problem:
            raise RunnerError(f"{engine} failed: {last_words(problem)}") from None
    return read_timeline(out)


def _convert_into(
    into: Path, spark: Any, how: Parted, tables: Mapping[str, EngineTable], parts: int, asked: _Asked
) -> None:
    staged = into / "staged"
    for name in tables:
        _part_table(spark, how, tables, name, staged / name, parts)
    seen = {name: str(table.file) if table.file else "" for name, table in tables.items()}
    work = partial(_converted_elsewhere, asked=asked.text, tables=seen, into=str(into))
    for _, words in sorted(call_with_numbers(spark, list(range(parts)), work)):
        if words:
            raise RunnerError(f"A part could not be converted: {words}")
    shutil.rmtree(staged)
    join_parts(into, [into / "parts" / str(number) for number in range(parts)], asked.limits)
    shutil.rmtree(into / "parts")


def as_before(out: Folder, usual: int) -> int:
    """The number of parts that the timeline at `out` was made of, if it is about the usual one: then patients keep their parts."""
    try:
        with here(out, [MARKER]) as place:
            before = json.loads((place / MARKER).read_text(encoding="utf-8")).get("parts", 0)
    except (OSError, ValueError, AttributeError, MissingError):
        return usual
    return before if usual <= 2 * before <= 4 * usual else usual


def _usual_parts(spark: Any, how: Parted, tables: Mapping[str, EngineTable]) -> int:
    """So many parts that each has PATIENTS patients, as the first table that names them has them."""
    for table in tables.values():
        frame = table.read(spark)
        if how.patient in {column.lower() for column in frame.columns}:
            return max(1, -(-frame.select(how.patient).distinct().count() // PATIENTS))
    raise SourceError(f"No table has the column {how.patient}.")


def _part_table(
    spark: Any, how: Parted, tables: Mapping[str, EngineTable], name: str, into: Path, parts: int
) -> None:
    """Has the engine write a table in parts of patients; one that names neither patient nor stay is read where it lies, if workers can."""
    frame = tables[name].read(spark)
    columns = {column.lower(): column for column in frame.columns}
    if how.patient not in columns and how.stay in columns:
        links = tables[how.stays].read(spark).select(how.stay, how.patient).distinct()
        frame = frame.join(links.withColumnRenamed(how.patient, "_patient"), how.stay, "left")
        patient = "_patient"
    elif how.patient in columns:
        patient = columns[how.patient]
    else:
        if tables[name].file is None:
            frame.write.parquet(str(into / WHOLE))
        return
    part = f"coalesce(pmod(xxhash64(cast({patient} as string)), {parts}), 0)"
    kept = [f"`{column}`" for column in columns.values()]
    parted = frame.selectExpr(*kept, f"cast({part} as int) as {PART}").repartition(parts, PART)
    parted.write.partitionBy(PART).parquet(str(into))
    if tables[name].file is None:  # for parts of which nobody has a row
        (into / EMPTY).mkdir(parents=True)
        pq.write_table(_schema_of(frame).empty_table(), into / EMPTY / "part.parquet")


def _schema_of(frame: Any) -> pa.Schema:
    from pyspark.sql.pandas.types import to_arrow_schema  # pyright: ignore[reportMissingImports]

    return to_arrow_schema(frame.schema)


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
        original, staged = Path(file) if file else None, into / "staged" / name
        place = folder / form.tables[name].folder
        place.mkdir(parents=True, exist_ok=True)
        if original is not None and not staged.is_dir():
            os.symlink(original, place / original.name)
            continue
        mine = staged / WHOLE if (staged / WHOLE).is_dir() else staged / f"{PART}={number}"
        if mine.is_dir():
            os.symlink(mine, place / name)
        else:  # nobody of this part has a row
            first = original or next(staged.rglob("*.parquet"))
            (place / name).mkdir()
            empty = pa.Table.from_pylist([], schema=pq.read_schema(first))
            pq.write_table(empty, place / name / "part.parquet")
    return folder
