"""A made-up hospital of four months and two wards, small but whole; and faults to plant in it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import polars as pl

import opensepsis

_STAYS, _HOURS, _MONTHS = 240, 24, 4
_EVERY = {  # hours between values, median, spread
    "heart_rate": (3, 88, 12), "respiratory_rate": (3, 19, 4), "systolic_pressure": (3, 118, 14), "mean_pressure": (3, 80, 10),
    "temperature": (6, 37.1, 0.5), "spo2": (3, 96, 1.5), "gcs_total": (6, 14, 0.5), "fio2": (6, 0.4, 0.05), "pao2": (12, 95, 15),
    "creatinine": (12, 1.1, 0.3), "bilirubin": (12, 0.9, 0.3), "platelets": (12, 210, 60), "lactate": (12, 1.6, 0.5),
}  # fmt: skip


def stays() -> pl.DataFrame:
    """240 stays in intensive care, sixty a month; every sixth patient dies."""
    dice, rows = Random(1), []
    for number in range(_STAYS):
        admitted = datetime(
            2026, 1 + number * _MONTHS // _STAYS, 1 + number % 26, dice.randrange(24), 17, tzinfo=UTC
        )
        left = admitted + timedelta(hours=_HOURS)
        rows.append(
            {"patient": f"p{number}", "stay": f"s{number}", "admitted": admitted, "discharged": left, "age": float(dice.randrange(30, 90)),
             "sex": dice.choice("FM"), "kind": "icu", "died": left if number % 6 == 0 else None, 
             "discharged_to": "died" if number % 6 == 0 else "home"}
        )  # fmt: skip
    return pl.DataFrame(rows)


def events() -> pl.DataFrame:
    """Vital signs and laboratory of every stay; a third is infected, and has low platelets and a low pressure."""
    dice, rows = Random(2), []
    for number, admitted in enumerate(stays()["admitted"]):
        ill = number % 3 == 0
        for concept, (every, median, spread) in _EVERY.items():
            worse = 0.4 if ill and concept in ("platelets", "mean_pressure") else 1.0
            for hour in range(0, _HOURS, every):
                value = max(median * worse + dice.gauss(0, spread), median * 0.2)
                rows.append(
                    (
                        f"p{number}",
                        concept,
                        admitted + timedelta(hours=hour, minutes=dice.randrange(5)),
                        round(value, 2),
                        None,
                    )
                )
        if ill:
            rows.append((f"p{number}", "antibiotic", admitted + timedelta(hours=4), None, "ceftriaxone|IV"))
            rows.append((f"p{number}", "culture", admitted + timedelta(hours=3), 0.0, "blood"))
    schema = {
        "patient": pl.String,
        "concept": pl.String,
        "time": pl.Datetime("us", "UTC"),
        "value": pl.Float64,
        "text": pl.String,
    }
    highest = pl.col("concept").replace_strict(
        {"spo2": 100.0, "gcs_total": 15.0}, default=None, return_dtype=pl.Float64
    )
    whole = pl.when(pl.col("concept") == "gcs_total").then(pl.col("value").round()).otherwise("value")
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(
        value=pl.min_horizontal(whole, highest)
    )


def of(concept: str) -> pl.Expr:
    """The rows of a concept."""
    return pl.col("concept") == concept


def in_month(month: int) -> pl.Expr:
    """The rows of a month."""
    return pl.col("time").dt.month() == month


def times(factor: float, where: pl.Expr):
    """The events with their values multiplied where it holds."""
    return events().with_columns(value=pl.when(where).then(pl.col("value") * factor).otherwise("value"))


def label(out: Path, events_of: pl.DataFrame, stays_of: pl.DataFrame | None = None, **more) -> Path:
    """The folder of results of these frames."""
    opensepsis.label(
        stays=stays() if stays_of is None else stays_of, events=events_of, out=out, definitions="sofa,news2,sepsis3,septic_shock",
        stay_kind="icu", max_rejected_rows=1, **more,
    )  # fmt: skip
    return out


def wards(out: Path) -> Path:
    """A file that says of every stay in which of two wards it was."""
    stays().select(
        "stay",
        ward=pl.when(pl.col("stay").str.slice(1).cast(pl.Int64) % 2 == 0)
        .then(pl.lit("A"))
        .otherwise(pl.lit("B")),
    ).write_csv(out)
    return out
