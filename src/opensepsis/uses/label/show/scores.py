"""The scores of a stay hour by hour: points, on what they rest, the cell that decided, and what was known at each hour."""

from collections.abc import Iterator
from tempfile import TemporaryDirectory

import polars as pl

from opensepsis.data.timeline.one_patient import OnePatient
from opensepsis.data.timeline.timeline import read_timeline
from opensepsis.data.timeline.writer import write_timeline
from opensepsis.docgen.pages import joint_text
from opensepsis.engine.live.bedside import Bedside
from opensepsis.engine.live.explain import reasons_of
from opensepsis.rules import CompositeRow, Row, Score
from opensepsis.uses.label.labels import Labels, timeline_of
from opensepsis.uses.label.show.chart import second

BASIS_LETTERS = {"observed": "o", "carried": "c", "assumed": "a", "at least": "l", "not known": "n"}


def table(score: Score) -> list[dict]:
    """The rows of a score's table: each part with the condition of every cell in words."""
    return [
        {
            "name": row.name,
            "title": row.title[:1].upper() + row.title[1:],
            "parts": [
                {
                    "joint": joint_text(row, number),
                    "cells": {
                        str(points): str(condition) for points, condition in sorted(part.cells.items())
                    },
                }
                for number, part in enumerate(row.parts)
            ],
        }
        for row in score.rows
    ]


def highest(row: Row | CompositeRow) -> int:
    """The most points a row can give."""
    return row.highest if isinstance(row, CompositeRow) else max(row.cells)


def hours(frame: pl.DataFrame, score: Score, start: int) -> dict:
    """Seconds, totals and points by row of a stay's hours; null is not known."""
    return {
        "times": [second(time, start) for time in frame["time"].to_physical()],
        "total": frame["total"].to_list(),
        "known": frame["rows_known"].to_list(),
        "points": {row.name: frame[row.name].to_list() for row in score.rows},
        "basis": {
            row.name: "".join(BASIS_LETTERS.get(b or "", "n") for b in frame[f"{row.name}_basis"].to_list())
            for row in score.rows
        },
    }


def reasons(bedside: Bedside, score: Score, frame: pl.DataFrame, start: int) -> dict[str, list]:
    """For each row what decided it, at every hour at which its points or their basis changed: [hour, words, second, origins]."""
    told: dict[str, list] = {row.name: [] for row in score.rows}
    before: dict[str, object] = {}
    columns = {row.name: frame.select(row.name, f"{row.name}_basis").rows() for row in score.rows}
    for number, time in enumerate(frame["time"].to_physical()):
        changed = [row for row in score.rows if before.get(row.name) != columns[row.name][number]]
        for reason in reasons_of(bedside, score, changed, time) if changed else ():
            at = None if reason.time is None else second(round(reason.time.timestamp() * 1e6), start)
            told[reason.row].append([number, reason.words, at, list(reason.origins)])
        before |= {row.name: columns[row.name][number] for row in changed}
    return told


def other_reading(labels: Labels, stay: dict, scores: list[Score]) -> Iterator[tuple[str, pl.DataFrame]]:
    """The same scores of the stay by the other reading of time: as they were known where the run looked back, else looking back."""
    from opensepsis.uses.label.pipeline import label

    one = OnePatient(read_timeline(timeline_of(labels)), stay["patient"])
    with TemporaryDirectory(prefix="opensepsis-") as folder:
        write_timeline(one, f"{folder}/timeline")
        again = label(
            "timeline",
            f"{folder}/timeline",
            stay_kind=stay["kind"],
            definitions=[score.name for score in scores],
            as_known=not labels.run["as_known"],
        )
        for score in scores:
            yield score.name, again.scores[score.name].filter(pl.col("stay") == stay["stay"])
