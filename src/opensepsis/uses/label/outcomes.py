"""Death in the stay and death in hospital, for each stay: apart, and null where the source tells no outcome at all."""

import polars as pl

from opensepsis.data.intake.text_codes import kind_of_place
from opensepsis.definitions.concepts.wording import PLACES
from opensepsis.engine.semantics.finding_reasons import DEATH_NOT_KNOWN


def with_deaths(stays: pl.DataFrame, every: pl.DataFrame, told: bool) -> pl.DataFrame:
    """The stays with `died_in_stay` and `died_in_hospital` behind `discharged_to`; `every`: all stays of all kinds of their patients.

    `told`: whether the source tells any outcome of anybody.

    Null too where the patient is dead, nobody tells since when, and the stay is the last; and where what was said of death cannot be read.

    A death on the day of discharge is one in the stay, whatever the hour that was charted; so is a discharge to a place that says so.
    The hospital stay of a stay in a unit is the one that overlaps it; without one, the stay itself.
    """
    stays, every = stays.with_row_index("_row"), _judged(every)
    own = stays.join(every.select("stay", "_dead"), on="stay", how="left", maintain_order="left")["_dead"]
    around = every.filter(pl.col("kind") == "hospital").select(
        "patient", _from=pl.col("admitted"), _to=pl.col("discharged"), _hospital="_dead"
    )
    both = stays.select("_row", "patient", "admitted", "discharged").join(around, on="patient")
    both = both.filter((pl.col("_from") <= pl.col("discharged")) & (pl.col("_to") >= pl.col("admitted")))
    hospital = both.group_by("_row").agg(pl.col("_hospital").any(ignore_nulls=False), _met=pl.lit(True))
    found = stays.join(hospital, on="_row", how="left", maintain_order="left")
    of_hospital = (found["_met"].fill_null(False)) & (stays["kind"] != "hospital")
    found = found["_hospital"].zip_with(of_hospital, own)
    if not told:
        own, found = (pl.Series([None], dtype=pl.Boolean).new_from_index(0, stays.height) for _ in range(2))
    stays = stays.drop("_row")
    place = stays.columns.index("discharged_to") + 1
    stays.insert_column(place, own.alias("died_in_stay"))
    return stays.insert_column(place + 1, found.alias("died_in_hospital"))


def _judged(every: pl.DataFrame) -> pl.DataFrame:
    """Every stay with whether its patient died in it."""
    places = every["discharged_to"].unique().drop_nulls()
    fatal = [place for place in places if kind_of_place(PLACES, place) == "died"]
    died = pl.col("died").max().over("patient")
    by_time = (died.dt.date() <= pl.col("discharged").dt.date()) & (
        died.dt.date() >= pl.col("admitted").dt.date()
    )
    by_place = pl.col("discharged_to").is_in(fatal)
    untold = [place for place in places if kind_of_place(PLACES, place) in DEATH_NOT_KNOWN]
    unknown = pl.col("discharged_to").is_in(untold).fill_null(False) & died.is_null()
    dead = by_time.fill_null(False) | by_place.fill_null(False)
    return every.with_columns(_dead=pl.when(~unknown).then(dead))
