"""Prevalence, Cohen's kappa, onset differences and mortality of the definitions in a folder of results."""

from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from itertools import combinations
from pathlib import Path
from typing import Protocol

import polars as pl

from opensepsis.counted import counted
from opensepsis.data.io.atomic import add_to_output
from opensepsis.data.io.paths import as_path
from opensepsis.data.results import AGAIN, RUN, read_result, read_run
from opensepsis.errors import DefinitionError, FormatError, MissingError
from opensepsis.uses.compare.bootstrap import ENDS, Samples, interval
from opensepsis.uses.pages import can_draw, figure_or_table

DEFINITIONS = "comparison.parquet"
PAIRS = "comparison_pairs.parquet"
FIGURE = "comparison.svg"
HOUR = 3_600_000_000


class Results(Protocol):
    """The results of a run, as `label` and `read_labels` give them."""

    @property
    def run(self) -> dict: ...
    @property
    def path(self) -> Path | None: ...
    @property
    def stays(self) -> pl.DataFrame: ...


@dataclass(frozen=True)
class Comparison:
    """`definitions`: one row each. `pairs`: one row for each two definitions. Mortality is of the stay, in hospital.

    `…_low` and `…_high` are the ends of the interval that `interval` describes; every column is in `opensepsis.schema`.
    """

    definitions: pl.DataFrame
    pairs: pl.DataFrame
    stays: int
    path: Path | None
    interval: str

    @property
    def figure(self) -> Path | None:
        """The SVG figure; None where the results lie in no folder (then `svg` has it), or without the extra `report`."""
        return None if self.path is None or not can_draw() else self.path / FIGURE

    @cached_property
    def svg(self) -> str:
        """The figure as SVG text. MissingError: the extra `report` is not installed."""
        from opensepsis.uses.compare.figure import draw

        return draw(self.definitions, self.pairs, self.stays)

    def _repr_html_(self) -> str:
        return f"<div>{figure_or_table(lambda: self.svg, self.definitions)}<p>{self.interval}</p></div>"


def compare(
    results: str | Path | Results,
    *,
    stays: pl.DataFrame | None = None,
    resamples: int = 1000,
    seed: int = 1,
) -> Comparison:
    """Compares all phenotypes of a run: prevalence and mortality, and for each pair agreement (Cohen's kappa) and hours between onsets.

    `results` is the folder of a run, or what `label` returned. With `stays`, a Polars frame with a column `stay`, only these stays
    count, as a cohort. Without it all stays of the run count, and tables and (with the extra `report`) a figure are written to the
    folder of the results, if there is one. For each definition, only the stays for which it was judged count (`judged`). A stay meets a
    definition if it has an episode of it; its first onset is compared. Shares are fractions of 1, onsets in hours; not known is null.

    Intervals are 95 %, from `resamples` bootstrap samples of patients (all stays of a patient together, because they are not
    independent) with a fixed `seed`: the same results give the same intervals. There is no interval if the samples do not differ (a
    share of 0 or 1) or only one patient counts. MissingError: the run has no phenotype, or lacks a stay of the cohort. FormatError:
    results of an earlier version of opensepsis. Source: Efron and Tibshirani 1993 (percentile interval), Cohen 1960 (kappa).

    >>> import opensepsis
    >>> labels = opensepsis.label("csv", "examples/hospital", definitions="sepsis3,sepsis2")
    >>> found = opensepsis.compare(labels)
    >>> found.definitions.select("definition", "stays", "prevalence", "prevalence_low", "prevalence_high").row(0)
    ('sepsis3', 7, 0.5, 0.21428571428571427, 0.7142857142857143)
    """
    if not isinstance(resamples, int) or resamples < 100:
        raise DefinitionError("Give at least 100 resamples.")
    names, found, folder = _results(results)
    if stays is not None:
        found, folder = _cohort(found, stays), None
    stays = found
    samples = Samples(stays["patient"], resamples, seed)
    rows = [_definition(name, stays) + _definition_intervals(name, stays, samples) for name in names]
    definitions = pl.DataFrame(rows, schema=_DEFINITION, orient="row")
    couples = list(combinations(names, 2))
    rows = [_pair(a, b, stays) + _pair_intervals(a, b, stays, samples) for a, b in couples]
    pairs = pl.DataFrame(rows, schema=_PAIR, orient="row")
    compared = Comparison(definitions, pairs, stays.height, folder, samples.method)
    if folder is not None:
        figure = (
            compared.svg.encode() if can_draw() else None
        )  # one of an earlier run would be of other numbers
        files = {DEFINITIONS: _as_parquet(definitions), PAIRS: _as_parquet(pairs), FIGURE: figure}
        add_to_output(folder, RUN, files)
    return compared


