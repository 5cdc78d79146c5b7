"""Versions of one charted row: where a value came from, what takes it back, and what a later one corrects."""

from dataclasses import dataclass

from opensepsis.engine.live.chart import Chart, Event
from opensepsis.rules import Kind
from opensepsis.uses.ward.model.facts import Charted


@dataclass(frozen=True)
class Source:
    """Where a charted value came from: the message, what was sent, whether it is preliminary, when it was measured and filed."""

    message: int
    shown: str
    preliminary: bool = False
    time: int = 0
    known: int = 0
    reference: str = ""  # the sender's reference range as sent, and its ends in the concept's unit
    low: float | None = None
    high: float | None = None
    visit: str = ""  # that the message named


def source_of(message: int, fact: Charted, event: Event) -> Source:
    """Where an event came from that was charted by a message."""
    known = event.known or event.time
    return Source(
        message,
        fact.shown,
        fact.preliminary,
        event.time,
        known,
        fact.reference,
        fact.low,
        fact.high,
        fact.visit,
    )


def is_gone(event: Event) -> bool:
    """Whether a version of what runs takes it back: without value and text, it ends as it begins."""
    return event.value is None and event.text is None and event.end == event.time


def correction_of(event: Event, chart: Chart) -> str:
    """Words on what an event corrects of a chart; empty when it corrects nothing."""
    concept = chart.concepts[event.concept]
    withdrawn = event.value is None and event.text is None
    if (
        event.origin is None
        or concept.kind is Kind.INTERVAL
        or (concept.kind is Kind.EVENT and not withdrawn)
    ):
        return ""
    here = chart.seen[event.concept].get(event.time, ())
    earlier = [e for e in here if e.origin == event.origin and e.known < event.known]
    if not earlier:
        return ""
    was = max(earlier, key=lambda e: e.known)
    if withdrawn:
        return f"{'taken back' if concept.kind is Kind.EVENT else 'result withdrawn'}: {concept.label}"
    if (was.value, was.text) == (event.value, event.text):
        return ""
    now = event.text if event.value is None else f"{event.value:g}"
    return f"result corrected: {concept.label} to {now}"


def keep(
    source: Source,
    event: Event,
    sources: dict[str, Source],
    values: dict[tuple[str, int, str], Source],
) -> None:
    """Keeps where an event with an origin came from: the last message of its origin, and the last version of its value."""
    origin = event.origin or ""
    held, version = sources.get(origin), values.get((event.concept, event.time, origin))
    if held is None or source.message >= held.message:
        sources[origin] = source
    if version is None or source.known >= version.known:
        values[event.concept, event.time, origin] = source
