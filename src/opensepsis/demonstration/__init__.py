"""A simulated hospital that plays over real HL7 and FHIR connections to a running ward: `opensepsis ward --demo`."""

import asyncio
import tempfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import sha256
from heapq import heappop, heappush
from itertools import count, islice
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

import orjson
import polars as pl

from opensepsis.data.decode.timestamps import Stamp, hl7_time
from opensepsis.data.timeline.timeline import Timeline, read_timeline
from opensepsis.uses.simulate.charting.diagnosis_codes import GIVEN, LOINC
from opensepsis.uses.simulate.export.fhir import resource
from opensepsis.uses.simulate.export.hl7 import messages
from opensepsis.uses.ward.ingest.recordings import Step

HOUR = 3_600_000_000
PATIENTS, HOURS, SEED = 60, 96, 7  # of the recorded hospital, by scripts/record_demonstration.py
GIVEN_NAMES = (
    "Ada",
    "Ben",
    "Clara",
    "David",
    "Elif",
    "Femi",
    "Grace",
    "Hugo",
    "Ines",
    "Jonas",
    "Kira",
    "Luis",
    "Mina",
    "Noor",
    "Oskar",
    "Pia",
)
FAMILY_NAMES = (
    "Abel",
    "Berg",
    "Costa",
    "Diaz",
    "Endo",
    "Fischer",
    "Gupta",
    "Haddad",
    "Ito",
    "Jensen",
    "Kovac",
    "Lind",
    "Moreau",
    "Novak",
    "Okafor",
)
WARDS = ("3A", "3B", "4A", "5C")


def demonstrate(patients: int, speed: float, host: str, port: int, mllp: int) -> None:
    """Simulates a hospital, starts a ward that speaks, and plays the hospital to it until it is stopped."""
    from opensepsis.uses.ward.cli import start
    from opensepsis.uses.ward.ingest.mllp_client import Target
    from opensepsis.uses.ward.ingest.mllp_server import Listener
    from opensepsis.uses.ward.ingest.replay import OverTheWire, play
    from opensepsis.uses.ward.model.clock import RunningClock, WallClock
    from opensepsis.uses.ward.server import WardConfig, WardServer
    from opensepsis.uses.ward.state.alert_policy import AlertPolicy
    from opensepsis.uses.ward.web.settings import Settings

    now = WallClock().now()
    morning = now - now % (24 * HOUR) + 7 * HOUR
    folder = Path(tempfile.mkdtemp(prefix="opensepsis-ward-"))
    clock = RunningClock(morning, speed)
    plan = WardConfig(
        database=str(folder / "ward.db"),
        site=demonstration_site(),
        policy=AlertPolicy(silent=False),
        listeners=(Listener("hl7", host, mllp, processing=frozenset("PT")),),
        web=Settings(host, port, silent=False, demonstration=True, speed=speed),
        clock=clock,
    )

    async def play_day(house: WardServer) -> None:
        token = house.accounts.new_feed_token("fhir")
        wire = OverTheWire(
            Target(host, mllp), f"http://{host}:{port}/fhir", {"Authorization": f"Bearer {token}"}
        )
        hospital = await asyncio.to_thread(hospital_of, patients, folder)  # the board is there meanwhile
        await play(simulated_day(hospital, patients, morning), wire, clock)

    start(plan, play_day)


def demonstration_site():
    """The lists of the simulated hospital: both its feeds name a patient by the same record number."""
    from dataclasses import replace

    from opensepsis.data.decode.site import Feed, read_site

    return replace(read_site(), feeds={"fhir": Feed(authority="SIM", silent_after=12 * 60)})


def recorded_hospital() -> Timeline:
    """The simulated hospital that ships with opensepsis, so that a demonstration starts at once and needs no simulator."""
    return read_timeline(Path(__file__).parent / "recorded")


def hospital_of(patients: int, folder: Path) -> Timeline:
    """The recorded hospital if it has so many patients, else a simulation in `folder`; needs the extra `simulate` then."""
    recorded = recorded_hospital()
    if patients <= recorded.counts["patients"]:
        return recorded
    from opensepsis.uses.simulate import simulate

    return simulate(patients, HOURS, seed=SEED, out=folder / "hospital", truth_interval=0).timeline()


def simulated_day(hospital: Timeline, patients: int, start: int) -> Iterator[Step]:
    """The messages of simulated patients in order of time, as of a hospital in which `start` is now.

    A third have been in for up to twelve hours; the others come over the next two days. A patient's messages are written when the
    patient arrives.
    """
    first = list(islice(_patients(hospital), patients))
    arrivals = sorted((_arrival(number, start), number) for number in range(len(first)))
    waiting: list[tuple[int, int, Step]] = []
    order = count()
    for arrives, number in arrivals:
        while waiting and waiting[0][0] < arrives:
            yield heappop(waiting)[2]
        for step in _one(*first[number], number, arrives):
            heappush(waiting, (step.time, next(order), step))
    while waiting:
        yield heappop(waiting)[2]


def _arrival(number: int, start: int) -> int:
    place = (number * 7919 % 997) / 997
    early = number % 3 == 0
    return start - int(place * 12 * HOUR) if early else start + int(place * 48 * HOUR)


def _patients(timeline: Timeline) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    for stays, events in timeline.parts():
        charts = dict(events.collect().partition_by("patient", as_dict=True))
        for (patient,), mine in stays.partition_by("patient", as_dict=True, maintain_order=True).items():
            if (patient,) in charts:
                yield mine, charts[patient,]


def _one(stays: pl.DataFrame, events: pl.DataFrame, number: int, arrives: int) -> Iterable[Step]:
    """One patient's messages, moved to this hospital's day."""
    admitted = cast(datetime, stays["admitted"].min())
    shift = pl.duration(microseconds=arrives - int(admitted.timestamp() * 1_000_000))
    stays = stays.with_columns(pl.col("admitted", "discharged", "died") + shift)
    events = events.with_columns(pl.col("time", "end", "known") + shift)
    spoken = pl.col("concept").cast(pl.String).is_in([*LOINC, *GIVEN])
    name = f"{FAMILY_NAMES[number % 15]}^{GIVEN_NAMES[number // 15 % 16]}"
    for text in messages(stays, events.filter(spoken)):
        text = text.replace("VIRTUAL^PATIENT", name).replace(
            "|WARD||", f"|{WARDS[number % 4]}^^{number // 4 + 1}||"
        )
        text = text.replace("|OS", f"|S{number}N")
        header = text.split("\r", 1)[0].split("|")
        yield Step(_moment(header[6]), "hl7", "|".join((header[2], header[3], header[9])), text.encode())
    for event in events.filter(~spoken).sort("known").iter_rows(named=True):
        yield _resource(event)


def _moment(stamp: str) -> int:
    return cast(Stamp, hl7_time(stamp, ZoneInfo("UTC"))).time


def _resource(event: dict) -> Step:
    """What HL7 does not carry here: support, orders, diagnoses. The same origin is the same resource in a new version."""
    identifier = sha256(f"{event['patient']} {event['origin']}".encode()).hexdigest()[:32]
    made = resource(event, identifier)
    known = event["known"]
    made["meta"] = {
        "versionId": str(int(known.timestamp())),
        "lastUpdated": known.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    time = int(known.timestamp() * 1_000_000)
    return Step(
        time, "fhir", f"{made['resourceType']}/{identifier}/{made['meta']['versionId']}", orjson.dumps(made)
    )
