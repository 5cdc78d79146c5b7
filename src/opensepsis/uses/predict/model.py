"""A model on disk: trees as LightGBM's text, everything else as JSON; nothing that is unpickled, nothing that is run.

MODEL/model.json      version, label, inputs, features, members, calibration, thresholds, what it was trained on, figures, digests
MODEL/trees/….txt     one booster for each member and fold
MODEL/base/           the model that was adapted, if it was
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from opensepsis.data.io.atomic import whole_folder
from opensepsis.data.io.paths import as_path
from opensepsis.errors import FormatError, MissingError
from opensepsis.uses.predict.catalogue import Layout, layout
from opensepsis.uses.predict.inputs import Input, read_inputs
from opensepsis.uses.predict.learners import lightgbm
from opensepsis.uses.predict.logistic import Logistic

if TYPE_CHECKING:
    from opensepsis.uses.predict.forest import Forest

MARKER, FORMAT = "model.json", 2
_TREES, _BASE = "trees", "base"


@dataclass(frozen=True)
class Trees:
    """One booster as text, and the mean and spread of its scores on the hours that it was fitted to: its scale."""

    text: str
    mean: float
    spread: float


@dataclass(frozen=True)
class FittedMember:
    """One member: its boosters, one for each fold, none of which saw the patients of its fold."""

    name: str
    trees: tuple[Trees, ...]


@dataclass(frozen=True)
class Beside:
    """What is fitted beside the trees to some patients: the ranges of familiar hours, and the plain logistic regression (or nothing)."""

    familiar: Mapping[str, Any]
    plain: Mapping[str, Any]


@dataclass(frozen=True)
class Model:
    """A trained model, or one adapted from a `base`, to whose log odds its members add. `clock` is the log odds of a
    positive hour at each hour since admission; the last holds for all later ones.

    `columns` are the features it reads, in their order in `layout(inputs)`. `thresholds` are risks. `about` holds what is for people:
    label, training, figures. `beside` is fitted to all patients, `beside_of_folds` to those of all folds but one.
    """

    inputs: tuple[Input, ...]
    columns: tuple[int, ...]
    members: tuple[FittedMember, ...]
    calibration: Logistic
    clock: tuple[float, ...]
    thresholds: Mapping[str, float]
    beside: Beside
    beside_of_folds: tuple[Beside, ...]
    conformal: Mapping[str, list[float]]
    about: Mapping[str, Any]
    base: "Model | None" = None
    digest: str = field(default="", compare=False)

    @cached_property
    def layout(self) -> Layout:
        return layout(self.inputs)

    @property
    def feature_names(self) -> list[str]:
        names = self.layout.names
        return [names[i] for i in self.columns]

    @cached_property
    def boosters(self) -> list[list[Any]]:
        """The boosters of each member, read from their texts."""
        library = lightgbm()
        return [[library.Booster(model_str=one.text) for one in member.trees] for member in self.members]

    @cached_property
    def forest(self) -> "Forest":
        """All trees of all members, as they are scored."""
        try:
            from opensepsis.uses.predict.forest import forest
        except ModuleNotFoundError:
            raise MissingError(
                "Prediction needs 'numba', which is not installed. Install opensepsis with its extra `predict`."
            ) from None
        return forest([one.text for member in self.members for one in member.trees])

    def of_fold(self, fold: int) -> "Model":
        """The model with those boosters, ranges and weights alone that did not see the patients of a fold."""
        members = tuple(replace(member, trees=(member.trees[fold],)) for member in self.members)
        return replace(self, members=members, beside=self.beside_of_folds[fold], beside_of_folds=())

    def score(self, rows: np.ndarray, threads: int = 1) -> np.ndarray:
        """The mean of the members' standardised scores for each row of its `columns`, on top of the base's log odds if there is one."""
        total = np.zeros(len(rows))
        lines = iter(self.forest.raw(rows, threads))
        for member in self.members:
            own = np.zeros(len(rows))
            for trees in member.trees:
                own += (next(lines) - trees.mean) / trees.spread
            total += own / len(member.trees)
        own = total / len(self.members)
        return own if self.base is None else own + self.start(rows, threads)

    def start(self, rows: np.ndarray, threads: int = 1) -> np.ndarray:
        """The log odds of the base for each row of this model's `columns`."""
        assert self.base is not None
        names = self.feature_names
        theirs = np.ascontiguousarray(rows[:, [names.index(name) for name in self.base.feature_names]])
        hours = rows[:, names.index("unit_hours")]
        return self.base.log_odds(self.base.score(theirs, threads), hours)

    def log_odds(self, score: np.ndarray, unit_hours: np.ndarray) -> np.ndarray:
        """The calibrated log odds of a score at an hour."""
        return self.calibration.log_odds(np.column_stack([score, self.clock_of(unit_hours)]))

    def risk(self, rows: np.ndarray, unit_hours: np.ndarray, threads: int = 1) -> np.ndarray:
        """The calibrated risk of each row (float64)."""
        return self.risk_of_score(self.score(rows, threads), unit_hours)

    def risk_of_score(self, score: np.ndarray, unit_hours: np.ndarray) -> np.ndarray:
        """The risk of a score at an hour: what the members say, and the clock once more, as calibrated."""
        return self.calibration.risk(np.column_stack([score, self.clock_of(unit_hours)]))

    def clock_of(self, unit_hours: np.ndarray) -> np.ndarray:
        """The log odds that the hour alone gives."""
        at = np.clip(np.asarray(unit_hours).astype(int), 1, len(self.clock)) - 1
        return np.array(self.clock)[at]


