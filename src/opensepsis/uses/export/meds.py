"""Labels in the Medical Event Data Standard: subject_id, prediction_time, boolean_value, for any phenotype or score of a run.

The question at each prediction time t: does it begin in (t + gap, t + gap + horizon]? Asked as long as it has not begun. A score begins
with the first hour at which its total is `at_least` so many points.
"""

import json
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from pathlib import Path

import polars as pl

from opensepsis.data.io.atomic import whole_folder
from opensepsis.data.io.paths import as_path
from opensepsis.data.results import read_result, read_run
from opensepsis.errors import DefinitionError, nearest
from opensepsis.uses.export.meds_events import write_meds_events

MARKER = "export.json"
SUBJECTS = "subjects.parquet"
LABELS = {"subject_id": pl.Int64, "prediction_time": pl.Datetime("us"), "boolean_value": pl.Boolean}
_WHOLE = r"^[0-9]{1,18}$"


@dataclass(frozen=True)
class Exported:
    """What was written: the folder, labels and those that are true, stays that the phenotype was judged for, and those left out."""

    path: Path
    definition: str
    labels: int
    positive: int
    stays: int
    not_judged: int
    numbered: bool  # subjects have numbers of their own: their names are no whole numbers
    events: int = 0  # that were written beside the labels


def export_meds(
    results: Path | str,
    out: Path | str,
    definition: str,
    *,
    gap: float = 0,
    horizon: float = 24,
    every: float = 1,
    as_known: bool = False,
    at_least: int | None = None,
    events: bool = False,
) -> Exported:
    """Labels of a phenotype, or of a score from `at_least` points on, every so many hours of each stay, until it begins or the stay ends.

    `gap`, `horizon` and `every` are hours. A label is true if an episode begins after t + gap and at most at t + gap + horizon; with
    `as_known`, if it can be told then (of a score only where the run was labelled as known). From the first beginning on a stay is not
    asked again; a stay that ends before its window does is judged by what it has. Stays for which the phenotype was not judged, or no hour
    of the score is known, are left out. Written to `out/labels/0.parquet` in the label schema of MEDS 0.4, times in UTC without a
    zone, with `subjects.parquet` (patient, subject_id) and the account `export.json`; with `events` also what the run was made of, in
    `out/data` and `out/metadata` (`meds_events.py`). DefinitionError: the run holds no such definition. MissingError: no results there.

    >>> import opensepsis, tempfile
    >>> folder = tempfile.mkdtemp()
    >>> labels = opensepsis.label("csv", "examples/hospital", f"{folder}/results", definitions="sepsis3")
    >>> export_meds(f"{folder}/results", f"{folder}/labels", "sepsis3", horizon=12).stays
    14
    """
    results, out = as_path(results), as_path(out)
    run = read_run(results)
    is_score = _check(run, definition, gap, horizon, every, at_least, as_known)
    stays = read_result(results / "stays.parquet")
    if is_score:
        first, judged = _reached(results, definition, at_least or 0, stays)
    else:
        episodes = read_result(results / "episodes.parquet").filter(pl.col("definition") == definition)
        first, judged = _begun(episodes, as_known), stays.filter(pl.col(definition).is_not_null())
    labels = _labels(judged, first, timedelta(hours=gap), timedelta(hours=horizon), timedelta(hours=every))
    subjects = subjects_of(stays)
    named = labels.join(subjects, on="patient").select(
        "subject_id", prediction_time=pl.col("time").dt.replace_time_zone(None), boolean_value="label"
    )
    # two stays of one subject may overlap: one answer at each time
    written = (
        named.group_by("subject_id", "prediction_time")
        .agg(pl.col("boolean_value").any())
        .sort("subject_id", "prediction_time")
    )
    told = Exported(
        out, definition, written.height, int(written["boolean_value"].sum()), judged.height, stays.height - judged.height,
        not are_whole(stays["patient"]),
    )  # fmt: skip
    with whole_folder(out, MARKER, [results]) as folder:
        if events:
            told = replace(told, events=write_meds_events(results, run, subjects, folder))
        (folder / "labels").mkdir()
        written.cast(pl.Schema(LABELS)).write_parquet(folder / "labels" / "0.parquet")
        subjects.write_parquet(folder / SUBJECTS)
        asked = {
            "gap_hours": gap,
            "horizon_hours": horizon,
            "every_hours": every,
            "as_known": as_known,
            "at_least": at_least,
        }
        account = {
            **asdict(told),
            "path": str(out),
            "asked": asked,
            "opensepsis": run.get("opensepsis"),
            "results": str(results.resolve()),
        }
        (folder / MARKER).write_text(json.dumps(account, indent=1) + "\n", encoding="utf-8")
    return told


