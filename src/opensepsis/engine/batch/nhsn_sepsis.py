"""The NHSN draft of the Adult Sepsis Event for many stays. Polars twin of `live/nhsn_sepsis.py`."""

import polars as pl

from opensepsis.engine.batch import surveillance_days
from opensepsis.engine.batch.adult_sepsis_event import (
    first_ends,
    qualifying_doses,
    reached,
    treated_days,
    trigger_events,
)
from opensepsis.engine.batch.chart import Charts
from opensepsis.engine.batch.infection import episodes_frame
from opensepsis.engine.batch.nhsn_dysfunction import COMMUNITY, HOSPITAL, dysfunctions
from opensepsis.engine.batch.nhsn_stay import Diagnoses, days_of_stays, ends_of
from opensepsis.engine.batch.surveillance_days import (
    TRIGGER_EVENTS,
    begin_of,
    blood,
    counted,
    days_of,
    onset_type,
)
from opensepsis.rules import NhsnSepsisEvent

INFECTION = "blood culture or infection as principal diagnosis"


def nhsn_sepsis_events(phenotype: NhsnSepsisEvent, stays: pl.DataFrame, patients: Charts) -> pl.DataFrame:
    """The events that count. What decided them is left in `patients.trigger_events`."""
    calendar = patients.calendar
    days = days_of_stays(phenotype, stays, patients)
    diagnoses = Diagnoses(phenotype, days, patients)
    infected = diagnoses.principal_infections(phenotype.principal)
    cultures, doses = blood(phenotype, patients), qualifying_doses(phenotype, patients)
    windows = windows_of(phenotype, days, cultures, doses, infected, patients)
    treated = presumed_infections(phenotype, windows, doses, ends_of(phenotype, days, patients), infected)
    infected_stays = windows["sid"]
    windows = windows.join(treated.select("window").unique(), on="window", how="semi")
    failed = dysfunctions(phenotype, windows, diagnoses, patients)
    patients.reached[phenotype.name] = reached(INFECTION, infected_stays, windows, failed)
    first = failed.group_by("window", "kind").agg(organ_failure=pl.col("time").min())
    found = windows.join(treated, on="window").join(first, on=["window", "kind"])
    culture = pl.when("cultured").then("culture")
    onset = pl.min_horizontal(culture, "start", days_of(calendar, "organ_failure"))
    found = found.filter(onset_type(phenotype, onset) == pl.col("kind"))
    found = found.with_columns(onset=begin_of(calendar, onset))
    found = found.sort("window", "kind", descending=[False, phenotype.hospital_onset_first])
    found = found.unique("window", keep="first", maintain_order=True)
    found = found.sort("sid", "onset", "suspected", "window")
    found = counted(phenotype, found.unique(["sid", "onset"], keep="first", maintain_order=True), calendar)
    own = trigger_events(found.filter("cultured"), cultures, doses, failed)
    patients.trigger_events[phenotype.name] = pl.concat(
        [own, _without_culture(found, diagnoses, cultures, doses, failed)]
    )
    return episodes_frame(found.with_columns(known=pl.col("discharged"), onset_type=pl.col("kind")))


def windows_of(
    phenotype: NhsnSepsisEvent,
    days: pl.DataFrame,
    cultures: pl.DataFrame,
    doses: pl.DataFrame,
    infected: pl.DataFrame,
    patients: Charts,
) -> pl.DataFrame:
    """One window for each day on which blood was taken, and those of a principal diagnosis of infection, numbered by `window`."""
    found = surveillance_days.windows(phenotype, days, cultures, patients.calendar)
    found = (_merged(found) if phenotype.windows_merge else found).with_columns(cultured=pl.lit(True))
    alone = days.join(infected, on="sid", how="semi")
    if not phenotype.principal_beside_culture:
        alone = alone.join(found.select("sid"), on="sid", how="anti")
    if phenotype.centred_on_presentation:
        alone = alone.with_columns(culture=pl.col("admission"), suspected=pl.col("presented_at"))
    else:
        alone = _first_parenteral(alone, doses, patients)
    reach = phenotype.window_days
    alone = alone.with_columns(
        window=pl.lit(0, pl.UInt32),
        first=pl.max_horizontal(pl.col("culture") - reach, "stay_first"),
        last=pl.min_horizontal(pl.col("culture") + reach, "stay_last"),
        cultured=pl.lit(False),
    )
    every = pl.concat([found, alone.select(found.columns)]).drop("window")
    return every.sort("sid", "cultured", "culture", descending=[False, True, False]).with_row_index("window")


