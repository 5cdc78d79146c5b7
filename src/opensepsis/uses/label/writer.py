"""The tables of a run: a folder for each, and in it a Parquet file for each shard, which is read as one."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from opensepsis.data.io.atomic import whole_file
from opensepsis.data.results import read_result
from opensepsis.data.timeline.shards import shard_name
from opensepsis.rules import OrganFailure, Shock
from opensepsis.uses.label.selection import Selection
from opensepsis.uses.label.shard import Labelled, standing

STAY = ["patient", "stay"]
KEY: Any = [*STAY, "time"]  # PyArrow takes names too, its stubs do not say; nobody skips rows by their points
ROWS_OF_GROUP = 20_000  # half as many take a quarter longer to write, twice as many twice as long to replace
TABLES = {  # in which order the rows of a shard lie; shards follow one another
    "episodes": ("patient", "stay", "definition", "onset"),
    "clocks": ("patient", "stay", "clock", "time_zero", "trigger"),
    "course": ("patient", "stay"),
    "days": ("patient", "stay", "day"),
    "rules": ("patient", "stay", "definition"),
}


def tables_of(
    selection: Selection, stays: pl.DataFrame, labels: Labelled, by_day: bool
) -> dict[str, pl.DataFrame]:
    """The tables that a run was asked for, of the labels of one shard, by name and in order; `stays` apart."""
    found = {
        "episodes": (selection.phenotypes, labels.episodes),
        "clocks": (selection.clocks, labels.tasks),
        "course": (selection.course, labels.course),
        "days": (by_day, labels.days),
        "rules": (selection.phenotypes, labels.rules),
    }
    scores = {f"scores/{file_name(name)}": hours for name, hours in labels.scores.items()}
    tables = {n: rows.sort(TABLES[n], maintain_order=True) for n, (asked, rows) in found.items() if asked}
    return scores | tables


def summary_of(selection: Selection, stays: pl.DataFrame, labels: Labelled) -> pl.DataFrame:
    """One row per stay of a shard."""
    episodes = standing(labels.episodes)
    return stay_summary(stays, episodes, selection.phenotypes, labels.scores, labels.unjudged)


def table_file(folder: Path, name: str, number: int) -> Path:
    """The file of a table of results for one shard.

    >>> table_file(Path("results"), "scores/sofa", 3).as_posix()
    'results/scores/sofa.parquet/shard-0003.parquet'
    """
    return folder / f"{name}.parquet" / f"{shard_name(number)}.parquet"


def write_shard(folder: Path, number: int, tables: Mapping[str, pl.DataFrame]) -> None:
    """Writes the tables of a shard, each file whole."""
    for name, rows in tables.items():
        file = table_file(folder, name, number)
        file.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(file) as beside:
            write_table(beside, rows)


def write_table(file: Path | pa.NativeFile, rows: pl.DataFrame, one_group: bool = False) -> None:
    """One Parquet file; rows that are known by their stay and time can be skipped by them.

    Its row groups have so many rows that some can be replaced for little, `one_group` up to twice as many.
    """
    table = rows.to_arrow()
    fits = one_group and rows.height <= 2 * ROWS_OF_GROUP
    # hours that follow one another as differences: a third of the size of a dictionary of them, and faster
    hours = {"time": "DELTA_BINARY_PACKED"} if "time" in table.column_names else None
    # hours and days of a stay repeat themselves; in the other tables dictionaries take more time than they save room
    repeats = not {"time", "day"}.isdisjoint(table.column_names)
    named: Any = [name for name in table.column_names if name != "time"] if repeats else False
    pq.write_table(
        table,
        file,
        compression="zstd",
        compression_level=1,
        write_statistics=KEY,
        use_dictionary=named,
        column_encoding=hours,
        row_group_size=2 * ROWS_OF_GROUP if fits else ROWS_OF_GROUP,
    )


class FilesOfFolder(Mapping[str, pl.DataFrame]):
    """Parquet files by name; one is read when it is first asked for."""

    def __init__(self, files: Mapping[str, Path], keeper: object = None):
        self._files, self._keeper = files, keeper
        self._read: dict[str, pl.DataFrame] = {}

    def __getitem__(self, name: str) -> pl.DataFrame:
        file = self._files[name]
        if name not in self._read:
            self._read[name] = read_result(file)
        return self._read[name]

    def place(self, name: str) -> Path:
        """Where the file of a table lies."""
        return self._files[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


def file_name(definition: str) -> str:
    """The file name of a definition: the colon of a variant is not a letter for every file system.

    >>> file_name("sofa:high_flow")
    'sofa-high_flow'
    """
    return definition.replace(":", "-")


def stay_summary(
    stays: pl.DataFrame,
    episodes: pl.DataFrame,
    phenotypes,
    scores: Mapping[str, pl.DataFrame],
    unjudged: Mapping[str, pl.DataFrame],
) -> pl.DataFrame:
    """One row per stay: who, when, outcome; for each phenotype whether and when first; for each score its highest.

    Of sepsis and shock, the times of suspicion and of organ failure of that first episode too.

    Whether is null where a phenotype was not judged: `unjudged` has patient and stay of those it was not made for.
    """
    told: dict[str, list[str]] = {}
    first = _first_episodes(episodes)
    for phenotype in phenotypes:
        name = phenotype.name
        parts = ("suspected", "organ_failure") if isinstance(phenotype, OrganFailure | Shock) else ()
        told[name] = [name, f"{name}_onset", *(f"{name}_{part}" for part in parts)]
        if name not in first:
            when = [pl.lit(None, stays.schema["admitted"]).alias(column) for column in told[name][1:]]
            stays = stays.with_columns(pl.lit(False).alias(name), *when)
            continue
        mine = first[name].select(
            *STAY, *(pl.col(part).alias(f"{name}_{part}") for part in ("onset", *parts))
        )
        stays = stays.join(mine, on=STAY, how="left", maintain_order="left")
        stays = stays.with_columns(pl.col(f"{name}_onset").is_not_null().alias(name))
    if scores:
        stays = stays.join(_highest(scores), on=STAY, how="left", maintain_order="left")
    stays = stays.with_columns(
        pl.when(~pl.col("stay").is_in(unjudged[name]["stay"].implode())).then(pl.col(name)).alias(name)
        for name in told
    )
    behind = [column for columns in told.values() for column in columns]
    return stays.select(*(c for c in stays.columns if c not in behind), *behind)


def _first_episodes(episodes: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """By definition the first episode of each stay."""
    if not episodes.height:
        return {}
    first = episodes.sort("onset", maintain_order=True).unique(["definition", *STAY], keep="first")
    return {name: mine for (name,), mine in first.partition_by("definition", as_dict=True).items()}


def _highest(scores: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """patient, stay and the highest total of each score; the scores have the same hours."""
    hours = next(iter(scores.values())).select(STAY)
    totals = [ticks["total"].alias(f"{name}_highest") for name, ticks in scores.items()]
    return hours.with_columns(totals).group_by(STAY).agg(pl.all().max())
