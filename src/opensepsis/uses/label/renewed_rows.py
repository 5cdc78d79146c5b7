"""The rows of some patients of a shard in the place of those that they had; in a large table the row groups of others are not decoded.

Where they have as many rows as before, of the same stays, only the columns in which any value is another are written.
"""

import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from opensepsis.data.io.atomic import whole_file
from opensepsis.data.io.paths import scan_content
from opensepsis.data.io.row_groups import footer_of, with_groups_replaced
from opensepsis.errors import FormatError
from opensepsis.uses.label.row_layout import Layout, Order, Part, Span, layout_of, order_of, renewal, together
from opensepsis.uses.label.writer import TABLES, write_table

GROWN = 2  # a file is written anew when so many times the bytes that count lie in it


@dataclass(frozen=True)
class Earlier:
    """A file of earlier results: its bytes, and from which row to which each row group goes."""

    path: Path
    content: bytes
    spans: list[Span]

    def rows(self, span: Span, columns: list[str] | None = None) -> pl.LazyFrame:
        """Some of its rows, of all or some columns."""
        found = scan_content(self.content).slice(span[0], span[1] - span[0])
        return found if columns is None else found.select(columns)

    def columns(self, *names: str) -> pl.LazyFrame:
        """All rows of some columns."""
        return scan_content(self.content).select(names)


def _earlier(path: Path) -> Earlier:
    content = path.read_bytes()
    told = pq.read_metadata(pa.BufferReader(content))
    rows = (told.row_group(number).num_rows for number in range(told.num_row_groups))
    return Earlier(path, content, list(pairwise(accumulate(rows, initial=0))))


def renew_tables(
    places: Mapping[str, tuple[Path, Path]],
    gone: pl.Series,
    stays: pl.DataFrame,
    fresh: Mapping[str, pl.DataFrame],
) -> dict[str, pl.DataFrame]:
    """Writes by the name of a table its second file: the rows of the first with the fresh ones where those of the `gone` patients were.

    Comes back with the rows that went. Rows lie as a run over all patients would have them, with these `stays` of the shard; where none
    is another, the file is the same.
    """
    files = {name: _earlier(old) for name, (old, _) in places.items()}
    nothing = {name: scan_content(file.content).clear() for name, file in files.items() if name not in fresh}
    came = dict(fresh) | dict(zip(nothing, pl.collect_all(nothing.values()), strict=True))
    layouts = _layouts(files, gone, stays, came)
    changes = _changes(files, layouts, came)
    for name, rows in _rows_now(files, changes, came).items():
        try:
            _write(files[name], places[name][1], rows, changes[name].anew)
        except FormatError:
            alone = {name: files[name]}
            anew = _changes(alone, {name: layouts[name].anew()}, came)
            _write(files[name], places[name][1], _rows_now(alone, anew, came)[name], True)
    return {name: change.went for name, change in changes.items()}


def _layouts(
    files: Mapping[str, Earlier], gone: pl.Series, stays: pl.DataFrame, came: Mapping[str, pl.DataFrame]
) -> dict[str, Layout]:
    """How each file lies. All scores have the same hours, so that of one of them tells it of those with the same row groups."""
    alike = {name: ("scores/" if "scores/" in name else name, *file.spans) for name, file in files.items()}
    first = {how: name for name, how in reversed(alike.items())}
    key = {name: "patient" if name in TABLES else "stay" for name in first.values()}
    before, *keys = pl.collect_all(
        [
            files["stays"].columns("patient", "stay"),
            *(files[name].columns(column) for name, column in key.items() if name != "stays"),
        ]
    )
    values = {"stays": before} | dict(zip((name for name in key if name != "stays"), keys, strict=True))
    what = renewal(gone, stays, before)
    known = {
        name: layout_of(column, values[name][column], files[name].spans, what, came[name], name in TABLES)
        for name, column in key.items()
    }
    return {name: known[first[how]] for name, how in alike.items()}


def _going(
    files: Mapping[str, Earlier], layouts: Mapping[str, Layout]
) -> dict[str, list[list[pl.DataFrame]]]:
    """By table and row group that changes the rows that go."""
    asked = [(name, part) for name, layout in layouts.items() for part in layout.parts]
    reach = [(part.goes[0][1], part.goes[-1][2]) if part.goes else (0, 0) for _, part in asked]
    rows = pl.collect_all(files[name].rows(span) for (name, _), span in zip(asked, reach, strict=True))
    went: dict[str, list[list[pl.DataFrame]]] = {name: [] for name in layouts}
    for (name, part), (first, _), found in zip(asked, reach, rows, strict=True):
        went[name].append([found[start - first : end - first] for start, end in together(part.goes)])
    return went


