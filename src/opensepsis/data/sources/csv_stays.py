"""The rows of stays in their columns: a cell that may be unknown is emptied where it cannot be read, and counted."""

import polars as pl

from opensepsis.data.intake.age import ABOVE_89, OLDEST, read_age
from opensepsis.data.intake.death import DEAD_AT_NO_TIME, NOT_TOLD_WHETHER_DEAD, is_dead
from opensepsis.data.intake.rejections import ROWS_NAMED
from opensepsis.data.intake.text_codes import plain, sex_of
from opensepsis.data.schema import MOMENT, REASON, ROW
from opensepsis.data.site import LocalWords
from opensepsis.data.sources.csv_notes import Tally
from opensepsis.data.sources.parse import filled, moments, texts, without_blank_rows

NO_DEATH = "'died' is neither a time nor a word that the list of deaths has"
NOT_AN_AGE = f"'age' is not an age from 0 to {OLDEST:g} years"
Cells = list[tuple[str, int, list[int]]]


def read_stays(
    rows: pl.DataFrame, site: LocalWords, timezone: str | None
) -> tuple[pl.DataFrame, Cells, Tally]:
    """The stays, the cells that were rejected (reason, count, rows), and what was taken for granted."""
    form, cells = site.format, []
    tally: dict[str, int] = {}
    rows = texts(rows, ("patient", "stay", "kind", "sex", "discharged_to"), form.missing)
    rows = without_blank_rows(rows)
    for name in ("admitted", "discharged"):
        if name in rows.columns:
            rows, _ = moments(rows, name, timezone, form.times, form.missing)
    if "died" in rows.columns:
        rows = _deaths(rows, site, timezone, cells)
    if "born" in rows.columns:
        rows = _births(rows, site, timezone, cells)
    if "age" in rows.columns:
        rows = _ages(rows, site, cells, tally)
    if "sex" in rows.columns:
        rows = _sexes(rows, site, cells)
    for name in ("kind", "discharged_to"):
        words = site.words.get(name, {})
        if name in rows.columns and words:
            said = rows[name].unique().drop_nulls()
            rows = rows.with_columns(pl.col(name).replace({one: words.get(plain(one), one) for one in said}))
    if "kind" in rows.columns:
        rows = rows.with_columns(pl.col("kind").str.to_lowercase())
    return rows, cells, tally


def _deaths(rows: pl.DataFrame, site: LocalWords, timezone: str | None, cells: Cells) -> pl.DataFrame:
    """Deaths by their time, their day or a word; what is none of these leaves it open whether the patient is dead."""
    before, known, form = rows["died"].dtype, rows[REASON], site.format
    rows, dead = _deaths_in_words(rows, form.missing)
    rows, found = moments(rows, "died", timezone, form.times, form.missing)
    if before in (pl.String, pl.Date):
        rows = _death_on_the_last_day(rows, found.day_only | (before == pl.Date))
    unread = found.wrong.fill_null(False)
    _note(cells, rows, NO_DEATH, unread)
    rows = rows.with_columns(known.zip_with(unread, rows[REASON]).alias(REASON))
    return _at_no_place(_at_no_place(rows, dead, DEAD_AT_NO_TIME), unread, NOT_TOLD_WHETHER_DEAD)


def _births(rows: pl.DataFrame, site: LocalWords, timezone: str | None, cells: Cells) -> pl.DataFrame:
    """A birth that cannot be read leaves the age unknown; the stay is kept."""
    before = rows[REASON]
    rows, _ = moments(rows, "born", timezone, site.format.times, site.format.missing)
    _note(cells, rows, "'born' is not a date", rows[REASON].is_not_null() & before.is_null())
    return rows.with_columns(before.alias(REASON))


def _ages(rows: pl.DataFrame, site: LocalWords, cells: Cells, tally: dict[str, int]) -> pl.DataFrame:
    """Ages by the reader of the ward; one that cannot be read, or cannot be, leaves the age unknown."""
    column = filled(rows["age"], site.format.missing)
    if column.dtype == pl.String:
        above = column.str.contains(ABOVE_89).fill_null(False)
        if above.any():
            tally["above 89"] = int(above.sum())
        meant = {said: read_age(said, site.format.decimal) for said in column.unique().drop_nulls()}
        years = column.replace_strict(meant, default=None, return_dtype=pl.Float64)
    elif column.dtype.is_numeric():
        column = column.cast(pl.Float64).fill_nan(None)
        years = column.set(~column.is_between(0, OLDEST).fill_null(False), None)
    else:
        years = pl.Series([None], dtype=pl.Float64).new_from_index(0, len(column))
    _note(cells, rows, NOT_AN_AGE, column.is_not_null() & years.is_null())
    return rows.with_columns(years.alias("age"))


def _sexes(rows: pl.DataFrame, site: LocalWords, cells: Cells) -> pl.DataFrame:
    words = site.words.get("sex", {})
    meant = {said: sex_of(words.get(plain(said), said)) for said in rows["sex"].unique().drop_nulls()}
    read = rows["sex"].replace_strict(meant, default=None, return_dtype=pl.String)
    _note(
        cells, rows, "'sex' is no word that the list of sexes has", rows["sex"].is_not_null() & read.is_null()
    )
    return rows.with_columns(read.alias("sex"))


def _deaths_in_words(rows: pl.DataFrame, missing: frozenset[str]) -> tuple[pl.DataFrame, pl.Series]:
    """The deaths without those told by a word, and of whom a word says that they are dead."""
    column = filled(rows["died"], missing)
    if column.dtype == pl.Boolean or column.dtype.is_numeric():
        column = column.cast(pl.Float64).fill_nan(None).cast(pl.String)
    if column.dtype != pl.String:
        return rows, pl.Series([False]).new_from_index(0, rows.height)
    meant = {said: dead for said in column.unique().drop_nulls() if (dead := is_dead(said)) is not None}
    dead = column.replace_strict(meant, default=None, return_dtype=pl.Boolean)
    return rows.with_columns(column.set(dead.is_not_null(), None).alias("died")), dead.fill_null(False)


def _at_no_place(rows: pl.DataFrame, mine: pl.Series, words: str) -> pl.DataFrame:
    """What is known of a death without a time, where nothing else is told of the end of a stay."""
    if not mine.any():
        return rows
    place = pl.col("discharged_to") if "discharged_to" in rows.columns else pl.lit(None, pl.String)
    said = pl.when(pl.lit(mine) & place.is_null()).then(pl.lit(words)).otherwise(place)
    return rows.with_columns(discharged_to=said)


def _death_on_the_last_day(rows: pl.DataFrame, day_only: pl.Series) -> pl.DataFrame:
    """A death that names only its day was not before the discharge of that day, nor before an admission on it."""
    died = pl.col("died")
    day_ends = died + pl.duration(days=1)
    left = pl.col("discharged") if "discharged" in rows.columns else pl.lit(None, MOMENT)
    left_that_day = (left >= died) & (left < day_ends)
    came_that_day = (pl.col("admitted") >= died) & (pl.col("admitted") < day_ends)
    later = pl.when(left_that_day).then(left).when(came_that_day).then(day_ends - pl.duration(seconds=1))
    return rows.with_columns(died=pl.when(pl.lit(day_only)).then(later.otherwise(died)).otherwise(died))


def _note(cells: Cells, rows: pl.DataFrame, reason: str, wrong: pl.Series) -> None:
    if wrong.any():
        cells.append((reason, int(wrong.sum()), rows[ROW].filter(wrong).head(ROWS_NAMED).to_list()))
