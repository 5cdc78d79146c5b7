"""What the rows of all patients of a `csv` hospital say together: where patients are read in parts, each part is told it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import polars as pl

from opensepsis.data.sources.pump_rates import needs_weights

Units = frozenset[tuple[str, str]]  # concept, unit


@dataclass(frozen=True)
class Survey:
    """The units of the concepts of each file with events, in their order; how many stays there are, and begin in the future."""

    units: tuple[Units, ...]
    stays: int
    ahead: int

    @property
    def mostly_ahead(self) -> bool:
        """Whether most stays begin in the future, as where dates are shifted."""
        return 2 * self.ahead > self.stays

    @cached_property
    def with_unit(self) -> frozenset[str]:
        """The concepts of which some row has a unit."""
        return frozenset(concept for concept, _ in chain.from_iterable(self.units))

    @cached_property
    def needs_weights(self) -> tuple[bool, ...]:
        """Of each file whether a weight is needed to read a rate of it."""
        schema = {"concept": pl.String, "unit": pl.String}
        pairs = (pl.DataFrame(list(units), schema=schema, orient="row") for units in self.units)
        return tuple(needs_weights(rows) for rows in pairs)

    @property
    def as_text(self) -> str:
        """As it is sent to other machines."""
        return json.dumps([[sorted(units) for units in self.units], self.stays, self.ahead])


def survey_of_parts(texts: Iterable[str]) -> Survey:
    """That of all patients, from the text of each part.

    >>> parts = [Survey((frozenset({("lactate", unit)}),), 3, 1).as_text for unit in ("mmol/L", "mg/dL")]
    >>> whole = survey_of_parts(parts)
    >>> sorted(whole.units[0]), whole.stays, whole.ahead
    ([('lactate', 'mg/dL'), ('lactate', 'mmol/L')], 6, 2)
    """
    parts = [json.loads(text) for text in texts]
    files = zip(*(units for units, _, _ in parts), strict=True)
    units = tuple(frozenset(map(tuple, chain.from_iterable(file))) for file in files)
    return Survey(units, sum(stays for _, stays, _ in parts), sum(ahead for _, _, ahead in parts))
