"""Patients told in one line each, through the whole of `label`: at least three for every definition.

Hours count from admission, which is midnight; a story may begin like another.
"""

import csv
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

import opensepsis
from opensepsis.definitions import CLOCKS, PHENOTYPES, SCORES
from opensepsis.definitions.concepts import CONCEPTS
from tests.support.typed import events, moment

HERE = Path(__file__).parent / "stories"
ADMITTED = datetime(1970, 1, 1, tzinfo=UTC)
KINDS = {"with", "without", "missing"}
NAMED = sorted(
    {n for n in [*SCORES, *PHENOTYPES, *CLOCKS] if ":" not in n} | {"sepsis3:sofa2", "septic_shock:sofa2"}
)


def read(name: str) -> list[dict]:
    with open(HERE / name, encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


STORIES = {row["story"]: row for row in read("patients.csv")}
EXPECTED = read("expected.csv")


def at(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else ADMITTED + timedelta(microseconds=microseconds)


def stay(story: dict) -> dict:
    born = at(moment(story["born_hour"]))
    return {
        "patient": story["story"],
        "stay": story["story"],
        "admitted": ADMITTED,
        "discharged": at(moment(story["hours"])),
        "born": born and born.date(),
        "age": None if born else float(story["age"]),
        "discharged_to": "HOME",
    }


def rows(story: dict) -> list[dict]:
    like = STORIES.get(story["like"])
    return [
        {
            "patient": story["story"],
            "concept": e.concept,
            "time": at(e.time),
            "end": at(e.end),
            "known": at(e.known),
            "value": e.value,
            "unit": CONCEPTS[e.concept].unit or None,
            "text": e.text,
            "origin": e.origin,
        }
        for e in events(f"{like['events'] if like else ''} {story['events']}")
    ]


@pytest.fixture(scope="module")
def labels(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stories")
    pl.DataFrame([stay(s) for s in STORIES.values()], infer_schema_length=None).write_parquet(
        folder / "stays.parquet"
    )
    told = [row for story in STORIES.values() for row in rows(story)]
    pl.DataFrame(told, infer_schema_length=None).write_parquet(folder / "events.parquet")
    return opensepsis.label("csv", folder, variants=True)


@pytest.mark.parametrize("case", EXPECTED, ids=lambda c: f"{c['story']}: {c['definition']} {c['column']}")
def test_story(case, labels):
    name, column, expected = case["definition"], case["column"], case["expected"]
    mine = pl.col("stay") == case["story"]
    if name in SCORES:
        tick = labels.scores[name].filter(mine, pl.col("time") == at(moment(case["hour"])))
        assert tick[column].to_list() == [None if expected == "?" else int(expected)]
        return
    found = labels.clocks if name in CLOCKS else labels.episodes
    found = found.filter(mine, pl.col("clock" if name in CLOCKS else "definition") == name)
    if column == "present":
        assert (found.height > 0) == (expected == "true"), found
    elif name in CLOCKS:
        trigger, _, task = column.partition(":")
        asked = found.filter(trigger=trigger, task=task)
        assert asked["state"].to_list()[:1] == [expected], found.select(
            "trigger", "task", "time_zero", "state", "reason"
        )
    else:
        assert found.sort("onset")[column].to_list()[0] == at(moment(expected))


def test_every_definition_has_three_stories_and_one_where_missing_data_decides():
    stories, kinds = defaultdict(set), defaultdict(set)
    for case in EXPECTED:
        stories[case["definition"]].add(case["story"])
        kinds[case["definition"]].add(case["kind"])
    few = {name: len(stories[name]) for name in NAMED if len(stories[name]) < 3}
    assert not few
    one_sided = {name: sorted(KINDS - kinds[name]) for name in NAMED if KINDS - kinds[name]}
    assert not one_sided
