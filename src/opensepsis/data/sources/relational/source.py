"""A form of hospital data that are tables as a source of the timeline."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import polars as pl

from opensepsis.data.intake.timestamps import check_zone
from opensepsis.data.schema import EVENTS, NAME, REASON, ROW, STAYS, TABLE, in_shape
from opensepsis.data.site.local_code import LocalCode
from opensepsis.data.sources.relational.bad_rows import BadRow
from opensepsis.data.sources.relational.shape import as_events, moment
from opensepsis.data.sources.relational.tables import Tables
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.errors import ConceptError, MissingError, nearest

Reader = Callable[[Tables, frozenset[str]], Iterator[pl.DataFrame]]


@dataclass(frozen=True)
class Reading:
    """How a form is read: its stays, its readers of events, what is counted of its tables, and its rules in words.

    Readers give frames with the columns of the timeline (`patient` names the column of patients), times as the tables have
    them, and perhaps `reason`. `count` gives what `counts` tells beside what was mapped and set aside, `not_sent` stay and concept
    where a hospital never sent anything of it, `groups` stay and its site, ward and kind of unit, `local_codes` the codes in use.
    """

    name: str
    patient: str
    stays: Callable[[Tables], pl.DataFrame]
    with_rows: Callable[[Tables, pl.DataFrame], pl.DataFrame]
    readers: tuple[Reader, ...]
    count: Callable[[Tables], dict]
    notes: tuple[str, ...] = ()
    # kind of stay -> its table and the column that names it
    stay_tables: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    # the concept of a rejected row by its table and cells: empty where that cannot be told, None where nothing is read from it
    concept_of: Callable[[str, Mapping[str, str]], str | None] = lambda table, cells: ""
    shifted_dates: bool = False  # to protect patients
    not_sent: Callable[[Tables], pl.DataFrame] | None = None
    groups: Callable[[Tables], pl.DataFrame | None] | None = None
    local_codes: Callable[[Tables], Iterator[LocalCode]] | None = None
    only_in: Mapping[str, str] = field(default_factory=dict)  # concepts with one table, which may be absent


def rejected_stays(bad: Iterable[BadRow], reading: Reading) -> pl.DataFrame:
    """The stays whose rows were left out, with the reason."""
    kinds = {table: (kind, name) for kind, (table, name) in reading.stay_tables.items()}
    rows = [
        (row.cells.get(reading.patient), row.cells.get(kinds[row.table][1]), kinds[row.table][0], row.reason)
        for row in bad
        if row.table in kinds
    ]
    names = {"patient": pl.String, "stay": pl.String, "kind": pl.String, REASON: pl.String}
    return pl.DataFrame(rows, schema=names, orient="row")


def rejected_events(
    bad: Iterable[BadRow], reading: Reading, place: Callable[[str], str], asked: frozenset[str]
) -> pl.DataFrame:
    """The rows of events that were left out, with reason, table and row; of concepts that were asked for or cannot be told."""
    rows = []
    for row in bad:
        concept = reading.concept_of(row.table, row.cells)
        if concept is not None and (not concept or concept in asked):
            patient = row.cells.get(reading.patient) or None
            rows.append((patient, concept or None, row.reason, place(row.table), row.line))
    names = {"patient": NAME, "concept": NAME, REASON: pl.String, TABLE: pl.String, ROW: pl.UInt32}
    found = pl.DataFrame(rows, schema=names, orient="row")
    return in_shape(found, {**EVENTS, **{name: names[name] for name in (REASON, TABLE, ROW)}})


class RelationalSource:
    """The tables of one hospital, read where they lie. Times without a zone are those of `timezone`, or of UTC."""

    def __init__(self, tables: Tables, reading: Reading, timezone: str | None = None):
        check_zone(timezone)
        self.name, self.event_id = reading.name, reading.patient
        self.shifted_dates = reading.shifted_dates
        self.timezone = timezone
        tables.zone = timezone or "UTC"
        self._tables, self._reading = tables, reading
        self._mapped: Counter[str] = Counter()
        self._set_aside: dict[str, Counter[str]] = {}
        self._bad_stays: set[BadRow] = set()

    def stays(self) -> pl.DataFrame:
        """Every stay of the tables, none left out, in the order of patients and times, which no store promises."""
        self._tables.forget_bad_rows()
        rows = self._reading.stays(self._tables)
        bad = self._tables.bad_rows()
        self._bad_stays = set(bad)
        times = {
            name: moment(rows, name, self.timezone) for name in ("admitted", "discharged", "died", "born")
        }
        found = in_shape(rows.with_columns(**times), STAYS).sort("patient", "admitted", "kind", "stay")
        return pl.concat([found, rejected_stays(bad, self._reading)], how="diagonal") if bad else found

    def rejected_cells(self) -> list[tuple]:
        """What of the tables of stays was left out and is no stay: such as a birth that cannot be read."""
        tables = {table for table, _ in self._reading.stay_tables.values()}
        found: dict[tuple, list[int | None]] = {}
        for row in self._bad_stays:
            if row.table not in tables:
                found.setdefault(("row", self._tables.file_name(row.table), row.reason), []).append(row.line)
        return [(*key, len(rows), sorted(r for r in rows if r is not None)) for key, rows in found.items()]

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
        self._tables.forget_bad_rows()
        for reader in self._reading.readers:
            for rows in reader(self._tables, asked):
                if rows.is_empty():
                    continue
                batch = as_events(rows, self._reading.patient, self.timezone)
                self._count(batch)
                yield batch
        bad = [row for row in self._tables.bad_rows() if row not in self._bad_stays]
        batch = rejected_events(bad, self._reading, self._tables.file_name, asked)
        if not batch.is_empty():
            self._count(batch)
            yield batch

    def lacks(self, concept: str) -> bool:
        """Whether the only table that a concept is read from is not there."""
        table = self._reading.only_in.get(concept)
        return table is not None and not self._tables.has(table)

    def not_sent(self) -> pl.DataFrame:
        """stay, concept: of what the hospital of a stay never sent anything, if the form can tell."""
        found = self._reading.not_sent
        return pl.DataFrame(schema=["stay", "concept"]) if found is None else found(self._tables)

    def groups(self) -> pl.DataFrame | None:
        """stay, and a column for each kind of group (site, ward, unit …); None where the form tells none."""
        found = self._reading.groups
        if found is None:
            return None
        told = found(self._tables)
        if told is None:
            return None
        kept = [c for c in told.columns if c == "stay" or not told[c].is_null().all()]
        return told.select(kept) if len(kept) > 1 else None

    def local_codes(self) -> Iterator[LocalCode]:
        """The codes of the tables with their volume and values; MissingError where the form has no local codes."""
        if self._reading.local_codes is None:
            raise MissingError(f"The codes of {self.name} are not local: there is nothing to map.")
        return self._reading.local_codes(self._tables)

    def counts(self) -> dict:
        """What `events` has read so far: rows per table, events per concept, set aside by reason, codes that no list maps."""
        return {
            **self._reading.count(self._tables),
            **({"confirmed_lines": len(self._tables.confirmed.lines)} if self._tables.confirmed else {}),
            "mapped": dict(sorted(self._mapped.items())),
            "set_aside": {reason: dict(sorted(by.items())) for reason, by in sorted(self._set_aside.items())},
            "notes": list(self._reading.notes),
        }

    def _count(self, batch: pl.DataFrame) -> None:
        kept = batch
        if REASON in batch.columns:
            kept = batch.filter(pl.col(REASON).is_null())
            named = pl.col("concept").cast(pl.String).fill_null("")
            aside = batch.filter(pl.col(REASON).is_not_null()).group_by(named, REASON).len()
            for concept, reason, count in aside.iter_rows():
                self._set_aside.setdefault(reason, Counter())[concept] += count
        for concept, count in kept["concept"].value_counts().iter_rows():
            self._mapped[concept] += count
