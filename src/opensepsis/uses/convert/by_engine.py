"""`convert --on spark`: the tables are parted by patient in one pass, then each part is converted by itself, like a small hospital.

No row passes through this process: workers part the files that they see, and the engine what only it can read; workers read their parts and
write shards, and here the shards are put together.
"""

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
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
from opensepsis.data.sources.csv_survey import survey_of_parts
from opensepsis.data.timeline.in_store import check_place, send_timeline
from opensepsis.data.timeline.timeline import MARKER, Timeline, read_timeline
from opensepsis.errors import MissingError, OpensepsisError, RunnerError, SourceError
from opensepsis.uses.convert.engine_tables import CATALOGUE, EngineTable, files_of, tables_of
from opensepsis.uses.convert.joined import join_parts
from opensepsis.uses.convert.part import (
    PATIENTS,
    converted_elsewhere,
    parted_elsewhere,
    patients_elsewhere,
    surveyed_elsewhere,
)
from opensepsis.uses.convert.parted import Parted, parted
from opensepsis.uses.convert.pieces import EMPTY, PART, WHOLE, columns_of, plan_of

TRIES = 3  # of a job: in Spark's local mode one worker that was killed ends all of it
AROUND = r"[\s\x{85}\p{Z}]+"  # the space around a name, as a source that reads texts takes it away


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
    """Converts the tables of a source (clif, csv, mimic-iv, omop) on Spark or Sail into a timeline of at least so many shards (`parts`).

    `path` is a folder that every worker sees, one of an object store, or `table:SCHEMA`, tables of the engine's catalogue (`table:` those
    of the present schema, and views). Tables of folders are Parquet, Delta, or Iceberg where the engine reads it. Every worker sees `out`;
    where that lies in an object store, the folder for temporary files, in which the timeline is made before it is sent. The timeline is
    the one that `convert` makes, in other shards: patients lie in them by a hash. Limits are judged over all parts. MissingError: no
    tables. SourceError: another source, or tables in another format. OutputError: `out` holds something else. RunnerError: the engine
    gave up.
    """
    to, limits = as_folder(out), limits or RejectionLimits()
    given = str(path) if str(path).startswith(CATALOGUE) else as_folder(path)
    if source == "csv" and site is None and isinstance(given, Path) and (given / "site.toml").is_file():
        site = given.resolve() / "site.toml"
    how = parted(source, site)
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
    def told(self) -> dict[str, Any]:
        """What workers are told."""
        site = None if self.site is None else str(self.site)
        told = {"source": self.source, "timezone": self.timezone, "site": site}
        return told | {"longest_stay": self.limits.longest_stay}


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
    staged.mkdir()
    if (files := files_of(tables)) is None:
        spark.conf.set(
            "spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS"
        )  # else a time loses its zone
        for name in tables:
            _part_table(spark, how, tables, name, staged / name, parts)
    else:
        plan = plan_of(how, files, parts, staged)
        work = partial(parted_elsewhere, asked=plan.as_text)
        _told_by_workers(spark, len(plan.pieces), work)
    told = asked.told | {"tables": list(tables), "into": str(into)}
    if how.surveyed:
        surveys = _told_by_workers(spark, parts, partial(surveyed_elsewhere, asked=json.dumps(told)))
        told["whole"] = survey_of_parts(surveys).as_text
    _told_by_workers(spark, parts, partial(converted_elsewhere, asked=json.dumps(told)))
    shutil.rmtree(staged)
    join_parts(into, [into / "parts" / str(number) for number in range(parts)], asked.limits, how.counts)
    shutil.rmtree(into / "parts")


def _told_by_workers(spark: Any, number: int, work: Callable[[int], str]) -> list[str]:
    """What workers said of each of so many parts, in their order; all again where the engine gave up: each is written anew.

    RunnerError: one of them could not go on.
    """
    for tried in range(1, TRIES + 1):
        try:
            told = call_with_numbers(spark, list(range(number)), work)
            break
        except Exception:
            if tried == TRIES:
                raise
    answers = [json.loads(words) for _, words in sorted(told)]
    for answer in answers:
        if "problem" in answer:
            raise RunnerError(f"A part could not be converted: {answer['problem']}")
    return [answer["said"] for answer in answers]


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
    files = files_of(tables) or {}
    for name, table in tables.items():
        patients = _patients(spark, table, files.get(name), how.patient_of(name))
        if patients is not None:
            return max(1, -(-patients // PATIENTS))
    raise SourceError(f"No table has the column {how.patient}.")


def _patients(spark: Any, table: EngineTable, files: list[Path] | None, patient: str) -> int | None:
    """How many patients a table names, counted by a worker where it sees the files, else by the engine; None if it names none."""
    if files is None:
        frame = table.read(spark)
        named = [column for column in frame.columns if column.lower() == patient]
        return frame.select(named[0]).distinct().count() if named else None
    column = columns_of(files).get(patient)
    if column is None:
        return None
    work = partial(patients_elsewhere, asked=json.dumps({"files": list(map(str, files)), "column": column}))
    return int(_told_by_workers(spark, 1, work)[0])


def _part_table(
    spark: Any, how: Parted, tables: Mapping[str, EngineTable], name: str, into: Path, parts: int
) -> None:
    """Has the engine write a table in parts of patients; one that names neither patient nor stay whole."""
    frame = tables[name].read(spark)
    columns = {column.lower(): column for column in frame.columns}
    of_table = how.patient_of(name)
    if of_table not in columns and how.stay in columns:
        links = tables[how.stays].read(spark).select(how.stay, how.patient).distinct()
        frame = frame.join(links.withColumnRenamed(how.patient, "_patient"), how.stay, "left")
        patient = "_patient"
    elif of_table in columns:
        patient = columns[of_table]
    elif how.surveyed:
        raise MissingError(f"The table {name} has no column {of_table!r}.")
    else:
        frame.write.parquet(str(into / WHOLE))
        return
    if dict(frame.dtypes)[patient] in ("double", "float"):
        raise SourceError(
            f"The patients of {name} are numbers with decimals. Write them as text or as whole numbers."
        )
    plain = f"regexp_replace(cast(`{patient}` as string), r'^{AROUND}|{AROUND}$', '')"
    part = f"coalesce(pmod(xxhash64({plain}), {parts}), 0)"
    kept = [f"`{column}`" for column in columns.values()]
    parted = frame.selectExpr(*kept, f"cast({part} as int) as {PART}").repartition(parts, PART)
    parted.write.partitionBy(PART).parquet(str(into))
    (into / EMPTY).mkdir(parents=True)  # for parts of which nobody has a row
    pq.write_table(_schema_of(frame).empty_table(), into / EMPTY / "part.parquet")


def _schema_of(frame: Any) -> pa.Schema:
    from pyspark.sql.pandas.types import to_arrow_schema  # pyright: ignore[reportMissingImports]

    return to_arrow_schema(frame.schema)
