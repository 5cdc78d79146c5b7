"""The blocks of rows in which a patient has events: what is read by them is what a search of every row finds."""

from datetime import UTC, datetime

import polars as pl
import pytest

from opensepsis.data.schema import EVENTS
from opensepsis.data.timeline import blocks
from opensepsis.data.timeline.blocks import blocks_of, events_of, write_blocks

START = datetime(2026, 1, 1, tzinfo=UTC)


def events(patients: list[str]) -> pl.DataFrame:
    """An event for each name, of two concepts in turn."""
    rows = {
        "patient": patients,
        "concept": [("lactate", "platelets")[n % 2] for n in range(len(patients))],
        "time": [START] * len(patients),
        "value": list(map(float, range(len(patients)))),
    }
    return pl.DataFrame(rows | dict.fromkeys(EVENTS.keys() - rows.keys()), schema=EVENTS)


@pytest.mark.parametrize(
    "parts",
    [
        [["a"] * 9 + ["b"] * 2 + ["a"]],
        [["a"] * 3, ["b"] * 10 + ["c"], ["c", "a"]],
        [[], ["c"] * 25],
        [["a"] + ["b"] * 40 + ["a"] * 2 + ["b"] * 13 + ["a"]],  # far apart, and near
        [["a", "b", "c"] * 7, ["b"]],
    ],
)
@pytest.mark.parametrize("asked", [["a"], ["b", "c"], ["nobody"], ["a", "b", "c"]])
def test_events_of_a_few_patients_are_those_of_a_search(parts, asked, tmp_path, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK", 4)
    first, told = 0, []
    for number, part in enumerate(map(events, parts)):
        part.write_parquet(tmp_path / f"{number}.parquet")
        told.append(blocks_of(part["patient"], first))
        first += part.height
    write_blocks(tmp_path / "blocks" / "shard.parquet", told)
    there = pl.scan_parquet(sorted(tmp_path.glob("*.parquet")))
    patients = pl.Series("patient", asked)
    found, searched = (
        events_of(there, patients, ["platelets"], tmp_path / "blocks" / name)
        for name in ("shard.parquet", "none")
    )
    wanted = pl.col("patient").cast(pl.String).is_in(asked) & (pl.col("concept") == "platelets")
    assert found.equals(there.filter(wanted).collect()) and searched.equals(found)


def test_where_patients_take_turns_at_every_row_no_blocks_are_told(tmp_path, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK", 4)
    turns = events(["a", "b"] * 30)
    told = [blocks_of(turns["patient"]), blocks_of(events(["a"] * 40)["patient"], 60)]
    assert told[0] is None and told[1] is not None
    write_blocks(tmp_path / "shard.parquet", told)
    assert not (tmp_path / "shard.parquet").exists()
