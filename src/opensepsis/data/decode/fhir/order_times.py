"""When an order, a flag or a consent holds: from when it says that it does, not from when it was written."""

from dataclasses import dataclass

from opensepsis.data.decode.fhir.context import MessageContext

UNREADABLE = "its start cannot be read: a person must decide from when it applies"
AS_NEEDED = "only as needed: a person must decide whether it applies"
DAY = 24 * 3_600_000_000


@dataclass(frozen=True)
class Held:
    """From when and until when it holds; None is open. `reason`: why that cannot be told."""

    start: int | None = None
    end: int | None = None
    reason: str = ""


def held_by_order(resource: dict, scene: MessageContext) -> Held:
    """A ServiceRequest by its occurrence, else from when it was written. Of a start that is a mere day, not before it was written."""
    if resource.get("asNeededBoolean") is True or resource.get("asNeededCodeableConcept"):
        return Held(reason=AS_NEEDED)
    timing = resource.get("occurrenceTiming") or {}
    bounds = resource.get("occurrencePeriod") or (timing.get("repeat") or {}).get("boundsPeriod") or {}
    moments = timing.get("event") or (None,)
    said = bounds.get("start") or resource.get("occurrenceDateTime") or moments[0]
    return _held(said, bounds.get("end"), resource.get("authoredOn"), scene)


def held_by_period(start, end, scene: MessageContext, written=None) -> Held:
    """A flag or consent by its period, else from when it was written."""
    return _held(start, end, written, scene)


def _held(start, end, written, scene: MessageContext) -> Held:
    since = scene.moment(written)
    from_ = since if not start else scene.moment(start)
    if start and from_ is None:
        day = scene.day_or_moment(start)
        if day is None:
            return Held(reason=UNREADABLE)
        from_ = day if since is None else max(day, since)
    until = scene.moment(end)
    if end and until is None and (last := scene.day_or_moment(end)) is not None:
        until = last + DAY
    return Held(from_, until)
