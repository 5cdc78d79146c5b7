"""Many JSON objects of one shape as lines of text, made from columns: a template with places that columns fill."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

MORE = "..."  # the key whose column holds further members, each with its comma in front, or nothing
AT_ONCE = 50_000


@dataclass(frozen=True)
class Filled:
    """A place in a template: the JSON text in this column."""

    column: str


def quoted(value: str | pl.Expr) -> pl.Expr:
    """Texts as JSON strings; nothing where there is none.

    >>> pl.DataFrame({"a": ['say "so"']}).select(quoted("a")).item()
    '"say \\\\"so\\\\""'
    """
    value = pl.col(value) if isinstance(value, str) else value
    text = pl.struct(value.cast(pl.String).alias("a")).struct.json_encode().str.slice(5).str.head(-1)
    return pl.when(value.is_not_null()).then(text)


def moment(value: str | pl.Expr) -> pl.Expr:
    """Times in UTC as JSON strings."""
    value = pl.col(value) if isinstance(value, str) else value
    return value.dt.strftime('"%Y-%m-%dT%H:%M:%SZ"')


def lines(frame: pl.DataFrame, template: Mapping) -> pl.Series:
    """One line of JSON for each row.

    >>> frame = pl.DataFrame({"n": ["1", "2"], "rest": [',"b":null', ""]})
    >>> lines(frame, {"kind": "x", "number": Filled("n"), MORE: Filled("rest")}).to_list()
    ['{"kind":"x","number":1,"b":null}', '{"kind":"x","number":2}']
    """
    parts: list[pl.Expr] = []
    text = ""
    for piece in _pieces(template):
        if isinstance(piece, Filled):
            parts += [pl.lit(text), pl.col(piece.column)]
            text = ""
        else:
            text += piece
    return frame.select(line=pl.concat_str([*parts, pl.lit(text)]))["line"]


def _pieces(node: object) -> Iterator[str | Filled]:
    if isinstance(node, Filled):
        yield node
    elif isinstance(node, Mapping):
        yield "{"
        for number, (key, value) in enumerate((k, v) for k, v in node.items() if k != MORE):
            yield f"{',' if number else ''}{json.dumps(key)}:"
            yield from _pieces(value)
        if MORE in node:
            yield node[MORE]
        yield "}"
    elif isinstance(node, list):
        yield "["
        for number, value in enumerate(node):
            yield "," if number else ""
            yield from _pieces(value)
        yield "]"
    else:
        yield json.dumps(node, ensure_ascii=False)


def append(file: Path, frame: pl.DataFrame, template: Mapping) -> int:
    """Write a line for each row behind what the file holds; gives how many."""
    with file.open("ab") as out:
        for part in frame.iter_slices(AT_ONCE):
            made = lines(part, template)
            if made.null_count():
                raise ValueError(f"{file.name}: a column of the template holds nothing")
            made.to_frame().write_csv(out, include_header=False, quote_style="never")
    return frame.height
