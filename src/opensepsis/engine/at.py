"""The value of a signal at many moments of many patients. Polars twin of `moment.py`.

`moments` holds pid, time and place (see `axis.py`), sorted; the answer has `value` and, where it is not always observed, `basis`.
"""

import operator
from functools import reduce

import polars as pl

from opensepsis.engine import derived, expressions
from opensepsis.engine.charts import MOMENT, THOUSANDTHS, Charts, thousandths
from opensepsis.engine.moment import measured_concepts
from opensepsis.engine.running import HOUR
from opensepsis.engine.steps import air_charted, micro, steps_of
from opensepsis.engine.table import ASSUMED, CARRIED, OBSERVED
from opensepsis.rules import (
    Age,
    Assumed,
    BackCalculated,
    Before,
    Best,
    Count,
    Denominator,
    FirstKnown,
    Held,
    Highest,
    HowMany,
    InARow,
    Latest,
    Linear,
    Lowest,
    MeanRate,
    Plus,
    Quotient,
    Ratio,
    Recent,
    Rise,
    RoomAir,
    Rounded,
    Running,
    Signal,
    Since,
    SinceAmount,
    Total,
)


def at(signal: Signal, moments: pl.DataFrame, charts: Charts) -> pl.DataFrame:
    """`value` and `basis` (0 observed, 1 carried, 2 assumed) of a signal, one row per moment, in their order."""
    if "place" not in moments.columns:
        moments = moments.with_columns(charts.axis.place())
    match signal:
        case Latest():
            return _latest(signal, moments, charts).select("value", basis=_age_basis())
        case Running():
            return _running(signal, moments, charts).select("value", basis=_observed())
        case Ratio():
            return _ratio(signal, moments, charts, pl.col("value") / pl.col("below"))
        case Denominator(ratio=ratio):
            return _ratio(ratio, moments, charts, pl.col("below"))
        case Plus(parts=parts):
            return _plus([at(p, moments, charts) for p in parts])
        case FirstKnown(parts=parts):
            return _first_known([at(p, moments, charts) for p in parts])
        case Rounded(signal=inner, decimals=decimals):
            scale = 10**decimals
            rounded = derived.divided((pl.col("value") * scale + 0.5 + 1e-9).floor(), scale)
            return at(inner, moments, charts).with_columns(value=rounded)
        case Held():
            return _held(signal, moments, charts)
        case Assumed(signal=inner, during=during, value=value):
            return _assumed(at(inner, moments, charts), _running(during, moments, charts), value)
        case Rise():
            return _rise(signal, moments, charts)
        case Total():
            return _total(signal, moments, charts)
        case MeanRate():
            return _mean_rate(signal, moments, charts)
        case Since(concept=concept):
            since = derived.divided(pl.col("time") - pl.col("at"), HOUR)
            return _asof(moments, charts.series[concept.name]).select(value=since, basis=_observed())
        case Lowest() | Highest() | Count():
            return _over(signal, moments, charts)
    return _derived(signal, moments, charts)


def _derived(signal: Signal, moments: pl.DataFrame, charts: Charts) -> pl.DataFrame:
    match signal:
        case Before():
            return _before(signal, moments, charts)
        case Recent(signal=inner, within=within):
            return derived.recent(_asof(moments, known_at(inner, charts)), micro(within))
        case Best(signal=inner, over=over):
            highest = _windowed(
                known_at(inner, charts), moments, micro(over), pl.col("value").drop_nulls().max()
            )
            return derived.best(at(inner, moments, charts), highest)
        case Linear(signal=inner, times=times, by=by, plus=plus):
            return derived.linear(at(inner, moments, charts), times, by, plus)
        case Quotient(top=top, bottom=bottom, times=times):
            return derived.quotient(at(top, moments, charts), at(bottom, moments, charts), times)
        case HowMany(parts=parts):
            return derived.how_many([_running(p, moments, charts)["value"] for p in parts])
        case BackCalculated(age=age, sex=sex):
            return derived.back_calculated(signal, at(age, moments, charts), at(sex, moments, charts))
        case Age(concept=concept):
            return derived.age(_asof(moments, charts.series[concept.name]))
        case SinceAmount():
            since = derived.divided(pl.col("time") - pl.col("at"), HOUR)
            return _reached(signal, moments, charts).select(value=since, basis=_observed())
        case InARow():
            return _in_a_row(signal, moments, charts)
    raise TypeError(f"no batch form of {signal!r}")


