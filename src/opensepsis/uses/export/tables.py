"""Every table of a run as CSV files, or as one DuckDB file."""

import json
from pathlib import Path

import polars as pl

from opensepsis.data.io.atomic import whole_folder
from opensepsis.data.io.paths import as_path
from opensepsis.data.results import read_run, write_flat_csv
from opensepsis.errors import MissingError, OutputError
from opensepsis.uses.export.meds import MARKER
from opensepsis.uses.export.written import Written


def export_csv(results: Path | str, out: Path | str) -> Written:
    """Each table of a run as a CSV file; lists are joined by `; `, times are ISO in UTC, scores lie in `scores/`.

    MissingError: no results there. OutputError: the folder holds something that no export wrote.
    """
    results, out = as_path(results), as_path(out)
    rows = {}
    with whole_folder(out, MARKER, [results]) as folder:
        for name, file in tables_of(results).items():
            target = folder / f"{name}.csv"
            target.parent.mkdir(exist_ok=True)
            frame = pl.read_parquet(file)
            write_flat_csv(frame, target)
            rows[name] = frame.height
        (folder / MARKER).write_text(
            json.dumps({"form": "csv", "rows": rows}, indent=1) + "\n", encoding="utf-8"
        )
    return Written(out, rows)


def export_duckdb(results: Path | str, out: Path | str) -> Written:
    """Each table of a run as a table of one new DuckDB file; those of scores are called `score_NAME`, a colon is an underscore.

    MissingError: no results there, or DuckDB is not installed. OutputError: the file is there already.
    """
    try:
        import duckdb
    except ModuleNotFoundError:
        raise MissingError(
            "Export to DuckDB needs 'duckdb', which is not installed. Install opensepsis with its extra `mimic`."
        ) from None
    results, out = as_path(results), as_path(out)
    found = tables_of(results)
    if out.exists():
        raise OutputError(f"{out} is there already and was not changed. Name a new file.")
    rows = {}
    part = out.with_name(f"{out.name}.part")
    part.unlink(missing_ok=True)
    try:
        with duckdb.connect(str(part)) as database:
            for name, file in found.items():
                table = name.replace("scores/", "score_").replace("-", "_")
                source = database.read_parquet(str(file))
                source.create(table)
                rows[table] = len(source)
        part.rename(out)
    finally:
        part.unlink(missing_ok=True)
    return Written(out, rows)


def tables_of(results: Path) -> dict[str, Path]:
    """The Parquet files of a run by the name of their table: `stays`, `episodes`, `scores/sofa` …; the events are not among them."""
    read_run(results)
    files = sorted([*results.glob("*.parquet"), *(results / "scores").glob("*.parquet")])
    return {file.relative_to(results).with_suffix("").as_posix(): file for file in files}
