"""Frames that a user holds in memory, of any library that Narwhals knows, as Arrow tables."""

from pathlib import Path
from typing import Any, cast

import pyarrow as pa

from opensepsis.errors import FormatError

KINDS = "Polars, pandas, PyArrow, a DuckDB relation or an Ibis table"


def is_frame(given: object) -> bool:
    """Whether this is a frame of a library that can be read.

    >>> import polars as pl
    >>> is_frame(pl.DataFrame({"a": [1]})), is_frame("events.csv")
    (True, False)
    """
    if given is None or isinstance(given, str | Path):
        return False
    import narwhals as nw  # only where frames are given: most runs read files

    found = nw.from_native(given, pass_through=True)
    return isinstance(found, nw.DataFrame | nw.LazyFrame)


def to_arrow(frame: object, name: str) -> pa.Table:
    """The frame as an Arrow table; FormatError, without any value of it, where it is none or mixes types in a column.

    >>> import polars as pl
    >>> to_arrow(pl.DataFrame({"a": [1]}), "events").num_rows
    1
    """
    import narwhals as nw

    try:
        if not is_frame(frame):
            raise FormatError(f"{name} must be a frame ({KINDS}), not {type(frame).__name__}.")
        found: Any = nw.from_native(cast(Any, frame))
        names = list(found.collect_schema().names())
    except nw.exceptions.DuplicateError:
        raise FormatError(f"{name} has the same column name twice. Give every column its own name.") from None
    if any(not isinstance(column, str) for column in names):
        raise FormatError(f"{name} has a column whose name is not a text. Rename it.")
    if isinstance(found, nw.LazyFrame):
        return found.collect("pyarrow").to_arrow()
    try:
        return found.to_arrow()
    except (pa.ArrowInvalid, pa.ArrowTypeError, TypeError, ValueError):
        wrong = next((column for column in names if not _converts(found, column)), None)
    where = f"Column {wrong!r} of {name}" if wrong else name
    raise FormatError(f"{where} mixes types. Convert it to one, for example with astype(str).")


def _converts(frame: Any, column: str) -> bool:
    try:
        frame.select(column).to_arrow()
    except (pa.ArrowInvalid, pa.ArrowTypeError, TypeError, ValueError):
        return False
    return True
