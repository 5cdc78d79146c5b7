"""The raw scores of many boosters at once, to the last bit those of LightGBM's own `predict`, in a tenth of its time.

A tree is a list of comparisons, each of which strikes out the leaves on its left where a row goes right; the first leaf that is left is
the row's (QuickScorer: Lucchese C and others, SIGIR 2015:73-82). All comparisons of a tree are made for 128 rows side by side, without a
branch. Leaves are added in the order of the trees, as LightGBM adds them, so a row alone has the same score as among many.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numba
import numpy as np

from opensepsis.errors import FormatError

MOST_LEAVES = 32
_TOGETHER = 128  # rows whose features lie in the processor's first cache
_CATEGORICAL, _DEFAULT_LEFT, _MISSING, _NAN = 1, 2, 12, 8  # bits of `decision_type` in LightGBM's text
_ALL = np.uint32(0xFFFFFFFF)
# the place of the lowest bit by the five highest of its product with a de Bruijn sequence
_SEQUENCE = np.uint32(0x077CB531)
_PLACES = np.zeros(32, np.int64)
_PLACES[[((0x077CB531 << place) & 0xFFFFFFFF) >> 27 for place in range(32)]] = np.arange(32)


@dataclass(frozen=True)
class Forest:
    """The comparisons and leaves of all trees of some boosters, one after the other."""

    features: np.ndarray  # the columns that any tree reads
    column: np.ndarray  # of each comparison, its place in `features`
    threshold: (
        np.ndarray
    )  # float32: the highest that is not above LightGBM's, which is the same for float32 rows
    unknown_left: np.ndarray
    kept: np.ndarray  # the leaves that remain where a row goes right
    first_comparison: np.ndarray  # of each tree, and the end
    first_leaf: np.ndarray
    leaves: np.ndarray
    first_tree: np.ndarray  # of each booster, and the end

    def raw(self, rows: np.ndarray, threads: int = 1) -> np.ndarray:
        """The raw score of each row (float32, C order) by each booster: a line for each booster."""
        found = np.empty((len(self.first_tree) - 1, len(rows)))
        parts = (
            np.linspace(0, len(rows), max(1, threads) + 1).astype(int)
            if len(rows) > _TOGETHER
            else [0, len(rows)]
        )

        def work(begin: int, end: int) -> None:
            _raw(
                rows[begin:end], self.features, self.column, self.threshold, self.unknown_left, self.kept,
                self.first_comparison, self.first_leaf, self.leaves, self.first_tree, found[:, begin:end],
            )  # fmt: skip

        if len(parts) == 2:
            work(0, len(rows))
        else:
            with ThreadPoolExecutor(len(parts) - 1) as pool:
                list(pool.map(work, parts[:-1], parts[1:]))
        return found


def forest(texts: Sequence[str]) -> Forest:
    """The forest of boosters' texts. FormatError: trees that the profiles here never grow."""
    column: list[int] = []
    threshold: list[np.float32] = []
    unknown_left: list[bool] = []
    kept: list[int] = []
    comparisons, first_leaf, leaves, first_tree = [0], [0], [], [0]
    for text in texts:
        for tree in text.partition("end of trees")[0].split("\nTree=")[1:]:
            told = {name: value for name, _, value in (line.partition("=") for line in tree.splitlines())}
            own = [float(x) for x in told["leaf_value"].split()]
            if len(own) > 1:
                order = _compare(told, column, threshold, unknown_left, kept)
                own = [own[i] for i in order]
            comparisons.append(len(column))
            leaves += own
            first_leaf.append(len(leaves))
        first_tree.append(len(comparisons) - 1)
    features, places = np.unique(np.array(column, np.int64), return_inverse=True)
    return Forest(
        features, places.astype(np.int64), np.array(threshold, np.float32), np.array(unknown_left, bool), np.array(kept, np.uint32),
        np.array(comparisons), np.array(first_leaf), np.array(leaves), np.array(first_tree),
    )  # fmt: skip


def _compare(told: dict[str, str], column, threshold, unknown_left, kept) -> list[int]:
    """Adds the comparisons of a tree; its leaves from left to right."""
    left, right, kinds, asked = (
        [int(x) for x in told[name].split()]
        for name in ("left_child", "right_child", "decision_type", "split_feature")
    )
    limits = [float(x) for x in told["threshold"].split()]
    if len(limits) >= MOST_LEAVES or told.get("is_linear", "0") != "0":
        raise FormatError("A tree of the model is larger than this version allows. Train the model again.")
    order: list[int] = []
    for node, goes_right in _from_left(left, right, order):
        struck = ((1 << len(order)) - 1) & ~((1 << goes_right) - 1)
        kind, limit = kinds[node], limits[node]
        if kind & _CATEGORICAL or kind & _MISSING not in (0, _NAN):
            raise FormatError(
                "A tree of the model uses a comparison that this version does not support. Train the model again."
            )
        column.append(asked[node])
        threshold.append(_not_above(limit))
        unknown_left.append(bool(kind & _DEFAULT_LEFT) if kind & _MISSING else limit >= 0)
        kept.append(0xFFFFFFFF & ~struck)
    return order


def _from_left(left: list[int], right: list[int], order: list[int]):
    """Each comparison once its left side is known, with how many leaves stand before that side; leaves are put into `order`."""

    def through(node: int):
        if node < 0:
            order.append(~node)
            return
        before = len(order)
        yield from through(left[node])
        yield node, before
        yield from through(right[node])

    yield from through(0)


def _not_above(limit: float) -> np.float32:
    """The highest float32 that is not above a number."""
    with np.errstate(over="ignore"):
        near = np.float32(limit)
    return near if float(near) <= limit else np.nextafter(near, np.float32(-np.inf))


@numba.njit(
    nogil=True
)  # not kept on disk: numba fails where it may write nowhere, as in the read-only container of a ward
def _raw(
    rows,
    features,
    column,
    threshold,
    unknown_left,
    kept,
    first_comparison,
    first_leaf,
    leaves,
    first_tree,
    found,
):  # pragma: no cover (compiled)
    values = np.empty((len(features), _TOGETHER), np.float32)
    left = np.empty(_TOGETHER, np.uint32)
    total = np.empty(_TOGETHER, np.float64)
    for first in range(0, len(rows), _TOGETHER):
        here = min(_TOGETHER, len(rows) - first)
        for place in range(len(features)):
            for row in range(here):
                values[place, row] = rows[first + row, features[place]]
        for booster in range(len(first_tree) - 1):
            total[:here] = 0.0
            for tree in range(first_tree[booster], first_tree[booster + 1]):
                left[:here] = _ALL
                for one in range(first_comparison[tree], first_comparison[tree + 1]):
                    value, limit, keep = values[column[one]], threshold[one], kept[one]
                    if unknown_left[one]:
                        for row in range(here):
                            left[row] &= keep if value[row] > limit else _ALL
                    else:
                        for row in range(here):
                            left[row] &= _ALL if value[row] <= limit else keep
                begin = first_leaf[tree]
                for row in range(here):
                    lowest = left[row] & np.uint32(-np.int64(left[row]))
                    total[row] += leaves[begin + _PLACES[np.uint32(lowest * _SEQUENCE) >> np.uint32(27)]]
            for row in range(here):
                found[booster, first + row] = total[row]
