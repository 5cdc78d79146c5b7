"""A simulated hospital as the facts of a ward's log, in the order in which they would be received."""

from dataclasses import asdict
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson
import polars as pl

from opensepsis.data.sources import open_source
from opensepsis.data.timeline.timeline import read_timeline
from opensepsis.data.timeline.writer import write_timeline
from opensepsis.engine.live.chart import Event
from opensepsis.uses.ward.model.facts import (
    Charted,
    Described,
    Entry,
    Move,
    Visited,
)
from opensepsis.uses.ward.state.monitored import watched

DAY = 86_400_000_000


def facts_of(timeline) -> list[tuple[int, object]]:
    """(received, fact) of every stay and event, in the order of receipt."""
    found = []
    for stays, events in timeline.parts():
        rows = _physical(stays)
        for stay in (r for r in rows if r["kind"] == "hospital"):
            found += _visit(stay, [r for r in rows if r["patient"] == stay["patient"] and r is not stay])
        for row in _physical(events.collect()):
            patient = "SIM|" + row.pop("patient")
            row.pop("reason", None)
            found.append((row["known"], 1, Charted(patient, Event(**row))))
    found.sort(key=lambda f: (f[0], f[1], f[2].patient))
    return [(received, fact) for received, _, fact in found]


def _physical(frame: pl.DataFrame) -> list[dict]:
    moments = [n for n, d in frame.schema.items() if d == pl.Datetime("us", "UTC")]
    texts = [n for n, d in frame.schema.items() if isinstance(d, pl.Categorical | pl.Enum)]
    return frame.with_columns(pl.col(moments).to_physical(), pl.col(texts).cast(pl.String)).to_dicts()


def _visit(stay: dict, parts: list[dict]) -> list[tuple]:
    patient, visit, admitted = "SIM|" + stay["patient"], stay["stay"], stay["admitted"]
    found = [(admitted, 0, Visited(patient, visit, Move.ADMIT, admitted, admitted, "hospital", "3A", "1"))]
    for part in parts:
        moves = [(part["admitted"], part["kind"], part["kind"].upper())]
        if part["discharged"] is not None and part["discharged"] < stay["discharged"]:
            moves.append((part["discharged"], "hospital", "3A"))
        for time, kind, ward in moves:
            found.append((time, 0, Visited(patient, visit, Move.TRANSFER, time, time, kind, ward, "1")))
    if stay["age"] is not None:
        born = int(admitted - (stay["age"] * 365.25 + 1) * DAY)
        found.append((admitted, 0, Described(patient, admitted, name="Canary", born=born, sex=stay["sex"])))
    end = stay["discharged"]
    return [*found, (end, 2, Visited(patient, visit, Move.DISCHARGE, end, end, "hospital"))]


def entries(facts) -> list[Entry]:
    """Log entries, each fact a message of its own."""
    return [Entry(i, i, received, fact) for i, (received, fact) in enumerate(facts, 1)]


@cache
def simulated(folder: str):
    """The timeline of a simulated hospital."""
    return read_timeline(folder)


FOREVER = timedelta(days=100_000)
EXAMPLE = Path(__file__).parents[3] / "examples" / "hospital"
HOUR = 3_600_000_000
# stays of the example hospital in which much happens, with and without care bundles, for a quarter of its work
FEW = tuple(f"SIM|P{number:02}" for number in (3, 5, 6, 7, 10, 12))


@cache
def example_facts() -> tuple[tuple[int, object], ...]:
    """The facts of the example hospital, read once for all tests of a worker."""
    with TemporaryDirectory() as folder:
        return tuple(facts_of(write_timeline(open_source("csv", EXAMPLE, "UTC"), f"{folder}/timeline")))


def of(patients) -> list[tuple[int, object]]:
    """Those of some patients."""
    return [(received, fact) for received, fact in example_facts() if fact.patient in patients]


@cache
def watching():
    return watched()


def patients_of(facts) -> list[str]:
    return sorted({fact.patient for _, fact in facts})


def lines(transitions) -> bytes:
    return orjson.dumps([asdict(t) for t in transitions])
