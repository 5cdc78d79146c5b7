"""What is to be foreseen: labels of every hour, from the episodes of a phenotype or from a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from opensepsis.counted import counted
from opensepsis.data.io.paths import as_path, read_file
from opensepsis.engine.semantics.time import HOUR
from opensepsis.errors import FormatError, MissingError
from opensepsis.uses.predict.grid import Grid
from opensepsis.uses.predict.utility import BEST, gain

TABLE_NAMES = {
    "patient": ("stay", "patient", "patient_id"),
    "hour": ("hour", "ICULOS"),
    "label": ("label", "SepsisLabel"),
}


@dataclass(frozen=True)
class Labels:
    """For each row of a grid whether it counts, whether it is positive, and what an alarm gains; for each stay its onset.

    `onset` and `known` are hours since admission to the unit (NaN: none): when it began, and when that could first be told. `about`
    says in words what the label is; `left_out` how many stays and hours were left out, by reason.
    """

    counted: np.ndarray
    positive: np.ndarray
    gain: np.ndarray
    onset: np.ndarray
    known: np.ndarray
    about: dict
    left_out: dict[str, int]

    def of_rows(self, rows: np.ndarray, stays: np.ndarray) -> "Labels":
        """The same for some rows and the stays they are of."""
        return Labels(
            self.counted[rows], self.positive[rows], self.gain[rows], self.onset[stays], self.known[stays], self.about, self.left_out
        )  # fmt: skip


def joined(parts: Sequence[Labels]) -> Labels:
    """The labels of several hospitals, in the order of `grid.together`."""
    names = ("counted", "positive", "gain", "onset", "known")
    left_out: dict[str, int] = {}
    for part in parts:
        for reason, count in part.left_out.items():
            left_out[reason] = left_out.get(reason, 0) + count
    whole = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    return Labels(**whole, about=parts[0].about, left_out=left_out)


def from_onsets(
    grid: Grid, onsets: pl.DataFrame, definition: str, horizon: float = 6, gap: float = 0
) -> Labels:
    """Positive: the onset lies more than `gap` and at most `gap + horizon` hours ahead. Hours from the onset on do not count.

    `onsets` has stay, judged (Boolean), onset and known (times; null: none). Left out, and counted: stays that were not judged or are
    not listed, and those whose onset is not after their first hour, for there is nothing left to foresee.
    """
    own = grid.stays.select("stay", "admitted").join(onsets, on="stay", how="left", maintain_order="left")
    since = [
        ((pl.col(name) - pl.col("admitted")).dt.total_microseconds() / HOUR).alias(name)
        for name in ("onset", "known")
    ]
    own = own.with_columns(since)
    onset, known = (own[name].fill_null(np.nan).to_numpy().astype(float) for name in ("onset", "known"))
    judged = own["judged"].fill_null(False).to_numpy()
    early = judged & (onset <= 1)
    of_row, hours = grid.stay_of_row, grid.unit_hours
    ahead = onset[of_row] - hours
    kept = (judged & ~early)[of_row]
    counted = kept & ~(ahead <= 0)
    positive = counted & (ahead > gap) & (ahead <= gap + horizon)
    about = {
        "definition": definition,
        "horizon_hours": horizon,
        "gap_hours": gap,
        "utility": "contest, about the onset",
    }
    left = {
        "stays not judged": int((~judged).sum()), "stays with the onset at or before their first hour": int(early.sum()),
        "hours at or after the onset": int((kept & (ahead <= 0)).sum()),
    }  # fmt: skip
    usable = np.where(judged & ~early, onset, np.nan)
    return Labels(counted, positive, gain(hours - usable[of_row]), usable, known, about, left)


def read_table(path: str | Path) -> pl.DataFrame:
    """A table of labels as patient, hour (since admission to the unit, at its end) and label; a file, or a folder of Parquet and CSV files.

    Its columns are stay (or patient, patient_id), hour (or ICULOS) and label (or SepsisLabel), as the challenge of 2019 has them.
    """
    path = as_path(path)
    files = [path] if path.is_file() else sorted(path.glob("*.parquet")) + sorted(path.glob("*.csv"))
    if not files:
        raise MissingError(
            f"There is no table of labels at {path}. Give a Parquet or CSV file, or a folder of them."
        )
    return pl.concat([_read_one(file) for file in files])


def _read_one(file: Path) -> pl.DataFrame:
    try:
        if file.suffix == ".parquet":
            there = list(pl.read_parquet_schema(file))
            frame = read_file(file, columns=[_found(file, there, names) for names in TABLE_NAMES.values()])
        else:
            frame = pl.read_csv(file, glob=False)
    except (pl.exceptions.PolarsError, OSError):
        raise FormatError(f"{file} cannot be read as a table. Give Parquet, or CSV with a header.") from None
    named = {ours: _found(file, frame.columns, names) for ours, names in TABLE_NAMES.items()}
    table = frame.select(pl.col(theirs).alias(ours) for ours, theirs in named.items())
    wrong = table.select(~pl.col("label").cast(pl.Float64).is_in([0.0, 1.0])).to_series().fill_null(True)
    if wrong.any():
        raise FormatError(
            f"{file.name}: {counted(int(wrong.sum()), 'label is', 'labels are')} neither 0 nor 1. Each hour needs one."
        )
    return table.select(
        pl.col("patient").cast(pl.String), pl.col("hour").cast(pl.Int64), pl.col("label").cast(pl.Int8)
    )


def _found(file: Path, there: Sequence[str], names: tuple[str, ...]) -> str:
    for name in names:
        if name in there:
            return name
    raise MissingError(f"{file.name} has no column {' or '.join(names)}. A table of labels needs one.")


def from_table(grid: Grid, table: pl.DataFrame) -> Labels:
    """The labels of a table, hour by hour; only its hours count. The onset is 6 hours after the first 1, by the challenge's rule."""
    stays = grid.stays.with_row_index("sid").select("sid", "stay", "patient", "hours")
    by_name = table.join(stays.select("sid", "hours", patient="stay"), on="patient", how="inner")
    if by_name.is_empty():
        by_name = table.join(stays.select("sid", "hours", "patient"), on="patient", how="inner")
    if by_name.is_empty():
        raise MissingError(
            "No stay in the table of labels is in the timeline. Both must use the same names of stays."
        )
    within = by_name.filter(pl.col("hour").is_between(1, pl.col("hours"))).sort("sid", "hour")
    if within.select(pl.struct("sid", "hour").is_duplicated().any()).item():
        raise FormatError("The table of labels has two labels for one hour of a stay. Keep one.")
    rows = grid.begin[within["sid"].to_numpy()] + within["hour"].to_numpy() - 1
    counted, positive = np.zeros(grid.hours, bool), np.zeros(grid.hours, bool)
    counted[rows], positive[rows] = True, within["label"].to_numpy() == 1
    first = within.group_by("sid").agg(
        begins=pl.col("hour").min(), onset=pl.col("hour").filter(pl.col("label") == 1).min()
    )
    onset = np.full(len(stays), np.nan)
    onset[first["sid"].to_numpy()] = first["onset"].fill_null(np.nan).to_numpy() - BEST
    left = {
        "hours without a label": int((~counted).sum()),
        "labels outside the stays": by_name.height - within.height,
    }
    about = {
        "definition": "a table of labels",
        "horizon_hours": -BEST,
        "gap_hours": 0,
        "utility": "contest 2019",
    }
    since = grid.unit_hours - onset[grid.stay_of_row]
    return Labels(counted, positive, gain(since), onset, np.full(len(stays), np.nan), about, left)
