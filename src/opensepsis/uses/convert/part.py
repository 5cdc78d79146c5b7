"""One part of a hospital's patients, on whatever worker it is given to: surveyed, or converted like a small hospital."""

import json
import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from opensepsis.data.intake.rejections import RejectionLimits
from opensepsis.data.sources import open_source
from opensepsis.data.sources.csv_folder import CsvFolder
from opensepsis.data.sources.csv_survey import survey_of_parts
from opensepsis.data.timeline.source import Source
from opensepsis.data.timeline.writer import write_timeline
from opensepsis.errors import OpensepsisError
from opensepsis.uses.convert.parted import Parted, parted
from opensepsis.uses.convert.pieces import EMPTY, PART, WHOLE, patients_of, write_piece

PATIENTS = 2500  # of a part


def patients_elsewhere(number: int, asked: str) -> str:
    """How many patients some files name."""
    return _answer(lambda told: str(patients_of(told["files"], told["column"])), asked)


def parted_elsewhere(number: int, asked: str) -> str:
    """Puts the rows of a piece into their parts; says what was wrong, if anything."""
    try:
        write_piece(number, asked)
    except OpensepsisError as problem:
        return _problem(problem)
    return json.dumps({"said": ""})


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
        return _problem(problem)


def _problem(problem: OpensepsisError) -> str:
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
    hospital = _hospital_of_part(how, number, told["tables"], Path(told["into"]))
    source: Source = open_source(told["source"], hospital, told["timezone"], site)
    if isinstance(source, CsvFolder) and "whole" in told:
        source.as_part_of(survey_of_parts([told["whole"]]))
    return source


def _hospital_of_part(how: Parted, number: int, tables: Iterable[str], into: Path) -> Path:
    """A folder that looks like the whole hospital and holds one part of its patients: links to files, no copies."""
    folder = into / "staged" / "hospitals" / str(number)
    shutil.rmtree(folder, ignore_errors=True)
    for name in tables:
        staged, place = into / "staged" / name, folder / how.form.tables[name].folder
        place.mkdir(parents=True, exist_ok=True)
        there = (staged / one for one in (WHOLE, f"{PART}={number}", EMPTY))
        os.symlink(next(one for one in there if one.is_dir()), place / f"{name}{how.ending}")
    return folder
