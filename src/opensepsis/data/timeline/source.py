"""What a source of hospital data has, and what it may tell besides."""

from collections.abc import Iterator
from typing import Protocol, runtime_checkable

import polars as pl


class Source(Protocol):
    """One kind of hospital data. `counts` is complete once `events` has been read to its end."""

    def stays(self) -> pl.DataFrame: ...
    def events(self, concepts: frozenset[str] | None) -> Iterator[pl.DataFrame]: ...
    def counts(self) -> dict: ...


@runtime_checkable
class TellsNotSent(Protocol):
    """A source that tells what the hospital of a stay never sent: stay, concept."""

    def not_sent(self) -> pl.DataFrame: ...


@runtime_checkable
class TellsGroups(Protocol):
    """A source that tells to which site, ward or kind of unit a stay belongs; None where it has none."""

    def groups(self) -> pl.DataFrame | None: ...


@runtime_checkable
class TellsRows(Protocol):
    """A source that tells in which row of its table a rejected stay stands."""

    def with_rows(self, stays: pl.DataFrame) -> pl.DataFrame: ...
