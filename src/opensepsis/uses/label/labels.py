"""The results of a run in Python: frames, the account of the run, and how they show themselves in a notebook."""

import json
import shutil
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp

import polars as pl

from opensepsis.data.io.atomic import whole_folder
from opensepsis.data.io.object_store import ObjectFolder, as_folder
from opensepsis.data.io.paths import as_path
from opensepsis.data.results import RUN, read_run, write_flat_csv
from opensepsis.data.timeline.timeline import read_timeline
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.errors import ConceptError, DefinitionError, MissingError, StayError, nearest
from opensepsis.uses.label.writer import TABLES, FilesOfFolder, file_name


@dataclass(frozen=True, repr=False)
class Labels:
    """The results of a run as Polars frames, each read on first use, and the record of the run (`run`).

    `opensepsis.schema` has every column with type, unit and meaning. A table that was not requested is empty. `path` is the
    folder of the results; None if none was named: the results are then in a temporary folder as long as this object exists.
    """

    scores: Mapping[str, pl.DataFrame]
    run: dict
    path: Path | None
    tables: Mapping[str, pl.DataFrame]
    folder: Path | None = None
    keeper: object = field(default=None, compare=False)

    def __repr__(self) -> str:
        from opensepsis.uses.label.notebook import as_text

        return as_text(self)

    def __reduce__(self):
        """A copy in another process holds the tables; a temporary folder stays with the first."""
        kept = self.keeper is not None
        scores, tables = (dict(self.scores), dict(self.tables)) if kept else (self.scores, self.tables)
        return Labels, (scores, self.run, self.path, tables, None if kept else self.folder)

    def _repr_html_(self) -> str:
        from opensepsis.uses.label.notebook import as_html

        return as_html(self)

    @property
    def stays(self) -> pl.DataFrame:
        """One row per stay; a label is null where its definition was not judged."""
        return self.tables["stays"]

    @property
    def episodes(self) -> pl.DataFrame:
        """One row per episode of a phenotype."""
        return self.tables.get("episodes", pl.DataFrame())

    @property
    def rules(self) -> pl.DataFrame:
        """One row per phenotype and stay it was judged for: the first rule not met, or what met the last."""
        return self.tables.get("rules", pl.DataFrame())

    @property
    def clocks(self) -> pl.DataFrame:
        """One row per task of every clock that was triggered."""
        return self.tables.get("clocks", pl.DataFrame())

    @property
    def course(self) -> pl.DataFrame:
        """One row per finding of a stay that is there or not known."""
        return self.tables.get("course", pl.DataFrame())

    @property
    def days(self) -> pl.DataFrame:
        """One row per score, row of it and day."""
        return self.tables.get("days", pl.DataFrame())

    def events(self, concept: str | None = None, stay: str | None = None) -> pl.DataFrame:
        """The events that the run used, in each concept's unit; optionally only those of one concept, or of the patient of one stay.

        Columns of `opensepsis.schema.EVENTS`, in order of patient and time; times in UTC. Only concepts that the run's
        definitions read are kept. MissingError: the timeline no longer exists; ConceptError, StayError: an unknown
        name, whose events would otherwise seem to be missing.

        >>> import opensepsis
        >>> labels = opensepsis.label("csv", "examples/hospital", definitions="sofa")
        >>> labels.events("platelets", stay="S01")["value"].head(2).to_list()
        [212.0, 168.0]
        """
        if concept is not None and concept not in CONCEPTS:
            raise ConceptError(f"There is no concept '{concept}'. {nearest(concept, CONCEPTS)}")
        if stay is not None and stay not in self.stays["stay"]:
            raise StayError("The run holds no stay of this name. `labels.stays` lists them.")
        asked = read_timeline(timeline_of(self)).events()
        if concept is not None:
            asked = asked.filter(pl.col("concept") == concept)
        if stay is not None:
            patients = self.stays.filter(pl.col("stay") == stay)["patient"].to_list()
            asked = asked.filter(pl.col("patient").is_in(patients))
        found = asked.collect().with_columns(pl.col("patient", "concept").cast(pl.String))
        return found.sort("patient", "time", "concept", maintain_order=True)

    def trajectory(self, score: str, around: str, before: float = 48, after: float = 72) -> pl.DataFrame:
        """A score in hours relative to the first onset of a phenotype, for every stay that has it.

        One row for each hour of the stay from `before` hours before the onset to `after` hours after it: `patient`, `stay`, `hour`
        (Float64, 0 at the onset), then the columns of the score from `total` on. DefinitionError: the run has no such score or phenotype.

        >>> import opensepsis
        >>> labels = opensepsis.label("csv", "examples/hospital", definitions="sofa,sepsis3")
        >>> labels.trajectory("sofa", around="sepsis3", before=1, after=0).select("stay", "hour", "total").row(0)
        ('S01', -0.08333333333333333, 0)
        """
        if score not in self.scores:
            raise DefinitionError(f"The run holds no score '{score}'. {nearest(score, self.scores)}")
        names = [d["name"] for d in self.run["definitions"] if d["kind"] == "phenotype"]
        if around not in names:
            raise DefinitionError(f"The run holds no phenotype '{around}'. {nearest(around, names)}")
        onsets = self.stays.select("patient", "stay", onset=f"{around}_onset").drop_nulls("onset")
        rows = self.scores[score].join(onsets, on=["patient", "stay"], maintain_order="left")
        hour = (pl.col("time") - pl.col("onset")).dt.total_microseconds() / 3_600_000_000
        rows = rows.with_columns(hour=hour).filter(pl.col("hour").is_between(-before, after))
        return rows.select(
            "patient", "stay", "hour", pl.all().exclude("patient", "stay", "hour", "time", "onset")
        )

    def show(self, stay: str):
        """One stay as a page, displayed in a notebook; `.write(file)` saves it as one HTML file, `.html` is its source.

        Plots, treatments, scores by organ, episodes and care bundles on one time axis; times in UTC, values in each concept's
        unit. StayError: no such stay. MissingError: the events of the run no longer exist.

        >>> import opensepsis
        >>> labels = opensepsis.label("csv", "examples/hospital", definitions="qsofa")
        >>> labels.show("S01").stay
        'S01'
        """
        from opensepsis.uses.label.show import show_stay

        return show_stay(self, stay)

    def frames(self) -> dict[str, pl.DataFrame]:
        """Every table that the run wrote: stays, episodes, clocks, course, days, rules, and each score as `scores/<name>`."""
        return dict(self.tables) | {f"scores/{name}": frame for name, frame in self.scores.items()}

    def to_pandas(self) -> dict:
        """The tables of `frames` as pandas frames; points that are not known are missing, never 0. Needs pandas.

        >>> import opensepsis
        >>> labels = opensepsis.label("csv", "examples/hospital", definitions="qsofa")
        >>> labels.to_pandas()["stays"].shape[0]
        14
        """
        try:
            import pandas  # noqa: F401
        except ModuleNotFoundError:
            raise MissingError("to_pandas needs pandas, which is not installed. Install pandas.") from None
        return {name: frame.to_pandas() for name, frame in self.frames().items()}

    def write_csv(self, folder: str | Path) -> Path:
        """Writes every table as CSV, and the record of the run, to a folder; lists are joined by `; `, times are ISO in UTC.

        An earlier such folder is replaced. OutputError: the folder contains files that no run wrote.
        """
        folder = as_path(folder)
        with whole_folder(folder, RUN) as new:
            (new / "scores").mkdir()
            for name, frame in self.frames().items():
                write_flat_csv(frame, new / f"{file_name(name)}.csv")
            (new / RUN).write_text(json.dumps(self.run, indent=1, ensure_ascii=False) + "\n", "utf-8")
        return folder


