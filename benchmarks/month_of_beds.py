"""Made-up messages of a hospital of so many beds for `ward_month.py`: every bed always has a patient, in local time without an offset.

A patient stays 1 to 8 days. Vital signs come every hour, a laboratory panel twice a day; each value wanders about the patient's own.
One in 25 grows ill at some hour, worse for a day, and better after it.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Berlin")
VITALS = (  # code, unit, usual, by how much it wanders, by how much an ill one differs, decimals
    ("9279-1", "/min", 16, 1.5, 12, 0),
    ("8480-6", "mm[Hg]", 122, 9, -38, 0),
    ("8867-4", "/min", 78, 7, 45, 0),
    ("59408-5", "%", 97, 1, -7, 0),
    ("8310-5", "Cel", 36.8, 0.25, 2.2, 1),
)
LABS = (
    ("2160-0", "mg/dL", 0.9, 0.1, 1.6, 2),
    ("777-3", "10*3/uL", 240, 20, -150, 0),
    ("1975-2", "mg/dL", 0.7, 0.1, 2.0, 1),
    ("2524-7", "mmol/L", 1.1, 0.2, 3.4, 1),
    ("26464-8", "10*3/uL", 8, 1, 9, 1),
)
MINUTE = timedelta(minutes=1)


@dataclass
class Stay:
    """A patient in a bed."""

    number: int
    bed: int
    leaves: datetime
    ill_from: datetime | None
    own: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Sent:
    """A message, its control id and its patient."""

    control: str
    patient: int
    raw: bytes


class Beds:
    """All messages of a step of a quarter of an hour, and of the patients who come and go in it."""

    def __init__(self, beds: int, begin: datetime, seed: int = 1):
        self.random, self.patients, self.messages = random.Random(seed), 0, 0
        self.stays = [self._new(bed, begin) for bed in range(beds)]
        self.fresh = list(self.stays)

    def _new(self, bed: int, now: datetime) -> Stay:
        self.patients += 1
        chosen = self.random
        leaves = now + timedelta(minutes=chosen.randrange(24 * 60, 8 * 24 * 60))
        ill = now + timedelta(minutes=chosen.randrange(60, 3 * 24 * 60)) if chosen.random() < 0.04 else None
        return Stay(self.patients, bed, leaves, ill)

    def step(self, now: datetime, length: timedelta) -> Iterator[Sent]:
        """What is sent in (now − length, now], patient by patient in the order of time."""
        for bed, stay in enumerate(self.stays):
            if stay.leaves <= now:
                yield self._adt("A03", stay, now - length + MINUTE)
                self.stays[bed] = self._new(bed, now)
                yield self._adt("A01", self.stays[bed], now)
        for stay in self.fresh:
            yield self._adt("A01", stay, now)
        self.fresh = []
        quarter = int(now.timestamp()) // 900
        for stay in self.stays:
            if quarter % 4 == stay.bed % 4:
                yield self._values(VITALS, stay, now - timedelta(minutes=stay.bed % 13))
            if quarter % 48 == stay.bed % 48:
                yield self._values(LABS, stay, now - timedelta(minutes=stay.bed % 11))

    def _head(self, kind: str, stay: Stay, at: datetime) -> tuple[str, str]:
        self.messages += 1
        control = f"m{self.messages}"
        head = f"MSH|^~\\&|HIS|H|||{local(at)}||{kind}|{control}|P|2.5.1\r"
        return (
            control,
            f"{head}PID|1||{stay.number}^^^H^MR||NAME{stay.number}^A||19{stay.number % 70 + 20}0101|F\r",
        )

    def _adt(self, event: str, stay: Stay, at: datetime) -> Sent:
        control, head = self._head(f"ADT^{event}", stay, at)
        end = f"|{'|' * 24}{local(at)}" if event == "A03" else ""
        place = f"PV1|1|I|W{stay.bed // 20}^^{stay.bed}{'|' * 16}V{stay.number}{end}\r"
        return Sent(control, stay.number, f"{head}EVN|{event}|{local(at)}\r{place}".encode())

    def _values(self, rows, stay: Stay, at: datetime) -> Sent:
        control, head = self._head("ORU^R01", stay, at)
        ill = illness(stay, at)
        lines = []
        for place, (code, unit, usual, wanders, differs, decimals) in enumerate(rows, 1):
            own = stay.own.get(code, 0.0) * 0.9 + self.random.gauss(0, wanders * 0.45)
            stay.own[code] = own
            value = f"{max(0.1, usual + own + ill * differs):.{decimals}f}"
            if code == "59408-5":
                value = str(min(100, int(value)))
            lines.append(f"OBX|{place}|NM|{code}^x^LN||{value}|{unit}|||||F|||{local(at)}")
        return Sent(
            control, stay.number, f"{head}OBR|1||{control}|x|||{local(at)}\r{chr(13).join(lines)}\r".encode()
        )


def illness(stay: Stay, at: datetime) -> float:
    """How ill somebody is: 0, or up to 1 a day after it began, gone two days later."""
    if stay.ill_from is None or at < stay.ill_from:
        return 0.0
    days = (at - stay.ill_from) / timedelta(days=1)
    return max(0.0, min(days, 1.0) - max(0.0, days - 1) / 2)


def local(at: datetime) -> str:
    """A moment as the hospital's systems write it: by the clock on the wall."""
    return at.astimezone(ZONE).strftime("%Y%m%d%H%M%S")


def begin_of(days: int) -> datetime:
    """When a time of so many days begins that has the night in it in which the clocks go back."""
    return datetime(2026, 10, 25, 12, tzinfo=UTC) - timedelta(days=max(1, days * 2 // 3))