def _cohort(found: pl.DataFrame, stays: pl.DataFrame) -> pl.DataFrame:
    """The stays of a run that are in a cohort; an error where the cohort has one that the run has not."""
    asked = stays.select(pl.col("stay").cast(pl.String)).unique()
    kept = found.join(asked, on="stay", how="semi", maintain_order="left")
    if kept.height < asked.height:
        missing = asked.height - kept.height
        raise MissingError(
            f"{counted(missing, 'stay of the cohort is', 'stays of the cohort are')} not among those of the run."
        )
    return kept


def _as_parquet(frame: pl.DataFrame) -> bytes:
    file = BytesIO()
    frame.write_parquet(file)
    return file.getvalue()


def _results(given: str | Path | Results) -> tuple[list[str], pl.DataFrame, Path | None]:
    """The phenotypes of a run, its stays with `dead` (whether the patient died in the stay), and the folder."""
    if isinstance(given, str | Path):
        folder = as_path(given)
        run = read_run(folder)
    else:
        folder, run = given.path, given.run
    names = [d["name"] for d in run["definitions"] if d["kind"] == "phenotype"]
    if not names:
        raise MissingError(
            f"{folder or 'The run'} holds no phenotype to compare. Label again with more: `--definitions sepsis3,sepsis2`."
        )
    stays = read_result(as_path(given) / "stays.parquet") if isinstance(given, str | Path) else given.stays
    if "died_in_stay" not in stays.columns:
        raise FormatError(f"{folder} holds results of an earlier version of opensepsis. {AGAIN}")
    return names, stays.with_columns(dead="died_in_stay"), folder


_DEFINITION = {
    "definition": pl.String,
    "stays": pl.Int64,
    "prevalence": pl.Float64,
    "deaths": pl.Int64,
    "mortality": pl.Float64,
    "mortality_without": pl.Float64,
    "judged": pl.Int64,
    **{f"{of}_{end}": pl.Float64 for of in ("prevalence", "mortality", "mortality_without") for end in ENDS},
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
    **{f"{of}_{end}": pl.Float64 for of in ("kappa", "onset_later_hours") for end in ENDS},
}


def _definition(name: str, stays: pl.DataFrame) -> tuple:
    stays = stays.drop_nulls(name)  # not judged: another age than the definition is made for
    has, dead = stays[name], stays["dead"]
    found, deaths = int(has.sum()), int((has & dead).sum())
    without, told = int((~has & dead).sum()), dead.is_not_null()
    return (
        name,
        found,
        _share(found, stays.height),
        deaths,
        _share(deaths, int((has & told).sum())),
        _share(without, int((~has & told).sum())),
        stays.height,
    )


def _definition_intervals(name: str, stays: pl.DataFrame, samples: Samples) -> tuple:
    judged = stays[name].is_not_null()
    has, dead = (stays[name] & judged).fill_null(False), stays["dead"]
    told = dead.is_not_null()
    counts = samples.counts([judged, has, has & told, has & dead, judged & ~has & told, judged & ~has & dead])
    n, found, found_told, deaths, others, others_dead = counts.T
    return (
        *interval(found, n),
        *interval(deaths, found_told),
        *interval(others_dead, others),
    )


def _pair_intervals(first: str, other: str, stays: pl.DataFrame, samples: Samples) -> tuple:
    a, b = stays[first], stays[other]
    both, neither = (a & b).fill_null(False), (~a & ~b).fill_null(False)
    only_first, only_other = (a & ~b).fill_null(False), (~a & b).fill_null(False)
    counts = samples.counts([both, only_first, only_other, neither]).astype(float)
    total = counts.sum(axis=1)
    n11, n10, n01, n00 = counts.T
    chance = (n11 + n10) * (n11 + n01) + (n01 + n00) * (n10 + n00)
    top, bottom = (n11 + n00) * total - chance, total**2 - chance
    later = (pl.col(f"{other}_onset") - pl.col(f"{first}_onset")).dt.total_microseconds() / HOUR
    hours = stays.filter(both).select("patient", hours=later).drop_nulls()
    return *interval(top, bottom), *samples.median_interval(hours["patient"], hours["hours"].to_numpy())


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
