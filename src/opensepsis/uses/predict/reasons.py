"""Why a score is high, in clinical words: the contributions of the features (TreeSHAP of LightGBM), added up by what they are of."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from opensepsis.uses.predict.catalogue import Feature
from opensepsis.uses.predict.inputs import Input
from opensepsis.uses.predict.model import Model

_MOST = 3


@dataclass(frozen=True)
class Reason:
    """What raises a score: its words, and how much it adds to the mean of the members' log odds."""

    words: str
    adds: float


def reasons(model: Model, rows: np.ndarray, most: int = _MOST) -> list[tuple[Reason, ...]]:
    """For each row of the model's columns what raises its score most, the strongest first."""
    adds = contributions(model, rows)
    features = [model.layout.features[i] for i in model.columns]
    groups: dict[str, list[int]] = {}
    for place, one in enumerate(features):
        groups.setdefault(one.concept or one.name, []).append(place)
    inputs = {one.concept: one for one in model.inputs}
    names = {one.name: place for place, one in enumerate(features)}
    found = []
    for row, added in zip(rows, adds, strict=True):
        ranked = sorted(
            ((float(added[places].sum()), group) for group, places in groups.items()), reverse=True
        )
        told = [(value, group) for value, group in ranked if value > 0][:most]
        found.append(
            tuple(
                Reason(_words(group, groups[group], added, row, features, inputs, names), value)
                for value, group in told
            )
        )
    return found


def contributions(model: Model, rows: np.ndarray) -> np.ndarray:
    """What each feature adds in each row, as the mean over members and folds, each member in units of its spread."""
    total = np.zeros(rows.shape)
    for member, boosters in zip(model.members, model.boosters, strict=True):
        for trees, booster in zip(member.trees, boosters, strict=True):
            total += booster.predict(rows, pred_contrib=True)[:, :-1] / (trees.spread * len(boosters))
    total /= len(model.members)
    if model.base is not None:
        names = model.feature_names
        theirs = [names.index(name) for name in model.base.feature_names]
        total[:, theirs] += (
            contributions(model.base, np.ascontiguousarray(rows[:, theirs]))
            * model.base.calibration.weights[1]
        )
    return total


def _words(
    group: str, places: list[int], added: np.ndarray, row: np.ndarray, features: list[Feature],
    inputs: Mapping[str, Input], names: Mapping[str, int],
) -> str:  # fmt: skip
    strongest = max(places, key=lambda place: added[place])
    one, value = features[strongest], row[strongest]
    measured = inputs.get(group)
    if measured is None:
        return f"{one.words}: {value:.4g}"
    last = names.get(f"{group}.last")
    now = row[last] if last is not None else np.nan
    unit = "" if measured.unit in ("1", "{score}") else f" {measured.unit}"
    if np.isnan(now):
        return f"{measured.title} not measured"
    base = f"{measured.title} {now:.4g}{unit}"
    return base if strongest == last or np.isnan(value) else f"{base} ({one.words}: {value:.4g})"
