"""The rows of some patients of a shard in the place of those that they had; in a large table the row groups of others are not decoded.

What lies where is told in plain Python: of a shard with one changed patient few rows move in each of many tables, and every query of a
frame costs more than they do.
"""

import os
import shutil
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate, groupby, pairwise
from operator import itemgetter
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from opensepsis.data.io.atomic import whole_file
from opensepsis.data.io.paths import read_file, scan_file
from opensepsis.data.io.row_groups import footer_of, with_groups_replaced
from opensepsis.errors import FormatError
from opensepsis.uses.label.writer import TABLES, write_table

GROWN = 2  # a file is written anew when so many times the bytes that count lie in it
Span = tuple[int, int]  # from which row to which
Run = tuple[str, int, int]  # rows of one stay or patient, which lie together: whose, from which row to which
Places = Mapping[str, Any]  # by what rows are sorted: the place of a stay in a run, or a patient's name


@dataclass(frozen=True)
class Renewal:
    """What becomes of a shard: the patients and stays whose earlier rows go, and the places of its stays as a run has them."""

    patients: frozenset[str]
    stays: frozenset[str]
    place: Mapping[str, int]  # of each stay
    in_order: bool = True  # of the stays that are kept, as their rows lie


def renewal(gone: pl.Series, stays: pl.DataFrame, earlier: Path) -> Renewal:
    """Of a shard with these stays; `earlier` is its file of the earlier stays.parquet."""
    patients, place = frozenset(gone), {stay: n for n, stay in enumerate(stays["stay"])}
    before = list(read_file(earlier, ["patient", "stay"]).iter_rows())
    kept = [place.get(stay, -1) for patient, stay in before if patient not in patients]
    theirs = frozenset(stay for patient, stay in before if patient in patients)
    return Renewal(patients, theirs, place, all(one <= other for one, other in pairwise(kept)))


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

    key: str
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


class Earlier:
    """A file of earlier results; one of a single row group is read at once."""

    def __init__(self, path: Path) -> None:
        told = pq.read_metadata(path)
        rows = (told.row_group(number).num_rows for number in range(told.num_row_groups))
        self.path, self.spans = path, list(pairwise(accumulate(rows, initial=0)))
        self._all = read_file(path) if len(self.spans) < 2 else None

    def rows(self, span: Span) -> pl.DataFrame:
        start, end = span
        return (
            scan_file(self.path).slice(start, end - start).collect()
            if self._all is None
            else self._all[start:end]
        )

    def column(self, name: str) -> pl.Series:
        return (read_file(self.path, [name]) if self._all is None else self._all)[name]


def renew_tables(
    places: Mapping[str, tuple[Path, Path]], what: Renewal, fresh: Mapping[str, pl.DataFrame]
) -> dict[str, pl.DataFrame]:
    """Writes by the name of a table its second file: the rows of the first with the fresh ones where those of the gone patients were.

    Comes back with the rows that went. Rows lie as a run over all patients would have them; where none is another, the file is the same.
    """
    known: dict[tuple, Layout] = {}  # all scores have the same hours
    went = {}
    for name, (old, new) in places.items():
        earlier = Earlier(old)
        rows = fresh[name] if name in fresh else earlier.rows((0, 0))
        alike = ("scores/" in name, *earlier.spans)
        if alike not in known or "scores/" not in name:
            known[alike] = _layout(earlier, name, what, rows)
        try:
            went[name] = _renew(earlier, new, known[alike], rows)
        except FormatError:
            went[name] = _renew(earlier, new, known[alike].anew(), rows)
    return went