def moments_of(signal: Signal, charts: Charts) -> pl.DataFrame:
    """The moments at which something of the signal was recorded: pid, time, sorted."""
    frames = [charts.series[name].select(MOMENT) for name in sorted(measured_concepts(signal))]
    if not frames:
        return pl.DataFrame(schema={"pid": pl.UInt32, "time": pl.Int64, "place": pl.Int64})
    return frames[0] if len(frames) == 1 else charts.axis.union(frames)


def _observed() -> pl.Expr:
    return pl.lit(OBSERVED, pl.Int8)


def _age_basis() -> pl.Expr:
    old = pl.col("time") - pl.col("at") >= HOUR
    return pl.when(old).then(pl.lit(CARRIED, pl.Int8)).otherwise(_observed())


def _asof(moments: pl.DataFrame, series: pl.DataFrame) -> pl.DataFrame:
    """The last row of the patient's series at or before each moment, its time as `at`."""
    series = series.rename({"pid": "whose", "time": "at"})
    found = moments.join_asof(series, on="place", strategy="backward", check_sortedness=False)
    theirs = pl.when(pl.col("whose") == pl.col("pid"))
    columns = [c for c in series.columns if c not in ("place", "whose")]
    return found.with_columns(theirs.then(pl.col(c)).alias(c) for c in columns).drop("whose")


def _latest(signal: Latest, moments: pl.DataFrame, charts: Charts) -> pl.DataFrame:
    series = charts.series[signal.concept.name]
    if "value" not in series.columns:  # something done, with no value of its own
        series = series.with_columns(value=pl.lit(1.0))
    if signal.valid is None:
        if _same_moments(moments, series):
            return series.with_columns(at="time")
        values = series.select("place", "value")
        return moments.join(values, on="place", how="left", maintain_order="left").with_columns(at="time")
    found = _asof(moments, series)
    fits = pl.col("time") - pl.col("at") < micro(signal.valid)
    return found.with_columns(value=pl.when(fits).then(pl.col("value")))


def _same_moments(moments: pl.DataFrame, series: pl.DataFrame) -> bool:
    """Whether the moments asked for are just those of the series, as in rows with one measurement: no join then."""
    if moments.height != series.height:
        return False
    return bool((moments["place"] == series["place"]).all())


def _running(signal: Running, moments: pl.DataFrame, charts: Charts) -> pl.DataFrame:
    """`value` and `began` of what runs; where nothing ever ran there is no step to find."""
    steps = steps_of(signal, charts)
    idle = None if signal.unknown_unless_charted else 0.0
    if steps.is_empty():
        return moments.select("pid", value=pl.lit(idle, pl.Float64), began=pl.lit(None, pl.Int64))
    found = _asof(moments.select(MOMENT), steps)
    if signal.unknown_unless_charted:
        return found
    return found.with_columns(
        pl.when(pl.col("at").is_null()).then(0.0).otherwise(pl.col("value")).alias("value")
    )


def _ratio(signal: Ratio, moments: pl.DataFrame, charts: Charts, told: pl.Expr) -> pl.DataFrame:
    age = (pl.col("time") - pl.col("at")).fill_null(0)
    above = _latest(signal.numerator, moments, charts).select(
        "pid", "value", age=age, time=pl.col("time") - age, place=pl.col("place") - age
    )
    below = charts.series[signal.denominator.name].rename({"value": "below"})
    found = _asof(above, below)
    paired = pl.col("time") - pl.col("at") <= micro(signal.paired_within)
    below = pl.when(paired).then("below")
    if signal.room_air is not None and charts.standing[signal.room_air.device.name].height:
        found = found.with_columns(began=_air_since(signal.room_air, found, charts))
        measured_since = (pl.col("at") >= pl.col("began")) & (pl.col("below") > signal.room_air.value)
        on_air = pl.col("began").is_not_null() & ~measured_since.fill_null(False)
        below = pl.when(on_air).then(pl.lit(signal.room_air.value)).otherwise(below)
    old = pl.col("age") >= HOUR
    found = found.with_columns(below=below)
    return found.select(
        value=pl.when((pl.col("below") != 0) & pl.col("value").is_not_null()).then(told),
        basis=pl.when(old).then(pl.lit(CARRIED, pl.Int8)).otherwise(_observed()),
    )


def _air_since(air: RoomAir, moments: pl.DataFrame, charts: Charts) -> pl.Series:
    """When the charting of room air began that holds at each moment; null where none does. As `room_air.breathes_air`."""
    charted = air_charted(air, charts)
    began = _asof(moments.select(MOMENT), charted).select(
        pl.when(pl.col("until") > pl.col("time")).then("at").alias("began")
    )["began"]
    supported = _running(air.unless, moments.select(MOMENT), charts)["value"].fill_null(0.0) > 0
    return began.set(supported, None)


