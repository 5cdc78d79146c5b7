"""A wide table (a row per patient and moment, a column per measurement) as events and stays in the columns of the csv source."""

from collections.abc import Iterator, Mapping

import polars as pl

from opensepsis.data.intake.offs import says_nothing
from opensepsis.data.intake.timestamps import to_moments
from opensepsis.data.schema import ROW, STAYS
from opensepsis.data.site import LocalName
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.rules import Concept, Kind

LAST_ROW_LASTS = pl.duration(hours=1)


def events_of(
    wide: pl.DataFrame, measured: Mapping[str, LocalName], timezone: str | None
) -> Iterator[pl.DataFrame]:
    """The events of the columns of measurements, a row for each filled cell; `row` is that of the wide table.

    What lasts runs from its row to the next one of the stay, from the last one for an hour; at a rate of 0 it does not run. Columns with
    and without a unit, of numbers and of texts, come in frames of their own.
    """
    wide = wide.with_row_index(ROW, 1)
    beside = [name for name in ("patient", "time", "known", ROW) if name in wide.columns]
    ends = _ends(wide, timezone)
    parts: dict[tuple, list[pl.DataFrame]] = {}
    for theirs, meaning in measured.items():
        concept, column = CONCEPTS[meaning.concept], wide[theirs]
        cell = _cell(column, concept)
        rows = wide.select(beside).with_columns(cell, concept=pl.lit(concept.name))
        if concept.kind is Kind.INTERVAL:
            rows = rows.with_columns(ends.alias("end"))
        if meaning.unit:
            rows = rows.with_columns(unit=pl.lit(meaning.unit))
        alike = bool(meaning.unit), cell.name, cell.dtype == pl.String
        parts.setdefault(alike, []).append(rows.filter(_filled(column, concept)))
    for alike in parts.values():
        yield pl.concat(alike, how="diagonal_relaxed").sort(ROW, maintain_order=True)


def _cell(column: pl.Series, concept: Concept) -> pl.Series:
    """The cell as the value, or as the text of what is told in words; of what is only done or not, nothing."""
    done = concept.kind in (Kind.INTERVAL, Kind.EVENT)
    if column.dtype == pl.Boolean:
        return pl.repeat(None, len(column), dtype=pl.Float64, eager=True).alias("value") if done else (
            column.cast(pl.Float64).alias("value")
        )  # fmt: skip
    in_words = column.dtype == pl.String and (concept.kind is Kind.WORD or (done and not concept.unit))
    return column.alias("text" if in_words else "value")


def _filled(column: pl.Series, concept: Concept) -> pl.Series:
    """Where something is told; a rate, dose or yes-or-no of 0, and a word for nothing, tells that nothing is given."""
    told = column.is_not_null()
    if column.dtype == pl.String:
        told = told & (column.str.strip_chars() != "")
        if concept.kind in (Kind.INTERVAL, Kind.EVENT):
            nothing = [said for said in column.drop_nulls().unique() if says_nothing(concept.name, said)]
            told = told & ~column.is_in(nothing)
    given = concept.kind is Kind.INTERVAL or concept.routed
    if column.dtype == pl.Boolean and concept.kind in (Kind.INTERVAL, Kind.EVENT):
        told = told & column
    elif given and column.dtype.is_numeric():
        told = told & (column != 0)
    return told.fill_null(False)


def _ends(wide: pl.DataFrame, timezone: str | None) -> pl.Series:
    """When the next row of the stay comes, for each row."""
    key = [name for name in ("patient", "stay") if name in wide.columns]
    times = wide.select(*key, time=to_moments(wide["time"], timezone).values)
    following = times.drop_nulls().unique().sort(*key, "time")
    following = following.with_columns(end=pl.col("time").shift(-1).over(key))
    following = following.with_columns(pl.col("end").fill_null(pl.col("time") + LAST_ROW_LASTS))
    return times.join(following, on=[*key, "time"], how="left", maintain_order="left")["end"]


def stays_of(wide: pl.DataFrame, kind: str, timezone: str | None) -> pl.DataFrame:
    """A stay for each patient, or each stay of one, from its first to its last row; what else the rows tell of a stay."""
    key = [name for name in ("patient", "stay") if name in wide.columns]
    at = wide.with_columns(_at=to_moments(wide["time"], timezone).values)
    told = [pl.col(n).drop_nulls().first() for n in STAYS if n in wide.columns and n not in key]
    names = {"admitted": pl.col("_at").min(), "discharged": pl.col("_at").max(), "kind": pl.lit(kind)}
    made = [value.alias(name) for name, value in names.items() if name not in wide.columns]
    stays = at.drop_nulls(key).group_by(key, maintain_order=True).agg(*told, *made)
    return stays if "stay" in key else stays.with_columns(stay=pl.col("patient"))
