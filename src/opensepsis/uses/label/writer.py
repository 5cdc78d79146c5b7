"""Writes the results of a run shard by shard, a Parquet file for each table and score, so that memory stays bounded."""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq

from opensepsis.data.results import read_result
from opensepsis.rules import OrganFailure, Shock
from opensepsis.uses.label.selection import Selection
from opensepsis.uses.label.shard import Labelled, standing

STAY = ["patient", "stay"]
KEY: Any = [*STAY, "time"]  # PyArrow takes names too, its stubs do not say; nobody skips rows by their points
TABLES = {  # in which order the rows of a shard lie; shards follow one another
    "episodes": ("patient", "stay", "definition", "onset"),
    "clocks": ("patient", "stay", "clock", "time_zero", "trigger"),
    "course": ("patient", "stay"),
    "days": ("patient", "stay", "day"),
    "rules": ("patient", "stay", "definition"),
}


class ParquetFile:
    """A Parquet file that grows by row groups."""

    def __init__(self, path: Path):
        self.path = path
        self._writer: pq.ParquetWriter | None = None

    def add(self, rows: pl.DataFrame) -> None:
        """Appends the rows of one shard; the first, though empty, make the file."""
        table = rows.to_arrow()
        if self._writer is None:
            # hours that follow one another as differences: a third of the size of a dictionary of them, and faster
            hours = {"time": "DELTA_BINARY_PACKED"} if "time" in table.column_names else None
            self._writer = pq.ParquetWriter(
                self.path,
                table.schema,
                compression="zstd",
                compression_level=1,
                write_statistics=KEY,
                use_dictionary=[name for name in table.column_names if name != "time"],
                column_encoding=hours,
            )
        if rows.height or not self.path.stat().st_size:
            self._writer.write_table(table)

    def close(self) -> None:
        """Completes the file."""
        if self._writer is not None:
            self._writer.close()


class Results:
    """What a run found: written as it comes; what is kept of it are one row per stay, and counts."""

    def __init__(self, folder: Path, selection: Selection, by_day: bool):
        self.selection = selection
        (folder / "scores").mkdir(parents=True, exist_ok=True)
        self._scores = {
            s.name: ParquetFile(folder / "scores" / f"{file_name(s.name)}.parquet") for s in selection.scores
        }
        asked = {
            "episodes": selection.phenotypes,
            "clocks": selection.clocks,
            "course": selection.course,
            "days": by_day,
            "rules": selection.phenotypes,
        }
        self._tables = {name: ParquetFile(folder / f"{name}.parquet") for name in TABLES if asked[name]}
        self.stays: list[pl.DataFrame] = []
        self.hours = {s.name: {"hours": 0, "known": 0} for s in selection.scores}
        self._counts: dict[str, Counter] = {"tasks": Counter(), "course": Counter()}

    def __enter__(self) -> "Results":
        return self

    def __exit__(self, *_) -> None:
        for file in (*self._scores.values(), *self._tables.values()):
            file.close()

    def add(self, stays: pl.DataFrame, labels: Labelled) -> None:
        """Writes the labels of one shard and these, its stays."""
        for name, ticks in labels.scores.items():
            self._scores[name].add(ticks)
            self.hours[name]["hours"] += ticks.height
            self.hours[name]["known"] += ticks["total"].count()
        found = {
            "episodes": labels.episodes,
            "clocks": labels.tasks,
            "course": labels.course,
            "days": labels.days,
            "rules": labels.rules,
        }
        for name, file in self._tables.items():
            file.add(found[name].sort(TABLES[name], maintain_order=True))
        self._count("tasks", labels.tasks, "clock")
        self._count("course", labels.course, "finding")
        episodes = standing(labels.episodes)
        told = stay_summary(stays, episodes, self.selection.phenotypes, labels.scores, labels.unjudged)
        self.stays.append(told)

    @property
    def tasks(self) -> dict[str, dict[str, int]]:
        """How many tasks of each clock ended in each state."""
        return self._by_name("tasks", sorted(self._counts["tasks"]))

    @property
    def course(self) -> dict[str, dict[str, int]]:
        """In how many stays each finding is there, and in how many it is not known."""
        order = [f.name for f in self.selection.course.findings] if self.selection.course else []
        return self._by_name(
            "course", sorted(self._counts["course"], key=lambda c: (order.index(c[0]), c[1]))
        )

    def _count(self, table: str, rows: pl.DataFrame, name: str) -> None:
        if rows.height:
            counted = rows.group_by(name, "state").len().iter_rows()
            self._counts[table].update({(of, state): number for of, state, number in counted})

    def _by_name(self, table: str, order: list[tuple[str, str]]) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = {}
        for of, state in order:
            found.setdefault(of, {})[state] = self._counts[table][of, state]
        return found


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