def _merged(found: pl.DataFrame) -> pl.DataFrame:
    """Windows that share a day as one; its culture is the first."""
    apart = (pl.col("first") > pl.col("last").shift().over("sid")).fill_null(True)
    found = found.with_columns(merged=apart.cum_sum())
    others = [name for name in found.columns if name not in ("merged", "last")]
    merged = found.group_by("merged", maintain_order=True).agg(pl.col(others).first(), pl.col("last").max())
    return merged.select(c for c in found.columns if c != "merged")


def _first_parenteral(alone: pl.DataFrame, doses: pl.DataFrame, patients: Charts) -> pl.DataFrame:
    """The stays with their first new drug by vein or muscle: when (`suspected`) and on which day (`culture`)."""
    new = doses.filter(pl.col("parenteral") & (pl.col("day") == pl.col("run_first")))
    mine = alone.join(new.select("pid", "time", "day"), on="pid")
    mine = mine.filter(pl.col("day").is_between(pl.col("stay_first"), pl.col("stay_last")))
    first = mine.group_by("sid").agg(suspected=pl.col("time").min())
    return alone.join(first, on="sid").with_columns(culture=days_of(patients.calendar, "suspected"))


def presumed_infections(
    phenotype: NhsnSepsisEvent,
    windows: pl.DataFrame,
    doses: pl.DataFrame,
    ends: pl.DataFrame,
    infected: pl.DataFrame,
) -> pl.DataFrame:
    """Windows with enough qualifying days, for each kind of onset: window, kind, first day `start`, `treated` days in a row."""
    longest = windows.select((pl.col("last") - pl.col("first") + 1).max()).item() or 0
    found = treated_days(phenotype, windows, doses, max(longest, 2 * phenotype.window_days + 1))
    found = found.join(first_ends(found, ends), on=["window", "start"], how="left")
    found = found.join(windows.select("window", "cultured", "alive", "stay_last"), on="window")
    last, treated = pl.col("start") + pl.col("treated") - 1, pl.col("treated")
    enough = (treated >= phenotype.days_needed) | (last >= pl.col("end") - 1).fill_null(False)
    home = pl.col("alive") & pl.col("sid").is_in(infected["sid"].implode())
    home &= (treated >= phenotype.days_needed_discharged_alive) & (last >= pl.col("stay_last") - 1)
    parts = [
        found.filter(enough | home).with_columns(kind=pl.lit(COMMUNITY)),
        found.filter(enough & pl.col("cultured")).with_columns(kind=pl.lit(HOSPITAL)),
    ]
    first = pl.concat(parts).sort("window", "kind", "start").unique(["window", "kind"], keep="first")
    return first.select("window", "kind", "start", "treated")


def _without_culture(
    found: pl.DataFrame,
    diagnoses: Diagnoses,
    cultures: pl.DataFrame,
    doses: pl.DataFrame,
    failed: pl.DataFrame,
) -> pl.DataFrame:
    """What decided the events without a culture: the principal diagnosis, the doses and the organ dysfunction."""
    mine = found.filter(~pl.col("cultured"))
    principal = diagnoses.rows.filter("principal").select(
        "sid", "time", "origin", concept=pl.lit("diagnosis")
    )
    coded = mine.select("sid", "onset").join(principal, on="sid").select(*TRIGGER_EVENTS)
    own = trigger_events(mine, cultures.clear(), doses, failed)
    return pl.concat([coded, own], how="vertical_relaxed")
