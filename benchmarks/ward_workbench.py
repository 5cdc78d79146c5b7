"""Weeks of a ward's log under its own rules and one changed limit: processor time of a patient-day, and of eight weeks of 400 beds.

    python benchmarks/ward_workbench.py [BEDS] [DAYS] [NAME OF THE COMMIT]

Always so many patients, each for four days: vital signs every hour, laboratory every 6 h, every fourth suspected of infection, every fifth
ill enough to be called for. The log is written as a ward writes it; then, as the command does, it is replayed under the ward's own rules
and under another limit of NEWS2, in one process. Writes a row into docs/performance-ward.md.
"""

import os
import sys
import tempfile
import time

from page_table import write_row
from ward_memory import START

from opensepsis.data.timeline.event import Event
from opensepsis.uses.ward.model.facts import Charted, Described, Entry, Move, Visited
from opensepsis.uses.ward.model.messages import Arrival
from opensepsis.uses.ward.model.transitions import Settled
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.store import Store
from opensepsis.uses.ward.workbench import replay as replays
from opensepsis.uses.ward.workbench.figures import calls_of
from opensepsis.uses.ward.workbench.scenario import scenario_of, usual

HOUR = 3_600_000_000
STAY = 96  # hours
SIGNS = {"respiratory_rate": 16, "systolic_pressure": 118, "heart_rate": 84, "spo2": 95, "temperature": 37}
ILL = {"respiratory_rate": 22, "systolic_pressure": 96, "heart_rate": 112, "spo2": 91, "temperature": 38.6}
BLOOD = {"creatinine": 1.1, "platelets": 180, "bilirubin": 0.9, "lactate": 1.4, "wbc": 9}
MUST = 400 * 56  # patient-days of eight weeks of 400 beds
HEADS = (
    "beds",
    "days",
    "commit",
    "facts",
    "calls",
    "processor ms a patient-day, own rules",
    "both",
    "patients worked out again",
    "eight weeks of 400 beds, min of one core",
    "load",
)


def log(beds: int, days: int) -> list[Entry]:
    """The entries of the log, in order of receipt; the facts of one message stand together."""
    messages: list[tuple[int, list]] = []
    begin, stays = START * 1_000_000, 0
    for bed in range(beds):
        for first in range(-(bed % STAY), days * 24, STAY):
            stays += 1
            messages += _stay(
                f"H|{stays}",
                begin + max(first, 0) * HOUR,
                min(first + STAY, days * 24) - max(first, 0),
                stays,
            )
    messages.sort(key=lambda one: one[0])
    found = []
    for number, (received, facts) in enumerate(messages, 1):
        found += [Entry(len(found) + i, number, received, fact) for i, fact in enumerate(facts, 1)]
    return found


def _stay(patient: str, begin: int, hours: int, number: int) -> list[tuple[int, list]]:
    visit = f"V{number}"
    found = [
        (
            begin,
            [Visited(patient, visit, Move.ADMIT, begin, begin, "hospital", f"W{number % 8}", str(number))],
        ),
        (begin, [Described(patient, begin, born=begin - 60 * 365 * 24 * HOUR, sex="F")]),
    ]
    ill = number % 5 == 0

    def charted(values: dict, at: int, step: int) -> None:
        found.append(
            (
                at,
                [
                    Charted(
                        patient, Event(name, at, known=at, value=round(value + (number + step) % 5 / 5, 1))
                    )
                    for name, value in values.items()
                ],
            )
        )

    for hour in range(hours):
        at = begin + hour * HOUR + (number % 60) * 60_000_000
        charted(ILL if ill else SIGNS, at, hour)
        if hour % 6 == 0:
            charted(BLOOD, at + 1_000_000, hour)
        if hour == 10 and number % 4 == 0:
            found.append((at + 2_000_000, [Charted(patient, Event("culture", at, known=at, text="blood"))]))
            found.append(
                (at + 3_000_000, [Charted(patient, Event("antibiotic", at, known=at, text="ceftriaxone"))])
            )
    end = begin + hours * HOUR
    return [*found, (end, [Visited(patient, visit, Move.DISCHARGE, end, end, "hospital")])]


def main() -> None:
    beds = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    days = int(sys.argv[2]) if len(sys.argv) > 2 else 4
    entries = log(beds, days)
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"{folder}/ward.db")
        numbers = {entry.message: entry.received for entry in entries}
        store.keep(
            [Arrival("hl7", "hl7", str(number), b"x", received) for number, received in numbers.items()]
        )
        store.settle(Settled(tuple(numbers), tuple(entries), (), (), entries[-1].received))
        store.close()
        own = usual("sepsis3", None)
        rules = scenario_of("NEWS2 from 6", {"limits": {"news2 alert": 6}}, AlertPolicy(), "sepsis3", None)
        spent, worked_out = [], []
        one_by_one = replays.replayed
        replays.replayed = lambda *given: worked_out.append(given[1].name) or one_by_one(*given)
        for scenarios in ([own], [own, rules]):
            began = time.process_time()
            found = replays.replay(f"{folder}/ward.db", scenarios, "sepsis3", processes=1)[-1]
            spent.append(time.process_time() - began)
    days_replayed = sum((stay.end - stay.begin) / (24 * HOUR) for stay in found.stays)
    alone, both = (one / days_replayed for one in spent)
    again = f"{worked_out.count(rules.name)} of {worked_out.count(own.name) // 2}"
    commit = sys.argv[3] if len(sys.argv) > 3 else "this"
    row = (
        f"{beds:,}", f"{days:,}", commit, f"{len(entries):,}", f"{len(calls_of(found.transitions)):,}", f"{alone * 1000:.0f}",
        f"{both * 1000:.0f}", again, f"{both * MUST / 60:.1f}", f"{os.getloadavg()[0]:.1f}",
    )  # fmt: skip
    write_row("ward_workbench", HEADS, row, f"python benchmarks/ward_workbench.py {beds} {days}")


if __name__ == "__main__":
    main()
