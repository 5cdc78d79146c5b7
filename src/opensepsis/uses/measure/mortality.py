"""Community-onset sepsis standardised mortality: deaths and discharges to hospice, observed against expected, by site and month."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from math import sqrt
from pathlib import Path

import numpy as np
import polars as pl

from opensepsis.data.intake.text_codes import kind_of_place
from opensepsis.data.intake.zones import local_times
from opensepsis.data.io.atomic import whole_folder
from opensepsis.data.io.paths import as_path
from opensepsis.data.timeline.stays import persons
from opensepsis.definitions import PHENOTYPES
from opensepsis.definitions.concepts.wording import PLACES
from opensepsis.engine.batch.arrivals import arrivals
from opensepsis.engine.semantics.calendar import Calendar
from opensepsis.errors import MissingError
from opensepsis.uses.areas import area
from opensepsis.uses.measure.model import Model, by_risk, calibration_line, fit, unseen
from opensepsis.uses.measure.predictors import PREDICTORS, predictors_of
from opensepsis.uses.measure.results import Run, Sites, runs_of
from opensepsis.uses.pages import can_draw, figure_or_table

EVENT = "adult_sepsis_event:nhsn_draft"
LONGEST = timedelta(days=120)
LEAST_EXPECTED = 1.0  # below it a ratio says nothing, and none is given
REASONS = ("stay above 120 days", "transfer to another acute hospital", "outcome not recorded")
CHOICES = {
    "events": "the first community-onset event of a stay",
    "outcome": "death in the hospital or discharge to hospice",
    "month": "of discharge, in the hospital's time zone",
    "hours": "6 from presentation, which begins with the visit that led to the stay",
    "model": "logistic, ridge penalty, fitted to these stays: for all together the ratio is 1; NHSN publishes no model",
    "predictors": "in their order, one for every 10 deaths, of those measured in half of the stays; not measured: the mean of the measured",
    "excluded": "as MUC2025-045 is reported to: stay above 120 days, transfer to another acute hospital; hospice before is not in the data",
    "interval": "95 %, Byar's approximation, of the observed; that the expected is estimated is not in it",
}
_RATIO = {
    "site": pl.String,
    "month": pl.String,
    "stays": pl.Int64,
    "observed": pl.Int64,
    "expected": pl.Float64,
    "ratio": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
}


@dataclass(frozen=True)
class SepsisMortality:
    """`ratios`: by site and month (null: all). `excluded`: stays by reason. `model`: coefficients of a standard deviation.

    `calibration`: groups of rising risk, predicted by models that had not seen the patients; `intercept`, `slope` and `auroc` likewise,
    null where nothing can be told.
    """

    ratios: pl.DataFrame
    excluded: pl.DataFrame
    model: pl.DataFrame
    calibration: pl.DataFrame
    intercept: float | None
    slope: float | None
    auroc: float | None
    verified: bool
    path: Path | None

    @cached_property
    def svg(self) -> str:
        """The figure as SVG text. MissingError: the extra `report` is not installed."""
        from opensepsis.uses.measure.figure import draw

        return draw(self)

    def _repr_html_(self) -> str:
        return f"<div>{figure_or_table(lambda: self.svg, self.ratios)}</div>"


def sepsis_mortality(sites: Sites, out: str | Path | None = None) -> SepsisMortality:
    """The measure from the results of runs, by site: `{"north": ["results", "visits"]}`, folders that `label` wrote with NHSN's draft.

    A run of hospital stays tells of stays, one of `--stay-kind emergency` or `observation` of visits that led to none. Written to the
    folder `out` if one is given, as tables and a figure. The definition is a draft and not verified, and so is the measure.
    MissingError: no stay with a community-onset event is left.
    """
    counted, excluded, model, values = _fitted(sites)
    died = counted["lost"].to_numpy().astype(float)
    risk = unseen(values, died, counted["person"].to_numpy())
    told = ~np.isnan(risk)
    risk, seen = risk[told], died[told]
    telling = (
        bool(model.chosen) and len(risk) > 0
    )  # without predictors the risk is that of the others, and tells nothing
    intercept, slope = calibration_line(risk, seen) if telling else (None, None)
    groups = by_risk(risk, seen) if len(risk) else []
    found = SepsisMortality(
        ratios=_ratios(counted),
        excluded=excluded,
        model=_described(model, values),
        calibration=pl.DataFrame(
            groups, schema={"stays": pl.Int64, "predicted": pl.Float64, "observed": pl.Float64}, orient="row"
        ),
        intercept=intercept,
        slope=slope,
        auroc=_told(area(risk, seen == 1)) if telling else None,
        verified=PHENOTYPES[EVENT].paper.verified,
        path=None if out is None else as_path(out),
    )
    if out is not None:
        _write(found, as_path(out))
    return found


def expected_deaths(sites: Sites) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The stays of the measure one by one: site, month, stay, `lost` (died or to hospice) and `expected`; and the stays by reason.

    As in `sepsis_mortality`; for groups other than sites. MissingError: no stay with a community-onset event is left.
    """
    counted, excluded, _, _ = _fitted(sites)
    return counted.select("site", "month", "stay", "lost", "expected"), excluded


