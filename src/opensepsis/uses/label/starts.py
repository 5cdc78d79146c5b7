"""What starts the clocks of one shard: its triggers, judged at every moment at which something was new, not only hourly."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import polars as pl

from opensepsis.definitions import PHENOTYPES, SCORES
from opensepsis.engine.charts import Charts
from opensepsis.engine.looks import Around, around_band, around_phenotype, moments_around
from opensepsis.engine.ticks import Ticks
from opensepsis.rules import BandTrigger, Clock, Phenotype, Score

TICK = ["sid", "time"]


@dataclass(frozen=True)
class Starts:
    """The hours of a shard, the total of each score there, and how to score at other moments.

    `total`: works out the total of a score at moments (sid, pid, time). `filed`: see `looks.py`.
    """

    ticks: Ticks
    charts: Charts
    hourly: Mapping[str, pl.Series]
    total: Callable[[Score, pl.DataFrame], pl.Series]
    filed: pl.DataFrame | None = None
    looked: dict[tuple, pl.DataFrame] = field(default_factory=dict)

    def of_phenotype(self, phenotype: Phenotype) -> pl.DataFrame | None:
        """sid, time and the total of each score a phenotype rests on; None where hours make no difference to it."""
        around = around_phenotype(phenotype)
        return None if around is None else self._looked(around)

    def of_bands(self, clocks: Iterable[Clock]) -> dict[str, pl.DataFrame]:
        """sid, time and total around each suspicion, by trigger of those clocks that start with a band of a score."""
        triggers = [arm.trigger for clock in clocks for arm in clock.arms]
        found = {}
        for trigger in (t for t in triggers if isinstance(t, BandTrigger)):
            around = around_band(trigger, PHENOTYPES[trigger.infection], SCORES[trigger.score])
            found[trigger.name] = self._looked(around)
        return found

    def _looked(self, around: Around) -> pl.DataFrame:
        if around.key not in self.looked:
            self.looked[around.key] = self._look(around)
        return self.looked[around.key]

    def _look(self, around: Around) -> pl.DataFrame:
        """The hours and the moments between them, in order of stay and time."""
        moments = moments_around(around, self.ticks, self.charts, self.filed)
        hours = self.ticks.ticks.select(TICK)
        between = moments.select(TICK)
        for score in around.scores:
            hours = hours.with_columns(self.hourly[score.name].alias(score.name))
            between = between.with_columns(self.total(score, moments).alias(score.name))
        found = pl.concat([hours.filter(pl.col("sid").is_in(moments["sid"].unique().implode())), between])
        return found.with_columns(total=around.scores[-1].name).sort(TICK)