def _check(
    run: dict, definition: str, gap: float, horizon: float, every: float, at_least: int | None, as_known: bool
) -> bool:
    """Whether the definition is a score; DefinitionError for what cannot be asked of this run."""
    kinds = {one["name"]: one["kind"] for one in run["definitions"] if one["kind"] in ("phenotype", "score")}
    if definition not in kinds:
        raise DefinitionError(
            f"The run holds no phenotype or score '{definition}'. {nearest(definition, kinds)}"
        )
    is_score = kinds[definition] == "score"
    if is_score and at_least is None:
        raise DefinitionError(
            f"'{definition}' is a score. Give the total from which the label is true, such as --at-least 2."
        )
    if not is_score and at_least is not None:
        raise DefinitionError(f"'{definition}' is a phenotype: it has no points. Leave out --at-least.")
    if is_score and as_known and not run["as_known"]:
        raise DefinitionError(
            "Only a run with --as-known contains when the hours of a score were known. Label again with --as-known."
        )
    if gap < 0 or horizon <= 0 or every <= 0:
        raise DefinitionError("The gap must be 0 hours or more, the horizon and the step more than 0.")
    return is_score


def _begun(episodes: pl.DataFrame, as_known: bool) -> pl.DataFrame:
    """stay, begins: the first episode of each stay, by its onset or by when it could be told."""
    begins = "known" if as_known else "onset"
    return episodes.drop_nulls(begins).group_by("stay").agg(begins=pl.col(begins).min())


def _reached(
    results: Path, score: str, at_least: int, stays: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """stay, begins: the first hour with so many points; and the stays in which the score is known at some hour."""
    hours = read_result(results / "scores" / f"{score.replace(':', '-')}.parquet").drop_nulls("total")
    first = hours.filter(pl.col("total") >= at_least).group_by("stay").agg(begins=pl.col("time").min())
    return first, stays.join(hours.select("stay").unique(), on="stay", how="semi", maintain_order="left")


def _labels(
    stays: pl.DataFrame, first: pl.DataFrame, gap: timedelta, horizon: timedelta, every: timedelta
) -> pl.DataFrame:
    """patient, stay, time and label."""
    asked = stays.select("patient", "stay", "admitted", "discharged").join(first, on="stay", how="left")
    ends = pl.min_horizontal("discharged", "begins")
    times = pl.datetime_ranges("admitted", ends, every, closed="left")
    ticks = (
        asked.filter(ends > pl.col("admitted")).with_columns(time=times).explode("time").drop_nulls("time")
    )
    ahead = pl.col("begins") - pl.col("time")
    return ticks.select(
        "patient", "stay", "time", label=((ahead > gap) & (ahead <= gap + horizon)).fill_null(False)
    )


def subjects_of(stays: pl.DataFrame) -> pl.DataFrame:
    """The number of each patient: the name itself where all names are whole numbers, else their place in order."""
    names = stays["patient"].unique().sort()
    if are_whole(names):
        return pl.DataFrame({"patient": names, "subject_id": names.cast(pl.Int64)})
    return pl.DataFrame({"patient": names, "subject_id": pl.Series(range(1, len(names) + 1), dtype=pl.Int64)})


def are_whole(names: pl.Series) -> bool:
    return bool(names.str.contains(_WHOLE).all()) and not bool(names.str.contains("^0[0-9]").any())
