"""The rows of hourly tables as events: a row for each filled cell, at the moment at which it could be known."""

from datetime import UTC, datetime, timedelta

import polars as pl

from opensepsis.data.intake.value_columns import read_values, widened
from opensepsis.data.schema import MOMENT, NAME, REASON, ROW
from opensepsis.data.sources.hourly.column_map import Column, ColumnMap
from opensepsis.data.sources.parse import texts
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.rules import Kind

# there is no calendar: every patient enters intensive care at this moment, so that a day since then is a calendar day
ENTERED = datetime(2000, 1, 1, tzinfo=UTC)
NOT_A_MOMENT = "the time since admission is not a number"
NO_TIME = "no time since admission"
_HOUR = timedelta(hours=1)
_LASTS = timedelta(
    hours=14
)  # what is charted at a minute while it lasts, as ventilation, holds to the next, at most so long
MECHANICAL = "mechanical ventilation"  # what a bare 1 in a column of ventilation says
_WITH_UNIT = [name for name, concept in CONCEPTS.items() if concept.unit]
_WORDED = [
    name for name, c in CONCEPTS.items() if not c.unit and c.kind in (Kind.WORD, Kind.INTERVAL, Kind.EVENT)
]
_KEPT = ("patient", "_from", "time", ROW)


def with_moments(rows: pl.DataFrame, columns: ColumnMap) -> pl.DataFrame:
    """The rows with `patient` as text, `time` (when the row's values could be known) and `_from` (the start of its hour).

    A value of an hour stands at the end of its hour: it sums that hour up, and nobody could have known it before.
    """
    moment = columns.moment
    rows = rows.rename({columns.needed("patient"): "patient"}).with_columns(
        pl.lit(None, pl.String).alias(REASON)
    )
    rows = texts(rows, ["patient"])
    since = rows[moment.name]
    if isinstance(since.dtype, pl.Duration):
        spent = since.cast(pl.Duration("us"))
    else:
        number = (
            widened(since)
            if since.dtype != pl.String
            else since.str.strip_chars().cast(pl.Float64, strict=False)
        )
        per_unit = 60_000_000 if moment.meaning == "minute" else 3_600_000_000
        spent = (number * per_unit).round().cast(pl.Int64, strict=False).cast(pl.Duration("us"))
    at = pl.Series("time", [ENTERED], MOMENT).new_from_index(0, rows.height) + spent
    if moment.meaning == "hour_start":
        at = at + _HOUR
    wrong = pl.when(pl.lit(spent.is_null() & since.is_not_null())).then(pl.lit(NOT_A_MOMENT))
    none = pl.when(pl.lit(since.is_null())).then(pl.lit(NO_TIME))
    start = at if moment.meaning == "minute" else at - _HOUR
    return rows.with_columns(
        at.alias("time"), start.alias("_from"), pl.coalesce(REASON, wrong, none).alias(REASON)
    )


def lengthened(rows: pl.DataFrame, measured: dict[str, Column]) -> pl.DataFrame:
    """A row for each filled cell of the columns that hold a concept: column, cell, and those of the row."""
    kinds = {name: _cell_type(rows.schema[name]) for name in measured}
    parts = []
    for kind in (pl.String, pl.Float32, pl.Float64):
        alike = [name for name, its in kinds.items() if its == kind]
        if not alike:
            continue
        long = rows.select(*_KEPT, REASON, pl.col(alike).cast(kind)).unpivot(
            index=[*_KEPT, REASON], variable_name="column", value_name="cell"
        )
        long = long.filter(pl.col("cell").is_not_null())
        parts.append(long if kind == pl.String else long.with_columns(widened(long["cell"])))
    if len({part.schema["cell"] for part in parts}) > 1:
        parts = [part.with_columns(pl.col("cell").cast(pl.String)) for part in parts]
    return pl.concat(parts) if parts else pl.DataFrame()


def _cell_type(kind: pl.DataType) -> type[pl.DataType]:
    """Texts stay texts, and numbers of 32 bits their own until they are widened by their shortest decimal."""
    return pl.String if kind == pl.String else pl.Float32 if kind == pl.Float32 else pl.Float64


def as_events(cells: pl.DataFrame, measured: dict[str, Column], table: str) -> pl.DataFrame:
    """Events of cells (`column`, `cell` and those of their row), each in its concept's unit or with its reason."""
    rows = _read(cells.join(_listed(measured), on="column", maintain_order="left").filter(_told(cells)))
    lasts, done = (
        pl.col("concept").is_in(_named(Kind.INTERVAL)),
        pl.col("concept").is_in(_named(Kind.INTERVAL, Kind.EVENT)),
    )
    # a rate, dose or yes-or-no of 0 tells that nothing is given
    rows = rows.filter(~(done & (pl.col("value") == 0)).fill_null(False))
    rows = rows.filter(pl.any_horizontal(pl.col("value", "said", REASON).is_not_null()))
    limit = pl.when(pl.col("limit") != "", ~done).then("limit")
    mode = pl.when(pl.col("concept") == "ventilation").then(pl.lit(MECHANICAL))
    return rows.select(
        pl.col("patient").cast(NAME),
        pl.col("concept").cast(NAME),
        time=pl.when(lasts).then("_from").otherwise("time"),
        end=pl.when(lasts, pl.col("_from") < pl.col("time")).then("time"),
        known="time",
        value=pl.when(pl.col("concept").is_in(_WITH_UNIT)).then("value"),
        text=pl.coalesce("said", limit, mode),
        origin=pl.format("{}/{}", "column", ROW),
        reason=REASON,
        table=pl.lit(table),
        row=ROW,
    )


def _read(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with `value` in the concept's unit, `limit`, `said` (the cell of what is told in words) and reason."""
    worded = pl.col("concept").is_in(_WORDED) & pl.col("cell").cast(pl.Float64, strict=False).is_null()
    rows = rows.with_columns(said=pl.when(worded).then(pl.col("cell").cast(pl.String)))
    asked = rows.with_columns(value=pl.when(pl.col("said").is_null()).then("cell")).drop(REASON, "cell")
    read = read_values(asked)
    return rows.with_columns(
        read["value"], read["limit"], pl.coalesce(pl.col(REASON), pl.lit(read[REASON])).alias(REASON)
    )


def _listed(measured: dict[str, Column]) -> pl.DataFrame:
    return pl.DataFrame(
        [(one.name, one.meaning, one.unit or None, one.missing or None) for one in measured.values()],
        schema={"column": pl.String, "concept": pl.String, "unit": pl.String, "_missing": pl.String},
        orient="row",
    )


def _named(*kinds: Kind) -> list[str]:
    return [name for name, concept in CONCEPTS.items() if concept.kind in kinds]


def until_the_next(events: pl.DataFrame) -> pl.DataFrame:
    """What lasts and was charted at single minutes: each charting holds to the next of the patient, at most 14 hours."""
    ordered = events.sort("patient", "concept", "time")
    following = pl.col("time").shift(-1).over("patient", "concept")
    return ordered.with_columns(end=pl.min_horizontal(following, pl.col("time") + _LASTS))


def _told(cells: pl.DataFrame) -> pl.Expr:
    """Where a cell holds something: not the number that its column uses for nothing."""
    cell = pl.col("cell").cast(pl.Float64, strict=False)
    return (cell != pl.col("_missing").cast(pl.Float64, strict=False)).fill_null(True)
