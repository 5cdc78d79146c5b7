"""What runs at which moment, for many patients: intervals as steps in time. Polars twin of `running.py`."""

import polars as pl

from opensepsis.engine.axis import Axis
from opensepsis.engine.charts import MOMENT, NEVER, Charts
from opensepsis.engine.derived import divided
from opensepsis.engine.running import RATE_UNKNOWN, adds_up
from opensepsis.rules import RoomAir, Running


def micro(length) -> int:
    """A length of time in whole microseconds."""
    return round(length.total_seconds() * 1e6)


def steps_of(signal: Running, charts: Charts) -> pl.DataFrame:
    """pid, time, place, value from then on (null: not known), and `began`, the start of the merged run."""
    key = id(signal)
    if key not in charts.steps:
        charts.steps[key] = _steps(signal, charts.standing[signal.concept.name], charts.axis)
    return charts.steps[key]


def air_charted(air: RoomAir, charts: Charts) -> pl.DataFrame:
    """pid, time, place at which devices were charted anew, and `until` when that holds as air; null where it is not air."""
    key = id(air)
    if key not in charts.steps:
        charted = charts.standing[air.device.name].with_columns(pl.col("end").fill_null(NEVER))
        charted = charted.filter(pl.col("time") < pl.col("end"))
        only_air = (pl.col("text") == air.word).fill_null(False).all()
        until = pl.when(only_air).then(pl.col("end").max())
        charts.steps[key] = charted.group_by(MOMENT, maintain_order=True).agg(until=until)
    return charts.steps[key]


def _steps(signal: Running, standing: pl.DataFrame, axis: Axis) -> pl.DataFrame:
    """All in places; `stop` is that of the end."""
    intervals = standing.with_columns(pl.col("end").fill_null(NEVER)).filter(pl.col("time") < pl.col("end"))
    columns = ["origin"] if adds_up(signal) else []
    intervals = intervals.select("place", "value", "text", *columns, stop=axis.place("end"))
    counts = _counts(signal)
    asked = intervals.filter(counts & (pl.col("value").is_null() | (pl.col("value") > 0)))
    # exactly as long as asked for is long enough: it counts through its last moment
    last = (1 if signal.for_at_least else 0) + micro(signal.lingers)
    asked = (
        asked.with_columns(pl.col("stop") + last, ends="stop") if last else asked.with_columns(ends="stop")
    )
    asked = _runs(asked, micro(signal.bridging)).with_columns(rate=_rate(signal))
    others = intervals.filter(~counts) if signal.unknown_unless_charted else intervals.clear()
    least = micro(signal.for_at_least)
    pumps = _pumps(asked) if adds_up(signal) else asked.clear()
    breaks = _breaks(asked, others, least, pumps)
    steps = axis.moments(breaks).with_row_index("step")
    covered = _covered(asked, breaks)
    if pumps.height:
        covered = _added_up(covered, pumps, breaks)
    steps = steps.join(covered, on="step", how="left", maintain_order="left")
    qualified = pl.col("place") - pl.col("began") >= least
    running = pl.when(pl.col("rate").is_not_null() & qualified).then(pl.col("rate")).otherwise(0.0)
    if signal.unknown_unless_charted:
        charted = pl.col("step").is_in(_spans(others, breaks)["step"].unique().to_list())
        running = pl.when(pl.col("rate").is_null() & ~charted).then(None).otherwise(running)
        running = pl.when(pl.col("rate").is_not_null() & ~qualified & ~charted).then(None).otherwise(running)
    began = pl.col("time") - (pl.col("place") - pl.col("began")).fill_null(0)
    return steps.select(*MOMENT, value=running, began=began)


def _counts(signal: Running) -> pl.Expr:
    text = pl.col("text")
    wanted = text.is_in(signal.words).fill_null(False) if signal.words else pl.lit(True)
    return wanted & ~text.is_in(signal.not_words).fill_null(False) if signal.not_words else wanted


def _rate(signal: Running) -> pl.Expr:
    if not signal.concept.unit:
        return pl.lit(1.0)
    rate = pl.col("value")
    if signal.salts:
        text = pl.col("text").fill_null("")
        rate = rate / text.replace_strict(dict(signal.salts), default=1.0, return_dtype=pl.Float64)
    return rate.fill_null(RATE_UNKNOWN)


def _runs(asked: pl.DataFrame, bridging: int) -> pl.DataFrame:
    """Adds `began`: the start of the run each interval belongs to, gaps up to `bridging` included."""
    before = pl.col("stop").cum_max().shift()
    fresh = before.is_null() | (pl.col("place") - before > bridging)
    return asked.with_columns(began=pl.when(fresh).then(pl.col("place")).forward_fill())


def _pumps(asked: pl.DataFrame) -> pl.DataFrame:
    """The intervals of known origin, where two of different origins run at once; none where no two do."""
    named = asked.filter(pl.col("origin").is_not_null())
    overlaps = (pl.col("place") < pl.col("ends").cum_max().shift()).fill_null(False)
    if named["origin"].n_unique() < 2 or not named.select(overlaps.any()).item():
        return named.clear()
    return named


def _breaks(asked: pl.DataFrame, others: pl.DataFrame, least: int, pumps: pl.DataFrame) -> pl.Series:
    """Every place at which something starts, ends or begins to count."""
    places = [asked["place"], asked["stop"], others["place"], others["stop"], pumps["ends"]]
    if least:
        places.append(asked["began"] + least)
    return pl.concat(places).unique().sort()


def _spans(intervals: pl.DataFrame, breaks: pl.Series) -> pl.DataFrame:
    """One row for each step an interval covers."""
    first, last = breaks.search_sorted(intervals["place"]), breaks.search_sorted(intervals["stop"])
    return intervals.with_columns(step=pl.int_ranges(first, last, dtype=pl.UInt32)).explode("step")


def _covered(asked: pl.DataFrame, breaks: pl.Series) -> pl.DataFrame:
    """The highest rate at each step, and the start of its run."""
    spans = _spans(asked.select("place", "stop", "rate", "began"), breaks)
    return spans.group_by("step").agg(pl.col("rate").max(), pl.col("began").max())


def _added_up(covered: pl.DataFrame, pumps: pl.DataFrame, breaks: pl.Series) -> pl.DataFrame:
    """`covered` with the sum of the rates of different origins, each at its highest, where several run at once."""
    rows = pumps.select(
        "place", "origin", stop="ends", rate=(pl.col("rate") * 1e9 + 0.5).floor().cast(pl.Int64)
    )
    highest = _spans(rows, breaks).group_by("step", "origin").agg(pl.col("rate").max())
    several = highest.group_by("step").agg(pl.col("rate").sum(), pumps=pl.len()).filter(pl.col("pumps") > 1)
    sums = several.select("step", together=divided(pl.col("rate"), 1e9))
    both = covered.join(sums, on="step", how="left", maintain_order="left")
    return both.select("step", pl.max_horizontal("rate", "together").alias("rate"), "began")
