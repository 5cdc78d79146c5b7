"""Scores as Observations, one for each span of hours over which the points stay the same, and their bands as RiskAssessments."""

from collections.abc import Mapping
from itertools import pairwise

import polars as pl

from opensepsis.rules import Score
from opensepsis.uses.export.fhir.names import HL7, ROW, UCUM, coded, keys, named
from opensepsis.uses.export.json_lines import MORE, Filled, moment, quoted

POINTS = {"unit": "points", "system": UCUM, "code": "{score}"}

_SURVEY = coded(f"{HL7}/observation-category", "survey")


def spans(hours: pl.DataFrame, told: list[str], stays: pl.DataFrame, definition: str) -> pl.DataFrame:
    """stay, key, subject, encounter, start, end, id and `told` of each span over which these do not change, where the first is known."""
    ordered = hours.select("stay", "time", *told).sort("stay", "time")
    changed = pl.any_horizontal(pl.col("stay", *told).ne_missing(pl.col("stay", *told).shift()))
    whole = ordered.with_columns(span=changed.cum_sum())
    found = whole.group_by("span", maintain_order=True).agg(
        pl.col("stay", *told).first(), start=pl.col("time").first(), end=pl.col("time").last()
    )
    found = found.filter(pl.col(told[0]).is_not_null()).drop("span")
    found = found.join(keys(definition, stays["stay"]), on="stay").join(
        stays, on="stay", maintain_order="left"
    )
    return found.with_columns(id=pl.col("key") + pl.col("start").dt.strftime("-%Y%m%d%H%M%S"))


def observations(score: Score, hours: pl.DataFrame, stays: pl.DataFrame) -> pl.DataFrame:
    """The spans of a score, with what the template asks for."""
    rows = [row.name for row in score.rows]
    found = spans(hours, ["total", *(c for row in rows for c in (row, f"{row}_basis"))], stays, score.name)
    return found.with_columns(
        _effective(), pl.col("total").cast(pl.String), *(_points(row) for row in rows), json_id=quoted("id")
    )


def _effective() -> pl.Expr:
    one = pl.concat_str(pl.lit(',"effectiveDateTime":'), moment("start"))
    several = pl.concat_str(
        pl.lit(',"effectivePeriod":{"start":'), moment("start"), pl.lit(',"end":'), moment("end"), pl.lit("}")
    )
    return pl.when(pl.col("start") == pl.col("end")).then(one).otherwise(several).alias("effective")


def _points(row: str) -> pl.Expr:
    """The points of a row as members of a component, with their basis where they were not observed."""
    points = pl.concat_str(
        pl.lit(',"valueQuantity":{"value":'),
        pl.col(row).cast(pl.String),
        pl.lit(f',"unit":"{POINTS["unit"]}","system":"{UCUM}","code":"{POINTS["code"]}"}}'),
    )
    basis = pl.concat_str(pl.lit(',"interpretation":[{"text":'), quoted(f"{row}_basis"), pl.lit("}]"))
    points = pl.when(pl.col(f"{row}_basis") == "observed").then(points).otherwise(points + basis)
    absent = f',"dataAbsentReason":{{"coding":[{{"system":"{HL7}/data-absent-reason","code":"unknown"}}]}}'
    return pl.when(pl.col(row).is_not_null()).then(points).otherwise(pl.lit(absent)).alias(f"{row}_points")


def observation(score: Score, about: dict) -> Mapping:
    """The template of a span of a score."""
    components = [
        {
            "code": {"coding": [{"system": ROW, "code": row.name, "display": row.title}]},
            MORE: Filled(f"{row.name}_points"),
        }
        for row in score.rows
    ]
    return {
        "resourceType": "Observation",
        "id": Filled("json_id"),
        "status": "final",
        "category": [_SURVEY],
        "code": named(about),
        "subject": Filled("subject"),
        "encounter": Filled("encounter"),
        "valueQuantity": {"value": Filled("total"), **POINTS},
        "component": components,
        MORE: Filled("effective"),
    }


def assessments(score: Score, hours: pl.DataFrame, stays: pl.DataFrame) -> pl.DataFrame:
    """The spans over which the total of a score lies in one of its bands, with what the template asks for."""
    band = pl.lit(None, pl.String)
    for name, least in sorted(score.bands.items(), key=lambda pair: pair[1]):
        band = pl.when(pl.col("total") >= least).then(pl.lit(name)).otherwise(band)
    found = spans(hours.with_columns(band=band), ["band"], stays, f"{score.name} risk")
    least = pl.col("band").replace_strict(dict(score.bands), return_dtype=pl.Int64).cast(pl.String)
    period = _effective().str.replace(',"effective', ',"occurrence', literal=True).alias("occurrence")
    return found.with_columns(
        period, json_id=quoted("id"), risk=quoted("band"), rationale=quoted(_range_of(score, least))
    )


def _range_of(score: Score, least: pl.Expr) -> pl.Expr:
    """In words, which totals a band has."""
    ordered = sorted(score.bands.values())
    words = {str(low): f"a total of {low} to {high - 1}" for low, high in pairwise(ordered)}
    words |= {str(ordered[-1]): f"a total of {ordered[-1]} or more"}
    return least.replace_strict(words, return_dtype=pl.String)


def assessment(about: dict) -> Mapping:
    """The template of a span in a band."""
    return {
        "resourceType": "RiskAssessment",
        "id": Filled("json_id"),
        "status": "final",
        "method": named(about),
        "subject": Filled("subject"),
        "encounter": Filled("encounter"),
        "prediction": [{"qualitativeRisk": {"text": Filled("risk")}, "rationale": Filled("rationale")}],
        MORE: Filled("occurrence"),
    }