def _side_by_side(parts: list[pl.DataFrame]) -> pl.DataFrame:
    named = [p.rename({c: f"{c}{i}" for c in ("value", "basis")}) for i, p in enumerate(parts)]
    return pl.concat(named, how="horizontal")


def _plus(parts: list[pl.DataFrame]) -> pl.DataFrame:
    number = range(len(parts))
    return _side_by_side(parts).select(
        value=reduce(operator.add, [pl.col(f"value{i}") for i in number]),
        basis=pl.max_horizontal(*(f"basis{i}" for i in number)),
    )


def _first_known(parts: list[pl.DataFrame]) -> pl.DataFrame:
    number = range(len(parts))
    basis = [pl.when(pl.col(f"value{i}").is_not_null()).then(pl.col(f"basis{i}")) for i in number]
    return _side_by_side(parts).select(
        value=pl.coalesce(*(f"value{i}" for i in number)),
        basis=pl.coalesce(*basis, _observed()),
    )


def _held(signal: Held, moments: pl.DataFrame, charts: Charts) -> pl.DataFrame:
    own = at(signal.signal, moments, charts)
    runs = _running(signal.during, moments, charts)
    during = runs.select(pl.col("value").fill_null(0.0) > 0).to_series()
    if not during.any():
        return own
    before = _before_run(signal, moments, runs, charts)
    held = pl.DataFrame({"value": before, "basis": pl.repeat(CARRIED, own.height, dtype=pl.Int8, eager=True)})
    return pl.DataFrame({name: held[name].zip_with(during, own[name]) for name in own.columns})


def _before_run(
    signal: Held | Before, moments: pl.DataFrame, runs: pl.DataFrame, charts: Charts
) -> pl.Series:
    """The last known value within `back` before each run began; null where nothing runs."""
    rows = runs.select("value", "began").hstack(moments.select(MOMENT)).with_row_index("row")
    ran = pl.col("time") - pl.col("began")
    bound = rows.filter(pl.col("value") > 0)
    bound = bound.select("row", "pid", time="began", place=pl.col("place") - ran).sort("place")
    before = _asof(bound, known_at(signal.signal, charts))
    fits = pl.col("time") - pl.col("at") < micro(signal.back)
    found = before.select("row", value=pl.when(fits).then(pl.col("value")))
    return rows.select("row").join(found, on="row", how="left", maintain_order="left")["value"]


def known_at(signal: Signal, charts: Charts) -> pl.DataFrame:
    """The known values of a signal at its own moments: pid, time, value."""
    moments = moments_of(signal, charts)
    return moments.hstack(at(signal, moments, charts).select("value")).drop_nulls("value")


def _before(signal: Before, moments: pl.DataFrame, charts: Charts) -> pl.DataFrame:
    runs = _running(signal.during, moments, charts)
    value = _before_run(signal, moments, runs, charts)
    during = pl.col("runs").fill_null(0.0) > 0
    found = pl.DataFrame({"value": value, "runs": runs["value"]})
    known = pl.col("value").is_not_null()
    return found.select(
        value=pl.when(during).then(pl.coalesce("value", pl.lit(signal.otherwise, pl.Float64))),
        basis=pl.when(known).then(pl.lit(CARRIED, pl.Int8)).otherwise(pl.lit(ASSUMED, pl.Int8)),
    )


def _assumed(own: pl.DataFrame, runs: pl.DataFrame, value: float) -> pl.DataFrame:
    during = runs["value"].fill_null(0.0) > 0
    return own.with_columns(during=during).select(
        value=pl.when("during").then(pl.lit(float(value))).otherwise(pl.col("value")),
        basis=pl.when("during").then(pl.lit(ASSUMED, pl.Int8)).otherwise(pl.col("basis")),
    )


def _windowed(series: pl.DataFrame, moments: pl.DataFrame, over: int, how: pl.Expr) -> pl.DataFrame:
    """An aggregate of the series' values in (moment − over, moment], as `value`, in the order of the moments."""
    asked = moments.select("place").unique().with_columns(value=None, asked=True)
    data = series.select("place", "value", asked=pl.lit(False))
    both = pl.concat([data, asked.select(data.columns)], how="vertical_relaxed").sort("place")
    rolled = both.rolling("place", period=f"{over}i", closed="right").agg(value=how)
    found = rolled.filter(both["asked"]).select("place", "value")
    return moments.select(MOMENT).join(found, on="place", how="left", maintain_order="left")


