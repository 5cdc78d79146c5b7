"""RAS: what was given, which is what ticks a bundle. RDE: what was ordered."""

from opensepsis.uses.ward.facts import Voided
from opensepsis.uses.ward.reading.charting import Reading
from opensepsis.uses.ward.reading.drugs import Drug, administer
from opensepsis.uses.ward.reading.hl7_scene import Scene
from opensepsis.uses.ward.reading.hl7_text import Segment

GIVEN = frozenset(("", "CP", "PA"))


def read_given(scene: Scene, into: Reading) -> None:
    """Every RXA with the route that follows it; refused and not administered (RE, NA) is shown, not counted."""
    order, given = None, None
    for segment in [*scene.segments, None]:
        if segment is None or segment.name in ("RXA", "ORC"):
            if given is not None:
                administer(
                    _administered(scene, order, given, ""), scene.message.received, into, scene.site.local
                )
            given = segment if segment is not None and segment.name == "RXA" else None
            order = segment if segment is not None and segment.name == "ORC" else order
        elif segment.name == "RXR" and given is not None:
            administer(
                _administered(scene, order, given, segment.part(1)),
                scene.message.received,
                into,
                scene.site.local,
            )
            given = None


def _administered(scene: Scene, order: Segment | None, given: Segment, route: str) -> Drug:
    start, end = scene.time(given, 3), scene.time(given, 4)
    status = "given" if given.part(20).upper() in GIVEN else "not given"
    action = given.part(21).upper()
    number = (order.part(3) or order.part(2)) if order else ""
    rate = _number(given.part(12))
    amount, unit = (
        (rate, given.part(12, 2))
        if rate is not None and given.part(12, 2)
        else (_number(given.part(6)), given.part(7))
    )
    return Drug(
        patient=scene.patient,
        name=given.part(5, 2) or given.part(5, 1),
        codes=tuple(c for c in (given.part(5, 1), given.part(5, 4)) if c),
        route=route,
        start=start,
        end=end if end is None or start is None or end >= start else None,
        known=scene.stated,
        origin=f"hl7 {number} {given.part(5, 1)} {start or ''}",
        status="withdrawn" if action == "D" else status,
        amount=amount,
        unit=unit,
        later=action == "U",
    )


def read_ordered(scene: Scene, into: Reading) -> None:
    """Every RXE with the order before it and the route after it."""
    order, encoded = None, None
    for segment in [*scene.segments, None]:
        if segment is None or segment.name in ("RXE", "ORC"):
            if encoded is not None:
                _order(_ordered(scene, order, encoded, ""), scene, into)
            encoded = segment if segment is not None and segment.name == "RXE" else None
            order = segment if segment is not None and segment.name == "ORC" else order
        elif segment.name == "RXR" and encoded is not None:
            _order(_ordered(scene, order, encoded, segment.part(1)), scene, into)
            encoded = None


def _order(drug: Drug, scene: Scene, into: Reading) -> None:
    """An order; one that is cancelled was none, whatever time the cancellation carries."""
    administer(drug, scene.message.received, into, scene.site.local)
    if drug.status == "not given":
        into.facts.append(Voided(drug.patient, drug.origin, scene.stated + 1))


def _ordered(scene: Scene, order: Segment | None, encoded: Segment, route: str) -> Drug:
    number = (order.part(3) or order.part(2)) if order else ""
    cancelled = order is not None and order.part(1).upper() in ("CA", "OC", "DC")
    return Drug(
        patient=scene.patient,
        name=encoded.part(2, 2) or encoded.part(2, 1),
        codes=tuple(c for c in (encoded.part(2, 1), encoded.part(2, 4)) if c),
        route=route,
        start=scene.time(order, 9) or scene.stated,
        end=None,
        known=scene.stated,
        origin=f"hl7 order {number} {encoded.part(2, 1)}",
        status="not given" if cancelled else "ordered",
    )


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
