"""Every table of a run as CSV files, or as one DuckDB file."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from opensepsis.data.io.atomic import whole_folder
from opensepsis.data.io.paths import as_path
from opensepsis.data.results import read_result, read_run, result_files, write_flat_csv
from opensepsis.definitions import SCORES
from opensepsis.engine.batch.deciding_values import value_columns
from opensepsis.errors import MissingError, OutputError
from opensepsis.uses.export.meds import MARKER
from opensepsis.uses.export.written import Written

Values = Callable[
    [Path, Path], None
]  # writes the values of a run's scores into a folder: NAME/*.parquet, by stay and time


def export_csv(results: Path | str, out: Path | str, values: Values | None = None) -> Written:
    """Each table of a run as a CSV file; lists are joined by `; `, times are ISO in UTC, scores lie in `scores/`.

    With `values` (`opensepsis.uses.label.write_values`) the scores have, beside the points of each row, when the row was worst in its
    window (`<row>_time`) and what each of its signals was then (`<row>_<signal>`).
    MissingError: no results there. OutputError: the folder holds something that no export wrote.
    """
    results, out = as_path(results), as_path(out)
    rows = {}
    with whole_folder(out, MARKER, [results]) as folder, _valued(results, values) as tables:
        for name, file in tables.items():
            target = folder / f"{name}.csv"
            target.parent.mkdir(exist_ok=True)
            frame = read_result(file)
            write_flat_csv(frame, target)
            rows[name] = frame.height
        (folder / MARKER).write_text(
            json.dumps({"form": "csv", "rows": rows}, indent=1) + "\n", encoding="utf-8"
        )
    return Written(out, rows)


def export_duckdb(results: Path | str, out: Path | str, values: Values | None = None) -> Written:
    """Each table of a run as a table of one new DuckDB file; those of scores are called `score_NAME`, a colon is an underscore.

    `values` as in `export_csv`.
    MissingError: no results there, or DuckDB is not installed. OutputError: the file is there already.
    """
    try:
        import duckdb
    except ModuleNotFoundError:
        raise MissingError(
            "Export to DuckDB needs 'duckdb', which is not installed. Install opensepsis with its extra `mimic`."
        ) from None
    results, out = as_path(results), as_path(out)
    tables_of(results)
    if out.exists():
        raise OutputError(f"{out} already exists and was not changed. Name a new file.")
    rows = {}
    part = out.with_name(f"{out.name}.part")
    part.unlink(missing_ok=True)
    try:
        with _valued(results, values) as found, duckdb.connect(str(part)) as database:
            for name, file in found.items():
                table = name.replace("scores/", "score_").replace("-", "_")
                source = database.read_parquet([str(part) for part in result_files(file)])
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


@contextmanager
def _valued(results: Path, values: Values | None) -> Iterator[dict[str, Path]]:
    """`tables_of`, where asked for with the values beside the points: these lie in a temporary folder."""
    tables = tables_of(results)
    if values is None:
        yield tables
        return
    with TemporaryDirectory(prefix="opensepsis-") as made:
        folder = Path(made)
        values(results, folder)
        for name, file in tables.items():
            beside = folder / Path(name).name
            if name.startswith("scores/") and beside.is_dir():
                tables[name] = folder / f"{beside.name}.parquet"
                _with_values(file, beside).write_parquet(tables[name])
        yield tables


def _with_values(file: Path, beside: Path) -> pl.DataFrame:
    """A score with its values: each row's behind its points, and none where it has no points."""
    scored = read_result(file)
    found = scored.join(pl.read_parquet(beside), on=["stay", "time"], how="left", maintain_order="left")
    columns = list(scored.columns)
    for row, names in value_columns(SCORES[file.stem.replace("-", ":", 1)]).items():
        behind = columns.index(f"{row}_basis") + 1
        columns[behind:behind] = names
        found = found.with_columns(pl.when(pl.col(row).is_not_null()).then(pl.col(names)))
    return found.select(columns)
