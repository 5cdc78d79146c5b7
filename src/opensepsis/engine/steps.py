"""What runs at which moment, for many patients: intervals as steps in time. Polars twin of `running.py`."""

import polars as pl

from opensepsis.engine.charts import NEVER, ORDER, Charts
from opensepsis.engine.running import RATE_UNKNOWN
from opensepsis.rules import Running


def micro(length) -> int:
    """A length of time in whole microseconds."""
    return round(length.total_seconds() * 1e6)


def steps_of(signal: Running, charts: Charts) -> pl.DataFrame:
    """pid, time, value from then on (null: not known), and `began`, the start of the merged run."""
    key = id(signal)
    if key not in charts.steps:
        charts.steps[key] = _steps(signal, charts.standing[signal.concept.name])
    return charts.steps[key]


def _steps(signal: Running, standing: pl.DataFrame) -> pl.DataFrame:
    intervals = standing.filter(pl.col("time") < pl.col("end").fill_null(NEVER))
    intervals = intervals.with_columns(pl.col("end").fill_null(NEVER))
    counts = _counts(signal)
    asked = intervals.filter(counts & (pl.col("value").is_null() | (pl.col("value") > 0)))
    # exactly as long as asked for is long enough: it counts through its last moment
    last = (1 if signal.for_at_least else 0) + micro(signal.lingers)
    asked = asked.with_columns(pl.col("end") + last) if last else asked
    asked = _runs(asked, micro(signal.bridging)).with_columns(rate=_rate(signal))
    others = intervals.filter(~counts) if signal.unknown_unless_charted else intervals.clear()
    least = micro(signal.for_at_least)
    breaks = _breaks(asked, others, least)
    steps = breaks.join(_covered(asked, breaks), on="step", how="left", maintain_order="left")
    qualified = pl.col("time") - pl.col("began") >= least
    running = pl.when(pl.col("rate").is_not_null() & qualified).then(pl.col("rate")).otherwise(0.0)
    if signal.unknown_unless_charted:
        charted = pl.col("step").is_in(_spans(others, breaks)["step"].unique().to_list())
        running = pl.when(pl.col("rate").is_null() & ~charted).then(None).otherwise(running)
        running = pl.when(pl.col("rate").is_not_null() & ~qualified & ~charted).then(None).otherwise(running)
    return steps.select("pid", "time", value=running, began=pl.col("began").fill_null(pl.col("time")))


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
    asked = asked.sort("pid", "time", "end")
    before = pl.col("end").cum_max().shift().over("pid")
    fresh = before.is_null() | (pl.col("time") - before > bridging)
    asked = asked.with_columns(began=pl.when(fresh).then(pl.col("time")))
    return asked.with_columns(pl.col("began").forward_fill())


def _breaks(asked: pl.DataFrame, others: pl.DataFrame, least: int) -> pl.DataFrame:
    """Every moment at which something starts, ends or begins to count, numbered."""
    moments = [asked.select(ORDER), asked.select("pid", time="end")]
    if least:
        moments.append(asked.select("pid", time=pl.col("began") + least))
    moments += [others.select(ORDER), others.select("pid", time="end")]
    return pl.concat(moments).unique().sort(ORDER).with_row_index("step")


def _spans(intervals: pl.DataFrame, breaks: pl.DataFrame) -> pl.DataFrame:
    """One row for each step an interval covers."""
    found = intervals.join(breaks.rename({"step": "first"}), on=ORDER, how="left")
    found = found.join(breaks.rename({"step": "last", "time": "end"}), on=["pid", "end"], how="left")
    return found.with_columns(step=pl.int_ranges("first", "last", dtype=pl.UInt32)).explode("step")


def _covered(asked: pl.DataFrame, breaks: pl.DataFrame) -> pl.DataFrame:
    """The highest rate at each step, and the start of its run."""
    spans = _spans(asked.select("pid", "time", "end", "rate", "began"), breaks)
    return spans.group_by("step").agg(pl.col("rate").max(), pl.col("began").max())
