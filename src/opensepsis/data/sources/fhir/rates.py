"""The rates of one infusion that are administrations of their own: under one order, or parts of one, one runs at a time."""

from collections.abc import Iterator
from itertools import pairwise

import polars as pl

from opensepsis.data.sources.fhir.rows import ROWS
from opensepsis.data.sources.fhir.settling import GIVEN, LASTING

_ORDER = pl.coalesce("under", "resource")


class Rates:
    """Holds the rates of every order of which one has no end that was told, until all are there; `open_orders` names these."""

    def __init__(self, open_orders: set[str]) -> None:
        self._orders = pl.Series(sorted(open_orders), dtype=pl.String)
        self._held: list[pl.DataFrame] = []

    def take(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows without these."""
        rate = pl.col("resource").str.contains(GIVEN, literal=True) & pl.col("concept").is_in(LASTING)
        mine = (rate & _ORDER.is_in(self._orders.implode())).fill_null(False)
        self._held.append(rows.filter(mine))
        return rows.filter(~mine)

    def settled(self) -> pl.DataFrame:
        """These, and again those that end by the next rate."""
        held = pl.concat(self._held) if self._held else pl.DataFrame(schema=ROWS)
        parts = held.with_columns(order=_ORDER).partition_by("patient", "order", "concept")
        ended = [one for part in parts for one in _ended(part.drop("order").rows(named=True))]
        return pl.concat([held, pl.DataFrame(ended, schema=ROWS, orient="row")])


def _ended(rows: list[dict]) -> Iterator[tuple]:
    """Those of one order that begin before another of the same drug and have no end that was told, with the end that they have by it."""
    last: dict[tuple, dict] = {}
    for row in sorted(rows, key=lambda row: (row["known"], row["said"])):
        last[row["origin"], row["time"]] = row
    standing = [row for row in last.values() if not _is_gone(row)]
    by_drug: dict[str | None, list[dict]] = {}
    for row in sorted(standing, key=lambda row: (row["time"], row["known"], row["origin"])):
        by_drug.setdefault(row["text"], []).append(row)
    for row, after in (pair for drug in by_drug.values() for pair in pairwise(drug)):
        is_open = row["end"] is None or (row["assumed"] and row["end"] > after["time"])
        if is_open and row["origin"] != after["origin"]:
            known = max(after["known"], row["known"] + 1)
            yield tuple((row | {"end": after["time"], "known": known, "said": after["said"]}).values())


def _is_gone(row: dict) -> bool:
    return row["value"] is None and row["text"] is None and row["whole"] is None and row["end"] == row["time"]