@dataclass(frozen=True)
class Change:
    """What becomes of a file: the rows that go, and the row groups in which any row is another, with the columns that are."""

    went: pl.DataFrame
    groups: list[tuple[Part, Order, list[str] | None]]
    anew: bool  # it is written anew


def _changes(
    files: Mapping[str, Earlier], layouts: Mapping[str, Layout], came: Mapping[str, pl.DataFrame]
) -> dict[str, Change]:
    went = _going(files, layouts)
    return {name: _change(files[name], layout, came[name], went[name]) for name, layout in layouts.items()}


def _change(
    earlier: Earlier, layout: Layout, fresh: pl.DataFrame, pieces: list[list[pl.DataFrame]]
) -> Change:
    own, nothing = layout.fresh, fresh[:0]
    went = [_joined(nothing, some) for some in pieces]
    runs = ([own[key] for key in part.comes] for part in layout.parts)
    now = [_joined(nothing, [fresh[start:end] for start, end in together(some)]) for some in runs]
    theirs = _joined(nothing, went)
    if theirs.equals(_joined(nothing, now)):  # all of them first: a stay may lie in two groups
        return Change(theirs, [], layout.whole)
    groups = []
    for part, old, new in zip(layout.parts, went, now, strict=True):
        names = _other_columns(old, new)
        if names:
            order = order_of(layout, part)
            groups.append((part, order, names if order.is_as_it_was and not layout.whole else None))
    alone = len(earlier.spans) == 1 and any(names is None for _, _, names in groups)
    return Change(theirs, groups, layout.whole or alone)


def _other_columns(old: pl.DataFrame, now: pl.DataFrame) -> list[str]:
    """The columns in which any row is another."""
    both = zip(old.get_columns(), now.get_columns(), strict=True)
    return [one.name for one, other in both if not one.equals(other)]


def _rows_now(
    files: Mapping[str, Earlier], changes: Mapping[str, Change], came: Mapping[str, pl.DataFrame]
) -> dict[str, dict[int, pl.DataFrame]]:
    """By table and number of a row group its rows from now on, of those columns only that change."""
    asked = [(name, *group) for name, change in changes.items() for group in change.groups]
    groups = pl.collect_all(files[name].rows(part.span, columns) for name, part, _, columns in asked)
    found: dict[str, dict[int, pl.DataFrame]] = {name: {} for name in changes}
    for (name, part, order, _), group in zip(asked, groups, strict=True):
        found[name][part.number] = order.of(group, came[name])
    return found


def _joined(nothing: pl.DataFrame, pieces: list[pl.DataFrame]) -> pl.DataFrame:
    """The rows of these pieces; `nothing` has their columns."""
    return pl.concat(pieces) if len(pieces) > 1 else pieces[0] if pieces else nothing


def _write(earlier: Earlier, new: Path, changed: dict[int, pl.DataFrame], anew: bool) -> None:
    """FormatError: what is to stay of a file cannot stand beside what changed, or not for long."""
    if not changed:
        link(earlier.path, new)
        return
    new.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(new) as beside:
        if anew:
            write_table(beside, changed[0])
            return
        footer = footer_of(earlier.content)
        if footer.place > GROWN * footer.size:
            raise FormatError("Most of the file are pages that no longer count.")
        fresh = {number: _as_file(rows) for number, rows in changed.items()}
        beside.write_bytes(with_groups_replaced(earlier.content, footer, fresh))


def _as_file(rows: pl.DataFrame) -> bytes:
    out = pa.BufferOutputStream()
    write_table(out, rows, one_group=True)
    return out.getvalue().to_pybytes()


def link(old: Path, new: Path) -> None:
    """A file as it is, in another folder: the same file by another name where the disk can."""
    try:
        os.link(old, new)
        return
    except FileNotFoundError:
        new.parent.mkdir(parents=True, exist_ok=True)
    except OSError:  # there is one of an attempt that died, or the disk cannot
        pass
    with whole_file(new) as beside:
        with suppress(OSError):
            os.link(old, beside)
            return
        shutil.copyfile(old, beside)
