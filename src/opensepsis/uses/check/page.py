"""The page of a check: what was noticed, then the tables it rests on. Never a value or a name of a patient."""

from dataclasses import dataclass

import polars as pl

from opensepsis.counted import counted
from opensepsis.uses.check.bounds import bounds
from opensepsis.uses.check.notices import Notice
from opensepsis.uses.check.results import Results

_LISTED = 200
_SHOWN = 10  # stays: a smaller group may be one person
_CAUTION = (
    "A notice does not prove a fault, and the absence of notices does not prove that there is none. Each notice says what was "
    "found and what is plausible in any hospital."
)


@dataclass(frozen=True)
class Tables:
    """What the notices rest on: rates of definitions, shares not known, values and volumes of concepts."""

    rates: pl.DataFrame
    known: pl.DataFrame
    values: pl.DataFrame
    volumes: pl.DataFrame


def page(results: Results, notices: tuple[Notice, ...], tables: Tables) -> str:
    """The page in Markdown."""
    run = results.run
    told = [f"* {one.line}" for one in notices[:_LISTED]]
    if len(notices) > _LISTED:
        told.append(f"* … and {len(notices) - _LISTED:,} more.")
    rates = tables.rates.filter(pl.col("judged") >= _SHOWN).with_columns(
        share=(pl.col("found") / pl.col("judged")).round(3)
    )
    overall = tables.known.filter(pl.col("group") == "")
    parts = [
        "# Are these results plausible?",
        f"{counted(run['stays']['labelled'], f'{results.kind} stay')} of the source {run['source']['kind']}, read by opensepsis "
        f"{run['opensepsis']}, by {', '.join(results.groups)}.",
        f"## {len(notices):,} notice{'s' * (len(notices) > 1)}" if notices else "## No notice",
        *(["\n".join(told)] if told else []),
        _CAUTION,
        f"## Rates of the definitions (groups of {_SHOWN} stays or more)",
        _table(rates),
        "## Share of hours in which a row is not known",
        _table(overall.select("score", "row", "hours", pl.col("share").round(3))),
        "## Values",
        _table(tables.values.with_columns(pl.col(pl.Float64).round(4))),
        "## Rows for each day of a stay",
        _table(tables.volumes.with_columns(pl.col("per_day").round(2))),
        "## Bounds",
        _table(_bounds()),
        "For research and teaching. Not a medical device.",
    ]
    return "\n\n".join(parts) + "\n"


def _bounds() -> pl.DataFrame:
    told = [one for one in bounds() if one.lowest is not None or one.highest is not None]
    rows = [
        (one.check, one.name, one.kind, str(one), one.reason, "yes" if one.verified else "no") for one in told
    ]
    names = ["check", "of", "kind of stay", "plausible", "why", "verified"]
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")


def _table(frame: pl.DataFrame) -> str:
    head = f"| {' | '.join(frame.columns)} |\n|{' --- |' * frame.width}"
    lines = [
        " | ".join("" if cell is None else str(cell).replace("|", "\\|") for cell in row)
        for row in frame.iter_rows()
    ]
    return "\n".join([head, *(f"| {line} |" for line in lines)])
