"""A form of hospital data that are tables as a source of the timeline."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import polars as pl

from opensepsis.data.intake.timestamps import check_zone
from opensepsis.data.schema import REASON, STAYS, in_shape
from opensepsis.data.sources.relational.shape import as_events, moment
from opensepsis.data.sources.relational.tables import Tables
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.errors import ConceptError, nearest

Reader = Callable[[Tables, frozenset[str]], Iterator[pl.DataFrame]]


@dataclass(frozen=True)
class Reading:
    """How a form is read: its stays, its readers of events, what is counted of its tables, and its rules in words.

    Readers give frames with the columns of the timeline (`patient` names the column of patients), times as the tables have
    them, and perhaps `reason`. `count` gives what `counts` tells beside what was mapped and set aside.
    """

    name: str
    patient: str
    stays: Callable[[Tables], pl.DataFrame]
    with_rows: Callable[[Tables, pl.DataFrame], pl.DataFrame]
    readers: tuple[Reader, ...]
    count: Callable[[Tables], dict]
    notes: tuple[str, ...] = ()
    shifted_dates: bool = False  # to protect patients


class RelationalSource:
    """The tables of one hospital, read where they lie. Times without a zone are those of `timezone`, or of UTC."""

    def __init__(self, tables: Tables, reading: Reading, timezone: str | None = None):
        check_zone(timezone)
        self.name, self.event_id = reading.name, reading.patient
        self.shifted_dates = reading.shifted_dates
        self.timezone = timezone
        self._tables, self._reading = tables, reading
        self._mapped: Counter[str] = Counter()
        self._set_aside: dict[str, Counter[str]] = {}

    def stays(self) -> pl.DataFrame:
        """Every stay of the tables, none left out, in the order of patients and times, which no store promises."""
        rows = self._reading.stays(self._tables)
        times = {
            name: moment(rows, name, self.timezone) for name in ("admitted", "discharged", "died", "born")
        }
        return in_shape(rows.with_columns(**times), STAYS).sort("patient", "admitted", "kind", "stay")

    def with_rows(self, stays: pl.DataFrame) -> pl.DataFrame:
        """The stays with the row of each in its file, where the tables are files."""
        return self._reading.with_rows(self._tables, stays)

    def events(self, concepts: frozenset[str] | None = None) -> Iterator[pl.DataFrame]:
        """The asked concepts in batches; rows that cannot be used carry their reason. Read it to its end before asking again."""
        asked = frozenset(CONCEPTS) if concepts is None else frozenset(concepts)
        for name in sorted(asked - set(CONCEPTS)):
            raise ConceptError(f"'{name}' is not a concept. {nearest(name, CONCEPTS)}")
        self._mapped.clear()
        self._set_aside.clear()
        self._tables.read.clear()
        for reader in self._reading.readers:
            for rows in reader(self._tables, asked):
                if rows.is_empty():
                    continue
                batch = as_events(rows, self._reading.patient, self.timezone)
                self._count(batch)
                yield batch

    def counts(self) -> dict:
        """What `events` has read so far: rows per table, events per concept, set aside by reason, codes that no list maps."""
        return {
            **self._reading.count(self._tables),
            "mapped": dict(sorted(self._mapped.items())),
            "set_aside": {reason: dict(sorted(by.items())) for reason, by in sorted(self._set_aside.items())},
            "notes": list(self._reading.notes),
        }

    def _count(self, batch: pl.DataFrame) -> None:
        kept = batch
        if REASON in batch.columns:
            kept = batch.filter(pl.col(REASON).is_null())
            aside = batch.filter(pl.col(REASON).is_not_null()).group_by("concept", REASON).len()
            for concept, reason, count in aside.iter_rows():
                self._set_aside.setdefault(reason, Counter())[concept] += count
        for concept, count in kept["concept"].value_counts().iter_rows():
            self._mapped[concept] += count
