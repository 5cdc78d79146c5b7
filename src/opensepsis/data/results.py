"""What a run wrote, read again: clear errors where it is absent or damaged."""

import json
from pathlib import Path

import polars as pl

from opensepsis.data.io.paths import read_file
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


def read_result(file: Path) -> pl.DataFrame:
    """One table of the results."""
    if not file.is_file():
        raise MissingError(f"{file} is missing. {AGAIN}")
    try:
        return read_file(file)
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
