"""What starts the clocks of one shard: its triggers, judged at every moment at which something was new, not only hourly."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import cast

import numpy as np
import polars as pl

from opensepsis.definitions import PHENOTYPES, SCORES
from opensepsis.engine.batch.availability import with_knowledge_until
from opensepsis.engine.batch.chart import Charts
from opensepsis.engine.batch.evaluation_times import EvaluationTimes
from opensepsis.engine.batch.infection import infections
from opensepsis.engine.batch.trigger_times import TriggerWindow, around_band, around_phenotype, moments_around
from opensepsis.engine.semantics.time import to_microseconds
from opensepsis.rules import BandTrigger, Clock, Infection, Phenotype, Score

TICK = ["sid", "time"]


@dataclass(frozen=True)
class Starts:
    """The hours of a shard, the total of each score there, and how to score at other moments.

    `meant`: the stays a score is made for by their age. `total`: works out the total of a score at moments (sid, pid,
    time). `filed`: see `engine/batch/trigger_times.py`.
    """

    ticks: EvaluationTimes
    charts: Charts
    hourly: Mapping[str, pl.Series]
    meant: Callable[[Score], pl.Series]
    total: Callable[[Score, pl.DataFrame], pl.Series]
    filed: pl.DataFrame | None = None
    looked: dict[tuple, pl.DataFrame] = field(default_factory=dict)
    suspected: dict[str, pl.DataFrame] = field(default_factory=dict)

    def of_phenotype(self, phenotype: Phenotype) -> pl.DataFrame | None:
        """sid, time and the total of each score a phenotype rests on; None where hours make no difference to it."""
        around = around_phenotype(phenotype)
        return None if around is None else self._looked(around)

    def of_bands(self, clocks: Iterable[Clock]) -> dict[str, pl.DataFrame]:
        """sid, time and total around each suspicion, by trigger of those clocks that start with a band of a score."""
        bands = [a.trigger for c in clocks for a in c.arms if isinstance(a.trigger, BandTrigger)]
        gravest = {b.score: max(o.at_least for o in bands if o.score == b.score) for b in bands}
        found = {}
        for band in bands:
            infection, score = cast(Infection, PHENOTYPES[band.infection]), SCORES[band.score]
            found[band.name] = self._looked(around_band(band, infection, score, gravest[band.score]))
        return found

    def of_band_known(self, band: BandTrigger, first: pl.DataFrame, reaching: pl.DataFrame) -> pl.DataFrame:
        """`first` (sid, suspected, time, known) with `known` not before its tick, or a later one, could be found."""
        asked = first.join(self.ticks.stays.select("sid", "pid"), on="sid", maintain_order="left")
        last = pl.col("suspected") + to_microseconds(band.after)
        score, enough = SCORES[band.score], [pl.lit(band.at_least)]
        return with_knowledge_until([score], self.charts, asked, reaching, enough, last)

    def _suspected(self, infection: Infection) -> pl.DataFrame:
        if infection.name not in self.suspected:
            found = infections(infection, self.ticks.stays, self.charts)
            self.suspected[infection.name] = found.select("sid", "pid", "time")
        return self.suspected[infection.name]

    def _looked(self, around: TriggerWindow) -> pl.DataFrame:
        if around.key not in self.looked:
            self.looked[around.key] = self._look(around)
        return self.looked[around.key]

    def _look(self, around: TriggerWindow) -> pl.DataFrame:
        """The hours and the moments between them, in order of stay and time."""
        suspected = self._suspected(around.infection)
        hours = self._hours(around, suspected)
        moments = moments_around(around, suspected, self.ticks, hours, self.charts, self.filed)
        between = moments.select(TICK)
        between = between.with_columns(
            self.total(score, moments).alias(score.name) for score in around.scores
        )
        found = pl.concat([hours, between])
        order = np.lexsort((found["time"].to_numpy(), found["sid"].to_numpy()))
        return found[order].with_columns(total=around.scores[-1].name)

    def _hours(self, around: TriggerWindow, suspected: pl.DataFrame) -> pl.DataFrame:
        """sid, time and the totals at the hours of the stays with a suspicion that the scores are made for."""
        ticks = self.ticks.ticks.select(TICK)
        looked = np.zeros(int(ticks["sid"].to_numpy().max(initial=0)) + 1, np.int64)
        for sids in (suspected["sid"].unique(), *map(self.meant, around.scores)):
            looked[sids.to_numpy()] += 1
        there = looked[ticks["sid"].to_numpy()] > len(around.scores)
        totals = [self.hourly[score.name].alias(score.name) for score in around.scores]
        return ticks.with_columns(totals).filter(pl.Series(there))
