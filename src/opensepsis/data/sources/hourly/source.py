"""Hourly tables as a source of the timeline."""

from collections import Counter
from collections.abc import Iterator
from typing import cast

import polars as pl

from opensepsis.data.intake.timestamps import check_zone
from opensepsis.data.schema import REASON, ROW
from opensepsis.data.sources.hourly.column_map import Column
from opensepsis.data.sources.hourly.forms import Form
from opensepsis.data.sources.hourly.rows import (
    ENTERED,
    as_events,
    lengthened,
    until_the_next,
    with_moments,
    without_repeats,
)
from opensepsis.data.sources.hourly.stays import read_stays, static_rows
from opensepsis.data.sources.hourly.tables import AnyTable
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.errors import ConceptError, nearest
from opensepsis.rules import Kind

_RULES = {
    "hour_end": "the column of hours names the end of an hour: a value stands, and is known, at the end of its hour",
    "hour_start": "the column of hours names the start of an hour: a value stands, and is known, at the end of its hour",
    "minute": "a value stands, and is known, at its minute",
}
_INFECTION = ("antibiotic", "antibiotic_order", "culture", "organism")
_PRESSURES = ("diastolic_pressure", "mean_pressure", "systolic_pressure")


class Hourly:
    """Hourly tables, read where they lie; times count from the admission to intensive care, for there is no calendar."""

    name = "hourly"
    event_id = "patient"
    shifted_dates = True

    def __init__(self, form: Form, timezone: str | None = None) -> None:
        check_zone(timezone)
        self.form, self.timezone = form, timezone
        self._stays: pl.DataFrame | None = None
        self._notes: list[str] = []
        self._begin()

    def _begin(self) -> None:
        self._read: Counter[str] = Counter()
        self._mapped: Counter[str] = Counter()
        self._unmapped: dict[str, Counter[str]] = {}
        self._crossed = self._triples = self._repeated = 0

    def stays(self) -> pl.DataFrame:
        """An intensive care stay for each patient, and the hospital stay where its begin is told."""
        if self._stays is None:
            self._stays, self._notes = read_stays(self.form)
        return self._stays

    def events(self, concepts: frozenset[str] | None = None) -> Iterator[pl.DataFrame]:
        """The asked concepts in batches; rows that cannot be used carry their reason. Read it to its end before asking again."""
        asked = frozenset(CONCEPTS) if concepts is None else frozenset(concepts)
        for name in sorted(asked - set(CONCEPTS)):
            raise ConceptError(f"'{name}' is not a concept. {nearest(name, CONCEPTS)}")
        self._begin()
        if self.form.static is not None:
            yield from self._static(asked)
        held: list[pl.DataFrame] = []
        for table in self.form.hourly:
            for raw in table.batches():
                self._read[table.name] += raw.height
                rows = with_moments(raw, self.form.columns)
                if not self.form.long:
                    rows, again = without_repeats(rows, self._moment)
                    self._repeated += again
                for events in self._batch(rows, table.name, asked):
                    lasting, others = _parted(events) if self._moment == "minute" else (None, events)
                    held += [] if lasting is None else [lasting]
                    yield others
        if held:  # a charting holds to the next, which another batch may have
            yield until_the_next(pl.concat(held))

    def not_sent(self) -> pl.DataFrame:
        """stay, concept: antibiotics and cultures that the tables have no column for; whether anyone was infected is not known."""
        told = {one.meaning for one in self.form.columns.columns.values()}
        absent = pl.DataFrame(
            {"concept": [name for name in _INFECTION if name not in told]}, schema={"concept": pl.String}
        )
        return self.stays().select("stay").join(absent, how="cross")

    def counts(self) -> dict:
        """What `events` has read so far: rows per table, events per concept, columns that no list maps by their filled cells."""
        notes = [
            f"read as {self.form.name}; every patient enters intensive care at {ENTERED:%Y-%m-%d %H:%M} UTC, for there is no calendar",
            _RULES[self._moment],
            *self._notes,
        ]
        if left := self.form.columns.never_read:
            notes.append(f"columns that are known and not read: {', '.join(left)}")
        if self._repeated:
            notes.append(f"hours that are written twice with the same cells, read once: {self._repeated:,}")
        if self._triples:
            notes.append(
                f"mean pressure outside diastolic to systolic in {self._crossed:,} of {self._triples:,} rows with all three: kept as sent"
            )
        return {
            "read": dict(self._read),
            "mapped": dict(sorted(self._mapped.items())),
            "unmapped": {
                table: [{"code": name, "count": count} for name, count in columns.most_common()]
                for table, columns in self._unmapped.items()
            },
            "notes": notes,
        }

    @property
    def _moment(self) -> str:
        return self.form.columns.moment.meaning

    def _batch(self, rows: pl.DataFrame, table: str, asked: frozenset[str]) -> Iterator[pl.DataFrame]:
        if self.form.long:
            cells = rows.rename({"Parameter": "column", "Value": "cell"})
            self._count_unmapped(table, dict(cells["column"].fill_null("").value_counts().iter_rows()))
            measured = self._asked(self.form.columns.columns, asked)
            cells = cells.filter(pl.col("column").is_in(list(measured)))
        else:
            filled = {n: rows.height - rows[n].null_count() for n in rows.columns if n not in _ADDED}
            self._count_unmapped(table, filled)
            self._compare_pressures(rows)
            measured = self._asked(rows.columns, asked)
            cells = lengthened(rows, measured)
        if cells.is_empty():
            return
        events = as_events(cells, measured, table, self._moment)
        self._count(events)
        yield events

    def _static(self, asked: frozenset[str]) -> Iterator[pl.DataFrame]:
        """What the table of stays tells of the body: at admission, and known then."""
        rows, table = static_rows(self.form), cast(AnyTable, self.form.static).name
        self._read[table] += rows.height
        rows = rows.with_columns(pl.lit(ENTERED).alias("time"), pl.lit(ENTERED).alias("_from"))
        measured = self._asked(rows.columns, asked)
        cells = lengthened(rows, measured)
        if not cells.is_empty():
            events = as_events(cells, measured, table, self._moment)
            self._count(events)
            yield events

    def _asked(self, names, asked: frozenset[str]) -> dict[str, Column]:
        found = self.form.columns.measured(names)
        return {name: one for name, one in found.items() if one.meaning in asked}

    def _count(self, events: pl.DataFrame) -> None:
        kept = events.filter(pl.col(REASON).is_null())
        self._mapped.update(dict(kept["concept"].value_counts().iter_rows()))

    def _count_unmapped(self, table: str, filled: dict[str, int]) -> None:
        known = self.form.columns.columns
        theirs = self._unmapped.setdefault(table, Counter())
        for name, count in filled.items():
            if count and name not in known:
                theirs[name] += count

    def _compare_pressures(self, rows: pl.DataFrame) -> None:
        """Counts rows whose mean pressure cannot be: it is kept, for which of the three is wrong is not told."""
        columns = [name for name in map(self.form.columns.of, _PRESSURES) if name in rows.columns]
        if len(columns) < len(_PRESSURES):
            return
        low, mean, high = (pl.col(name).cast(pl.Float64, strict=False) for name in columns)
        outside = (mean < low) | (mean > high)
        self._triples += rows.select((low + mean + high).count()).item()
        self._crossed += rows.select(outside.fill_null(False).sum()).item()


_ADDED = ("patient", "time", "_from", ROW, REASON)


def _parted(events: pl.DataFrame) -> tuple[pl.DataFrame | None, pl.DataFrame]:
    """What lasts, and the other events."""
    names = [name for name, concept in CONCEPTS.items() if concept.kind is Kind.INTERVAL]
    lasting = pl.col("concept").is_in(names) & pl.col(REASON).is_null()
    found = events.filter(lasting)
    return (found if found.height else None), events.filter(~lasting)