def _layout(earlier: Earlier, name: str, what: Renewal, fresh: pl.DataFrame) -> Layout:
    key, gone = ("patient", what.patients) if name in TABLES else ("stay", what.stays)
    runs, own = runs_of(earlier.column(key)), _runs_of_few(fresh[key])
    new = list(own)
    place: Places = {one: one for one in (*new, *runs.keys)} if name in TABLES else what.place
    parts = list(_parts(earlier.spans, runs, gone, sorted(new, key=place.__getitem__), place))
    layout = Layout(key, runs, gone, place, parts, own)
    return layout if len(earlier.spans) > 1 and what.in_order else layout.anew()


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


def _renew(earlier: Earlier, new: Path, layout: Layout, fresh: pl.DataFrame) -> pl.DataFrame:
    own, nothing = layout.fresh, fresh.clear()
    went = [_joined(nothing, list(_going(earlier, part))) for part in layout.parts]
    came = [_joined(nothing, [fresh[own[k][1] : own[k][2]] for k in part.comes]) for part in layout.parts]
    theirs = _joined(nothing, went)
    changed: dict[int, pl.DataFrame] = {}
    if not theirs.equals(_joined(nothing, came)):  # all of them first: a stay may lie in two groups
        for part, old, now in zip(layout.parts, went, came, strict=True):
            if not old.equals(now):
                changed[part.number] = _in_order(
                    earlier, part, layout, fresh, [own[key] for key in part.comes]
                )
    _write(earlier.path, new, changed, layout.whole)
    return theirs


def _joined(nothing: pl.DataFrame, pieces: list[pl.DataFrame]) -> pl.DataFrame:
    """The rows of these pieces; `nothing` has their columns."""
    return pl.concat(pieces) if len(pieces) > 1 else pieces[0] if pieces else nothing


def _going(earlier: Earlier, part: Part) -> Iterator[pl.DataFrame]:
    """The rows of a row group that go."""
    if part.goes:
        first = part.goes[0][1]
        rows = earlier.rows((first, part.goes[-1][2]))
        yield from (rows[start - first : end - first] for _, start, end in part.goes)


def _in_order(
    earlier: Earlier, part: Part, layout: Layout, fresh: pl.DataFrame, mine: list[Run]
) -> pl.DataFrame:
    """The rows that stay and those that come, as a run over all patients would have them."""
    group, first = earlier.rows(part.span), part.span[0]
    kept = (run for run in layout.runs.within(part.span) if run[0] not in layout.gone)
    runs = [(layout.place.get(key, -1), 0, start - first, end - first) for key, start, end in kept]
    runs += [(layout.place[key], 1, start, end) for key, start, end in mine]
    pieces: list[tuple[int, int, int]] = []  # of which of the two, from which row to which
    for _, of, start, end in sorted(runs, key=itemgetter(0)):
        if pieces and pieces[-1][0] == of and pieces[-1][2] == start:
            start = pieces.pop()[1]
        pieces.append((of, start, end))
    return pl.concat(
        [group.clear(), *((group, fresh)[of][start:end] for of, start, end in pieces)], rechunk=False
    )


def _write(old: Path, new: Path, changed: dict[int, pl.DataFrame], whole: bool) -> None:
    """FormatError: the row groups that are to stay cannot stand beside those that changed, or not for long."""
    if not changed:
        link(old, new)
        return
    new.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(new) as beside:
        if whole:
            write_table(beside, changed[0])
            return
        content = old.read_bytes()
        footer = footer_of(content)
        if footer.place > GROWN * footer.size:
            raise FormatError("Most of the file are pages that no longer count.")
        fresh = {number: _as_file(rows) for number, rows in changed.items()}
        beside.write_bytes(with_groups_replaced(content, footer, fresh))


def _as_file(rows: pl.DataFrame) -> bytes:
    out = pa.BufferOutputStream()
    write_table(out, rows, one_group=True)
    return out.getvalue().to_pybytes()


def link(old: Path, new: Path) -> None:
    """A file as it is, in another folder: the same file by another name where the disk can."""
    new.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(new) as beside:
        with suppress(OSError):
            os.link(old, beside)
            return
        shutil.copyfile(old, beside)
