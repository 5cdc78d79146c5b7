"""The example hospital, told as stories and answered by hand: what `label` writes must be that, to the hour."""

import csv
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

import opensepsis
from tests.support.hospitals.example import HOSPITAL, labelled

HERE = Path(__file__).parent


def rows(name: str) -> list[dict]:
    with open(HERE / name, encoding="utf-8") as lines:
        return list(csv.DictReader(line for line in lines if not line.startswith("#")))


@pytest.fixture(scope="session")
def labels(tmp_path_factory):
    return {kind: opensepsis.read_labels(labelled(tmp_path_factory, kind)) for kind in ("hospital", "icu")}


def kind(stay: str) -> str:
    return "icu" if stay.endswith("-icu") else "hospital"


def moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


@pytest.mark.parametrize("row", rows("expected.csv"), ids=lambda r: f"{r['stay']} {r['definition']}")
def test_episode(row, labels):
    found = labels[kind(row["stay"])].episodes.filter(
        (pl.col("stay") == row["stay"]) & (pl.col("definition") == row["definition"])
    )
    assert (found.height > 0) == (row["present"] == "true")
    if found.height:
        first = found.sort("onset").row(0, named=True)
        for column in ("suspected", "organ_failure", "onset", "shock"):
            assert first[column] == moment(row[column]), column
        assert first["evidence"]


@pytest.mark.parametrize("stay, score", dict.fromkeys((r["stay"], r["score"]) for r in rows("scores.csv")))
def test_score(stay, score, labels):
    ticks = labels[kind(stay)].scores[score].filter(pl.col("stay") == stay)
    told = {tick["time"]: tick for tick in ticks.iter_rows(named=True)}
    assert len(told) == ticks.height
    asked = [r for r in rows("scores.csv") if (r["stay"], r["score"]) == (stay, score)]
    wrong = [
        (row["time"], row["column"], row["expected"])
        for row in asked
        if told[moment(row["time"])][row["column"]]
        != (None if row["expected"] == "?" else int(row["expected"]))
    ]
    assert asked and not wrong


def test_as_known_sees_corrections_only_when_they_come():
    known = opensepsis.label("csv", HOSPITAL, definitions="sofa", as_known=True).scores["sofa"]
    final = opensepsis.label("csv", HOSPITAL, definitions="sofa").scores["sofa"]
    corrected = (pl.col("patient") == "P07") & (pl.col("time") == datetime(2025, 3, 24, 12, tzinfo=UTC))
    assert known.filter(corrected)["coagulation"].item() != final.filter(corrected)["coagulation"].item()
