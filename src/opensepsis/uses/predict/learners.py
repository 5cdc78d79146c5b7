"""Boosted trees (LightGBM) on the features: what each member of a profile learns, from which features, with which weights."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from opensepsis.errors import MissingError
from opensepsis.uses.predict.catalogue import PHYSIOLOGY, PROCESS, SITE, TIME, TREATMENT

LABEL, GAIN = "label", "gain"
_LAST_BAND = 240  # hours; all later ones are one
_ENOUGH = (
    250_000  # hours of patients without sepsis that are learned from, weighted back; more of them tell little
)
_SETTINGS: dict[str, Any] = {
    "objective": "binary", "learning_rate": 0.1, "feature_fraction": 0.2, "bagging_fraction": 0.6, "bagging_freq": 1,
    "lambda_l2": 50, "max_bin": 63, "verbosity": -1, "deterministic": True, "force_col_wise": True, "feature_pre_filter": False,
}  # fmt: skip


@dataclass(frozen=True)
class Member:
    """One of the models whose mean is the score.

    `target`: the label, or the sign of the gain of an alarm weighted by its size. `tags`: the kinds of features it may see.
    `paired`: the hours are weighted so that how long a patient has been there tells nothing, each by its pairs of positive and other
    rows. `drawn_splits`: of each feature one threshold, drawn by chance, is tried at a split (extremely randomised trees).
    """

    name: str
    target: str
    tags: tuple[str, ...]
    leaves: int
    rounds: int
    leaf_rows: int = 300
    paired: bool = False
    drawn_splits: bool = False
    seed: int = 1


_ALL = (PHYSIOLOGY, TREATMENT, PROCESS, TIME, SITE)
_TRAVELS = (PHYSIOLOGY, TREATMENT, PROCESS, TIME)
_WITHOUT_CLOCK = (PHYSIOLOGY, TREATMENT, PROCESS)
CORE_ALONE = frozenset({"portable"})  # profiles that read no input but those that every hospital measures
PROFILES: dict[str, tuple[Member, ...]] = {
    # small trees for what an alarm gains; and for who falls ill among patients who have been there equally long, from two seeds
    "portable": (
        Member("useful", GAIN, _TRAVELS, 8, 100, 2000, seed=2),
        Member("paired", LABEL, _WITHOUT_CLOCK, 16, 150, 1000, paired=True, drawn_splits=True, seed=5),
        Member("paired-2", LABEL, _WITHOUT_CLOCK, 16, 150, 1000, paired=True, drawn_splits=True, seed=8),
    ),
    # two targets from several seeds: models differ by chance from seed to seed, and their mean varies less
    "local": (
        Member("all", LABEL, _ALL, 31, 150),
        Member("useful", GAIN, _ALL, 31, 150, seed=2),
        Member("useful-2", GAIN, _ALL, 31, 150, seed=4),
        Member("useful-3", GAIN, _ALL, 31, 150, seed=5),
        Member("all-2", LABEL, _ALL, 31, 150, seed=6),
    ),
    # a few local patients, on top of a model from elsewhere
    "adapted": (
        Member("local", LABEL, _ALL, 8, 75, 500),
        Member("useful", GAIN, _ALL, 8, 75, 500, seed=2),
        Member("paired", LABEL, _WITHOUT_CLOCK, 8, 75, 500, paired=True, drawn_splits=True, seed=4),
    ),
}  # fmt: skip


def lightgbm() -> Any:
    """The library, loaded when it is needed."""
    try:
        import lightgbm
    except ModuleNotFoundError:
        raise MissingError(
            "Prediction needs 'lightgbm', which is not installed. Install opensepsis with its extra `predict`."
        ) from None
    return lightgbm


class Binned:
    """Rows of features sorted into bins once, for every member: one row more than there are, in which nothing is known.

    LightGBM reads a missing value as 0 where it saw none in training; the empty row, of weight 0, shows it one in every column.
    """

    def __init__(self, rows: np.ndarray, threads: int) -> None:
        empty = np.full((1, rows.shape[1]), np.nan, np.float32)
        self.threads, self.empty = threads, len(rows)
        settings = {"max_bin": _SETTINGS["max_bin"], "num_threads": threads, "verbosity": -1, "feature_pre_filter": False,
                    "bin_construct_sample_cnt": 100_000}  # fmt: skip
        self.data = lightgbm().Dataset([rows, empty], params=settings).construct()

    def fit(
        self,
        member: Member,
        positive: np.ndarray,
        weight: np.ndarray,
        columns: Sequence[int],
        start: np.ndarray | None = None,
    ) -> Any:
        """A booster of the rows that may split on some columns; `positive`, `weight` and `start` are those of the rows.

        `start` are the log odds from which it goes on; they are not in what it predicts.
        """
        subset = self.data.subset(np.arange(self.empty + 1)).construct()
        subset.set_label(np.append(positive, 0).astype(np.float32))
        subset.set_weight(np.append(weight, 0).astype(np.float32))
        if start is not None:
            subset.set_init_score(np.append(start, 0.0))
        chosen = np.zeros(self.data.num_feature())
        chosen[list(columns)] = 1
        settings = _SETTINGS | {
            "num_leaves": member.leaves, "min_data_in_leaf": min(member.leaf_rows, max(5, self.empty // 50)), "seed": member.seed,
            "num_threads": self.threads, "feature_contri": chosen.tolist(), "extra_trees": member.drawn_splits,
        }  # fmt: skip
        return lightgbm().train(settings, subset, member.rounds)


def drawn_stays(rows_of_stay: np.ndarray, septic: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Whether each stay is learned from, all septic ones and as many others as are enough; and what its rows weigh."""
    others = int(rows_of_stay[~septic].sum())
    kept = min(1.0, _ENOUGH / others) if others else 1.0
    drawn = septic | (np.random.default_rng(seed).random(len(septic)) < kept)
    return drawn, np.where(septic, 1.0, 1 / kept)


def paired_weights(positive: np.ndarray, hours: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """The weights changed so that at every hour positive and other rows weigh alike, each hour as much as it has pairs of them.

    >>> paired_weights(np.array([True, False, False, True, False]), np.array([1, 1, 1, 9, 9]), np.ones(5)).round(2).tolist()
    [1.33, 0.67, 0.67, 0.67, 0.67]
    """
    band = np.minimum(hours, _LAST_BAND).astype(int)
    for_yes = np.bincount(band, weight * positive)
    for_no = np.bincount(band, weight * ~positive)
    pairs = for_yes * for_no
    whole = pairs * (for_yes[pairs > 0].sum() / pairs.sum()) if pairs.any() else pairs
    yes, no = (np.divide(whole, one, out=np.zeros(len(one)), where=one > 0) for one in (for_yes, for_no))
    return weight * np.where(positive, yes[band], no[band])
