"""How the rows of a table of results lie: whose they are, which of its row groups change, and in which order its rows lie afterwards.

Told in plain Python: of a shard with one changed patient few rows move in each of many tables, and every query of a frame costs more
than they do.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate, compress, groupby
from operator import itemgetter
from typing import Any

import polars as pl

Span = tuple[int, int]  # from which row to which
Run = tuple[str, int, int]  # rows of one stay or patient, which lie together: whose, from which row to which
Piece = tuple[int, int, int]  # rows of a row group (0) or fresh ones (1), from which row to which
Places = Mapping[str, Any]  # by what rows are sorted: the place of a stay in a run, or a patient's name


@dataclass(frozen=True)
class Renewal:
    """What becomes of a shard: the patients and stays whose earlier rows go, and the places of its stays as a run has them."""

    patients: frozenset[str]
    stays: frozenset[str]
    place: Mapping[str, int]  # of each stay
    in_order: bool = True  # of the stays that are kept, as their rows lie


def renewal(gone: pl.Series, stays: pl.DataFrame, earlier: pl.DataFrame) -> Renewal:
    """Of a shard with these stays; `earlier` has patient and stay of those that it had."""
    patients, now, before = frozenset(gone), stays["stay"].to_list(), earlier["stay"].to_list()
    place = dict(zip(now, range(len(now)), strict=True))
    whose = [patient in patients for patient in earlier["patient"].to_list()]
    theirs = frozenset(compress(before, whose))
    kept = [] if now == before else [place.get(stay, -1) for stay in before if stay not in theirs]
    return Renewal(patients, theirs, place, kept == sorted(kept))


@dataclass(frozen=True)
class Runs:
    """How the rows of a table lie: each key in turn, and the row at which its rows begin; behind them where the table ends."""

    keys: list[str]
    starts: list[int]

    def within(self, span: Span) -> Iterator[Run]:
        """The runs in some rows, or what of them lies there."""
        run = bisect_right(self.starts, span[0]) - 1
        while run < len(self.keys) and self.starts[run] < span[1]:
            yield self.keys[run], max(self.starts[run], span[0]), min(self.starts[run + 1], span[1])
            run += 1

    def is_in_order(self, key: str, place: Places) -> bool:
        """Whether the place of a key is known to lie between those of the keys beside it."""
        run = self._places[key]
        beside = self.keys[max(run - 1, 0) : run + 2]
        return all(one in place for one in beside) and beside == sorted(beside, key=place.__getitem__)

    def of(self, keys: frozenset[str], span: Span) -> list[Run]:
        """Those of some keys only."""
        found = sorted(self._places[key] for key in keys if key in self._places)
        cut = ((self.keys[n], max(self.starts[n], span[0]), min(self.starts[n + 1], span[1])) for n in found)
        return [run for run in cut if run[1] < run[2]]

    @cached_property
    def _places(self) -> dict[str, int]:
        return {key: n for n, key in enumerate(self.keys)}


def runs_of(keys: pl.Series) -> Runs:
    """Of the column by which the rows of a table lie together.

    >>> list(runs_of(pl.Series(["a", "a", "b", "b", "b"])).within((1, 4)))
    [('a', 1, 2), ('b', 2, 4)]
    """
    found = keys.rle().struct.unnest()
    return Runs(found["value"].to_list(), list(accumulate(found["len"], initial=0)))


def _runs_of_few(keys: pl.Series) -> dict[str, Run]:
    """The same by their keys; of so few rows that a query takes longer."""
    found, start = {}, 0
    for key, rows in groupby(keys.to_list()):
        end = start + sum(1 for _ in rows)
        found[key], start = (key, start, end), end
    return found


def together(runs: Iterable[Run]) -> list[Span]:
    """From which row to which runs go; those that follow one another as one.

    >>> together([("a", 3, 5), ("b", 5, 9), ("c", 12, 13)])
    [(3, 9), (12, 13)]
    """
    return [(start, end) for _, start, end in _pieces((0, start, end) for _, start, end in runs)]


@dataclass(frozen=True)
class Part:
    """A row group of which some rows go or to which some come."""

    number: int
    span: Span
    goes: list[Run]
    comes: list[str]  # whose fresh rows, in their order


@dataclass(frozen=True)
class Layout:
    """How a file lies, and which of its row groups change."""

    runs: Runs
    gone: frozenset[str]
    place: Places
    parts: list[Part]
    fresh: Mapping[str, Run]  # where the rows of each lie that come
    whole: bool = False  # the file is one part, to be written anew

    def anew(self) -> "Layout":
        """The same for a file that is written anew."""
        every = (0, self.runs.starts[-1])
        goes = self.runs.of(self.gone, every)
        comes = [key for part in self.parts for key in part.comes]
        parts = [Part(0, every, goes, sorted(comes, key=self.place.__getitem__))] if goes or comes else []
        return replace(self, parts=parts, whole=True)


def layout_of(
    key: str, keys: pl.Series, spans: list[Span], what: Renewal, fresh: pl.DataFrame, by_name: bool
) -> Layout:
    """Of a file with these row groups and values of the column `key`; `by_name`: its rows are sorted by the name of the patient."""
    gone = what.patients if by_name else what.stays
    runs, own = runs_of(keys), _runs_of_few(fresh[key])
    place: Places = {one: one for one in (*own, *runs.keys)} if by_name else what.place
    parts = list(_parts(spans, runs, gone, sorted(own, key=place.__getitem__), place))
    layout = Layout(runs, gone, place, parts, own)
    return layout if spans and what.in_order else layout.anew()


def _parts(
    spans: list[Span], runs: Runs, gone: frozenset[str], new: list[str], place: Places
) -> Iterator[Part]:
    """The row groups that change. New rows come to the last that begins before them."""
    kept = (
        (n, next((run[0] for run in runs.within(span) if run[0] not in gone), None))
        for n, span in enumerate(spans)
    )
    begins = {n: place.get(key, -1) for n, key in kept if key is not None}
    numbers, firsts = list(begins) or [0], list(begins.values())
    comes: dict[int, list[str]] = {}
    for one in new:
        comes.setdefault(numbers[max(0, bisect_right(firsts, place[one]) - 1)], []).append(one)
    for n, span in enumerate(spans):
        goes = runs.of(gone, span)
        if goes or n in comes:
            yield Part(n, span, goes, comes.get(n, []))


@dataclass(frozen=True)
class Order:
    """The rows of a row group as a run over all patients would have them."""

    pieces: list[Piece]
    is_as_it_was: bool  # as many rows of the same stays or patients, one after another

    def of(self, group: pl.DataFrame, fresh: pl.DataFrame) -> pl.DataFrame:
        """The rows that stay and those that come, of the columns of the group."""
        frames = group, fresh.select(group.columns)
        return pl.concat([group.clear(), *(frames[n][a:b] for n, a, b in self.pieces)], rechunk=False)


def order_of(layout: Layout, part: Part) -> Order:
    """The order of the rows of a row group when the fresh ones have come."""
    goes, comes = part.goes, [layout.fresh[key] for key in part.comes]
    alike = [(key, end - start) for key, start, end in goes] == [
        (key, end - start) for key, start, end in comes
    ]
    if alike and all(layout.runs.is_in_order(key, layout.place) for key in part.comes):
        return Order(_pieces(_replaced(part.span, goes, comes)), True)
    kept = (run for run in layout.runs.within(part.span) if run[0] not in layout.gone)
    first = part.span[0]
    runs = [(layout.place.get(key, -1), 0, start - first, end - first) for key, start, end in kept]
    runs += [(layout.place[key], 1, start, end) for key, start, end in comes]
    return Order(_pieces(run[1:] for run in sorted(runs, key=itemgetter(0))), False)


def _replaced(span: Span, goes: list[Run], comes: list[Run]) -> Iterator[Piece]:
    """Fresh rows in the place of as many that go."""
    at = span[0]
    for (_, start, end), (_, first, last) in zip(goes, comes, strict=True):
        yield 0, at - span[0], start - span[0]
        yield 1, first, last
        at = end
    yield 0, at - span[0], span[1] - span[0]


def _pieces(runs: Iterable[Piece]) -> list[Piece]:
    """Those that follow one another as one."""
    pieces: list[Piece] = []
    for of, start, end in runs:
        if pieces and pieces[-1][0] == of and pieces[-1][2] == start:
            start = pieces.pop()[1]
        pieces.append((of, start, end))
    return pieces
