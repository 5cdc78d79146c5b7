"""Phenotypes: whether a stay meets one as an Observation, each episode as a Condition, the risk that its paper states."""

from collections.abc import Mapping

import polars as pl

from opensepsis.uses.export.fhir.names import HL7, UCUM, Source, coded, keys, named, risk_of
from opensepsis.uses.export.json_lines import MORE, Filled, moment, quoted

_NOT_A_DEVICE = "For research and teaching. Not a medical device."
_TOLD = ("suspected", "organ_failure", "shock", "withdrawn")
_NOT_JUDGED = (
    f',"dataAbsentReason":{{"coding":[{{"system":"{HL7}/data-absent-reason","code":"not-performed"}}]}}'
)


def findings(name: str, answers: pl.DataFrame, stays: pl.DataFrame) -> pl.DataFrame:
    """Each stay with what the template of its finding asks for; `answers` has stay, admitted, discharged and a column of this name."""
    found = answers.join(keys(f"{name} met", answers["stay"]), on="stay").join(stays, on="stay")
    value = pl.concat_str(pl.lit(',"valueBoolean":'), pl.col(name).cast(pl.String))
    return found.with_columns(
        json_id=quoted("key"),
        id=pl.col("key"),
        start=moment("admitted"),
        end=moment("discharged"),
        answer=pl.when(pl.col(name).is_not_null()).then(value).otherwise(pl.lit(_NOT_JUDGED)),
    )


def finding(about: dict) -> Mapping:
    """The template of whether a stay meets a phenotype."""
    return {
        "resourceType": "Observation",
        "id": Filled("json_id"),
        "status": "final",
        "category": [coded(f"{HL7}/observation-category", "survey")],
        "code": named(about),
        "subject": Filled("subject"),
        "encounter": Filled("encounter"),
        "effectivePeriod": {"start": Filled("start"), "end": Filled("end")},
        MORE: Filled("answer"),
    }


def conditions(
    name: str, episodes: pl.DataFrame, stays: pl.DataFrame, scored: pl.DataFrame | None
) -> pl.DataFrame:
    """Each episode with what its templates ask for; `scored` are the spans of the score that tells its organ failure."""
    number = pl.int_range(1, pl.len() + 1).over("stay").cast(pl.String)
    found = episodes.sort("stay", "onset").with_columns(number=number).join(stays, on="stay")
    found = found.join(keys(name, stays["stay"]), on="stay").with_columns(
        id=pl.col("key") + "-" + pl.col("number")
    )
    found = _with_basis(found, scored)
    evidence = pl.concat_str(
        pl.lit(',"evidence":[{"detail":[{"reference":'),
        quoted("Observation/" + pl.col("basis")),
        pl.lit("}]}]"),
    )
    refuted = (
        pl.when(pl.col("withdrawn").is_not_null())
        .then(pl.lit('"refuted"'))
        .otherwise(pl.lit('"unconfirmed"'))
    )
    return found.with_columns(
        json_id=quoted("id"),
        risk_id=quoted(pl.col("id") + "-risk"),
        condition=quoted("Condition/" + pl.col("id")),
        began=moment("onset"),
        recorded=moment("known"),
        verification=refuted,
        note=quoted(_words()),
        basis=evidence.fill_null(""),
    )


def _with_basis(found: pl.DataFrame, scored: pl.DataFrame | None) -> pl.DataFrame:
    """The Observation that was valid at the organ failure, in `basis`."""
    if scored is None or not found["organ_failure"].count():
        return found.with_columns(basis=pl.lit(None, pl.String))
    spans = scored.select("stay", "start", "end", basis="id").sort("start")
    at = found.sort("organ_failure").join_asof(
        spans, left_on="organ_failure", right_on="start", by="stay", check_sortedness=False
    )
    inside = pl.col("organ_failure") <= pl.col("end")
    return at.with_columns(basis=pl.when(inside).then("basis")).sort("stay", "onset")


def _words() -> pl.Expr:
    times = [
        pl.concat_str(pl.lit(f"{name.replace('_', ' ')} "), pl.col(name).dt.strftime("%Y-%m-%d %H:%M UTC"))
        for name in _TOLD
    ]
    points = pl.concat_str(pl.lit("score "), pl.col("points").cast(pl.String))
    over = pl.concat_str(pl.lit("over a baseline of "), pl.col("baseline").cast(pl.String))
    kind = pl.concat_str(pl.lit("onset "), pl.col("onset_type"))
    told = [*times, points, over, kind, pl.lit(_NOT_A_DEVICE)]
    return pl.concat_str(told, separator="; ", ignore_nulls=True)


def condition(about: dict) -> Mapping:
    """The template of an episode."""
    return {
        "resourceType": "Condition",
        "id": Filled("json_id"),
        "verificationStatus": {
            "coding": [{"system": f"{HL7}/condition-ver-status", "code": Filled("verification")}]
        },
        "category": [coded(f"{HL7}/condition-category", "encounter-diagnosis")],
        "code": named(about, terminology=True),
        "subject": Filled("subject"),
        "encounter": Filled("encounter"),
        "onsetDateTime": Filled("began"),
        "recordedDate": Filled("recorded"),
        "note": [{"text": Filled("note")}],
        MORE: Filled("basis"),
    }


def stated_risk(about: dict) -> Mapping | None:
    """The template of the risk that the paper of a phenotype states of each episode; None where it states none."""
    risk = risk_of(about["name"])
    if risk is None:
        return None
    percent = {"value": int(risk["percent"]), "unit": "%", "system": UCUM, "code": "%"}
    return {
        "resourceType": "RiskAssessment",
        "id": Filled("risk_id"),
        "status": "final",
        "method": named(about),
        "subject": Filled("subject"),
        "encounter": Filled("encounter"),
        "occurrenceDateTime": Filled("began"),
        "condition": {"reference": Filled("condition")},
        "basis": [{"reference": Filled("condition")}],
        "prediction": [
            {
                "outcome": {"text": risk["display"]},
                "probabilityRange": {"low": percent},
                "rationale": risk["source"],
            }
        ],
    }


def origins(episodes: pl.DataFrame, source: Source) -> pl.DataFrame:
    """stay and entity: the events of the source that the episodes of a stay rest on, as members of a Provenance."""
    each = (
        episodes.explode("evidence")
        .drop_nulls("evidence")
        .select("stay", "evidence")
        .unique(maintain_order=True)
    )
    entity = pl.concat_str(pl.lit('{"role":"source","what":'), source.event("evidence"), pl.lit("}"))
    listed = each.with_columns(entity=entity).group_by("stay").agg(pl.col("entity").str.join(","))
    return listed.with_columns(entity=pl.concat_str(pl.lit(',"entity":['), "entity", pl.lit("]")))
