"""How long others wait while the ward reads one very large message, written as a row into docs/performance-ward.md.

    python benchmarks/ward_big_message.py [hl7|fhir] [VALUES] [MESSAGES]

Starts `opensepsis ward`, sends vital signs of 50 patients over MLLP all the time, then so many large messages of so many values
each, and measures of every small message how long it waited from the acknowledgement until it was read and settled, and what
`/healthz` said until 40 s after the last large one was read.
"""

import os
import socket
import sqlite3
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
from page_table import write_row
from running_ward import RunningWard, running_ward

PATIENTS = 50
EVERY = 0.05  # seconds between two small messages
AFTER = 40.0  # seconds of /healthz after the large messages
HEADS = (
    "form", "values, MB", "messages", "read after, s", "others: median ms", "99 % within ms", "longest ms", "/healthz during and after",
    "ward's processor s", "load",
)  # fmt: skip
CODES = ("8867-4", "9279-1", "8480-6", "59408-5", "8310-5")
UNITS = ("/min", "/min", "mm[Hg]", "%", "Cel")
VALUES = (80, 16, 120, 97, 37)


def hl7(patient: str, control: str, values: int, end: datetime) -> bytes:
    """A result message with so many values, a minute apart, up to a moment."""
    head = f"MSH|^~\\&|MON|H|||{end:%Y%m%d%H%M%S}+0000||ORU^R01|{control}|P|2.5.1\rPID|1||{patient}^^^H^MR\rOBR|1||{control}|x\r"
    rows = []
    for n in range(values):
        at, kind = end - timedelta(minutes=n // 5), n % 5
        rows.append(
            f"OBX|{n + 1}|NM|{CODES[kind]}^x^LN||{VALUES[kind] + n % 3}|{UNITS[kind]}|||||F|||{at:%Y%m%d%H%M%S}+0000"
        )
    return b"\x0b" + (head + "\r".join(rows) + "\r").encode() + b"\x1c\r"


def bundle(patient: str, control: str, values: int, end: datetime) -> bytes:
    """A batch of so many Observations."""
    entries = []
    for n in range(values):
        at, kind = end - timedelta(minutes=n // 5), n % 5
        unit = {
            "value": VALUES[kind] + n % 3,
            "unit": UNITS[kind],
            "code": UNITS[kind],
            "system": "http://unitsofmeasure.org",
        }
        entries.append({
            "resource": {
                "resourceType": "Observation", "id": f"{control}-{n}", "status": "final", "subject": {"reference": f"Patient/{patient}"},
                "code": {"coding": [{"system": "http://loinc.org", "code": CODES[kind]}]},
                "effectiveDateTime": f"{at:%Y-%m-%dT%H:%M:%SZ}", "valueQuantity": unit,
            },
            "request": {"method": "PUT", "url": f"Observation/{control}-{n}"},
        })  # fmt: skip
    return orjson.dumps({"resourceType": "Bundle", "type": "batch", "entry": entries})


class Small(threading.Thread):
    """Sends a small message every 50 ms and waits for its AA."""

    def __init__(self, port: int):
        super().__init__(daemon=True)
        self.connection, self.stop, self.sent = socket.create_connection(("127.0.0.1", port)), False, 0

    def run(self) -> None:
        while not self.stop:
            began = time.monotonic()
            self.connection.sendall(
                hl7(f"S{self.sent % PATIENTS}", f"small{self.sent}", 5, datetime.now(UTC))
            )
            answer = b""
            while not answer.endswith(b"\x1c\r"):
                answer += self.connection.recv(65536)
            assert b"|AA|" in answer
            self.sent += 1
            time.sleep(max(0.0, EVERY - (time.monotonic() - began)))


class Watch(threading.Thread):
    """Looks at the store all the time: when each message was kept first seen, and when it was settled."""

    def __init__(self, database: Path):
        super().__init__(daemon=True)
        self.database, self.stop = database, False
        self.waits: list[float] = []
        self.large_open: set[int] = set()
        self.seen: dict[int, float] = {}

    def run(self) -> None:
        store = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)
        while not self.stop:
            now = time.monotonic()
            rows = store.execute(
                "SELECT u.number, length(m.raw) FROM unread u JOIN message m ON m.number = u.number"
            ).fetchall()
            open_ = {number for number, _ in rows}
            self.large_open = {number for number, size in rows if size > 200_000}
            for number, size in rows:
                if size <= 200_000:
                    self.seen.setdefault(number, now)
            for number in [n for n in self.seen if n not in open_]:
                self.waits.append(now - self.seen.pop(number))
            time.sleep(0.02)


class Health(threading.Thread):
    """Asks /healthz twice a second."""

    def __init__(self, port: int):
        super().__init__(daemon=True)
        self.port, self.stop, self.said, self.slowest = port, False, Counter(), 0.0

    def run(self) -> None:
        while not self.stop:
            began = time.monotonic()
            try:
                answer = urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=10).read()
            except urllib.error.HTTPError as problem:
                answer = problem.read()
            except OSError:
                answer = b'{"status": "no answer"}'
            self.slowest = max(self.slowest, time.monotonic() - began)
            self.said[orjson.loads(answer)["status"]] += 1
            time.sleep(0.5)


