"""The events of one file: in our columns, concepts, units and words, each row that cannot be used with its reason."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import polars as pl

from opensepsis.data.intake.checks import NAMES
from opensepsis.data.intake.error_report import NOT_SHOWN, shown, shown_unit
from opensepsis.data.intake.rejections import NO_STAY, UNKNOWN_CONCEPT
from opensepsis.data.intake.rows_in_words import with_words_read
from opensepsis.data.intake.units import AIR, conversions, find_conversion
from opensepsis.data.intake.value import NO_UNIT
from opensepsis.data.intake.value_columns import read_values
from opensepsis.data.schema import EVENTS, NAME, REASON, ROW, TABLE
from opensepsis.data.site import LocalWords, TableLayout
from opensepsis.data.sources.csv_notes import NOT_READ, Tally
from opensepsis.data.sources.csv_survey import Survey, Units
from opensepsis.data.sources.files import batches, open_table
from opensepsis.data.sources.local import (
    LocalNames,
    checked_columns,
    lengthened,
    needed_columns,
    parts,
    renamed,
)
from opensepsis.data.sources.parse import moments, reject, texts, without_blank_rows
from opensepsis.data.sources.pump_rates import per_kilogram, weights_of
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.definitions.concepts.vitals import WEIGHT
from opensepsis.errors import nearest
from opensepsis.rules import Kind

_NEEDED = ("patient", "concept", "time")
_OPTIONAL = ("end", "known", "value", "unit", "text", "origin")
_LOCAL = ("drug", "route")
_NUMBERS = [c.name for c in CONCEPTS.values() if c.kind in (Kind.MEASURE, Kind.AMOUNT)]
NO_WEIGHTS = pl.DataFrame(schema={"patient": pl.String, "time": EVENTS["time"], "weight": pl.Float64})


class EventsFile:
    """One pass over the events of a file."""

    def __init__(
        self,
        file: Path,
        layout: TableLayout,
        site: LocalWords,
        timezone: str | None,
        patients: pl.Series,
        concepts: frozenset[str] | None,
        latest: datetime | None,
    ) -> None:
        self.file, self.layout, self.site, self.timezone = file, layout, site, timezone
        self.table = open_table(file, site.format)
        self.columns = needed_columns(layout, _NEEDED + _OPTIONAL + _LOCAL, self.table.columns)
        self.wide = [name for name in layout.wide if name in self.table.columns]
        self.ignored = self._checked()
        self.names = LocalNames(site, layout)
        self.asked = sorted(concepts) if concepts is not None else None
        self.patients, self.latest = patients, latest
        self._units_given = self._needs_weights = False
        self._weights, self._required = NO_WEIGHTS, frozenset()
        self.seen = self.used = self.rescued = self.twice = self.never = 0
        self.known_empty = self.weighed = self.unread = self.shared = 0

    def units(self) -> Units:
        """The units of concepts that its rows have."""
        given = {
            (found.concept, found.unit)
            for name in self.layout.wide.values()
            if (found := self.names.meaning(name)) and found.unit
        }
        if "unit" in self.columns or any(name.unit for name in self.site.concepts.values()):
            drug = {"drug", "route", "value", "end"} if "drug" in self.columns else set()
            for rows in self._rows({"concept", "unit"} | drug):
                if "unit" in rows.columns:
                    given |= set(rows.select("concept", "unit").unique().drop_nulls().iter_rows())
        return frozenset(given)

    def weights(self) -> Iterator[pl.DataFrame]:
        """The weights that are charted in the file."""
        for rows in self._rows({"patient", "concept", "time", "value", "unit"}):
            mine = rows.filter(pl.col("concept") == WEIGHT.name, pl.col(REASON).is_null())
            if mine.height and "value" in mine.columns:
                mine, _ = moments(
                    mine, "time", self.timezone, self.site.format.times, self.site.format.missing
                )
                yield weights_of(mine, self._decimal)

    def read(self, weights: pl.DataFrame, whole: Survey, number: int) -> Iterator[pl.DataFrame]:
        """The events in batches, with table, row and reason.

        `weights` are those charted in all files, `whole` what all rows say together; this is its file of that number.
        """
        self._weights, self._required = weights, whole.with_unit
        self._units_given, self._needs_weights = bool(whole.units[number]), whole.needs_weights[number]
        self.names = LocalNames(self.site, self.layout)
        for rows in self._rows(None):
            events = self._batch(rows)
            if events.height:
                yield events

    @property
    def _decimal(self) -> str:
        return self.site.format.decimal

    def _rows(self, wanted: set[str] | None) -> Iterator[pl.DataFrame]:
        """The rows in our columns and concepts; only the wanted columns, where they are named."""
        columns = {ours: t for ours, t in self.columns.items() if wanted is None or ours in wanted}
        wide = self.wide if wanted is None or "value" in wanted else []
        theirs = list(dict.fromkeys(part for name in columns.values() for part in parts(name)))
        names = ("patient", "concept", "unit", "text", "origin", "drug", "route")
        for raw in batches(self.table, theirs + [name for name in wide if name not in theirs]):
            rows = lengthened(raw, columns, wide) if wide else renamed(raw, columns)
            rows = without_blank_rows(texts(rows, names, self.site.format.missing))
            yield self.names.translated(rows)

    def _batch(self, rows: pl.DataFrame) -> pl.DataFrame:
        self.seen += rows.height
        rows = with_words_read(rows, self._decimal)
        if self.asked is not None:
            unknown = pl.col("concept").cast(NAMES, strict=False).is_null()
            rows = rows.filter(pl.col("concept").is_in(self.asked) | unknown)
        self.used += rows.height
        rows = self._checked_names(rows)
        for name in ("time", "end", "known"):
            if name in rows.columns:
                rows, found = moments(
                    rows, name, self.timezone, self.site.format.times, self.site.format.missing
                )
                self.twice, self.never = self.twice + found.twice, self.never + found.never
                if self.latest is not None:
                    ahead = (rows[name] > self.latest).fill_null(False)
                    rows = reject(rows, f"{name!r} lies in the future", ahead)
        if "value" in rows.columns:
            rows = self._in_own_unit(rows)
        if "origin" in rows.columns and not self.wide:
            self.shared += _shared_origins(rows)
        return self._as_events(rows)

    def _checked_names(self, rows: pl.DataFrame) -> pl.DataFrame:
        patients, names = rows["patient"], rows["concept"]
        rows = reject(rows, "no patient", patients.is_null())
        unknown = names.is_not_null() & names.cast(NAMES, strict=False).is_null()
        for word in names.filter(unknown).unique().sort() if unknown.any() else ():
            rows = reject(rows, _unknown_concept(word), (names == word).fill_null(False))
        rows = rows.with_columns(concept=pl.when(pl.lit(~unknown)).then("concept"))
        rows = reject(rows, "no concept", rows["concept"].is_null())
        return reject(rows, NO_STAY, ~patients.is_in(self.patients.implode()).fill_null(True))

    def _in_own_unit(self, rows: pl.DataFrame) -> pl.DataFrame:
        """`value` in the concept's unit by the value gate; a limit (`<`) in the text of concepts that are numbers."""
        rates = None
        column = rows["value"]
        if column.dtype == pl.String and self.site.format.missing:
            words = [word.strip().casefold() for word in self.site.format.missing]
            empty = pl.col("value").str.strip_chars().str.to_lowercase().is_in(words)
            rows = rows.with_columns(value=pl.when(~empty).then("value"))
        elif not (column.dtype == pl.String or column.dtype.is_numeric() or column.dtype == pl.Null):
            rows = reject(rows, "'value' is not a number", column.is_not_null())
            rows = rows.with_columns(value=pl.lit(None, pl.Float64))
        if not self._units_given:
            rows = rows.drop("unit", strict=False)
        elif self._needs_weights:
            rates = per_kilogram(rows, self._weights, self._decimal)
        before = rows
        if rates is not None:
            rows = rows.with_columns(value=pl.when(~pl.lit(rates["weighed"])).then("value"))
        asked = rows.drop(REASON)
        read = read_values(asked, decimal=self._decimal, unit_required=self._required)
        reasons = self._in_words(read)
        value, limit = read["value"], read["limit"]
        self.unread += int(read["unread"].sum())
        if rates is not None:
            weighed = rates["weighed"]
            value = value.zip_with(~weighed, rates["rate"])
            reasons = reasons.zip_with(~weighed, rates[REASON])
            self.weighed += int((weighed & rates["rate"].is_not_null()).sum())
        self.rescued += _rescued(before, value)
        rows = before.with_columns(value=value, reason=pl.coalesce(pl.col(REASON), pl.lit(reasons)))
        if (limit != "").any():
            text = pl.col("text") if "text" in rows.columns else pl.lit(None, pl.String)
            limited = pl.lit(limit != "") & pl.col("concept").is_in(_NUMBERS)
            rows = rows.with_columns(text=pl.when(limited).then(pl.lit(limit)).otherwise(text))
        return rows

    def _in_words(self, read: pl.DataFrame) -> pl.Series:
        """The reasons of the gate; one about a unit names concept and unit, where the unit can hardly be a patient's."""
        reasons = read[REASON]
        if "unit" not in read.columns or reasons.null_count() == len(reasons):
            return reasons.replace("not a number", "'value' is not a number")
        pairs = read.filter(pl.col(REASON).is_not_null(), pl.col("unit").is_not_null()).select(
            "concept", "unit", REASON
        )
        table = [
            (concept, unit, f"unit {shown_unit(unit, conversions(concept))}: {reason}")
            for concept, unit, reason in pairs.unique().drop_nulls().iter_rows()
            if concept in CONCEPTS and find_conversion(concept, unit) is None and reason != NO_UNIT
            and reason not in ("not a number",)
        ]  # fmt: skip
        names = {"concept": pl.String, "unit": pl.String, "_words": pl.String}
        words = pl.DataFrame(table, schema=names, orient="row")
        joined = read.select("concept", "unit", REASON).join(
            words, on=["concept", "unit"], how="left", maintain_order="left"
        )
        about_unit = ~pl.col(REASON).is_in(["not a number", NO_UNIT])
        said = pl.when(pl.col("_words").is_not_null() & about_unit).then("_words").otherwise(REASON)
        found = joined.select(pl.when(pl.col(REASON).is_not_null()).then(said).alias(REASON)).to_series()
        return found.replace("not a number", "'value' is not a number")

    def _as_events(self, rows: pl.DataFrame) -> pl.DataFrame:
        if "known" not in rows.columns:
            rows = rows.with_columns(known=pl.lit(None, EVENTS["known"]))
        self.known_empty += rows["known"].null_count()
        columns = [
            (pl.col(name) if name in rows.columns else pl.lit(None, kind).alias(name))
            for name, kind in EVENTS.items()
        ]
        table = pl.lit(self.file.name).cast(NAME).alias(TABLE)
        return rows.select(*columns, REASON, ROW, table).with_columns(
            pl.col("known").fill_null(pl.col("time"))
        )

    def _checked(self) -> list[str]:
        named = bool(self.wide or self.layout.concept or "drug" in self.columns)
        needed = tuple(name for name in _NEEDED if name != "concept" or not named)
        return checked_columns(self.file, self.table.columns, self.layout, needed, _OPTIONAL)

    @property
    def tally(self) -> Tally:
        """How often what was taken for granted."""
        ignored = {NOT_READ + name: 1 for name in self.ignored}
        return ignored | {
            "known is time": self.known_empty,
            "no origin": int("origin" not in self.columns),
            "shared origins": self.shared,
            "no units": int(not self._units_given),
            "percent": self.rescued,
            "weighed": self.weighed,
            "unread": self.unread,
            "times twice": self.twice,
            "times never": self.never,
            "comments": getattr(self.table, "comments", 0),
        }


