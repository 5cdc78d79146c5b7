"""Counts the codes of data that are read in batches: rows, patients, units, and a sample of the values of each."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import polars as pl

from opensepsis.data.site.local_code import NUMBER, SHARES, LocalCode, Spread

_SAMPLE = 2_000  # values of a code and unit that are looked at, those of the first batches
_FEWEST = 10  # patients whose values are summed up: the middle of fewer may be one patient's


@dataclass
class _Tally:
    rows: int = 0
    numbers: int = 0
    patients: set[str] = field(default_factory=set)
    units: Counter[str] = field(default_factory=Counter)
    values: dict[str, list[float]] = field(default_factory=dict)


class CodeTally:
    """Takes batches with code, unit, number and patient; gives the codes by volume."""

    def __init__(self) -> None:
        self._codes: dict[str, _Tally] = {}

    def add(self, rows: pl.DataFrame) -> None:
        """Counts a batch; `number` may be text of which only plain numbers are taken."""
        number = pl.col("number").cast(pl.Float64, strict=False)
        counted = (
            rows.select(pl.col("code", "unit", "patient").cast(pl.String), number=number)
            .filter(pl.col("code").is_not_null())
            .group_by("code", pl.col("unit").fill_null(""))
            .agg(
                pl.len(),
                pl.col("number").count().alias("numbers"),
                pl.col("patient").drop_nulls().unique(),
                pl.col("number").drop_nulls().drop_nans().head(_SAMPLE),
            )
        )
        for code, unit, count, numbers, patients, values in counted.iter_rows():
            tally = self._codes.setdefault(code, _Tally())
            tally.rows += count
            tally.numbers += numbers
            tally.units[unit] += count
            tally.patients.update(patients)
            held = tally.values.setdefault(unit, [])
            held += values[: _SAMPLE - len(held)]

    def codes(
        self,
        table: str,
        *,
        kind: Callable[[str], str] = lambda code: NUMBER,
        mapped: Callable[[str], str] = lambda code: "",
        name: Callable[[str], str] = str,
        standard: Callable[[str], tuple[str, ...]] = lambda code: (),
        unit: Callable[[str], str] = lambda code: "",
        printed: Callable[[str], bool] = lambda code: True,
    ) -> Iterator[LocalCode]:
        """The codes by volume, each with kind, name, standard codes, unit where no row has one, and its concept by the project's list."""
        for code, tally in sorted(self._codes.items(), key=lambda one: (-one[1].rows, one[0])):
            named = [said for said, _ in tally.units.most_common() if said]
            used = named[0] if named else ""
            yield LocalCode(
                table, code, name(code), kind(code), tally.rows, len(tally.patients), used or unit(code),
                _spread(tally.values.get(used, []), len(tally.patients)), standard(code), mapped(code), printed(code), tally.numbers,
            )  # fmt: skip


def _spread(values: list[float], patients: int) -> Spread | None:
    if patients < _FEWEST or not values:
        return None
    sample = pl.Series(values)
    return Spread(*(float(sample.quantile(share, "linear") or 0.0) for share in SHARES))
