"""The rows of some patients of a shard in the place of those that they had; in a large table the row groups of others are not decoded."""

import io
import os
import shutil
from bisect import bisect_right
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq

from opensepsis.data.io.atomic import whole_file
from opensepsis.data.io.paths import read_file, scan_file
from opensepsis.data.io.row_groups import footer_of, with_groups_replaced
from opensepsis.errors import FormatError
from opensepsis.uses.label.writer import TABLES, write_table

GROWN = 2  # a file is written anew when so many times the bytes that count lie in it


@dataclass(frozen=True)
class Renewal:
    """What becomes of a shard: the patients whose earlier rows go, and its stays in the order that a run has them."""

    gone: pl.Series
    order: pl.DataFrame  # stay, _place
    in_order: bool = True  # of the stays that are kept, as their rows lie

    def places(self, stays: pl.Series) -> dict[Any, int]:
        """The places of these stays in the order of a run."""
        found = self.order.filter(pl.col("stay").is_in(stays.implode()))
        return dict(zip(found["stay"], found["_place"], strict=True))


def renewal(gone: pl.Series, stays: pl.DataFrame, earlier: Path | None) -> Renewal:
    """Of a shard with these stays; `earlier` is its file of the earlier stays.parquet."""
    order = stays.select("stay").with_row_index("_place")
    if earlier is None:
        return Renewal(gone, order)
    kept = read_file(earlier, ["patient", "stay"]).filter(~pl.col("patient").is_in(gone.implode()))
    places = kept.join(order, on="stay", how="left", maintain_order="left")["_place"]
    return Renewal(gone, order, places.is_sorted())


@dataclass(frozen=True)
class Layout:
    """How the rows of a file lie: from which to which each row group goes, which rows leave, and in which group whose rows are to come."""

    spans: list[tuple[int, int]]
    leaving: pl.Series
    coming: dict[int, list[str]]
    whole: bool = False  # the file is one span, to be written anew

    def leave(self, span: int) -> tuple[int, int] | None:
        """From which row to which of a span some leave."""
        start, end = self.spans[span]
        rows = self.leaving[start:end].arg_true()
        return (start + rows[0], start + rows[-1] + 1) if len(rows) else None


def renew_tables(
    places: Mapping[str, tuple[Path, Path]], what: Renewal, fresh: Mapping[str, pl.DataFrame]
) -> dict[str, pl.DataFrame]:
    """Writes by the name of a table its second file: the rows of the first with the fresh ones where those of the gone patients were.

    Comes back with the rows that went. Rows lie as a run over all patients would have them; where none is another, the file is the same.
    """
    known: dict[tuple, Layout] = {}  # all scores have the same hours
    went = {}
    for name, (old, new) in places.items():
        spans, key = _spans(old), "patient" if name in TABLES else "stay"
        alike = ("scores/" in name, *spans)
        rows = fresh.get(name)
        if alike not in known or "scores/" not in name:
            keys = pl.Series([], dtype=pl.String) if rows is None else rows[key].unique(maintain_order=True)
            known[alike] = _layout(old, key, what, keys, spans)
        try:
            went[name] = _renew(old, new, name, what, rows, known[alike])
        except FormatError:
            went[name] = _renew(old, new, name, what, rows, _as_one_span(known[alike]))
    return went


def _layout(old: Path, key: str, what: Renewal, keys: pl.Series, spans: list[tuple[int, int]]) -> Layout:
    rows = read_file(old, ["patient", "stay"])
    leaving = rows["patient"].is_in(what.gone.implode())
    if len(spans) < 2 or not what.in_order:
        return _as_one_span(Layout(spans, leaving, {0: keys.to_list()} if len(keys) else {}))
    return Layout(spans, leaving, _by_span(key, what, keys, rows, leaving, spans))


def _as_one_span(layout: Layout) -> Layout:
    every = [key for keys in layout.coming.values() for key in keys]
    return Layout([(0, len(layout.leaving))], layout.leaving, {0: every} if every else {}, whole=True)


