"""Memory of a ward under a steady load: real messages through store, engine and board in one process, patients coming and going.

    python benchmarks/ward_memory.py [--patients 200] [--hours 48] [--warm 30] [--stay 10] [--write]

The ward's clock is set by hand, so hours of the hospital pass as fast as they can be worked out; the load per hour of the ward is
that of real time. Prints the command, the machine and what was seen; with --write also into docs/performance-ward.md.
"""

import argparse
import gc
import os
import platform
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from opensepsis.uses.ward.model.clock import HandClock
from opensepsis.uses.ward.model.messages import Arrival
from opensepsis.uses.ward.server import WardConfig, WardServer
from opensepsis.uses.ward.state.alert_policy import AlertPolicy

PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance-ward.md"
BEGIN, END = "<!-- ward_memory -->\n", "<!-- /ward_memory -->\n"
START = int(datetime(2026, 3, 2, tzinfo=UTC).timestamp())
VITALS = (
    ("9279-1", "/min", 14),
    ("8480-6", "mm[Hg]", 118),
    ("8867-4", "/min", 80),
    ("59408-5", "%", 95),
    ("8310-5", "Cel", 37),
)
LABS = (
    ("2160-0", "mg/dL", 1.1),
    ("777-3", "10*3/uL", 180),
    ("1975-2", "mg/dL", 0.9),
    ("2524-7", "mmol/L", 1.4),
)
EVERY = 15  # minutes between two sets of vital signs
LABS_EVERY = 6 * 60


def stamp(minute: int) -> str:
    return datetime.fromtimestamp(START + minute * 60, UTC).strftime("%Y%m%d%H%M%S+0000")


def adt(event: str, patient: int, minute: int) -> bytes:
    at = stamp(minute)
    return (
        f"MSH|^~\\&|ADT|H|||{at}||ADT^{event}|{event}{patient}|P|2.5.1\rEVN|{event}|{at}\r"
        f"PID|1||{patient}^^^H^MR||N^N||19500101|F\rPV1|1|I|W{patient % 8}^^{patient}||||||||||||||||V{patient}\r"
    ).encode()


def measured(rows, patient: int, minute: int) -> bytes:
    at = stamp(minute)
    lines = "\r".join(
        f"OBX|{i}|NM|{code}^x^LN||{value + (patient + minute // EVERY) % 7}|{unit}|||||F|||{at}"
        for i, (code, unit, value) in enumerate(rows, 1)
    )
    head = (
        f"MSH|^~\\&|MON|H|||{at}||ORU^R01|{rows[0][0]}-{patient}-{minute}|P|2.5.1\rPID|1||{patient}^^^H^MR\r"
    )
    return f"{head}OBR|1||{patient}-{minute}|x|||{at}\r{lines}\r".encode()


def culture_and_dose(patient: int, minute: int) -> list[bytes]:
    """Every fourth patient is suspected of infection: clocks run, alerts come and go."""
    at, who = stamp(minute), f"PID|1||{patient}^^^H^MR\r"
    return [
        f"MSH|^~\\&|LAB|H|||{at}||ORU^R01|c{patient}|P|2.5.1\r{who}OBR|1||b{patient}|600-7^x^LN|||{at}\r"
        f"OBX|1|ST|600-7^x^LN||||||||P\rSPM|1|||BLD^Blood|||||||||||||{at}\r".encode(),
        f"MSH|^~\\&|RX|H|||{at}||RAS^O17|d{patient}|P|2.5.1\r{who}ORC|RE||d{patient}\r"
        f"RXA|0|1|{at}||ceftriaxone|2|g|||||||||||||CP|A\rRXR|IV\r".encode(),
    ]  # fmt: skip


