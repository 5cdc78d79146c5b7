"""The points of a score for every row of a frame: `points` for many moments at once."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple, cast

import narwhals as nw
import numpy as np
import polars as pl
import pyarrow as pa

from opensepsis.data.intake.frames import to_arrow
from opensepsis.data.intake.text_codes import word_of
from opensepsis.data.intake.value import reject_unit
from opensepsis.data.intake.value_columns import read_values, widened
from opensepsis.engine.batch.score_tables import UNKNOWN, joined, row_points
from opensepsis.engine.semantics.basis import FORGIVEN
from opensepsis.engine.semantics.input_values import OLDEST, limits
from opensepsis.errors import DefinitionError, FormatError, nearest
from opensepsis.rules import (
    HighestWithin,
    Kind,
    Ratio,
    Rounded,
    Score,
    Signal,
    WithinLast,
    concepts_of,
    idle_is_zero,
)

AGE = "age"


class _Column(NamedTuple):
    """The column of a frame that holds a signal, and the unit of its values; empty: the signal's own."""

    name: str
    unit: str = ""


def score(definition: Score, frame: Any, columns: Mapping[str, Any] | None = None) -> Any:
    """The points of a score for every row of a frame; each row is one patient at one time.

    `frame` is a Polars, pandas, PyArrow, DuckDB or Ibis frame. Its columns are named after the signals of the score, as
    `opensepsis.scores.sofa.inputs` lists them with their units, or `columns` maps them: `{"bili": "bilirubin"}`, in another
    unit `{"bili": ("bilirubin", "umol/L")}`. `pao2` and `fio2` may replace their ratio. If there is a column `age` (years),
    rows at ages to which the score does not apply are not known. Any other column is passed on.

    Returns the kind of frame that was given (Polars for DuckDB and Ibis), row for row: the columns passed on, then `total` (Int8)
    and `rows_known` (Int8), the points of each row of the table (Int8), and `rejected`, the inputs that cannot be true (list of text).
    An empty cell or one that cannot be true is not known, never 0; the total adds up the rows that are known. Nothing is carried from
    one row to the next: for a score with a window, give the worst values of the window. A drug without a column is not running.

    DefinitionError: no column of the score, a name that looks misspelt, a column with the name of a result.
    FormatError: text where a number belongs, a unit that cannot be converted. Source: the paper of the score.

    >>> import opensepsis, polars as pl
    >>> found = opensepsis.score(opensepsis.SOFA, pl.DataFrame({"id": ["a", "b"], "platelets": [92, None], "bilirubin": [7.2, 1.0]}))
    >>> found.select("id", "total", "rows_known", "coagulation", "liver").rows()
    [('a', 5, 2, 2, 3), ('b', 0, 1, None, 0)]
    """
    if not isinstance(definition, Score):
        raise DefinitionError(f"Give a score, such as opensepsis.SOFA, not {type(definition).__name__}.")
    rows = cast(pl.DataFrame, pl.from_arrow(to_arrow(frame, "frame")))
    named = _named(definition, rows.columns, columns or {})
    values, rejected = {}, {}
    for name, signal in definition.signals.items():
        values[name], wrong = _values(name, signal, rows, named)
        if wrong is not None and wrong.any():
            rejected[name] = wrong
    found = _points(definition, values, rows.height)
    outside, wrong = _outside(definition, rows, named)
    if wrong is not None and wrong.any():
        rejected[AGE] = wrong
    known = [*found.columns]
    found = found.with_columns(pl.when(~pl.lit(pl.Series(outside))).then(pl.col(known)))
    found = found.with_columns(
        rows_known=pl.sum_horizontal(pl.col(known).is_not_null()).cast(pl.Int8),
        total=_total(definition, known),
        rejected=_named_lists(rejected, rows.height),
    ).select("total", "rows_known", *known, "rejected")
    used = {column.name for column in named.values()}
    passed = rows.select(name for name in rows.columns if name not in used)
    taken = [name for name in passed.columns if name in found.columns]
    if taken:
        raise DefinitionError(f"The frame has a column {taken[0]!r}, which the result also has. Rename it.")
    return _as_given(pl.concat([passed, found], how="horizontal"), frame)


