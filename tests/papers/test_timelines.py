"""Patients over time, typed from the papers, through both engines."""

import csv
from collections import defaultdict
from functools import cache, partial
from itertools import islice
from pathlib import Path

import pytest

from opensepsis.definitions import DEFINITIONS, SCORES
from opensepsis.engine.live.chart import Event
from tests.support.parity.episodes import batch_episodes, live_episodes, of_cases
from tests.support.parity.patients import HOUR
from tests.support.parity.tables import batch_points, live_points

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
CASES_OF = defaultdict(list)
for case, name in EXPECTED:
    CASES_OF[name].append(case)


def typed(text: str) -> int | str | None:
    if text == "?":
        return None
    return int(text) if text.lstrip("-").isdigit() else text


def patient(case: str) -> list[Event]:
    admitted = STAYS[case][0]
    return [*EVENTS[case], Event("admission", admitted, known=admitted)]


@cache
def found_by_batch(name: str) -> dict[str, list[dict]]:
    """What the batch engine finds of a definition in each of its cases, all given at once: points of ticks, or episodes."""
    cases = CASES_OF[name]
    patients = [(patient(case), (STAYS[case],)) for case in cases]
    if name not in SCORES:
        found = of_cases(partial(batch_episodes, [DEFINITIONS[name]]), patients)
        return dict(zip(cases, found, strict=True))
    stays = [(pid, *STAYS[case]) for pid, case in enumerate(cases)]
    rows = iter(batch_points([SCORES[name]], [events for events, _ in patients], stays)[name])
    return {
        case: list(islice(rows, -(-(left - at) // HOUR)))
        for case, (_, at, left) in zip(cases, stays, strict=True)
    }


def found_live(name: str, case: str) -> list[dict]:
    """The same of one case from the live engine."""
    stays = [(0, *STAYS[case])]
    if name in SCORES:
        return live_points([SCORES[name]], [patient(case)], stays)[name]
    return live_episodes([DEFINITIONS[name]], [patient(case)], stays)


@pytest.mark.parametrize("engine", ["batch", "live"])
@pytest.mark.parametrize("name", CASES_OF)
def test_cases_of_a_definition(name, engine):
    assert len(CASES_OF[name]) == len(set(CASES_OF[name]))
    told = found_by_batch(name) if engine == "batch" else {c: found_live(name, c) for c in CASES_OF[name]}
    given = given_points if name in SCORES else given_episode
    wrong = [
        (case, row["hour"], row["column"], row["expected"])
        for case in CASES_OF[name]
        for row in EXPECTED[case, name]
        if not given(told[case], row)
    ]
    assert not wrong


def given_points(found: list[dict], row: dict) -> bool:
    """Whether a tick has the points that were typed."""
    return found[int(row["hour"]) - 1][row["column"]] == typed(row["expected"])


def given_episode(found: list[dict], row: dict) -> bool:
    """Whether there is an episode where one was typed, with the moment that was typed."""
    if row["column"] == "present":
        return bool(found) == (row["expected"] == "true")
    return bool(found) and found[0][row["column"]] == moment(row["expected"])


def test_the_second_typing_agrees_with_the_first_but_for_what_was_settled():
    folder = HERE / "timelines_support"
    key = ("case", "definition", "hour", "column")
    with open(folder / "expected.csv", encoding="utf-8") as lines:
        first = {tuple(row[k] for k in key): row["expected"] for row in csv.DictReader(lines)}
    with open(folder / "typed_again.csv", encoding="utf-8") as lines:
        again = list(csv.DictReader(lines))
    assert first.keys() == {tuple(row[k] for k in key) for row in again}
    differ = [row for row in again if row["typed"] != first[tuple(row[k] for k in key)]]
    assert differ == [row for row in again if row["settled"]]
