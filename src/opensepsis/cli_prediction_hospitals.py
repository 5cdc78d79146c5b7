"""The hospitals that `opensepsis predict` reads: timelines by their names, their hours, and what is to be foreseen."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from opensepsis.errors import DefinitionError

if TYPE_CHECKING:
    import numpy as np

    from opensepsis.uses.predict.data import Cohort
    from opensepsis.uses.predict.grid import Grid
    from opensepsis.uses.predict.judged_rows import Rows
    from opensepsis.uses.predict.labels import Labels
    from opensepsis.uses.predict.model import Model


@dataclass(frozen=True)
class Foreseen:
    """What is to be foreseen: the onset of a definition, or a table of hourly labels; hours ahead, and of which stays.

    DefinitionError unless exactly one of `definition` and `labels` is named.
    """

    definition: str | None
    labels: Path | None
    horizon: float
    gap: float
    stay_kind: str

    def __post_init__(self) -> None:
        if (self.definition is None) == (self.labels is None):
            raise DefinitionError(
                "Name what is to be predicted: either --definition (such as sepsis3) or --labels."
            )

    def cohort(self, name: str, folder: Path) -> "Cohort":
        """The hours of a hospital with their labels."""
        from opensepsis.data.timeline.timeline import read_timeline
        from opensepsis.uses.predict.data import Cohort
        from opensepsis.uses.predict.grid import read_grid
        from opensepsis.uses.predict.inputs import read_inputs

        read = self._labels(folder)
        grid = read_grid(read_timeline(timeline_in(folder)), read_inputs(), name, self.stay_kind)
        return Cohort(grid, read(grid))

    def labels_of(self, grid: "Grid", folder: Path) -> "Labels":
        """The labels of hours that were read already."""
        return self._labels(folder)(grid)

    def _labels(self, folder: Path) -> "Callable[[Grid], Labels]":
        """What gives hours their labels; a table that cannot be read is told before a hospital is."""
        from opensepsis.uses.predict.labels import from_onsets, from_table, read_table

        if self.labels is not None:
            table = read_table(self.labels)
            return lambda grid: from_table(grid, table)
        definition = str(self.definition)
        return lambda grid: from_onsets(
            grid, _onsets(folder, definition, self.stay_kind), definition, self.horizon, self.gap
        )


@dataclass(frozen=True)
class Hospitals:
    """Hospitals to judge models on, read once: their hours with labels, and when clinicians first acted."""

    cohort: "Cohort"
    acted: "np.ndarray"

    def judged_by(self, model: "Model", threads: int) -> "Rows":
        """The rows that a model is judged on; patients it was trained on are judged by the folds that have not seen them.

        MissingError for an input that no hospital gives, DefinitionError for labels with nothing to tell apart.
        """
        from opensepsis.uses.predict.data import check
        from opensepsis.uses.predict.judged_rows import prepared
        from opensepsis.uses.predict.score import check_inputs
        from opensepsis.uses.predict.training_patients import folds_of_training

        check_inputs(model, self.cohort.grid)
        check(self.cohort)
        return prepared(model, self.cohort, folds_of_training(model, self.cohort), self.acted, threads)


def read_hospitals(named: dict[str, Path], foreseen: Foreseen) -> Hospitals:
    """The hours, labels and first acts of hospitals by their names and folders."""
    import numpy as np

    from opensepsis.data.timeline.timeline import read_timeline
    from opensepsis.uses.predict.acted import first_acts
    from opensepsis.uses.predict.data import pooled

    cohorts = {name: foreseen.cohort(name, folder) for name, folder in named.items()}
    acted = [first_acts(read_timeline(timeline_in(folder)), cohorts[n].grid) for n, folder in named.items()]
    return Hospitals(pooled(list(cohorts.values())), np.concatenate(acted))


def _onsets(folder: Path, definition: str, stay_kind: str) -> Any:
    """stay, judged, onset and known, from results that are there or by labelling the timeline now."""
    import polars as pl

    from opensepsis.definitions import PHENOTYPES
    from opensepsis.errors import nearest
    from opensepsis.uses.label import label, read_labels

    if definition not in PHENOTYPES:
        raise DefinitionError(f"There is no phenotype '{definition}'. {nearest(definition, PHENOTYPES)}")

    def told(found: Any) -> pl.DataFrame:
        stays = found.stays.select(
            "stay", judged=pl.col(definition).is_not_null(), onset=f"{definition}_onset"
        )
        first = (
            found.episodes.filter(definition=definition)
            .sort("onset")
            .group_by("stay")
            .agg(pl.col("known").first())
        )
        return stays.join(first, on="stay", how="left")

    if (folder / "run.json").is_file():
        there = read_labels(folder)
        if definition in there.stays.columns and there.run["stays"]["kind"] == stay_kind:
            return told(there)
    with TemporaryDirectory() as kept:
        return told(
            label(
                "timeline",
                timeline_in(folder),
                Path(kept) / "labels",
                stay_kind=stay_kind,
                definitions=definition,
            )
        )


def timeline_in(folder: Path) -> Path:
    """A timeline, or that of a folder of results."""
    from opensepsis.uses.label.labels import read_labels, timeline_of

    return timeline_of(read_labels(folder)) if (folder / "run.json").is_file() else folder


def named_hospitals(timelines: list[str]) -> dict[str, Path]:
    """Folders by the names of their hospitals, as the command line has them; DefinitionError for a name that comes twice."""
    from opensepsis.data.io.paths import as_path

    named: dict[str, Path] = {}
    for one in timelines:
        name, mark, folder = one.partition("=")
        path = as_path(folder if mark else one)
        name = name if mark else path.name
        if name in named:
            raise DefinitionError(f"Two hospitals are named '{name}'. Name them: NAME=FOLDER.")
        named[name] = path
    return named
