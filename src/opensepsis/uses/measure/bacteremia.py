"""Rates of NHSN's bacteremia and fungemia events by site: prevalence, crude risk and incidence density."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import polars as pl

from opensepsis.data.io.atomic import whole_folder
from opensepsis.data.io.paths import as_path
from opensepsis.data.timeline.stays import persons
from opensepsis.engine.batch.arrivals import arrivals
from opensepsis.engine.batch.surveillance_days import days_of
from opensepsis.engine.semantics.calendar import Calendar
from opensepsis.uses.measure.results import Run, Sites, runs_of

EVENT = "bacteremia:nhsn_draft"
HOSPITAL_FROM_DAY = 4
ADULT = 18
_RATES = {
    "site": pl.String,
    "stratum": pl.String,
    "metric": pl.String,
    "events": pl.Int64,
    "of": pl.Int64,
    "per": pl.Int64,
    "rate": pl.Float64,
}
_METRICS = (  # metric, its column of events, its column of what they are held against, per how many
    ("outpatient prevalence", "outpatient", "visits", 100),
    ("community prevalence", "community", "admission", 100),
    ("hospital crude risk", "hospital", "at_risk", 100),
    ("hospital incidence density", "hospital", "days_at_risk", 10_000),
)


@dataclass(frozen=True)
class BacteremiaRates:
    """`rates`: by site and stratum (all, adult, paediatric): events, against what they are held, and the rate per so many."""

    rates: pl.DataFrame
    path: Path | None


def bacteremia_rates(sites: Sites, out: str | Path | None = None) -> BacteremiaRates:
    """O-COB per 100 visits, COB per 100 admissions, HOB per 100 stays with a fourth day and per 10,000 days from it to the event.

    `sites` as for `sepsis_mortality`, runs with `bacteremia:nhsn_draft`; visits that led to no stay need their own run. Neonatal and
    oncology wards are not in the timeline, so that those strata are not told.
    """
    rows = []
    runs = runs_of(sites, EVENT)
    for site in dict.fromkeys(run.site for run in runs):
        stays = pl.concat([_stays(run) for run in runs if run.site == site])
        for stratum in ("all", "adult", "paediatric"):
            mine = stays if stratum == "all" else stays.filter(pl.col("stratum") == stratum)
            rows += [(site, stratum, *_rate(mine, *metric)) for metric in _METRICS]
    rates = pl.DataFrame(rows, schema=_RATES, orient="row")
    if out is not None:
        with whole_folder(as_path(out), "measure.json") as folder:
            rates.write_parquet(folder / "bacteremia_rates.parquet")
            (folder / "measure.json").write_text(
                '{"measure": "bacteremia rates", "verified": "no"}\n', encoding="utf-8"
            )
    return BacteremiaRates(rates, None if out is None else as_path(out))


def _stays(run: Run) -> pl.DataFrame:
    """A row a stay that was judged: its events by kind, its visits, whether it is an admission, and its days at risk."""
    day_of = partial(days_of, Calendar(run.zone))
    every = run.timeline.stays.with_columns(persons(run.timeline.stays).alias("person"))
    judged = run.stays.filter(pl.col(EVENT).is_not_null()).select("stay")
    own = every.join(judged, on="stay", how="semi").with_row_index("sid").with_columns(pid="sid")
    came = arrivals(own, every, Calendar(run.zone))
    events = run.episodes.filter(pl.col("definition") == EVENT, pl.col("withdrawn").is_null())
    kinds = ("outpatient", "community", "hospital")
    counted = events.group_by("stay").agg(
        *((pl.col("onset_type") == kind).sum().alias(kind) for kind in kinds)
    )
    onset = events.filter(pl.col("onset_type") == "hospital").select(
        "stay", event_day=day_of(pl.col("onset").to_physical())
    )
    found = (
        own.join(came.drop("sex"), on="sid")
        .join(counted, on="stay", how="left")
        .join(onset, on="stay", how="left")
    )
    admission = pl.col("kind") == "hospital"
    first = day_of("on_ward") + HOSPITAL_FROM_DAY - 1
    last = pl.min_horizontal(day_of(pl.col("discharged").to_physical()), "event_day")
    days = pl.when(admission).then((last - first + 1).clip(0)).otherwise(0)
    adult = pl.when(pl.col("years") >= ADULT).then(pl.lit("adult")).otherwise(pl.lit("paediatric"))
    return found.select(
        *(pl.col(kind).fill_null(0) for kind in kinds),
        visits="visits",
        admission=admission,
        at_risk=days > 0,
        days_at_risk=days,
        stratum=pl.when(pl.col("years").is_not_null()).then(adult),
    )


def _rate(stays: pl.DataFrame, metric: str, events: str, against: str, per: int) -> tuple:
    counted, of = int(stays[events].sum()), int(stays[against].cast(pl.Int64).sum())
    return metric, counted, of, per, counted / of * per if of else None
