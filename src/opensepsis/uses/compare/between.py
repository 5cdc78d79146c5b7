"""Two definitions side by side: which stays move from one to the other, why, and what that does to the whole."""

from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from io import BytesIO
from pathlib import Path

import numpy as np
import polars as pl

from opensepsis.data.io.atomic import add_to_output
from opensepsis.data.io.paths import as_path
from opensepsis.data.results import AGAIN, RUN, read_result, read_run
from opensepsis.definitions import DEFINITIONS, SCORES
from opensepsis.errors import DefinitionError, FormatError, MissingError, nearest
from opensepsis.uses.compare.bootstrap import Samples, interval, spread
from opensepsis.uses.compare.moves import HIGHER, LOWER, SAME, counted, phenotype_moves, score_moves
from opensepsis.uses.pages import can_draw, figure_or_table

TABLE, SUMMARY, FIGURE = "between.parquet", "between_summary.parquet", "between.svg"
_SUMMARY = {
    "measure": pl.String,
    "value": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "published": pl.Float64,
    "published_of": pl.String,
}


@dataclass(frozen=True)
class Between:
    """`moves`: stays by move, first rule that differs, and detail. `summary`: shares and, of scores, AUROC of death in the stay.

    `published` stands beside as no proof: another population, not checked by us against its data.
    """

    first: str
    other: str
    moves: pl.DataFrame
    summary: pl.DataFrame
    stays: int
    path: Path
    interval: str

    @cached_property
    def svg(self) -> str:
        """The figure as SVG text. MissingError: the extra `report` is not installed."""
        from opensepsis.uses.compare.between_figure import draw

        return draw(self.first, self.other, self.moves, self.stays)

    def _repr_html_(self) -> str:
        return f"<div>{figure_or_table(lambda: self.svg, self.moves)}<p>{self.interval}</p></div>"


def between(folder: str | Path, first: str, other: str, *, resamples: int = 1000, seed: int = 1) -> Between:
    """Two phenotypes or two scores of a run: who moves and why, written beside its results (a figure with the extra `report`).

    Of phenotypes a stay moves when only one has it, or both with another onset; of scores when its highest total differs over the hours
    at which both are known. The reason is the first rule that differs: for a phenotype the first that the one without the stay does not
    meet, for scores the first row in the table's order. Shares are fractions of the stays both were judged for. Intervals are 95 %, of a
    bootstrap of patients. DefinitionError: a name that
    is none, one name twice, or two definitions that are not of one kind. MissingError: one is not in the run.
    """
    if not isinstance(resamples, int) or resamples < 100:
        raise DefinitionError("Give at least 100 resamples.")
    folder = as_path(folder)
    run = read_run(folder)
    kinds = {name: _kind(name, run) for name in (first, other)}
    if first == other:
        raise DefinitionError(f"Give two definitions: both are {first}.")
    if len(set(kinds.values())) > 1:
        raise DefinitionError(
            f"{first} is a {kinds[first]} and {other} a {kinds[other]}: choose two of the same kind."
        )
    stays = read_result(folder / "stays.parquet")
    if "died_in_stay" not in stays.columns or (
        not (folder / "rules.parquet").exists() and kinds[first] == "phenotype"
    ):
        raise FormatError(f"{folder} holds results of an earlier version of opensepsis. {AGAIN}")
    scored = kinds[first] == "score"
    moves = (_scores if scored else _phenotypes)(folder, first, other)
    judged = stays.join(moves, on="stay")
    samples = Samples(judged["patient"], resamples, seed)
    rows = _shares(judged, samples)
    rows += _areas(judged, first, other, samples) if scored else []
    summary = _with_published(first, other, rows)
    table = counted(first, other, moves)
    found = Between(first, other, table, summary, moves.height, folder, samples.method)
    figure = found.svg.encode() if can_draw() else None  # one of an earlier run would be of other definitions
    add_to_output(folder, RUN, {TABLE: _as_parquet(table), SUMMARY: _as_parquet(summary), FIGURE: figure})
    return found


