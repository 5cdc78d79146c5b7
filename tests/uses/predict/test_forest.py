"""The fast form of the trees says what LightGBM says, to the last bit, of many rows and of one."""

import numpy as np
import pytest

from opensepsis.errors import FormatError

lightgbm = pytest.importorskip("lightgbm")
forest = pytest.importorskip("opensepsis.uses.predict.forest").forest


def grown(leaves: int, seed: int, unknown: bool, rounds: int = 12, **settings) -> str:
    """A booster's text, from numbers that are rounded, so that rows often lie on a limit."""
    drawn = np.random.default_rng(seed)
    rows = drawn.normal(0, 3, (900, 6)).round(1)
    label = drawn.random(len(rows)) < 1 / (1 + np.exp(-rows[:, 0] + rows[:, 1] * rows[:, 2] / 3))
    if unknown:
        rows[drawn.random(rows.shape) < 0.3] = np.nan
    asked = {
        "objective": "binary",
        "num_leaves": leaves,
        "min_data_in_leaf": 5,
        "seed": seed,
        "verbosity": -1,
        "num_threads": 1,
    }
    data = lightgbm.Dataset(rows, label, params={"verbosity": -1, "max_bin": 63})
    return lightgbm.train(asked | settings, data, rounds).model_to_string()


@pytest.fixture
def rows():
    """Rows of a number that no tile of rows divides, on limits and beyond, with what is not known and what is infinite."""
    drawn = np.random.default_rng(9)
    found = drawn.normal(0, 3, (1003, 6)).round(1).astype(np.float32)
    found[drawn.random(found.shape) < 0.3] = np.nan
    found[::50, 1], found[::70, 2], found[::90, 0] = np.inf, -np.inf, 0
    return found


@pytest.mark.parametrize("unknown", [True, False], ids=["trained with unknown values", "trained without"])
@pytest.mark.parametrize("leaves", [2, 8, 31, 32])
def test_the_scores_are_those_of_lightgbm(rows, leaves, unknown):
    texts = [grown(leaves, seed, unknown) for seed in range(3)]
    wanted = [lightgbm.Booster(model_str=one).predict(rows, raw_score=True) for one in texts]
    trees = forest(texts)
    np.testing.assert_array_equal(trees.raw(rows), wanted)
    np.testing.assert_array_equal(trees.raw(rows, threads=3), wanted)
    for at in range(0, len(rows), 83):
        np.testing.assert_array_equal(trees.raw(rows[at : at + 1])[:, 0], [one[at] for one in wanted])
    assert trees.raw(rows[:0]).shape == (3, 0)


def test_boosters_of_unlike_size_and_a_tree_without_a_split_are_kept_apart(rows):
    texts = [
        grown(8, 1, True),
        grown(8, 2, True, rounds=2, min_data_in_leaf=800),
        grown(31, 3, False, rounds=1),
    ]
    wanted = [lightgbm.Booster(model_str=one).predict(rows, raw_score=True) for one in texts]
    np.testing.assert_array_equal(forest(texts).raw(rows), wanted)


@pytest.mark.parametrize(
    "text",
    [
        lambda: grown(40, 1, True),
        lambda: grown(8, 1, True, zero_as_missing=True),
        lambda: grown(8, 1, False, linear_tree=True),
        lambda: grown(8, 1, False).replace("decision_type=2", "decision_type=1"),
    ],
    ids=["too many leaves", "zero is missing", "linear leaves", "categories"],
)
def test_trees_that_are_never_grown_here_are_refused(text):
    with pytest.raises(FormatError, match="Train the model again"):
        forest([text()])
