"""Visits for observation: which are visits before an admission, and which are whole stays in hospital."""

from datetime import timedelta

import polars as pl

SOON = timedelta(hours=1)  # from the end of a visit to the admission that it led to
VISITS = ("emergency", "observation")


def settle_observation(stays: pl.DataFrame) -> pl.DataFrame:
    """The kinds of stays, and the ends of visits, once all stays of a patient are known; without `housed` and `open_end`.

    patient, stay, kind, admitted, discharged; `housed`: a visit for observation that tells of other places than those of observation;
    `open_end`: a visit whose end is not that of the patient's time in it (a day, or a whole of which the admission is a part).
    A visit for observation that is housed is a stay in hospital, as whoever lies on a ward is an inpatient whatever is billed, unless an
    admission begins during it or within an hour after it. A visit whose end is open ends with the admission that begins during it.
    """
    stays = stays.with_row_index("_row")
    admissions = stays.filter(pl.col("kind") == "hospital").select(
        "patient", came="admitted", left="discharged"
    )
    visits = stays.filter(pl.col("kind").is_in(VISITS), pl.col("housed") | pl.col("open_end"))
    pairs = visits.select("_row", "patient", "admitted", "discharged").join(admissions, on="patient")
    near = pairs.filter(
        pl.col("came") <= pl.col("discharged") + SOON,
        (pl.col("left") > pl.col("admitted")) | pl.col("left").is_null(),
    )
    first = near.group_by("_row").agg(
        during=pl.col("came").filter(pl.col("came") > pl.col("admitted")).min(), led_on=pl.lit(True)
    )
    whole = (
        (pl.col("kind") == "observation") & pl.col("housed") & ~pl.col("led_on").fill_null(False)
    ).fill_null(False)
    cut = pl.col("open_end") & pl.col("kind").is_in(VISITS) & (pl.col("during") < pl.col("discharged"))
    return (
        stays.join(first, on="_row", how="left", maintain_order="left")
        .with_columns(
            kind=pl.when(whole).then(pl.lit("hospital")).otherwise("kind"),
            discharged=pl.when(cut.fill_null(False)).then("during").otherwise("discharged"),
        )
        .drop("_row", "during", "led_on", "housed", "open_end")
    )