def _over(signal, moments: pl.DataFrame, charts: Charts) -> pl.DataFrame:
    series = charts.series[signal.concept.name]
    if "value" not in series.columns:
        series = series.with_columns(value=pl.lit(1.0))
    how = pl.col("value").drop_nulls()
    lowest = _lowest(signal.at_least) if isinstance(signal, Lowest) else None
    how = {Lowest: lowest, Highest: how.max(), Count: how.count().cast(pl.Float64)}[type(signal)]
    return _windowed(series, moments, micro(signal.over), how).select("value", basis=_observed())


def _lowest(at_least: int) -> pl.Expr:
    """The lowest of a window that holds so many values."""
    values = pl.col("value").drop_nulls()
    return values.min() if at_least == 1 else pl.when(values.count() >= at_least).then(values.min())


def _rise(signal: Rise, moments: pl.DataFrame, charts: Charts) -> pl.DataFrame:
    measured = signal.measured
    now = _latest(measured, moments, charts).with_columns(pl.col("at").fill_null(pl.col("time")))
    then = now.select(pl.col("place") - (pl.col("time") - pl.col("at")), pid="pid", time="at").with_row_index(
        "row"
    )
    lowest = _windowed(
        charts.series[measured.concept.name],
        then.sort("place"),
        micro(signal.over),
        _lowest(signal.at_least),
    )
    order = then.sort("place")["row"]
    lowest = lowest.hstack([order]).sort("row")["value"]
    return now.select(value=pl.col("value") - lowest, basis=_observed())


def _total(signal: Total, moments: pl.DataFrame, charts: Charts) -> pl.DataFrame:
    series = charts.series[signal.concept.name]
    gap, first_covers = micro(signal.longest_gap), micro(signal.first_covers)
    fresh = (pl.col("place").diff() > gap).fill_null(True)
    covered = pl.col("time") - first_covers
    last = pl.col("value").alias("last")
    if signal.since is not None:
        since = _asof(series.select(MOMENT), charts.series[signal.since.name].select(MOMENT))["at"]
        since = pl.when(pl.col("time") - pl.lit(since) <= gap).then(pl.lit(since))
        covered = pl.min_horizontal(covered, since)
    chain = series.select(*MOMENT, last, covered=pl.when(fresh).then(covered).forward_fill())
    found = _asof(moments, chain)
    start = pl.col("time") - micro(signal.over)
    whole = (pl.col("covered") <= start) & (pl.col("time") - pl.col("at") <= first_covers)
    found = found.with_columns(_sum(series, found, micro(signal.over)).alias("volume"))
    volume = derived.divided(pl.col("volume"), THOUSANDTHS)
    told = whole & (pl.col("last") >= 0) & (pl.col("volume") >= 0)
    return found.select(value=pl.when(told).then(volume), basis=_observed())


def _sum(series: pl.DataFrame, moments: pl.DataFrame, over: int) -> pl.Series:
    """The sum in (moment − over, moment], from running sums: exact, since amounts are whole numbers."""
    sums = series.select(
        "place", total=pl.col("value").cum_sum()
    )  # over all patients: what came before cancels out
    until, started = (
        places.join_asof(sums, on="place", check_sortedness=False)["total"].fill_null(0)
        for places in (moments.select("place"), moments.select(pl.col("place") - over))
    )
    return until - started


def _mean_rate(signal: MeanRate, moments: pl.DataFrame, charts: Charts) -> pl.DataFrame:
    volume = _total(signal.total, moments, charts)["value"]
    rate = pl.select(derived.divided(pl.lit(volume), signal.total.over.total_seconds() / 3600)).to_series()
    if signal.per is not None:
        divisor = at(signal.per, moments, charts)["value"]
        rate = rate / pl.select(pl.when(divisor != 0).then(divisor)).to_series()
    return pl.DataFrame({"value": rate}).with_columns(basis=_observed())


def _reached(signal: SinceAmount, moments: pl.DataFrame, charts: Charts) -> pl.DataFrame:
    """The moments, and `at`, the first moment at which the amounts of each one's window were in."""
    series = charts.series[signal.concept.name].select(MOMENT, total=pl.col("value").cum_sum())
    per = at(signal.per, moments, charts)["value"]
    needed = pl.DataFrame({"value": signal.amount * per}).select(
        pl.when(pl.col("value") != 0).then(thousandths())
    )
    return derived.reached(moments.select(MOMENT), series, needed.to_series(), micro(signal.over))


def _in_a_row(signal: InARow, moments: pl.DataFrame, charts: Charts) -> pl.DataFrame:
    readings = moments_of(signal, charts)
    values = pl.DataFrame({s.name: at(s, readings, charts)["value"] for s in signal.read})
    answers = readings.select("place").hstack(values.select(met=expressions.holds(signal.condition)))
    began = _reached(signal.since, moments, charts)
    return derived.in_a_row(began, answers.drop_nulls("met"))
