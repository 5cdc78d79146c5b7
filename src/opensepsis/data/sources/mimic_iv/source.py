"""MIMIC-IV as a source of the timeline."""

from collections import Counter
from collections.abc import Iterator

import polars as pl

from opensepsis.data.schema import REASON
from opensepsis.data.sources.mimic_iv.charted import charted
from opensepsis.data.sources.mimic_iv.counting import NOTES, count_tables
from opensepsis.data.sources.mimic_iv.cultures import cultures
from opensepsis.data.sources.mimic_iv.diagnoses import diagnoses, operations
from opensepsis.data.sources.mimic_iv.drugs import drugs
from opensepsis.data.sources.mimic_iv.infusions import infusions
from opensepsis.data.sources.mimic_iv.labs import labs
from opensepsis.data.sources.mimic_iv.organisms import organisms
from opensepsis.data.sources.mimic_iv.procedures import procedures
from opensepsis.data.sources.mimic_iv.shape import as_events
from opensepsis.data.sources.mimic_iv.stays import read_stays, with_rows
from opensepsis.data.sources.mimic_iv.tables import Tables
from opensepsis.data.sources.mimic_iv.urine import urine
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.errors import ConceptError, nearest

_READERS = (charted, procedures, labs, urine, infusions, drugs, cultures, organisms, diagnoses, operations)


class MimicIV:
    """MIMIC-IV 2.x or 3.x, read where it lies."""

    name = "mimic-iv"
    event_id = "subject_id"
    shifted_dates = True  # to protect patients

    def __init__(self, tables: Tables):
        self._tables = tables
        self._mapped: Counter[str] = Counter()
        self._set_aside: dict[str, Counter[str]] = {}

    def stays(self) -> pl.DataFrame:
        """Hospital stays and intensive care stays, none left out."""
        return read_stays(self._tables)

    def with_rows(self, stays: pl.DataFrame) -> pl.DataFrame:
        """The stays with the row of each in its file, where the tables are files."""
        return with_rows(self._tables, stays)

    def events(self, concepts: frozenset[str] | None = None) -> Iterator[pl.DataFrame]:
        """The asked concepts in batches; rows that cannot be used carry their reason. Read it to its end before asking again."""
        asked = frozenset(CONCEPTS) if concepts is None else frozenset(concepts)
        for name in sorted(asked - set(CONCEPTS)):
            raise ConceptError(f"'{name}' is not a concept. {nearest(name, CONCEPTS)}")
        self._mapped.clear()
        self._set_aside.clear()
        self._tables.read.clear()
        for reader in _READERS:
            for rows in reader(self._tables, asked):
                if rows.is_empty():
                    continue
                batch = as_events(rows)
                self._count(batch)
                yield batch

    def counts(self) -> dict:
        """What `events` has read so far: rows per table, events per concept, set aside by reason, codes that no list maps."""
        return {
            **count_tables(self._tables),
            "mapped": dict(sorted(self._mapped.items())),
            "set_aside": {reason: dict(sorted(by.items())) for reason, by in sorted(self._set_aside.items())},
            "notes": list(NOTES),
        }

    def _count(self, batch: pl.DataFrame) -> None:
        kept = batch
        if REASON in batch.columns:
            kept = batch.filter(pl.col(REASON).is_null())
            for concept, reason in (
                batch.filter(pl.col(REASON).is_not_null()).select("concept", REASON).iter_rows()
            ):
                self._set_aside.setdefault(reason, Counter())[concept] += 1
        for concept, count in kept["concept"].value_counts().iter_rows():
            self._mapped[concept] += count
