"""The `csv` source: a folder with stays.csv and events.csv (or .csv.gz, .parquet).

    stays    patient, stay, admitted; may have kind, discharged, born, age, sex, died, discharged_to
    events   patient, concept, time; may have end, known, value, unit, text, origin

* An empty `kind` is a hospital stay; an empty `discharged` is a stay that goes on.
* Without a `unit` column, or when it is empty throughout, every value is in its concept's own unit. When
  some cells are filled, an empty one means the own unit too, but not for lactate, creatinine, bilirubin,
  glucose, temperature and rates of infusions: those are set aside with the reason "no unit".
* In CSV, lines that start with # are comments. A local time needs a zone; `times.py` has the rule for clocks.
* Without `known` an event is known when it happens. Without `origin` no event corrects another.
"""

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from opensepsis.data.checks import NAMES
from opensepsis.data.problems import Problems, shown, shown_unit
from opensepsis.data.schema import EVENTS, REASON, STAYS
from opensepsis.data.sources.columns import moments, numbers, texts, without_blank_rows
from opensepsis.data.sources.tables import batches, check_columns, find_table, open_table
from opensepsis.data.stays import check_stays
from opensepsis.data.times import check_zone
from opensepsis.data.units import (
    conversions,
    convert_column,
    find_conversion,
    needs_unit,
    refusal,
    rescue_fio2,
)
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.errors import ConceptError, StayError, UnitError, nearest

_NEEDED_STAYS = ("patient", "stay", "admitted")
_NEEDED_EVENTS = ("patient", "concept", "time")
_OPTIONAL_STAYS = tuple(name for name in STAYS if name not in _NEEDED_STAYS)
_OPTIONAL_EVENTS = ("end", "known", "value", "unit", "text", "origin")


class CsvFolder:
    """Stays and events of one folder; errors come with their whole count once a file has been read."""

    name = "csv"

    def __init__(self, path: Path, timezone: str | None = None) -> None:
        check_zone(timezone)
        self.timezone = timezone
        self._stays_file = find_table(path, "stays")
        self._events_file = find_table(path, "events")
        self._stays: pl.DataFrame | None = None
        self._counts: dict = {}

    def stays(self) -> pl.DataFrame:
        """The stays, checked."""
        if self._stays is None:
            table = open_table(self._stays_file)
            ignored = check_columns(self._stays_file, table, _NEEDED_STAYS, _OPTIONAL_STAYS)
            wanted = [name for name in STAYS if name in table.collect_schema().names()]
            pieces = list(batches(self._stays_file, table.select(wanted)))
            rows = pl.concat(pieces) if pieces else table.select(wanted).head(0).collect()
            self._stays = self._read_stays(rows)
            self._ignored = ignored
        return self._stays

    def events(self, concepts: frozenset[str] | None = None) -> Iterator[pl.DataFrame]:
        """The events in batches; what cannot be used carries a `reason`."""
        self.stays()
        reader = _Events(self, concepts)
        yield from reader.read()
        self._counts = reader.counts()

    def counts(self) -> dict:
        """What was read; complete after `events` has been read to its end."""
        return self._counts

    def _read_stays(self, rows: pl.DataFrame) -> pl.DataFrame:
        problems = Problems(self._stays_file.name)
        rows = texts(rows, ("patient", "stay", "kind", "sex", "discharged_to"), problems)
        rows = without_blank_rows(rows)
        for name in ("admitted", "discharged", "born", "died"):
            if name in rows.columns:
                rows, _ = moments(rows, name, self.timezone, problems)
        if "age" in rows.columns:
            rows = numbers(rows, "age", problems)
        if "kind" in rows.columns:
            rows = rows.with_columns(pl.col("kind").str.to_lowercase())
        problems.raise_gravest()
        return check_stays(rows, self._stays_file.name)


