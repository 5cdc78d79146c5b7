"""Prevalence, Cohen's kappa, onset differences and mortality of the definitions in a folder of results."""

from dataclasses import dataclass
from io import BytesIO
from itertools import combinations
from pathlib import Path

import polars as pl

from opensepsis.data.io.atomic import add_to_output
from opensepsis.data.io.paths import as_path
from opensepsis.data.results import RUN, read_result, read_run
from opensepsis.errors import MissingError
from opensepsis.uses.compare.figure import draw

DEFINITIONS = "comparison.parquet"
PAIRS = "comparison_pairs.parquet"
FIGURE = "comparison.svg"
HOUR = 3_600_000_000


@dataclass(frozen=True)
class Comparison:
    """`definitions`: one row each. `pairs`: one row for each two definitions. Mortality is of the stay, in hospital."""

    definitions: pl.DataFrame
    pairs: pl.DataFrame
    stays: int
    path: Path

    @property
    def figure(self) -> Path:
        """The SVG figure."""
        return self.path / FIGURE


def compare(folder: str | Path) -> Comparison:
    """Compares every phenotype of a run and writes tables and a figure beside its results.

    Only stays of the run count, and of each definition only those it was judged for (`judged`). A stay has a definition
    when it has an episode of it, and its first onset is compared.
    """
    folder = as_path(folder)
    names, stays = _results(folder)
    definitions = pl.DataFrame([_definition(name, stays) for name in names], schema=_DEFINITION, orient="row")
    pairs = pl.DataFrame([_pair(a, b, stays) for a, b in combinations(names, 2)], schema=_PAIR, orient="row")
    files = {
        DEFINITIONS: _as_parquet(definitions),
        PAIRS: _as_parquet(pairs),
        FIGURE: draw(definitions, pairs, stays.height).encode(),
    }
    add_to_output(folder, RUN, files)
    return Comparison(definitions, pairs, stays.height, folder)


def _as_parquet(frame: pl.DataFrame) -> bytes:
    file = BytesIO()
    frame.write_parquet(file)
    return file.getvalue()


def _results(folder: Path) -> tuple[list[str], pl.DataFrame]:
    """The phenotypes of a run, and its stays with `dead`: whether the patient died in the stay."""
    run = read_run(folder)
    names = [d["name"] for d in run["definitions"] if d["kind"] == "phenotype"]
    if not names:
        raise MissingError(
            f"{folder} holds no phenotype to compare. Label with more, as `--definitions sepsis3,sepsis2`."
        )
    stays = read_result(folder / "stays.parquet")
    # a death on the day of discharge is one in the stay, whatever the hour that was charted
    in_stay = pl.col("died").dt.date() <= pl.col("discharged").dt.date()
    return names, stays.with_columns(dead=in_stay.fill_null(False))


_DEFINITION = {
    "definition": pl.String,
    "stays": pl.Int64,
    "prevalence": pl.Float64,
    "deaths": pl.Int64,
    "mortality": pl.Float64,
    "mortality_without": pl.Float64,
    "judged": pl.Int64,
}
_PAIR = {
    "definition": pl.String,
    "other": pl.String,
    "both": pl.Int64,
    "only_first": pl.Int64,
    "only_other": pl.Int64,
    "neither": pl.Int64,
    "kappa": pl.Float64,
    "onset_later_hours": pl.Float64,
    "onset_later_hours_25": pl.Float64,
    "onset_later_hours_75": pl.Float64,
}


def _definition(name: str, stays: pl.DataFrame) -> tuple:
    stays = stays.drop_nulls(name)  # not judged: another age than the definition is made for
    has, dead = stays[name], stays["dead"]
    found, deaths = int(has.sum()), int((has & dead).sum())
    without = int((~has & dead).sum())
    return (
        name,
        found,
        _share(found, stays.height),
        deaths,
        _share(deaths, found),
        _share(without, stays.height - found),
        stays.height,
    )


def _pair(first: str, other: str, stays: pl.DataFrame) -> tuple:
    """Agreement of two definitions, and by how many hours the other's onset is later where a stay has both."""
    stays = stays.drop_nulls([first, other])
    a, b = stays[first], stays[other]
    both, neither = int((a & b).sum()), int((~a & ~b).sum())
    only_first, only_other = int((a & ~b).sum()), int((~a & b).sum())
    later = stays.filter(a & b).select(
        hours=(pl.col(f"{other}_onset") - pl.col(f"{first}_onset")).dt.total_microseconds() / HOUR
    )["hours"]
    spread = [later.quantile(q, interpolation="linear") for q in (0.5, 0.25, 0.75)]
    return (
        first,
        other,
        both,
        only_first,
        only_other,
        neither,
        kappa(both, only_first, only_other, neither),
        *spread,
    )


def kappa(both: int, only_first: int, only_other: int, neither: int) -> float | None:
    """Cohen's kappa of two yes-or-no answers; None where chance alone would always agree.

    >>> round(kappa(20, 5, 10, 15), 2)
    0.4
    """
    total = both + only_first + only_other + neither
    if not total:
        return None
    yes = (both + only_first) * (both + only_other)
    no = (neither + only_first) * (neither + only_other)
    by_chance = (yes + no) / total**2
    return None if by_chance == 1 else ((both + neither) / total - by_chance) / (1 - by_chance)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
