"""How often the ward calls on the demonstration, when sets of measurements come as they are recorded and when each value comes by itself.

    python benchmarks/alert_policy_calls.py [PATIENTS | night]

The recorded hospital of the demonstration, or the simulated night of `tests.support.ward.night`, is read as a ward reads it. `one by one`:
every charted value of a message is a message of its own, 0.2 s after the one before. *usual 4* is *usual 5* without `same_set`. Prints
the rows of the tables in docs/ward.md.
"""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, timedelta
from pathlib import Path

from opensepsis.data.decode.site import read_site
from opensepsis.data.decode.timestamps import hl7_time
from opensepsis.demonstration import PATIENTS, demonstration_site, recorded_hospital, simulated_day
from opensepsis.uses.ward.decode import Remembering
from opensepsis.uses.ward.model.facts import Charted, Entry, Resource
from opensepsis.uses.ward.model.messages import Message
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.state.monitored import watched
from opensepsis.uses.ward.state.ward import Ward
from opensepsis.uses.ward.workbench.figures import calls_of

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tests.support.ward.night import messages

START, PAUSE, DAY = 1_772_434_800_000_000, 200_000, 24 * 3_600_000_000
POLICIES = {
    "usual 4": replace(AlertPolicy(silent=False), version="4", same_set=timedelta(seconds=-1)),
    "usual 5": AlertPolicy(silent=False),
}


def recorded(patients: int) -> Iterator[tuple[int, tuple]]:
    """When each message came, and its facts."""
    reader = Remembering(demonstration_site(), lambda name: None)
    for number, step in enumerate(simulated_day(recorded_hospital(), patients, START), 1):
        facts, _ = reader(Message(number, step.form, step.form, step.key, step.raw, step.time))
        yield step.time, tuple(fact for fact in facts if not isinstance(fact, Resource))


def at_night() -> Iterator[tuple[int, tuple]]:
    """The same of the simulated night of 74 patients."""
    reader = Remembering(read_site(), lambda name: None)
    for number, raw in enumerate(messages(START + DAY), 1):
        sent = hl7_time(raw.decode().split("|", 7)[6], UTC)
        time = sent.time if sent else START
        facts, _ = reader(Message(number, "hl7", "hl7", str(number), raw, time))
        yield time, tuple(fact for fact in facts if not isinstance(fact, Resource))


def one_by_one(told: Iterable[tuple[int, tuple]]) -> Iterator[tuple[int, tuple]]:
    """The same, each charted value in a message of its own."""
    found = []
    for time, facts in told:
        values = [fact for fact in facts if isinstance(fact, Charted)]
        found.append((time, tuple(fact for fact in facts if not isinstance(fact, Charted))))
        found += [(time + i * PAUSE, (fact,)) for i, fact in enumerate(values)]
    return iter(sorted(found, key=lambda one: one[0]))


def entries(told: Iterable[tuple[int, tuple]]) -> Iterator[Entry]:
    """The log of these messages."""
    number = 0
    for message, (time, facts) in enumerate(told, 1):
        for fact in facts:
            number += 1
            yield Entry(number, message, time, fact)


def main() -> None:
    asked = sys.argv[1] if len(sys.argv) > 1 else str(PATIENTS)
    whole = list(at_night() if asked == "night" else recorded(int(asked)))
    end = whole[-1][0]
    for way, told in (("as recorded", whole), ("one by one", list(one_by_one(whole)))):
        for name, policy in POLICIES.items():
            ward = Ward(watched(), policy)
            changes = [*ward.take(entries(told)), *ward.run_timers(end)]
            calls = calls_of(changes)
            updates = sum(bool(one.updates) for one in changes)
            print(
                f"| {way} | {name} | {len(calls)} | {sum(call.new for call in calls)} | {updates} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
