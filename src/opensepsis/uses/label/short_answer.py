"""The short answer of `opensepsis why`: whether, since when, on which facts, and what is missing."""

from collections.abc import Callable
from datetime import datetime

import polars as pl

from opensepsis.engine.live.bedside import Bedside, moment
from opensepsis.engine.live.explain import Reason, at_bedside
from opensepsis.rules import CriteriaMet, Phenotype, Score, scores_of
from opensepsis.uses.label.labels import Labels

Definition = Score | Phenotype
BedsideAt = Callable[[datetime], Bedside]  # with what the run could use at a moment


def short_answer(
    labels: Labels, stay: str, definitions: list[Definition], bedside_at: BedsideAt
) -> list[str]:
    """For each definition whether it was met, when, the facts that decided it, and the rows that are not known."""
    lines: list[str] = []
    left: dict[str, list[str]] = {"Not met": [], "Not judged": []}
    judged = labels.stays.filter(pl.col("stay") == stay).row(0, named=True)
    for definition in definitions:
        if isinstance(definition, Score):
            told = _of_score(labels, stay, definition, bedside_at)
        else:
            told = _of_phenotype(labels, stay, definition, bedside_at)
        if told:
            lines += [*told, ""]
        else:
            met = judged.get(definition.name)
            left["Not judged" if met is None else "Not met"].append(definition.name)
    return lines + [
        line for said, names in left.items() if names for line in (f"{said}: {', '.join(names)}.", "")
    ]


def times_of(phenotype: Phenotype, episode: dict) -> list[str]:
    """The times that an episode is based on, each with its name."""
    failure = (
        "criteria met" if isinstance(phenotype, CriteriaMet) else "organ failure"
    )  # SIRS is no organ failure
    names = {"suspected": "suspected", "organ_failure": failure, "shock": "shock", "withdrawn": "withdrawn"}
    return [f"{said} {episode[name]:%Y-%m-%d %H:%M}" for name, said in names.items() if episode[name]]


def _of_phenotype(labels: Labels, stay: str, phenotype: Phenotype, bedside_at: BedsideAt) -> list[str]:
    if not labels.episodes.height:
        return []
    found = labels.episodes.filter(pl.col("stay") == stay, pl.col("definition") == phenotype.name).sort(
        "onset"
    )
    if found.is_empty():
        return []
    first = found.row(0, named=True)
    more = f" ({found.height} episodes)" if found.height > 1 else ""
    known = f", known {first['known']:%Y-%m-%d %H:%M}" if first["known"] else ""
    lines = [f"{phenotype.title} ({phenotype.name}): yes, since {first['onset']:%Y-%m-%d %H:%M}{known}{more}"]
    steps = times_of(phenotype, first)
    lines += [f"    {'; '.join(steps)}"] if steps else []
    at = first["organ_failure"] or first["onset"]
    for score in scores_of(phenotype):
        lines += _facts(at_bedside(bedside_at(at), score, moment(at)), score)
    return lines + ([f"    evidence: {', '.join(first['evidence'])}"] if first["evidence"] else [])


def _of_score(labels: Labels, stay: str, score: Score, bedside_at: BedsideAt) -> list[str]:
    hours = labels.scores[score.name].filter(pl.col("stay") == stay).drop_nulls("total")
    if hours.is_empty():
        return []
    worst = hours.sort(["total", "time"], descending=[True, False]).row(0, named=True)
    of = f"{worst['rows_known']} of {len(score.rows)} rows known"
    lines = [
        f"{score.title} ({score.name}): highest {worst['total']} at {worst['time']:%Y-%m-%d %H:%M} ({of})"
    ]
    return lines + _facts(at_bedside(bedside_at(worst["time"]), score, moment(worst["time"])), score)


def _facts(reasons: list[Reason], score: Score) -> list[str]:
    """The rows that gave points, each with its deciding fact, then those that are not known."""
    titles = {row.name: row.title for row in score.rows}
    lines = [f"    {titles[r.row]} {r.points}: {r.words}{_when(r)}" for r in reasons if r.points]
    missing = [titles[r.row] for r in reasons if r.points is None]
    return lines + ([f"    not known then: {', '.join(missing)}"] if missing else [])


def _when(reason: Reason) -> str:
    at = "" if reason.time is None else f", {reason.time:%Y-%m-%d %H:%M}"
    return at + (f" ({', '.join(reason.origins)})" if reason.origins else "")
