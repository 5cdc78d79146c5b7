"""The NHSN draft's worked patients, told in a line each."""

import csv
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

import opensepsis
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.rules import Kind

DRAFT = "adult_sepsis_event:nhsn_draft"
DAY_BEFORE = datetime(2026, 2, 28, tzinfo=UTC)  # so that day 1 is 1 March
MOMENT = r"D(-?\d+)(?:\.(\d\d):(\d\d))?"
WORD = re.compile(rf"(\w+)@{MOMENT}(?:-D(\d+))?(?:\.\.{MOMENT})?(?:=([\d.]+))?(?:/(\S+))?$")


def typed(name: str) -> list[dict]:
    with open(Path(__file__).parents[1] / "papers" / "nhsn" / f"{name}.csv", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


CASES = typed("sepsis")


def at(day: str, hour: str | None, minute: str | None) -> datetime:
    """A moment of a day of the story; noon where no hour is told."""
    return DAY_BEFORE + timedelta(days=int(day), hours=int(hour or 12), minutes=int(minute or 0))


def rows(typed: str) -> list[dict]:
    """`concept@D1.10:00..D2.10:00=value/text` as rows; `@D1-D4` is once a day on each of them."""
    found = []
    for word in typed.split():
        name, day, hour, minute, last, *end, value, text = WORD.match(word).groups()
        lasting = name in CONCEPTS and CONCEPTS[name].kind is Kind.INTERVAL
        for each in range(int(day), int(last or day) + 1):
            found.append(
                {
                    "concept": name,
                    "time": at(str(each), hour, minute),
                    "end": at(*end) if end[0] else None,
                    "value": float(value) if value else None,
                    "text": text and (text if "|" in text else text.replace("_", " ")),
                }
            )
        assert not lasting or found[-1]["end"], word
    return found


def stays(case: dict) -> list[dict]:
    """The stays of a case, each with its patient."""
    return [
        {
            "patient": case["case"],
            "stay": f"{case['case']} {number}",
            "kind": row["concept"],
            "admitted": row["time"],
            "discharged": row["end"],
            "age": 60.0,
            "sex": case["sex"] or None,
            "discharged_to": row["text"],
        }
        for number, row in enumerate(rows(case["stays"]))
    ]


def told_of(case: dict, definition: str, found: pl.DataFrame) -> str:
    """The type and the day of the story of each event of a case."""
    mine = found.filter(pl.col("patient") == case["case"], pl.col("definition") == definition).sort("onset")
    return " ".join(
        f"{kind} D{(onset - DAY_BEFORE).days}"
        for onset, kind in mine.select("onset", "onset_type").iter_rows()
    )


def labelled(cases: list[dict], *definitions: str) -> pl.DataFrame:
    """The events of cases, found in hospital stays and in visits by themselves."""
    every = [stay for case in cases for stay in stays(case)]
    events = [{"patient": case["case"], **row} for case in cases for row in rows(case["events"])]
    frames = pl.DataFrame(every, infer_schema_length=None), pl.DataFrame(events, infer_schema_length=None)
    labels = [
        opensepsis.label(stays=frames[0], events=frames[1], definitions=list(definitions), stay_kind=kind)
        for kind in ("hospital", "emergency")
    ]
    return pl.concat([found.episodes for found in labels])