def _renew(
    old: Path, new: Path, name: str, what: Renewal, fresh: pl.DataFrame | None, layout: Layout
) -> pl.DataFrame:
    table, key = scan_file(old), "patient" if name in TABLES else "stay"
    went, changed = [], {}
    for span, (start, end) in enumerate(layout.spans):
        leave, keys = layout.leave(span), layout.coming.get(span)
        if leave is None and keys is None:
            continue
        first, last = leave or (start, start)
        theirs = table.slice(first, last - first).collect().filter(layout.leaving[first:last])
        more = theirs.clear() if fresh is None or keys is None else fresh.filter(pl.col(key).is_in(keys))
        went.append(theirs)
        if not theirs.equals(more):
            kept = table.slice(start, end - start).collect().filter(~layout.leaving[start:end])
            changed[span] = in_order(name, kept, more, what.order)
    _write(old, new, changed, layout.whole)
    return pl.concat(went) if went else table.head(0).collect()


def _spans(file: Path) -> list[tuple[int, int]]:
    """From which row to which each row group goes."""
    told = pq.read_metadata(file)
    rows = (told.row_group(number).num_rows for number in range(told.num_row_groups))
    return list(pairwise(accumulate(rows, initial=0)))


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
    out = io.BytesIO()
    write_table(out, rows, one_group=True)
    return out.getvalue()


def link(old: Path, new: Path) -> None:
    """A file as it is, in another folder: the same file by another name where the disk can."""
    new.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(new) as beside:
        with suppress(OSError):
            os.link(old, beside)
            return
        shutil.copyfile(old, beside)


def _by_span(
    key: str,
    what: Renewal,
    new: pl.Series,
    rows: pl.DataFrame,
    leaving: pl.Series,
    spans: list[tuple[int, int]],
) -> dict[int, list[str]]:
    """The new patients or stays by the number of the span in which they are to lie: the last that begins before them."""
    kept = ((n, _first_kept(leaving, *span)) for n, span in enumerate(spans))
    begins = {n: rows[key][row] for n, row in kept if row is not None}
    place: dict[str, Any] = {one: one for one in (*new, *begins.values())}
    if key == "stay":
        place = what.places(pl.concat([new, pl.Series(list(begins.values()), dtype=pl.String)]))
    numbers, firsts = list(begins) or [0], [place[one] for one in begins.values()]
    of: dict[int, list[str]] = {}
    for one in new:
        of.setdefault(numbers[max(0, bisect_right(firsts, place[one]) - 1)], []).append(one)
    return of


def _first_kept(leaving: pl.Series, start: int, end: int) -> int | None:
    """The first row of a span that stays."""
    found = (~leaving[start:end]).arg_max() if end > start else None
    return None if found is None or leaving[start + found] else start + found


def in_order(name: str, kept: pl.DataFrame, fresh: pl.DataFrame, order: pl.DataFrame) -> pl.DataFrame:
    """Rows as a run over all patients would have them; `order` has stay and _place."""
    if name in TABLES:
        return pl.concat([kept, fresh]).sort(TABLES[name], maintain_order=True)
    old, new = (_runs(rows, order) for rows in (kept, fresh))
    if not old["_place"].is_sorted():  # the timeline tells its stays in another order than before
        placed = pl.concat([kept, fresh]).join(order, on="stay", how="left", maintain_order="left")
        return placed.sort("_place", maintain_order=True).drop("_place")
    before = old["_place"].search_sorted(new["_place"])
    pieces, begin = [], 0
    for run, (start, length, _) in sorted(
        zip(before, new.iter_rows(), strict=True), key=lambda one: one[1][2]
    ):
        end = old["start"][run] if run < old.height else kept.height
        pieces += [kept[begin:end], fresh[start : start + length]]
        begin = end
    return pl.concat([*pieces, kept[begin:]], rechunk=False)


def _runs(rows: pl.DataFrame, order: pl.DataFrame) -> pl.DataFrame:
    """start, len, _place of the rows of each stay, which lie together."""
    runs = rows.select(pl.col("stay").rle()).unnest("stay")
    placed = runs.join(order, left_on="value", right_on="stay", how="left", maintain_order="left")
    return placed.select((pl.col("len").cum_sum() - pl.col("len")).alias("start"), "len", "_place")