def memory() -> float:
    """Resident memory of this process in MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


class Load:
    """A hospital with always so many patients, each of whom stays so long."""

    def __init__(self, patients: int, stay: int):
        self.stay = stay * 60
        self.came = [
            (i, -(i * self.stay // patients)) for i in range(patients)
        ]  # as if they had come one after another
        self.next = patients

    def minute(self, now: int) -> list[bytes]:
        """What is said in one minute."""
        said = [adt("A01", patient, 0) for patient, _ in self.came] if now == 0 else []
        here = []
        for patient, came in self.came:
            if now - came >= self.stay:
                said.append(adt("A03", patient, now))
                patient, came = self.next, now
                self.next += 1
                said.append(adt("A01", patient, now))
            here.append((patient, came))
            if (now + patient) % EVERY == 0:
                said.append(measured(VITALS, patient, now))
            if (now + patient) % LABS_EVERY == 0:
                said.append(measured(LABS, patient, now))
            if patient % 4 == 0 and now - came == 60:
                said += culture_and_dose(patient, now)
        self.came = here
        return said


def played(patients: int, hours: int, stay: int):
    """(hour, memory, patients present, in memory at all, messages so far) at the end of every hour."""
    folder = tempfile.mkdtemp(prefix="opensepsis-bench-")
    clock = HandClock(START * 1_000_000)
    house = WardServer(
        WardConfig(database=f"{folder}/ward.db", listeners=(), clock=clock, policy=AlertPolicy(silent=False))
    )
    load, number = Load(patients, stay), 0
    for minute in range(hours * 60 + 1):
        now = (START + minute * 60) * 1_000_000
        clock.set(now)
        said = load.minute(minute)
        house.store.keep([Arrival("hl7", "hl7", str(number + i), raw, now) for i, raw in enumerate(said)])
        number += len(said)
        house.engine.round()
        if minute % 5 == 0:
            house.hospital.board(None)
        if minute and minute % 60 == 0:
            gc.collect()
            ward = house.engine.ward
            yield minute // 60, memory(), len(house.hospital.board(None)), len(ward.patients), number
    house.close()


def slope(rows: list[tuple]) -> float:
    """Least squares of memory over hours, MiB per hour."""
    n = len(rows)
    mean_hour, mean_memory = sum(r[0] for r in rows) / n, sum(r[1] for r in rows) / n
    return sum((r[0] - mean_hour) * (r[1] - mean_memory) for r in rows) / sum(
        (r[0] - mean_hour) ** 2 for r in rows
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--patients", type=int, default=200)
    parser.add_argument("--hours", type=int, default=48)
    parser.add_argument("--warm", type=int, default=36, help="hours before memory is looked at")
    parser.add_argument("--stay", type=int, default=10, help="hours")
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    began, rows = time.monotonic(), []
    for row in played(asked.patients, asked.hours, asked.stay):
        rows.append(row)
        print("hour {}: {:.0f} MiB, {} patients here, {} in memory, {:,} messages".format(*row), flush=True)
    took, steady = time.monotonic() - began, [r for r in rows if r[0] >= asked.warm]
    lines = "\n".join(
        f"| {h} | {m:.0f} | {here} | {held} | {n:,} |" for h, m, here, held, n in rows if h % 4 == 0
    )
    text = (
        f"`python benchmarks/{Path(sys.argv[0]).name} --patients {asked.patients} --hours {asked.hours} --warm {asked.warm} --stay "
        f"{asked.stay}` on {datetime.now(UTC):%Y-%m-%d}; {os.cpu_count()} cores, Python {platform.python_version()}. Always "
        f"{asked.patients} patients, each for {asked.stay} h; vital signs every {EVERY} min, laboratory every 6 h; kept, reduced and "
        f"drawn in one process. {asked.hours} hours of the ward took {took / 60:.0f} min.\n\n"
        "| hour of the ward | memory MiB | patients here | patients in memory | messages |\n| --- | --- | --- | --- | --- |\n"
        f"{lines}\n\nFrom hour {asked.warm} to {asked.hours}: lowest {min(r[1] for r in steady):.0f}, highest "
        f"{max(r[1] for r in steady):.0f} MiB, trend {slope(steady):+.2f} MiB per hour. Before that the ward fills: whoever left stays in "
        "memory for a day.\n"
    )
    print(text)
    if asked.write:
        page = PAGE.read_text(encoding="utf-8")
        if BEGIN not in page:
            page += f"\n## Memory under a steady load\n\n{BEGIN}{END}"
        before, after = page.split(BEGIN)[0], page.split(END)[1]
        PAGE.write_text(before + BEGIN + text + END + after, encoding="utf-8")


if __name__ == "__main__":
    main()
