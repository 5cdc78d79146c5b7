"""The fields of HL7 by which a drug is told, given or ordered: its name and codes, its route, what it is mixed of."""

from functools import partial

from opensepsis.data.decode.doses import dose_as_sent
from opensepsis.data.decode.facts import Problem
from opensepsis.data.decode.observations import DecodeResult
from opensepsis.data.intake.medicines import find_medicine
from opensepsis.data.intake.text_codes import route_of
from opensepsis.uses.ward.decode.hl7.components import Part, read_component, unlisted
from opensepsis.uses.ward.decode.hl7.context import MessageContext
from opensepsis.uses.ward.decode.hl7.parser import Segment


def drug_named(scene: MessageContext, segment: Segment, number: int) -> tuple[tuple[str, ...], str]:
    """The codes of a drug, and the first of its names that is known, else the first that was sent."""
    codes = tuple(code for n in (1, 4) if (code := segment.part(number, n)))
    names = [name for n in (2, 5, 1, 4) if (name := segment.words(number, n))]
    known = (name for name in names if scene.site.local.drug(name) or find_medicine(name, ()))
    return codes, next(known, names[0] if names else "")


def route_told(segment: Segment) -> str:
    """The first of a route's texts and codes that is known, else the first code that was sent.

    Texts come first: IO is an eye in HL7's own table, and a bone in most hospitals.
    """
    said = [text for n in (2, 5, 1, 4) if (text := segment.words(1, n))]
    first = segment.words(1, 1) or segment.words(1, 2) or segment.words(1, 4) or segment.words(1, 5)
    return next((text for text in said if route_of(text)), first)


def components(scene: MessageContext, segments: list[Segment]) -> list[Part]:
    """What a drug is mixed of (RXC)."""
    decimal = scene.feed.decimal
    return [
        read_component(one, partial(drug_named, scene), partial(_exact, decimal=decimal)) for one in segments
    ]


def _exact(text: str, decimal: str) -> float | None:
    return dose_as_sent(text, decimal=decimal).exact


def tell_unlisted(scene: MessageContext, parts: list[Part], into: DecodeResult) -> None:
    """Counts the additives that no list has."""
    into.problems += [
        Problem("unmapped", "no list knows this drug", "drug", code)
        for code in unlisted(parts, scene.site.local)
    ]
