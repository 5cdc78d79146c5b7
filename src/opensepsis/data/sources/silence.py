"""What a hospital never sent of anybody: of it nothing is known, and its absence tells nothing."""

from collections.abc import Iterable

import polars as pl

# of what infections rest on: a hospital in which nobody ever has any does not send it
TOLD_OF_INFECTION = ("antibiotic", "antibiotic_order", "culture", "organism")


def silent_for_all(stays: pl.Series, concepts: Iterable[str]) -> pl.DataFrame:
    """stay and concept: every stay with every one of the concepts.

    >>> silent_for_all(pl.Series(["S1"]), ["culture"]).rows()
    [('S1', 'culture')]
    """
    return stays.to_frame("stay").join(
        pl.DataFrame({"concept": list(concepts)}, schema={"concept": pl.String}), how="cross"
    )
