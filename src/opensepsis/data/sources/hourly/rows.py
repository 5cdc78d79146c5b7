"""The rows of hourly tables as events: a row for each filled cell, at the moment at which it could be known."""

from datetime import UTC, datetime, timedelta

import polars as pl

from opensepsis.data.intake.offs import PUMPS, says_nothing
from opensepsis.data.intake.printed import read_printed
from opensepsis.data.intake.rows_in_words import read_words
from opensepsis.data.intake.text_codes import plain
from opensepsis.data.intake.value_columns import read_values, widened
from opensepsis.data.schema import MOMENT, NAME, REASON, ROW
from opensepsis.data.sources.hourly.column_map import Column, ColumnMap
from opensepsis.data.sources.parse import texts
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.definitions.concepts.wording import PRESENT
from opensepsis.rules import Kind
from opensepsis.rules.offs import OFF, is_off

# there is no calendar: every patient enters intensive care at this moment, so that a day since then is a calendar day
ENTERED = datetime(2000, 1, 1, tzinfo=UTC)
NOT_A_MOMENT = "the time since admission is not a number"
NO_TIME = "no time since admission"
_HOUR = timedelta(hours=1)
_LASTS = timedelta(
    hours=14
)  # what is charted at a minute while it lasts, as ventilation, holds to the next, at most so long
TWO_ROWS = "two rows of one hour that differ"
NOTHING, AT_SOME_RATE = (
    "nothing",
    "at some rate",
)  # what a cell says: nothing was done, a pump ran at a rate that is not known
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


def without_repeats(rows: pl.DataFrame, moment: str) -> tuple[pl.DataFrame, int]:
    """The rows, an hour that is written twice once, and how many were left out; two rows of one hour that differ have a reason each.

    Of single minutes several rows are usual.
    """
    if moment == "minute":
        return rows, 0
    told = [name for name in rows.columns if name != ROW]
    once = rows.unique(told, keep="first", maintain_order=True)
    placed = pl.col("patient").is_not_null() & pl.col("time").is_not_null()
    several = placed & (pl.len().over("patient", "time") > 1)
    reason = pl.when(several).then(pl.lit(TWO_ROWS)).otherwise(REASON)
    return once.with_columns(reason.alias(REASON)), rows.height - once.height


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
    if kind in (pl.String, pl.Categorical, pl.Enum):
        return pl.String
    return pl.Float32 if kind == pl.Float32 else pl.Float64


def as_events(cells: pl.DataFrame, measured: dict[str, Column], table: str, moment: str) -> pl.DataFrame:
    """Events of cells (`column`, `cell` and those of their row), each in its concept's unit or with its reason.

    Of an hour in which nothing is given there is no event; of a minute one that ends what was charted before.
    """
    rows = cells.join(_listed(measured), on="column", maintain_order="left").filter(_told(cells))
    rows = _read(_in_words(rows))
    lasts = pl.col("concept").is_in(_named(Kind.INTERVAL))
    done = pl.col("concept").is_in(_named(Kind.INTERVAL, Kind.EVENT))
    # a rate, dose or yes-or-no of 0 tells that nothing is given
    none = pl.col("said").is_in([OFF, NOTHING]) | (done & (pl.col("value") == 0))
    none = none.fill_null(False) & pl.col(REASON).is_null()
    ends = none & lasts if moment == "minute" else pl.lit(False)
    rows = rows.filter(~none | ends).with_columns(said=pl.when(ends).then(pl.lit(OFF)).otherwise("said"))
    rows = rows.filter(pl.any_horizontal(pl.col("value", "said", REASON).is_not_null()))
    limit = pl.when(pl.col("limit") != "", ~done).then("limit")
    mode = pl.when(pl.col("concept") == "ventilation").then(pl.lit(MECHANICAL))
    return rows.select(
        pl.col("patient").cast(NAME),
        pl.col("concept").cast(NAME),
        time=pl.when(lasts).then("_from").otherwise("time"),
        end=pl.when(lasts, pl.col("_from") < pl.col("time")).then("time"),
        known="time",
        value=pl.when(pl.col("concept").is_in(_WITH_UNIT), pl.col("said").ne_missing(pl.lit(OFF))).then(
            "value"
        ),
        text=pl.coalesce(pl.col("said").replace(AT_SOME_RATE, None), limit, mode),
        origin=pl.format("{}/{}", "column", ROW),
        reason=REASON,
        table=pl.lit(table),
        row=ROW,
    )


def _in_words(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with `cell` as a number where words say one (*RA* of FiO2), and what is not there or only said to be there in words.

    `said` is the word of what is told in words: NOTHING for what is not there, OFF for a pump or device that is off.
    """
    if rows.schema["cell"] != pl.String:
        return rows.with_columns(said=pl.lit(None, pl.String))
    asked = (
        rows.select("concept", "cell")
        .filter(pl.col("cell").cast(pl.Float64, strict=False).is_null())
        .unique()
    )
    table = [(concept, cell, *_worded(concept, cell.strip())) for concept, cell in asked.iter_rows()]
    names: dict[str, type[pl.DataType]] = dict.fromkeys(("concept", "cell", "_number", "said"), pl.String)
    told = pl.DataFrame(table, schema=names, orient="row")
    found = rows.join(told, on=["concept", "cell"], how="left", maintain_order="left")
    unread = pl.when(pl.col("said").is_null()).then("cell")
    return found.with_columns(cell=pl.coalesce("_number", unread))


def _worded(concept: str, cell: str) -> tuple[str | None, str | None]:
    """The number that a text says, or its word; neither for a text that prints a number."""
    told = read_words(concept, cell, None)
    if told is not None and told.number is not None:
        return f"{told.number:g}", None
    if told is not None and told.word:
        return None, OFF if is_off(told.word) and concept != "oxygen" else told.word
    is_done = CONCEPTS[concept].kind is Kind.EVENT
    if is_done and says_nothing(concept, cell):
        return None, NOTHING
    if is_done and plain(cell) in PRESENT:
        return "1", None
    if concept in PUMPS and (printed := read_printed(cell)) is not None and printed.limit:
        return None, AT_SOME_RATE
    return None, cell if concept in _WORDED else None


def _read(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with `value` in the concept's unit, `limit` and reason."""
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
    """What lasts and was charted at single minutes: each charting holds to the next of the patient, at most 14 hours.

    Of one minute what runs holds, of two rates the higher; one that is off only ends what was before.
    """
    runs = pl.col("text").ne_missing(pl.lit(OFF))
    ordered = events.sort("patient", "concept", "time", runs, "value", "text", nulls_last=False)
    following = pl.col("time").shift(-1).over("patient", "concept")
    lasting = ordered.with_columns(end=pl.min_horizontal(following, pl.col("time") + _LASTS))
    return lasting.filter(runs, pl.col("end") > pl.col("time"))


def _told(cells: pl.DataFrame) -> pl.Expr:
    """Where a cell holds something: not the number that its column uses for nothing."""
    cell = pl.col("cell").cast(pl.Float64, strict=False)
    return (cell != pl.col("_missing").cast(pl.Float64, strict=False)).fill_null(True)
