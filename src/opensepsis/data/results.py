"""What a run wrote, read again: clear errors where it is absent or damaged."""

import json
from pathlib import Path

import polars as pl

from opensepsis.data.io.paths import read_files, table_files
from opensepsis.data.timeline.shards import shard_name
from opensepsis.errors import FormatError, MissingError

RUN = "run.json"
AGAIN = "Make the results again with `opensepsis label`."


def read_run(folder: Path) -> dict:
    """The account of a run in a folder of results."""
    file = folder / RUN
    if not file.is_file():
        raise MissingError(
            f"{folder} holds no results: there is no {RUN}. Make them with `opensepsis label`."
        )
    try:
        run = json.loads(file.read_text(encoding="utf-8"))
        whole = isinstance(run, dict) and isinstance(run.get("definitions"), list)
    except ValueError:
        whole = False
    if not whole:
        raise FormatError(f"{file} is damaged. {AGAIN}")
    return run


def result_files(table: Path) -> list[Path]:
    """The files of a table: those of a folder by shard, or the one of an earlier opensepsis. MissingError: not all are there."""
    files = table_files(table)
    if table.is_dir():
        folder = table.parent.parent if table.parent.name == "scores" else table.parent
        asked = read_run(folder)["shards"]["with_rows"] if (folder / RUN).is_file() else []
        there = {file.name for file in files}
        for name in (f"{shard_name(number)}.parquet" for number in asked):
            if name not in there:
                raise MissingError(f"{table / name} is missing. {AGAIN}")
    if not files:
        raise MissingError(f"{table} is missing. {AGAIN}")
    return files


def read_result(file: Path) -> pl.DataFrame:
    """One table of the results."""
    files = result_files(file)
    try:
        return read_files(files)
    except (pl.exceptions.PolarsError, OSError):
        problem = FormatError(f"{file} is damaged. {AGAIN}")
    raise problem


def write_flat_csv(frame: pl.DataFrame, file: Path) -> None:
    """A table of results as CSV: lists joined by `; `, times ISO in UTC."""
    lists = [c for c, kind in frame.schema.items() if kind == pl.List(pl.String)]
    flat = frame.with_columns(pl.col(lists).list.join("; ")) if lists else frame
    flat.write_csv(file, datetime_format="%Y-%m-%dT%H:%M:%S%.fZ")


def source_of(folder: Path, run: dict) -> str:
    """The kind of source that the data of a run came from: of a timeline, the one it was made of, while it is there."""
    kind = run["source"]["kind"]
    about = folder / run["timeline"] / "timeline.json"
    if kind != "timeline" or not about.is_file():
        return kind
    return json.loads(about.read_text(encoding="utf-8")).get("source", kind)
