"""Codes that belong together: the start and the end of a thing, a specimen and its result. All rows of a subject are at hand."""

from datetime import timedelta

import polars as pl

KEY = ("subject_id", "pair")
LONGEST = timedelta(hours=12)


def with_ends(starts: pl.DataFrame, stops: pl.DataFrame) -> pl.DataFrame:
    """The starts with `end`: the first stop of the same thing after it; null where there is none.

    >>> from datetime import datetime
    >>> at = lambda *hours: pl.DataFrame({"subject_id": 1, "pair": "a", "time": [datetime(2026, 1, 1, h) for h in hours]})
    >>> with_ends(at(1, 3), at(3, 5))["end"].dt.hour().to_list()
    [3, 5]
    """
    ends = stops.select(*KEY, "time", end="time").sort("time")
    return starts.sort("time", maintain_order=True).join_asof(
        ends, on="time", by=list(KEY), strategy="forward", allow_exact_matches=False, check_sortedness=False
    )


def without_those_of(pushes: pl.DataFrame, stops: pl.DataFrame) -> pl.DataFrame:
    """The stops that are left when each single push has taken the first one after it.

    >>> from datetime import datetime
    >>> at = lambda *hours: pl.DataFrame({"subject_id": 1, "pair": "a", "time": [datetime(2026, 1, 1, h) for h in hours]})
    >>> without_those_of(at(2), at(3, 9))["time"].dt.hour().to_list()
    [9]
    """
    taken = with_ends(pushes, stops).drop_nulls("end").group_by(*KEY, time="end").agg(taken=pl.len())
    left = stops.join(taken, on=[*KEY, "time"], how="left", maintain_order="left")
    number = pl.int_range(pl.len()).over(*KEY, "time")
    return left.filter(number >= pl.col("taken").fill_null(0)).drop("taken")


def with_specimens(results: pl.DataFrame, collected: pl.DataFrame) -> pl.DataFrame:
    """The results with `taken`: when their specimen was collected; null where none was before.

    Results keep the order of their specimens. The last result is of the last specimen before it, the one before of the last specimen
    before both, and so on: a specimen whose result never came is passed over. Results of one specimen, of which an ETL kept one row,
    share it: none goes further back than twelve hours while a later specimen lies before it.

    >>> from datetime import datetime
    >>> at = lambda *hours: pl.DataFrame({"subject_id": 1, "pair": "a", "time": [datetime(2026, 1, 1, h) for h in hours]})
    >>> with_specimens(at(9, 14, 15), at(8, 10, 12, 13))["taken"].dt.hour().to_list()
    [8, 12, 13]
    """
    if results.is_empty() or collected.is_empty():
        return results.with_columns(taken=pl.lit(None, results.schema["time"]))
    both = pl.concat(
        [
            results.select(*KEY, "time", place=pl.int_range(pl.len()), result=pl.lit(True)),
            collected.select(*KEY, "time", place=pl.lit(None, pl.Int64), result=pl.lit(False)),
        ]
    ).sort(*KEY, "time", "result", descending=[False, False, True, True])
    taken = _matched(both)
    found = [taken.get(place) for place in range(results.height)]
    return results.with_columns(taken=pl.Series(found, dtype=results.schema["time"]))


def _matched(both: pl.DataFrame) -> dict[int, object]:
    """The time of the specimen of each result, by place; rows of a thing from the last to the first, results before specimens of a time."""
    found: dict[int, object] = {}
    waiting: list[tuple[int, object, object]] = []  # place, time, and the last specimen before it
    before = None
    for subject, pair, time, place, result in both.iter_rows():
        if (subject, pair) != before:
            _leave(waiting, found)
            waiting, before = [], (subject, pair)
        if result:
            waiting.append((place, time, None))
            continue
        waiting = [(where, at, time if last is None else last) for where, at, last in waiting]
        while waiting:
            where, at, last = waiting.pop(0)
            shared = last != time and at - time > LONGEST
            found[where] = last if shared else time
            if not shared:
                break
    _leave(waiting, found)
    return found


def _leave(waiting: list, found: dict[int, object]) -> None:
    """Results for which no specimen is left share the last one before them."""
    found.update((where, last) for where, _, last in waiting if last is not None)
