"""The results of runs by site: stays, episodes and timelines, each with the name of its site."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from opensepsis.data.io.paths import as_path
from opensepsis.data.results import read_result, read_run
from opensepsis.data.timeline.timeline import Timeline, read_timeline
from opensepsis.errors import DefinitionError, MissingError

Sites = Mapping[str, str | Path | Iterable[str | Path]]


@dataclass(frozen=True)
class Run:
    """The results of one run at one site."""

    site: str
    folder: Path
    stays: pl.DataFrame
    episodes: pl.DataFrame
    timeline: Timeline
    zone: str | None


def named(given: Iterable[str]) -> dict[str, list[str]]:
    """Folders by site, from words as `north=results` or `results`; the same name more than once is one site.

    >>> named(["north=a", "north=b", "runs/south"])
    {'north': ['a', 'b'], 'south': ['runs/south']}
    """
    found: dict[str, list[str]] = {}
    for word in given:
        name, equals, folder = word.partition("=")
        folder = folder if equals else word
        found.setdefault(name if equals else Path(folder).name, []).append(folder)
    return found


def runs_of(sites: Sites, definition: str) -> list[Run]:
    """Every run of every site; MissingError where one was not labelled with the definition."""
    found = []
    for site, folders in sites.items():
        for folder in [folders] if isinstance(folders, str | Path) else folders:
            found.append(_run(site, as_path(folder), definition))
    if not found:
        raise DefinitionError("Name at least one folder of results.")
    return found


def _run(site: str, folder: Path, definition: str) -> Run:
    run = read_run(folder)
    if definition not in {d["name"] for d in run["definitions"]}:
        raise MissingError(
            f"{folder} has no results for {definition}. Label the data again with `--definitions {definition}`."
        )
    zone = run["source"]["days_of"]
    return Run(
        site,
        folder,
        read_result(folder / "stays.parquet"),
        read_result(folder / "episodes.parquet"),
        read_timeline(folder / Path(run["timeline"])),
        None if zone == "UTC" else zone,
    )
