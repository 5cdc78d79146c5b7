"""Patients over time, typed from the papers, through both engines."""

import csv
from collections import defaultdict
from pathlib import Path

import pytest

from opensepsis.definitions import DEFINITIONS, SCORES
from opensepsis.engine.live.chart import Event
from tests.parity.episodes import batch_episodes, live_episodes
from tests.parity.tables import batch_points, live_points

HERE = Path(__file__).parent


def read(name: str) -> list[dict]:
    found = []
    for folder in ("timelines", "timelines_organs", "timelines_support"):
        with open(HERE / folder / name, encoding="utf-8") as lines:
            found += csv.DictReader(lines)
    return found


def moment(hour: str) -> int | None:
    """Hours after admission as microseconds, to the whole second."""
    return None if hour == "" else round(float(hour) * 3600) * 1_000_000


def events() -> dict[str, list[Event]]:
    found = defaultdict(list)
    for row in read("events.csv"):
        time, known = moment(row["hour"]), moment(row["known_hour"])
        known = time if known is None else known
        value = float(row["value"]) if row["value"] else None
        text, origin = row["text"] or None, row["origin"] or None
        origin = origin or "lab"  # a later-known row for the same moment corrects the earlier one
        found[row["case"]].append(
            Event(row["concept"], time, moment(row["end_hour"]), known, value, text, origin)
        )
    return found


EVENTS = events()
STAYS = {
    row["case"]: (moment(row["admitted_hour"]), moment(row["discharged_hour"])) for row in read("stays.csv")
}
EXPECTED = defaultdict(list)
for row in read("expected.csv"):
    EXPECTED[row["case"], row["definition"]].append(row)
ENGINES = {"batch": (batch_points, batch_episodes), "live": (live_points, live_episodes)}


def typed(text: str) -> int | str | None:
    if text == "?":
        return None
    return int(text) if text.lstrip("-").isdigit() else text


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("case, name", EXPECTED, ids=[f"{c} {n}" for c, n in EXPECTED])
def test_case(case, name, engine):
    stay = STAYS[case]
    patient = [*EVENTS[case], Event("admission", stay[0], known=stay[0])]
    points, episodes = ENGINES[engine]
    if name in SCORES:
        found = points([SCORES[name]], [patient], [(0, *stay)])[name]
        wrong = [
            (row["hour"], row["column"], row["expected"], found[int(row["hour"]) - 1][row["column"]])
            for row in EXPECTED[case, name]
            if found[int(row["hour"]) - 1][row["column"]] != typed(row["expected"])
        ]
        assert not wrong
        return
    found = episodes(DEFINITIONS[name], [patient], [(0, *stay)])
    for row in EXPECTED[case, name]:
        if row["column"] == "present":
            assert bool(found) == (row["expected"] == "true"), row
        else:
            assert found and found[0][row["column"]] == moment(row["expected"]), row
