"""Control charts of shares by month: limits of chance and the rules that say when a month is none."""

import polars as pl

SIGMAS = 3
RUN = 8  # months on one side of the centre line
BEYOND = "beyond 3 sigma (Shewhart, rule 1)"
SHIFT = f"{RUN} months on one side (shift, Nelson rule 2 with {RUN})"


def control_limits(months: pl.DataFrame) -> pl.DataFrame:
    """month, found, of, share with `centre`, `lower limit`, `upper limit` and `signal`: the rule that a month breaks, or null.

    A p-chart: the centre is the share of all months together, the limits are three standard errors of it at each month's number.
    """
    total, found = int(months["of"].sum()), int(months["found"].sum())
    centre = found / total if total else 0.0
    error = (pl.lit(centre * (1 - centre)) / pl.col("of")).sqrt()
    limited = months.with_columns(
        pl.lit(centre).alias("centre"),
        (pl.lit(centre) - SIGMAS * error).clip(lower_bound=0).alias("lower limit"),
        (pl.lit(centre) + SIGMAS * error).clip(upper_bound=1).alias("upper limit"),
    )
    beyond = (pl.col("share") > pl.col("upper limit")) | (pl.col("share") < pl.col("lower limit"))
    side = (limited["share"] - centre).sign()
    shift = _in_runs(side.to_list())
    signal = pl.when(beyond).then(pl.lit(BEYOND)).when(pl.Series(shift)).then(pl.lit(SHIFT))
    return limited.with_columns(signal.alias("signal"))


def _in_runs(sides: list[float | None]) -> list[bool]:
    """Whether each month ends or goes on a run of eight on one side.

    >>> _in_runs([1.0] * 9 + [-1.0])[6:]
    [False, True, True, False]
    """
    found, run, last = [], 0, None
    for side in sides:
        run = run + 1 if side and side == last else (1 if side else 0)
        last = side
        found.append(run >= RUN)
    return found
