"""One patient of a timeline as a source, so that what holds for a hospital can be asked for one person."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from opensepsis.data.timeline.timeline import Timeline


@dataclass(frozen=True)
class OnePatient:
    """A source with the stays and events of one patient only."""

    timeline: Timeline
    patient: str

    @property
    def name(self) -> str:
        return self.timeline.source

    @property
    def timezone(self) -> str | None:
        return self.timeline.timezone

    def stays(self) -> pl.DataFrame:
        return self.timeline.stays.filter(pl.col("patient") == self.patient)

    def events(self, concepts: frozenset[str] | None) -> Iterator[pl.DataFrame]:
        asked = self.timeline.events().filter(pl.col("patient") == self.patient)
        if concepts is not None:
            asked = asked.filter(pl.col("concept").is_in(list(concepts)))
        yield asked.collect()

    def counts(self) -> dict:
        return {}
