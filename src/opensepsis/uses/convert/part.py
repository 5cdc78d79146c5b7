"""One part of a hospital's patients, on whatever worker it is given to: surveyed, or converted like a small hospital."""

import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from opensepsis.data.intake.rejections import RejectionLimits
from opensepsis.data.sources import open_source
from opensepsis.data.sources.csv_folder import CsvFolder
from opensepsis.data.sources.csv_survey import survey_of_parts
from opensepsis.data.timeline.source import Source
from opensepsis.data.timeline.writer import write_timeline
from opensepsis.errors import OpensepsisError
from opensepsis.uses.convert.parted import Parted, parted

PART, WHOLE = "_part", "whole"  # a table in parts, and one that names no patient
PATIENTS = 2500  # of a part


def surveyed_elsewhere(number: int, asked: str) -> str:
    """What the rows of a part say, or what was wrong."""
    return _answer(lambda told: _source(number, told).survey().as_text, asked)


def converted_elsewhere(number: int, asked: str) -> str:
    """Converts a part; says what was wrong, if anything."""
    return _answer(lambda told: _converted(number, told), asked)


def _answer(work: Callable[[dict], str], asked: str) -> str:
    try:
        return json.dumps({"said": work(json.loads(asked))})
    except OpensepsisError as problem:
        return json.dumps({"problem": f"{type(problem).__name__}: {problem}"})


def _converted(number: int, told: dict) -> str:
    limits = RejectionLimits(of_part=True, longest_stay=told["longest_stay"])
    part = Path(told["into"]) / "parts" / str(number)
    shutil.rmtree(part, ignore_errors=True)  # of an attempt that died
    write_timeline(_source(number, told), part, shard_patients=2 * PATIENTS, limits=limits)
    return ""


def _source(number: int, told: dict) -> Any:
    site = None if told["site"] is None else Path(told["site"])
    how = parted(told["source"], site)
    hospital = _hospital_of_part(how, number, told["parts"], Path(told["into"]))
    source: Source = open_source(told["source"], hospital, told["timezone"], site)
    if isinstance(source, CsvFolder) and "whole" in told:
        source.as_part_of(survey_of_parts([told["whole"]]))
    return source


def _hospital_of_part(how: Parted, number: int, tables: Mapping[str, str], into: Path) -> Path:
    """A folder that looks like the whole hospital and holds one part of its patients: links to files, no copies."""
    form, folder = how.form, into / "staged" / "hospitals" / str(number)
    shutil.rmtree(folder, ignore_errors=True)
    for name, file in tables.items():
        original, staged = Path(file) if file else None, into / "staged" / name
        place = folder / form.tables[name].folder
        place.mkdir(parents=True, exist_ok=True)
        if original is not None and not staged.is_dir():
            os.symlink(original, place / original.name)
            continue
        mine = staged / WHOLE if (staged / WHOLE).is_dir() else staged / f"{PART}={number}"
        link = place / f"{name}{how.ending}"
        if mine.is_dir():
            os.symlink(mine, link)
        else:  # nobody of this part has a row
            first = original or next(staged.rglob("*.parquet"))
            link.mkdir()
            empty = pa.Table.from_pylist([], schema=pq.read_schema(first))
            pq.write_table(empty, link / "part.parquet")
    return folder