def _total(definition: Score, rows: list[str]) -> pl.Expr:
    """The sum of the known rows; or the worst of them, and 0 only where every row is known."""
    there = pl.col(rows).is_not_null()
    if not definition.by_worst_row:
        return pl.when(pl.any_horizontal(there)).then(pl.sum_horizontal(rows).cast(pl.Int8))
    worst = pl.max_horizontal(rows)
    return pl.when((worst > 0) | pl.all_horizontal(there)).then(worst)


def _named(definition: Score, here: list[str], columns: Mapping) -> dict[str, _Column]:
    """Each input that the frame has, with its column."""
    inputs = {*definition.signals, AGE}
    for signal in definition.signals.values():
        inputs |= set(_parts(signal))
    named = {name: _Column(name) for name in here if name in inputs and name not in columns}
    for theirs, ours in columns.items():
        ours, unit = (ours, "") if isinstance(ours, str) else ours
        if theirs not in here:
            raise DefinitionError(f"The frame has no column {theirs!r}. {nearest(theirs, here)}")
        if ours not in inputs:
            raise DefinitionError(f"{definition.name} has no signal '{ours}'. {nearest(ours, inputs)}")
        named[ours] = _Column(theirs, unit)
    if not named.keys() - {AGE}:
        raise DefinitionError(
            f"The frame has none of the columns of {definition.name}, which are {', '.join(definition.signals)}."
        )
    used = {column.name for column in named.values()}
    for other in here:
        _check_passed_on(other, used, definition, named)
        close = get_close_matches(other.lower(), sorted(inputs - named.keys()), 1, 0.85)
        if other not in used and close:
            raise DefinitionError(
                f"Column {other!r} would not be read. Did you mean {close[0]!r}? Rename it, or map it with `columns`."
            )
    return named


def _check_passed_on(column: str, used: set[str], definition: Score, named: Mapping) -> None:
    """An error for a concept that only reaches the score worked out, where that input is not there: it would be lost."""
    if column in used or column not in definition.concepts:
        return
    reading = [
        name for name, signal in definition.signals.items() if column in {c.name for c in concepts_of(signal)}
    ]
    if reading and not any(name in named for name in reading):
        raise DefinitionError(
            f"Column {column!r} would not be read: {definition.name} reads {' or '.join(reading)}. "
            f"Rename it, or map it with `columns`; leave it out if it is something else."
        )


def _parts(signal: Signal) -> tuple[str, ...]:
    """The two concepts whose ratio a signal is."""
    of = signal.signal if isinstance(signal, HighestWithin | WithinLast) else signal
    return (of.numerator.name, of.denominator.name) if isinstance(of, Ratio) else ()


def _values(name: str, signal: Signal, rows: pl.DataFrame, named: Mapping[str, _Column]):
    """The values of a signal as numbers, NaN for not known, and which were not believed."""
    blank = np.full(rows.height, 0.0 if idle_is_zero(signal) else np.nan)
    concept = getattr(signal, "concept", None)
    if name not in named:
        parts = _parts(signal)
        if not parts or any(part not in named for part in parts):
            return blank, None
        (top, wrong), (bottom, also) = (_of_concept(part, rows, named[part]) for part in parts)
        ratio = np.divide(top, bottom, out=np.full(len(top), np.nan), where=bottom > 0)
        return ratio, wrong | also
    column = rows[named[name].name]
    if concept is not None and concept.kind is Kind.WORD:
        return _words(name, concept, column)
    if named[name].unit and concept is not None:
        return _rounded(signal, *_of_concept(concept.name, rows, named[name]))
    if named[name].unit and named[name].unit != signal.unit:
        raise FormatError(f"'{name}' is read in {signal.unit or 'its own scale'}. Convert it first.")
    low, high = limits(signal)
    return _rounded(signal, *_believed(_numbers(name, column), low, high))


def _rounded(signal: Signal, value: np.ndarray, wrong: np.ndarray):
    if isinstance(signal, Rounded):
        scale = 10**signal.decimals
        value = np.floor(value * scale + 0.5 + FORGIVEN) / scale
    return value, wrong