class _Events:
    """One pass over the events of a folder."""

    def __init__(self, folder: CsvFolder, concepts: frozenset[str] | None) -> None:
        self.file = folder._events_file
        self.timezone = folder.timezone
        self.stays_file = folder._stays_file.name
        self.table = open_table(self.file)
        self.ignored = check_columns(self.file, self.table, _NEEDED_EVENTS, _OPTIONAL_EVENTS)
        here = self.table.collect_schema().names()
        self.columns = [name for name in _NEEDED_EVENTS + _OPTIONAL_EVENTS if name in here]
        self.asked = sorted(concepts) if concepts is not None else None
        self.patients = folder.stays()["patient"].unique()
        self.strangers: set[str] = set()
        self.strange_rows = self.first_strange = 0
        self.problems = Problems(self.file.name)
        self.seen = self.used = self.rescued = self.twice = self.never = self.known_empty = 0
        self.units_given = "unit" in self.columns and self._any_unit()

    def read(self) -> Iterator[pl.DataFrame]:
        for rows in batches(self.file, self.table.select(self.columns)):
            height = rows.height
            events = self._batch(rows)
            self.problems.rows_before += height
            if events.height and not self.problems.found:
                yield events
        self._note_strangers()
        self.problems.raise_gravest()

    def _note_strangers(self) -> None:
        if self.strange_rows:
            what = f"are events of {len(self.strangers):,} patients without a stay in {self.stays_file}"
            way_out = "Add the stays or remove the events; check that both files write patients alike."
            self.problems.rows_before = 0
            self.problems.note_at(StayError, what, way_out, self.strange_rows, self.first_strange)

    def _batch(self, rows: pl.DataFrame) -> pl.DataFrame:
        rows = texts(rows, ("patient", "concept", "unit", "text", "origin"), self.problems)
        self._check_concepts(rows)
        self._check_patients(rows)
        for name in ("time", "end", "known"):
            if name in rows.columns:
                rows, found = moments(rows, name, self.timezone, self.problems)
                self.twice, self.never = self.twice + found.twice, self.never + found.never
        if "value" in rows.columns:
            rows = numbers(rows, "value", self.problems)
            rows = self._in_own_unit(rows)
        rows = without_blank_rows(rows)
        self.seen += rows.height
        if self.asked is not None:
            rows = rows.filter(pl.col("concept").is_in(self.asked) | pl.col("concept").is_null())
        self.used += rows.height
        return self._known(rows)

    def _known(self, rows: pl.DataFrame) -> pl.DataFrame:
        if "known" not in rows.columns:
            rows = rows.with_columns(known=pl.lit(None, EVENTS["known"]))
        self.known_empty += rows["known"].null_count()
        columns = [
            (pl.col(name) if name in rows.columns else pl.lit(None, kind).alias(name))
            for name, kind in EVENTS.items()
        ]
        reason = pl.col(REASON) if REASON in rows.columns else pl.lit(None, pl.String).alias(REASON)
        return rows.select(*columns, reason).with_columns(pl.col("known").fill_null(pl.col("time")))

    def _check_concepts(self, rows: pl.DataFrame) -> None:
        names = rows["concept"]
        unknown = names.is_not_null() & names.cast(NAMES, strict=False).is_null()
        if not unknown.any():
            return
        bad = (
            rows.with_row_index("_row")
            .filter(unknown)
            .group_by("concept")
            .agg(pl.len(), pl.col("_row").min())
        )
        for word, count, first in sorted(bad.iter_rows(), key=lambda row: row[2]):
            what = f"in column 'concept' hold {shown(word, CONCEPTS)}, which is no concept"
            self.problems.note_at(ConceptError, what, _near_concept(word), count, first)

    def _check_patients(self, rows: pl.DataFrame) -> None:
        patients = rows["patient"]
        stranger = patients.is_not_null() & ~patients.is_in(self.patients.implode())
        if stranger.any():
            self.strangers.update(patients.filter(stranger).unique().to_list())
            if not self.strange_rows:
                self.first_strange = self.problems.rows_before + int(stranger.arg_true()[0])
            self.strange_rows += int(stranger.sum())

    def _in_own_unit(self, rows: pl.DataFrame) -> pl.DataFrame:
        if not self.units_given:
            rows = rows.drop("unit", strict=False)
        else:
            self._check_units(rows)
            lacking = pl.col("unit").is_null() & pl.col("value").is_not_null()
            no_unit = lacking & pl.col("concept").is_in([name for name in CONCEPTS if needs_unit(name)])
            rows = convert_column(rows).with_columns(pl.when(no_unit).then(pl.lit("no unit")).alias(REASON))
        rescued = rescue_fio2(rows)
        self.rescued += int((rescued["value"] != rows["value"]).sum() or 0)
        return rescued

    def _check_units(self, rows: pl.DataFrame) -> None:
        known = rows.with_row_index("_row").filter(
            pl.col("concept").cast(NAMES, strict=False).is_not_null(), pl.col("value").is_not_null(),
            pl.col("unit").is_not_null(),
        )  # fmt: skip
        pairs = known.group_by("concept", "unit").agg(pl.len(), pl.col("_row").min())
        for concept, unit, count, first in sorted(pairs.iter_rows(), key=lambda row: row[3]):
            if find_conversion(concept, unit) is None:
                what = f"in column 'unit' give {concept} in {shown_unit(unit, conversions(concept))}"
                self.problems.note_at(UnitError, what, refusal(concept, unit), count, first)

    def _any_unit(self) -> bool:
        unit = pl.col("unit").cast(pl.String).str.strip_chars()
        filled = self.table.select(unit).filter(unit.is_not_null() & (unit != "")).head(1)
        return any(batch.height for batch in batches(self.file, filled))

    def counts(self) -> dict:
        notes = [f"column not read: {name}" for name in self.ignored]
        if self.known_empty:
            notes.append(f"known equals time for {self.known_empty:,} events")
        if "origin" not in self.columns:
            notes.append("no origin: no event corrects another, and results name no rows of the source")
        if not self.units_given:
            notes.append("no units given: values are in each concept's own unit")
        if self.rescued:
            notes.append(f"fio2 given as 21 to 100 was read as percent for {self.rescued:,} events")
        if self.twice or self.never:
            notes.append(
                f"change of clocks: {self.twice:,} times that happen twice, {self.never:,} that never happen"
            )
        return {"read": self.seen, "mapped": self.used, "unmapped": {}, "notes": notes}


def _near_concept(word: str) -> str:
    near = nearest(word, CONCEPTS)
    return near if near.startswith("Did") else "See all concepts with `opensepsis definitions`."