def send_large(form: str, raw: bytes, ward: RunningWard) -> None:
    if form == "hl7":
        connection = socket.create_connection(("127.0.0.1", ward.mllp))
        connection.sendall(raw)
        answer = b""
        while not answer.endswith(b"\x1c\r"):
            answer += connection.recv(65536)
        assert b"|AA|" in answer, answer[:300]
        connection.close()
        return
    headers = {"Authorization": f"Bearer {ward.token}", "Content-Type": "application/fhir+json"}
    request = urllib.request.Request(f"http://127.0.0.1:{ward.port}/fhir", raw, headers)
    assert urllib.request.urlopen(request, timeout=120).status == 200


def main() -> None:
    form, values, messages = (sys.argv[1:] + ["hl7", "100000", "2"][len(sys.argv) - 1 :])[:3]
    values, messages = int(values), int(messages)
    with running_ward(mllp=True) as ward:
        small, watch, health = Small(ward.mllp), Watch(ward.database), Health(ward.port)
        for thread in (small, watch, health):
            thread.start()
        time.sleep(5)
        watch.waits.clear()
        make, size, began, used = hl7 if form == "hl7" else bundle, 0, time.monotonic(), ward.processor_time
        for n in range(messages):
            raw = make(f"L{n}", f"large{n}", values, datetime.now(UTC))
            size = len(raw)
            send_large(form, raw, ward)
        time.sleep(0.2)
        while watch.large_open:
            time.sleep(0.05)
        took, used = time.monotonic() - began, ward.processor_time - used
        time.sleep(AFTER)
        small.stop = watch.stop = health.stop = True
    waits = sorted(watch.waits)
    said = ", ".join(f"{word} {count}" for word, count in health.said.most_common())
    row = (
        {"hl7": "HL7 over MLLP", "fhir": "FHIR Bundle"}[form], f"{values:,}, {size / 1e6:.1f}", str(messages), f"{took:.1f}",
        f"{waits[len(waits) // 2] * 1e3:.0f}", f"{waits[int(len(waits) * 0.99)] * 1e3:.0f}", f"{waits[-1] * 1e3:.0f}",
        f"{said}; slowest {health.slowest:.1f} s", f"{used:.1f}", f"{os.getloadavg()[0]:.1f}",
    )  # fmt: skip
    write_row(
        "ward_big_message",
        HEADS,
        row,
        f"python benchmarks/ward_big_message.py {form} {values} {messages}",
    )
    print(" | ".join(row), f"{len(waits)} small messages")


if __name__ == "__main__":
    main()
