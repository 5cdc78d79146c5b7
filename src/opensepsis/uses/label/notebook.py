"""How results show themselves: short in a console, with a table and a small picture in a notebook."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import polars as pl

from opensepsis.counted import counted
from opensepsis.uses.pages import can_draw

if TYPE_CHECKING:
    from opensepsis.uses.label.labels import Labels

FIRST = 5  # rows
_COLUMNS = 8
_BAR = 200


def as_text(labels: Labels) -> str:
    """Counts and the first stays in a few lines."""
    run = labels.run
    lines = [f"Labels of {_stays(run)} ({_where(labels)})"]
    lines += [f"  {name:<28} {shown}" for name, shown, _ in _found(run)]
    lines += [
        f"  {name:<28} {counted(hours, 'hour')}, {known:.1%} known" for name, hours, known in _hours(run)
    ]
    columns = [name for name in ("stay", "admitted", "discharged") if name in labels.stays.columns]
    with pl.Config(tbl_rows=FIRST, tbl_cols=_COLUMNS, tbl_hide_dataframe_shape=True):
        lines.append(str(labels.stays.select(columns).head(FIRST)))
    return "\n".join([*lines, run["not_a_medical_device"]])


def as_html(labels: Labels) -> str:
    """Counts, the first stays and a picture of how many stays have each definition."""
    run, stays = labels.run, labels.stays
    head = f"<strong>Labels of {escape(_stays(run))}</strong>"
    hours = "".join(
        f"<tr><td>{escape(name)}</td><td>{count:,}</td><td>{known:.1%}</td></tr>"
        for name, count, known in _hours(run)
    )
    scores = f"<table><tr><th>score</th><th>hours</th><th>known</th></tr>{hours}</table>" if hours else ""
    with pl.Config(tbl_cols=_COLUMNS):
        rows = stays.head(FIRST)._repr_html_()
    return f"<div>{head}{_picture(run)}{scores}{rows}<p>{escape(run['not_a_medical_device'])}</p></div>"


def _stays(run: dict) -> str:
    return counted(run["stays"]["labelled"], f"{run['stays']['kind']} stay")


def _where(labels: Labels) -> str:
    return "in memory" if labels.path is None else str(labels.path)


def _found(run: dict) -> list[tuple[str, str, float | None]]:
    """Each phenotype with its count in words and its share of the stays that were judged."""
    found = []
    for name, count in run["found"].items():
        judged = run["judged"][name]
        share = count / judged if judged else None
        shown = "not judged" if share is None else f"{count:,} of {judged:,} ({share:.1%})"
        found.append((name, shown, share))
    return found


def _hours(run: dict) -> list[tuple[str, int, float]]:
    return [(name, of["hours"], of["known"] / max(of["hours"], 1)) for name, of in run["hours"].items()]


def _picture(run: dict) -> str:
    """The share of the judged stays with each phenotype: bars, or a table where the extra `report` is not installed."""
    found = _found(run)
    if not found:
        return ""
    if not can_draw():
        rows = "".join(
            f"<tr><td>{escape(name)}</td><td>{escape(shown)}</td></tr>" for name, shown, _ in found
        )
        return f"<table><tr><th>definition</th><th>stays</th></tr>{rows}</table>"
    from opensepsis.uses.pages.charts import bars

    schema = {"definition": pl.String, "stays": pl.String, "share": pl.Float64}
    return bars(pl.DataFrame(found, schema, orient="row"), "definition", "share", "stays", _BAR)