class TemporaryResults:
    """A temporary folder that is there as long as anything holds this."""

    def __init__(self) -> None:
        self.path = Path(mkdtemp(prefix="opensepsis-"))
        self.remove = weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)


def timeline_of(labels: Labels) -> Path:
    """Where the timeline of a run lies; MissingError where it is gone."""
    path, folder = Path(labels.run["timeline"]), labels.folder or labels.path
    if not path.is_absolute() and folder is None:
        raise MissingError("These labels have no events. Give `label` a folder: out=FOLDER.")
    path = path if folder is None else folder / path
    if not path.exists():
        raise MissingError(
            f"The timeline that was labelled is no longer at {path}: it is needed to explain. Run `opensepsis label` again."
        )
    return path


def read_labels(out: str | Path | ObjectFolder, keeper: TemporaryResults | None = None) -> Labels:
    """The results that `label` wrote to a folder or into an object store. MissingError: there are none; FormatError: they are damaged.

    >>> read_labels("nowhere")
    Traceback (most recent call last):
    opensepsis.errors.MissingError: nowhere holds no results: there is no run.json. Make them with `opensepsis label`.
    """
    out = as_folder(out)
    if isinstance(out, ObjectFolder):
        from opensepsis.uses.label.object_results import read_from_store

        return read_from_store(out)
    run = read_run(out)
    names = [d["name"] for d in run["definitions"] if d["kind"] == "score"]
    scores = FilesOfFolder({name: out / "scores" / f"{file_name(name)}.parquet" for name in names}, keeper)
    files = {name: out / f"{name}.parquet" for name in TABLES}
    there = {name: file for name, file in files.items() if file.exists()}
    tables = FilesOfFolder({"stays": out / "stays.parquet", **there}, keeper)
    return Labels(scores, run, None if keeper else out, tables, out, keeper)