def _shared_origins(rows: pl.DataFrame) -> int:
    """How many origins name events of several patients, concepts or times: no versions of one event."""
    told = rows.filter(pl.col("origin").is_not_null())
    if told["origin"].n_unique() == told.height:
        return 0
    events = told.select("origin", "patient", "concept", "time").unique()
    return events.filter(pl.col("origin").is_duplicated())["origin"].n_unique()


def _rescued(given: pl.DataFrame, value: pl.Series) -> int:
    """How many FiO2 were given as 21 to 100 without the unit %."""
    percent = pl.col("unit").str.strip_chars() == "%" if "unit" in given.columns else pl.lit(False)
    fio2 = (
        given.select((pl.col("concept") == "fio2") & ~percent.fill_null(False)).to_series().fill_null(False)
    )
    if not fio2.any():
        return 0
    printed = given["value"].filter(fio2).cast(pl.Float64, strict=False)
    return int((printed.is_between(100 * AIR, 100) & (value.filter(fio2) <= 1)).fill_null(False).sum())


def _unknown_concept(word: str) -> str:
    said = shown(word, CONCEPTS)
    near = nearest(word, CONCEPTS) if said != NOT_SHOWN else ""
    way_out = (
        near
        if near.startswith("Did")
        else "`opensepsis definitions` lists them; local names belong in site.toml."
    )
    return f"{UNKNOWN_CONCEPT} {said}. {way_out}"