def _of_concept(concept: str, rows: pl.DataFrame, column: _Column):
    """The values of a concept in its own unit, by the value gate."""
    if column.unit and (refused := reject_unit(concept, column.unit)):
        raise FormatError(f"{column.unit!r} of {concept} cannot be converted: {refused}.")
    numbers = _numbers(concept, rows[column.name])
    asked = pl.DataFrame({"concept": concept, "value": pl.Series(numbers, nan_to_null=True)})
    if column.unit:
        asked = asked.with_columns(unit=pl.lit(column.unit))
    read = read_values(asked)
    value = read["value"].fill_null(np.nan).to_numpy()
    return value, ~np.isnan(numbers) & np.isnan(value)


def _numbers(name: str, column: pl.Series) -> np.ndarray:
    if column.dtype == pl.Null:
        return np.full(len(column), np.nan)
    if not (column.dtype.is_numeric() or column.dtype == pl.Boolean):
        raise FormatError(f"'{name}' must be numbers, not {column.dtype}. Convert the column.")
    number = column.cast(pl.Float64) if column.dtype == pl.Boolean else widened(column)
    return number.fill_null(np.nan).to_numpy()


def _believed(value: np.ndarray, low: float, high: float):
    right = np.isfinite(value) & (value >= low) & (value <= high)
    return np.where(right, value, np.nan), ~right & ~np.isnan(value)


def _words(name: str, concept, column: pl.Series):
    if column.dtype == pl.Null:
        return np.full(len(column), np.nan), None
    if not isinstance(column.dtype, pl.String | pl.Categorical | pl.Enum):
        raise FormatError(f"'{name}' must be words ({', '.join(concept.words)}), not {column.dtype}.")
    text = column.cast(pl.String)
    meant = {said: word_of(concept.name, said) for said in text.unique().drop_nulls()}
    number = {said: float(concept.words.index(word)) for said, word in meant.items() if word is not None}
    value = text.replace_strict(number, default=None, return_dtype=pl.Float64).fill_null(np.nan).to_numpy()
    return value, text.is_not_null().to_numpy() & np.isnan(value)


def _points(definition: Score, values: Mapping[str, np.ndarray], length: int) -> pl.DataFrame:
    found = {}
    for row in definition.rows:
        # four times the points: the form in which tables of one row are put together
        keys = [
            np.where(given == UNKNOWN, UNKNOWN, given * 4).astype(np.int8)
            for given in (row_points(part, values, length) for part in row.parts)
        ]
        key = joined(row, keys)
        found[row.name] = pl.Series(np.where(key == UNKNOWN, UNKNOWN, key // 4).astype(np.int8)).replace(
            UNKNOWN, None
        )
    return pl.DataFrame(found, schema=dict.fromkeys(found, pl.Int8))


def _outside(definition: Score, rows: pl.DataFrame, named: Mapping[str, _Column]):
    """Where the patient is of an age that the score is not made for, and which ages were not believed."""
    if AGE not in named:
        return np.zeros(rows.height, bool), None
    age, wrong = _believed(_numbers(AGE, rows[named[AGE].name]), 0.0, OLDEST)
    low, below = definition.lowest_age, definition.age_below
    young = age < low if low is not None else np.zeros(rows.height, bool)
    return young | (age >= below) if below is not None else young, wrong


def _named_lists(rejected: Mapping[str, np.ndarray], length: int) -> pl.Series:
    if not rejected:
        return pl.Series("rejected", [[]], pl.List(pl.String)).new_from_index(0, length)
    wrong = np.column_stack(list(rejected.values()))
    offsets = np.concatenate([[0], np.cumsum(wrong.sum(axis=1))])
    names = np.array(list(rejected), dtype=object)[np.nonzero(wrong)[1]]
    lists = pa.LargeListArray.from_arrays(pa.array(offsets, pa.int64()), pa.array(names, pa.large_string()))
    return pl.Series("rejected", pl.from_arrow(lists))


def _as_given(found: pl.DataFrame, frame: Any) -> Any:
    given = nw.from_native(frame)
    if isinstance(given, nw.LazyFrame) or given.implementation.is_polars():
        return found
    if given.implementation.is_pandas():
        return found.to_pandas().set_axis(given.to_native().index)
    return found.to_arrow()
