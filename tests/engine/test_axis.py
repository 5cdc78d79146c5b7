"""As many patients as a shard may have fit on one axis, however old they are."""

import polars as pl

from opensepsis.definitions import SCORES
from opensepsis.definitions.concepts.person import BORN
from opensepsis.engine.batch.axis import Axis
from opensepsis.engine.batch.chart import charts
from opensepsis.engine.batch.evaluation_times import hourly
from opensepsis.engine.batch.scores import score_ticks
from tests.support.parity.tables import EVENTS, stays_table

HOUR = 3_600_000_000
YEAR = 365 * 24 * HOUR
MANY = 6000


def test_six_thousand_old_patients_are_scored_as_one_of_them_is():
    phoenix = SCORES["phoenix"]
    some = pl.DataFrame(
        [("mean_pressure", HOUR, 40.0), ("lactate", 2 * HOUR, 6.0), ("platelets", 2 * HOUR, 50.0)],
        schema=["concept", "time", "value"],
        orient="row",
    )
    born = pl.DataFrame({"concept": [BORN.name], "time": [-95 * YEAR], "value": [None]})
    mine = pl.concat([some, born], how="vertical_relaxed").with_columns(known="time")
    one = mine.select(pl.lit(None).alias(c) if c not in mine.columns else c for c in EVENTS if c != "pid")

    def points(pids: list[int]) -> pl.DataFrame:
        events = pl.DataFrame({"pid": pids}).join(one, how="cross").cast(EVENTS)
        patients = charts(events, phoenix.concepts | {BORN.name: BORN})
        ticks = hourly(stays_table([(pid, 0, 4 * HOUR) for pid in pids]))
        return score_ticks(phoenix, ticks, patients)

    alone, together = points([0]), points(list(range(MANY)))
    assert alone["total"].max() > 0
    assert together.equals(pl.concat([alone] * MANY))


def test_births_lie_before_all_else_where_lives_do_not_fit():
    told = [(0, BORN.name, -95 * YEAR), (0, "lactate", 0), (MANY, BORN.name, -3 * HOUR), (MANY, "lactate", 0)]
    events = pl.DataFrame(told, schema={n: EVENTS[n] for n in ("pid", "concept", "time")}, orient="row")
    axis = Axis.of(events)
    place = axis.places(events["pid"].to_numpy().astype("int64"), events["time"].to_numpy())
    assert place.tolist() == sorted(place.tolist())
    assert place[3] - place[2] == 3 * HOUR  # of a newborn it is where it was
