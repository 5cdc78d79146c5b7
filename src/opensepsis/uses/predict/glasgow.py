"""The Glasgow coma scale where only its parts are charted: their sum at one moment, once all three are known, as the scores read it.

A part that could not be tested, as the verbal score under a tube, is not known, and so is the sum. A total charted for the same moment
stands in its place. A part that is filed or corrected later gives the sum from then on.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import polars as pl

from opensepsis.definitions.signals.carried import gcs
from opensepsis.engine.live.chart import Event
from opensepsis.rules import children, concepts_of

(TOTAL,), PARTS = (tuple(concept.name for concept in concepts_of(part)) for part in children(gcs))
_MOMENT = ["patient", "time"]


def with_sums(found: pl.DataFrame) -> pl.DataFrame:
    """The events with a total in the place of its parts; `at` is when each counts, `known` when it was filed."""
    is_part = pl.col("concept").is_in(PARTS)
    newest = pl.col("known") == pl.col("known").max()
    told = (
        found.filter(is_part)
        .group_by(*_MOMENT, "concept", "at")
        .agg(pl.col("value").filter(newest).min())
        .sort("at")
    )
    sums = told.select(*_MOMENT, "at").unique().sort("at")
    for part in PARTS:
        mine = told.filter(concept=part).select(*_MOMENT, "at", pl.col("value").alias(part))
        sums = sums.join_asof(mine, on="at", by=_MOMENT, check_sortedness=False)
    charted = found.filter(pl.col("concept") == TOTAL, pl.col("value").is_not_null())
    sums = (
        sums.drop_nulls(PARTS)
        .join(charted.group_by(_MOMENT).agg(charted=pl.col("at").min()), on=_MOMENT, how="left")
        .filter(pl.col("charted").is_null() | (pl.col("charted") > pl.col("at")))
        .with_columns(
            value=pl.sum_horizontal(PARTS), concept=pl.lit(TOTAL), known="at",
            end=pl.lit(None, found.schema["end"]),
        )
    )  # fmt: skip
    return pl.concat([found.filter(~is_part), sums.select(found.columns)])


@dataclass
class PartsAsTheyCome:
    """The same for one patient, as events become known."""

    _known: dict[int, dict[str, float | None]] = field(default_factory=dict)  # of each moment
    _charted: set[int] = field(default_factory=set)  # moments with a total

    def after(self, came: Iterable[Event]) -> list[Event]:
        """The sums that events make known that count from one and the same moment on; among them are totals."""
        newest: dict[tuple[int, str], list[Event]] = {}
        for event in came:
            if event.concept == TOTAL:
                self._charted.add(event.time)
                continue
            held = newest.setdefault((event.time, event.concept), [event])
            if _filed(event) > _filed(held[0]):
                held[:] = [event]
            elif event is not held[0] and _filed(event) == _filed(held[0]):
                held.append(event)
        for (time, concept), versions in newest.items():
            values = [event.value for event in versions if event.value is not None]
            self._known.setdefault(time, {})[concept] = min(values, default=None)
        return [found for time in sorted({time for time, _ in newest}) if (found := self._sum(time))]

    def _sum(self, time: int) -> Event | None:
        values = [self._known[time].get(part) for part in PARTS]
        if time in self._charted or None in values:
            return None
        return Event(TOTAL, time, value=sum(value for value in values if value is not None))


def _filed(event: Event) -> int:
    return event.time if event.known is None else event.known