def write_model(model: Model, out: str | Path, inputs: Sequence[Path] = ()) -> Path:
    """Write a model to a folder, whole or not at all; an earlier model there is replaced. OutputError: the folder holds something else."""
    out = as_path(out)
    with whole_folder(out, MARKER, list(inputs)) as folder:
        (folder / _TREES).mkdir()
        members = []
        for member in model.members:
            trees = {}
            for fold, one in enumerate(member.trees):
                name = f"{member.name}-{fold}.txt"
                (folder / _TREES / name).write_text(one.text, encoding="utf-8", newline="\n")
                trees[name] = {"digest": _digest(one.text), "mean": one.mean, "spread": one.spread}
            members.append({"name": member.name, "trees": trees})
        base = None
        if model.base is not None:
            base = json.loads((write_model(model.base, folder / _BASE) / MARKER).read_text("utf-8"))["digest"]
        content = {
            "format": FORMAT,
            "base": base,
            "inputs": [one.concept for one in model.inputs],
            "local_inputs": [one.concept for one in model.inputs if one.local],
            "features": model.feature_names,
            "members": members,
            "calibration": list(model.calibration.weights),
            "clock": list(model.clock),
            "thresholds": dict(model.thresholds),
            "beside": asdict(model.beside),
            "beside_of_folds": [asdict(one) for one in model.beside_of_folds],
            "conformal": model.conformal,
            "about": model.about,
        }
        content = json.loads(json.dumps(content))  # as it is read again
        (folder / MARKER).write_text(
            json.dumps({"digest": _digest(_canonical(content)), **content}, indent=1), "utf-8"
        )
    return out


def read_model(path: str | Path) -> Model:
    """The model in a folder. MissingError: there is none. FormatError: it is of another version, or any file of it was changed."""
    path = as_path(path)
    marker = path / MARKER
    if not marker.is_file():
        raise MissingError(
            f"{path} holds no model: there is no {MARKER}. Make one with `opensepsis predict train`."
        )
    try:
        content = json.loads(marker.read_text(encoding="utf-8"))
        digest, kind = content.pop("digest"), content["format"]
    except (ValueError, KeyError, AttributeError, TypeError):
        raise FormatError(f"{marker} is damaged. Train the model again.") from None
    if kind != FORMAT:
        raise FormatError(
            f"{path} is a model of format {kind}; this opensepsis reads {FORMAT}. Train it again."
        )
    content.pop("_files", None)
    content = {name: value for name, value in content.items() if name in _PARTS}
    if _digest(_canonical(content)) != digest:
        raise FormatError(
            f"{marker} was changed after training. Use the model as it was written, or train it again."
        )
    return _read(path, content, digest)


_PARTS = (
    "format",
    "base",
    "inputs",
    "local_inputs",
    "features",
    "members",
    "calibration",
    "clock",
    "thresholds",
    "beside",
    "beside_of_folds",
    "conformal",
    "about",
)


def _read(path: Path, content: dict, digest: str) -> Model:
    known = {one.concept: one for one in read_inputs()}
    absent = [name for name in content["inputs"] if name not in known]
    if absent:
        raise FormatError(
            f"{path} reads {', '.join(absent)}, for which this version has no features. Train it again."
        )
    local = set(content["local_inputs"])
    inputs = tuple(replace(known[name], local=name in local) for name in content["inputs"])
    names = layout(inputs).names
    if not set(content["features"]) <= set(names):
        raise FormatError(f"{path} uses features that this version does not have. Train it again.")
    members = tuple(
        FittedMember(
            m["name"],
            tuple(
                Trees(_text(path / _TREES / name, one["digest"]), one["mean"], one["spread"])
                for name, one in m["trees"].items()
            ),
        )
        for m in content["members"]
    )
    base = read_model(path / _BASE) if content["base"] else None
    if base is not None and base.digest != content["base"]:
        raise FormatError(f"{path / _BASE} is not the model that was adapted. Adapt it again.")
    return Model(
        inputs,
        tuple(names.index(name) for name in content["features"]),
        members,
        Logistic(tuple(content["calibration"])),
        tuple(content["clock"]),
        content["thresholds"],
        Beside(**content["beside"]),
        tuple(Beside(**one) for one in content["beside_of_folds"]),
        content["conformal"],
        content["about"],
        base,
        digest,
    )


def _text(file: Path, wanted: str) -> str:
    if not file.is_file():
        raise MissingError(f"{file} is missing. Train the model again.")
    text = file.read_bytes().decode("utf-8", errors="replace")
    if _digest(text) != wanted:
        raise FormatError(
            f"{file} was changed after training. Use the model as it was written, or train it again."
        )
    return text


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _canonical(content: dict) -> str:
    return json.dumps(content, sort_keys=True, separators=(",", ":"))
