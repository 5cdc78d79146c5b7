"""Made-up HL7 messages of one feed, and what the reader finds in them."""

from datetime import UTC, datetime

from opensepsis.data.decode.site import Site, read_site
from opensepsis.uses.ward.decode import read
from opensepsis.uses.ward.model.facts import Charted, Described, Rejected
from opensepsis.uses.ward.model.messages import Message

SITE = read_site()
NOON = int(datetime(2026, 3, 2, 12, tzinfo=UTC).timestamp()) * 1_000_000
MINUTE = 60_000_000
ANN = "PID|1||100^^^HOSP^MR||ROE^ANN||19500101|F"
BEN = "PID|2||200^^^HOSP^MR||DOE^BEN||19600101|M"


def sent(*lines: str, kind: str = "ORU^R01", at: str = "20260302120000+0000", more: str = "") -> bytes:
    """A message as bytes."""
    return "\r".join((rf"MSH|^~\&|LAB|H|||{at}||{kind}|1|P|2.5.1{more}", *lines)).encode()


def found(
    *lines: str,
    raw: bytes | None = None,
    site: Site = SITE,
    received: int = NOON,
    feed: str = "lab",
    **more: str,
):
    """Every fact but the description of persons, and every problem."""
    message = Message(1, feed, "hl7", "k", sent(*lines, **more) if raw is None else raw, received)
    facts, problems = read(message, site)
    return [f for f in facts if not isinstance(f, Described)], list(problems)


def charted(*lines: str, **more) -> list[tuple]:
    """Patient, concept and value of what is charted."""
    facts, _ = found(*lines, **more)
    rows = [f for f in facts if isinstance(f, Charted)]
    return [(f.patient, f.event.concept, f.event.value) for f in rows]


def reasons(*lines: str, **more) -> list[str]:
    """Why things are shown and not scored."""
    return [f.reason for f in found(*lines, **more)[0] if isinstance(f, Rejected)]


def problems(*lines: str, **more) -> list[tuple[str, str]]:
    """Kind and code of every problem."""
    return [(p.kind, p.code) for p in found(*lines, **more)[1]]


def order(number: str = "F1", code: str = "2524-7^Lactate^LN", status: str = "F") -> str:
    """An OBR of 11:00."""
    return f"OBR|1||{number}|{code}|||202603021100+0000" + "|" * 18 + status


def result(
    value: str, code: str = "2524-7^Lactate^LN", unit: str = "mmol/L", kind: str = "NM", status: str = "F"
) -> str:
    """An OBX of the order before it."""
    return f"OBX|1|{kind}|{code}||{value}|{unit}|||||{status}"


def creatinine(value: str) -> str:
    return result(value, "2160-0^Creatinine^LN", "mg/dL")
