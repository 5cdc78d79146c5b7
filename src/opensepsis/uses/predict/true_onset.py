"""How early alarms are before sepsis truly began, where that is known: in simulated patients. A definition tells it later."""

from pathlib import Path

import numpy as np
import polars as pl

from opensepsis.data.io.paths import as_path, parquet_files, read_file
from opensepsis.engine.semantics.time import HOUR
from opensepsis.errors import FormatError, MissingError
from opensepsis.uses.predict.alarms import BUDGETS, raise_alarms
from opensepsis.uses.predict.grid import Grid
from opensepsis.uses.predict.judged_rows import Rows

EARLIEST = 24.0  # hours before the true onset: an alarm earlier than that is about something else
_COLUMNS = ("patient", "onset")


def read_true_onsets(path: Path) -> pl.DataFrame:
    """patient and onset (a time; null: none) from a Parquet file or a folder of them, as `simulate` writes to truth/patients.

    Of a simulation with another arm the usual one is taken. MissingError: no file or column; FormatError: no times, a patient twice.
    """
    path = as_path(path)
    files = [path] if path.is_file() else parquet_files(path)
    if not files:
        raise MissingError(
            f"There are no true onsets at {path}. Give the folder truth/patients of a simulation."
        )
    table = pl.concat([read_file(file) for file in files])
    for name in _COLUMNS:
        if name not in table.columns:
            raise MissingError(f"{path} has no column {name}. True onsets need patient and onset.")
    if "arm" in table.columns:
        table = table.filter(arm="usual")
    table = table.select(pl.col("patient").cast(pl.String), "onset")
    if not isinstance(table.schema["onset"], pl.Datetime):
        raise FormatError(f"{path}: onset is not a time.")
    if table["patient"].is_duplicated().any():
        raise FormatError(f"{path}: a patient has two true onsets. Keep the first.")
    return table


def true_onsets(table: pl.DataFrame, grid: Grid) -> np.ndarray:
    """Hours from the admission of each stay to the true onset of its patient (NaN: none, or not within the stay or the day before it)."""
    own = grid.stays.select("patient", "admitted", "hours").join(
        table, on="patient", how="left", maintain_order="left"
    )
    hours = (pl.col("onset") - pl.col("admitted")).dt.total_microseconds() / HOUR
    inside = hours.is_between(-EARLIEST, pl.col("hours"))
    return own.select(pl.when(inside).then(hours).fill_null(np.nan)).to_series().to_numpy().astype(float)


def leads_to_truth(rows: Rows) -> dict:
    """Of the stays with a true onset: how many have it told by the definition, and by alarms at each budget, and how early.

    Alarms come only in the hours that count: those up to the definition's onset. Hours are before the true onset; negative: after it.
    """
    truth = rows.true_onset
    stays = np.unique(rows.stay)
    if truth is None or np.isnan(truth[stays]).all():
        return {}
    septic = stays[~np.isnan(truth[stays])]
    told = rows.cohort.labels.onset[septic]
    found = {"stays": len(septic), "definition": _quartiles(truth[septic] - told), "alarms": []}
    for share in BUDGETS:
        alarms = raise_alarms(
            rows.over[f"budget_{share:.0%}"], rows.stay, rows.hours, rows.cohort.labels.onset
        )
        lead = truth[alarms.stay] - rows.hours[alarms.row]
        with np.errstate(invalid="ignore"):
            near = lead <= EARLIEST
        _, first = np.unique(alarms.stay[near], return_index=True)
        found["alarms"].append({"budget": share, **_quartiles(lead[near][first])})
    return found


def _quartiles(lead: np.ndarray) -> dict:
    """How many have it, how many before the true onset, and the quartiles of the hours before it."""
    known = lead[~np.isnan(lead)]
    ends = np.quantile(known, [0.25, 0.5, 0.75]) if len(known) else [None] * 3
    return {
        "found": len(known),
        "before": int((known > 0).sum()),
        **{
            name: None if end is None else float(end)
            for name, end in zip(("q25", "median", "q75"), ends, strict=True)
        },
    }