def _fitted(sites: Sites) -> tuple[pl.DataFrame, pl.DataFrame, Model, np.ndarray]:
    """The stays that count with what is expected of each, the excluded by reason, the model, and the predictors."""
    parts = [_cohort(run) for run in runs_of(sites, EVENT)]
    every = pl.concat([stays for stays, _ in parts])
    kept = every.filter(pl.col("excluded").is_null())
    if kept.is_empty():
        raise MissingError("No stay has a community-onset event that counts.")
    values = pl.concat([found for _, found in parts])[every["excluded"].is_null().arg_true()].to_numpy()
    model = fit(values, kept["lost"].to_numpy().astype(float))
    return kept.with_columns(expected=pl.Series(model.predicted(values))), _excluded(every), model, values


def _cohort(run: Run) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The stays of a run with a community-onset event and why each is left out, and their predictors."""
    events = run.episodes.filter(
        pl.col("definition") == EVENT, pl.col("onset_type") == "community", pl.col("withdrawn").is_null()
    )
    stays = run.stays.join(events.select("stay").unique(), on="stay", how="semi", maintain_order="left")
    zone = run.zone or "UTC"
    places = {place: kind_of_place(PLACES, place) for place in stays["discharged_to"].unique().drop_nulls()}
    place = pl.col("discharged_to").replace_strict(places, default=None, return_dtype=pl.String)
    lost = pl.col("died_in_hospital").fill_null(False) | (place == "hospice").fill_null(False)
    wrong = (
        pl.col("discharged") - pl.col("admitted") > LONGEST,
        (place == "other_hospital").fill_null(False) & ~lost,
        pl.col("discharged_to").is_null() & ~lost,
    )
    told = zip(REASONS, wrong, strict=True)
    why = pl.coalesce(*(pl.when(here).then(pl.lit(reason)) for reason, here in told))
    told = stays.select(
        pl.lit(run.site).alias("site"),
        pl.lit(local_times(stays["discharged"], zone)).dt.strftime("%Y-%m").alias("month"),
        "stay",
        pl.concat_str(pl.lit(run.site), "patient", separator="|").alias("person"),
        lost=lost,
        excluded=why,
    )
    return told, predictors_of(_arrived(run, stays), run.timeline)


def _arrived(run: Run, stays: pl.DataFrame) -> pl.DataFrame:
    """stay, patient, presented, years, sex of these stays, in their order."""
    every = run.timeline.stays.with_columns(persons(run.timeline.stays).alias("person"))
    own = (
        every.join(stays.select("stay"), on="stay", how="semi").with_row_index("sid").with_columns(pid="sid")
    )
    found = own.select("sid", "stay", "patient").join(arrivals(own, every, Calendar(run.zone)), on="sid")
    found = found.with_columns(pl.col("presented").cast(pl.Datetime("us", "UTC")))
    return stays.select("stay").join(found, on="stay", how="left", maintain_order="left")


def _excluded(every: pl.DataFrame) -> pl.DataFrame:
    """reason, stays: those with a community-onset event, those left out by reason, and those that count."""
    rows = [
        ("with a community-onset event", every.height),
        *((reason, int((every["excluded"] == reason).sum())) for reason in REASONS),
        ("in the measure", every["excluded"].null_count()),
    ]
    return pl.DataFrame(rows, schema={"reason": pl.String, "stays": pl.Int64}, orient="row")


def _ratios(counted: pl.DataFrame) -> pl.DataFrame:
    """Observed against expected: of all, of each site, and of each site and month."""
    sums = [pl.len().alias("stays"), pl.col("lost").sum().alias("observed"), pl.col("expected").sum()]
    alone, missing = counted["site"].n_unique() == 1, pl.lit(None, pl.String)
    whole = counted.select(*sums).with_columns(site=missing, month=missing)
    by_site = counted.group_by("site").agg(sums).with_columns(month=missing)
    by_month = counted.group_by("site", "month").agg(sums)
    names = ("site", "month", "stays", "observed", "expected")
    parts = [part.select(names) for part in ([by_site] if alone else [whole, by_site])]
    rows = pl.concat([*parts, by_month.select(names)], how="vertical_relaxed").sort("site", "month")
    told = [(*row, *_ratio(row[3], row[4])) for row in rows.iter_rows()]
    return pl.DataFrame(told, schema=_RATIO, orient="row")


def _ratio(observed: int, expected: float) -> tuple[float | None, float | None, float | None]:
    """The ratio and the ends of its interval; none where too few were expected.

    >>> [round(part, 2) for part in _ratio(10, 8.0)]
    [1.25, 0.6, 2.3]
    """
    if expected < LEAST_EXPECTED:
        return None, None, None
    low, more = 0.0, observed + 1
    if observed:
        low = observed * (1 - 1 / (9 * observed) - 1.96 / (3 * sqrt(observed))) ** 3
    high = more * (1 - 1 / (9 * more) + 1.96 / (3 * sqrt(more))) ** 3
    return observed / expected, low / expected, high / expected


def _described(model: Model, values: np.ndarray) -> pl.DataFrame:
    """Each predictor with its coefficient of a standard deviation, null where it was left out, and the share of stays that have it."""
    place = {column: i for i, column in enumerate(model.chosen)}
    rows: list[tuple] = [("intercept", "", float(model.coefficients[0]), None, None, 1.0)]
    for column, predictor in enumerate(PREDICTORS):
        i = place.get(column)
        own = (
            (None, None, None)
            if i is None
            else (model.coefficients[i + 1], model.mean[i], model.deviation[i])
        )
        measured = float((~np.isnan(values[:, column])).mean())
        rows.append(
            (predictor.name, predictor.title + (", logarithm" if predictor.log else ""), *own, measured)
        )
    names = {"predictor": pl.String, "meaning": pl.String}
    numbers = dict.fromkeys(("coefficient", "mean", "standard_deviation", "measured"), pl.Float64)
    return pl.DataFrame(rows, schema=names | numbers, orient="row")


def _told(value: float) -> float | None:
    """A number, or nothing where it could not be worked out."""
    return None if np.isnan(value) else value


def _write(found: SepsisMortality, out: Path) -> None:
    with whole_folder(out, "measure.json") as folder:
        for name in ("ratios", "excluded", "model", "calibration"):
            getattr(found, name).write_parquet(folder / f"{name}.parquet")
        if can_draw():
            (folder / "mortality.svg").write_text(found.svg, encoding="utf-8")
        (folder / "measure.json").write_text(_account(found), encoding="utf-8")


def _account(found: SepsisMortality) -> str:
    from json import dumps

    about = {
        "measure": "community-onset sepsis standardised mortality",
        "verified": "yes" if found.verified else "no",
        "choices": CHOICES,
        "calibration": {"intercept": found.intercept, "slope": found.slope, "auroc": found.auroc},
        "not_a_medical_device": "For research and teaching. Not a medical device.",
    }
    return dumps(about, indent=1, ensure_ascii=False) + "\n"