def _kind(name: str, run: dict) -> str:
    found = {d["name"]: d["kind"] for d in run["definitions"]}
    if name not in DEFINITIONS and name not in found:
        raise DefinitionError(f"There is no definition '{name}'. {nearest(name, DEFINITIONS)}")
    if found.get(name) not in ("score", "phenotype"):
        raise MissingError(
            f"{name} is not a score or phenotype of this run. Label again with `--definitions {name}`."
        )
    return found[name]


def _phenotypes(folder: Path, first: str, other: str) -> pl.DataFrame:
    episodes, rules = (read_result(folder / f"{name}.parquet") for name in ("episodes", "rules"))
    return phenotype_moves(first, other, episodes, rules)


def _scores(folder: Path, first: str, other: str) -> pl.DataFrame:
    hours = [read_result(folder / "scores" / f"{name.replace(':', '-')}.parquet") for name in (first, other)]
    rows = [[row.name for row in SCORES[name].rows] for name in (first, other)]
    return score_moves(hours[0], hours[1], rows[0], rows[1])


def _shares(judged: pl.DataFrame, samples: Samples) -> list[tuple]:
    """Each move as a share of the stays, with its interval."""
    scored = judged["move"].is_in([HIGHER, LOWER, SAME]).all()
    names = [HIGHER, SAME, LOWER] if scored else judged["move"].unique().sort().to_list()
    flags = [judged["move"] == name for name in names]
    every = pl.repeat(True, judged.height, eager=True)
    counts = samples.counts([every, *flags])
    return [
        (name, flag.sum() / max(judged.height, 1), *interval(counts[:, i + 1], counts[:, 0]))
        for i, (name, flag) in enumerate(zip(names, flags, strict=True))
    ]


def _areas(judged: pl.DataFrame, first: str, other: str, samples: Samples) -> list[tuple]:
    """The area under the curve of death in the stay by the highest total of each score."""
    rows = []
    for name in (first, other):
        told = judged["died_in_stay"].is_not_null() & judged[f"{name}_highest"].is_not_null()
        highest, dead = judged[f"{name}_highest"], judged["died_in_stay"]
        values = highest.filter(told).unique().sort().to_list()
        flags = [told & (highest == v) & dead for v in values] + [
            told & (highest == v) & ~dead for v in values
        ]
        own = np.array([[int(flag.fill_null(False).sum()) for flag in flags]])
        drawn = samples.counts(flags) if values else own
        rows.append((f"AUROC of death, {name}", *_first(area(own)), *spread(area(drawn))))
    return rows


def _first(values: np.ndarray) -> tuple[float | None]:
    return (None if not len(values) or np.isnan(values[0]) else float(values[0]),)


def area(counts: np.ndarray) -> np.ndarray:
    """The area under the curve in each row: how many died with each value, in rising order, and then how many lived with it.

    >>> area(np.array([[0, 1, 1, 2, 1, 0]])).tolist()
    [0.9166666666666666]
    """
    dead, alive = np.split(counts.astype(float), 2, axis=1)
    below = np.cumsum(alive, axis=1) - alive
    pairs = dead.sum(axis=1) * alive.sum(axis=1)
    won = (dead * (below + alive / 2)).sum(axis=1)
    return np.divide(won, pairs, out=np.full(len(won), np.nan), where=pairs > 0)


def _with_published(first: str, other: str, rows: list[tuple]) -> pl.DataFrame:
    """The measures with what others published of the same two, where they did."""
    text = files("opensepsis.uses.compare").joinpath("published.csv").read_text(encoding="utf-8")
    told = pl.read_csv(text.encode()).filter(pl.col("first") == first, pl.col("other") == other)
    measured = pl.DataFrame(rows, schema=list(_SUMMARY)[:4], orient="row")
    found = measured.join(
        told.select("measure", "published", "published_of"), on="measure", how="left", maintain_order="left"
    )
    return found.select(pl.col(name).cast(kind) for name, kind in _SUMMARY.items())


def _as_parquet(frame: pl.DataFrame) -> bytes:
    file = BytesIO()
    frame.write_parquet(file)
    return file.getvalue()
