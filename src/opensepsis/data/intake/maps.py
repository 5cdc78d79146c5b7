"""The lists that ship with the package, as `data/maps/` holds them."""

import csv
from functools import cache
from importlib.resources import files


@cache
def map_rows(name: str) -> tuple[dict[str, str], ...]:
    """The rows of a list, by its columns.

    >>> map_rows("fhir_given")[0]["what"]
    'method'
    """
    text = (files("opensepsis.data.maps") / f"{name}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))
