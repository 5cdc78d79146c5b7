"""What ORU says of a culture: the lines of one report together, and what beside it is no finding (susceptibilities, counts)."""

from collections.abc import Iterator

from opensepsis.data.decode.facts import Problem
from opensepsis.data.decode.observations import DecodeResult
from opensepsis.data.decode.organisms import SUSCEPTIBILITY
from opensepsis.data.decode.site import Coded
from opensepsis.data.intake.culture import Growth, organisms_named, read_culture
from opensepsis.uses.ward.decode.hl7.context import MessageContext
from opensepsis.uses.ward.decode.hl7.identity import DELETE
from opensepsis.uses.ward.decode.hl7.parser import Segment
from opensepsis.uses.ward.decode.hl7.requests import Request, coded, coded_in
from opensepsis.uses.ward.decode.hl7.values import Sent, value_of

Found = tuple[Coded, str, str]
# of table 0078 (interpretation): how an organism answers to a drug
INTERPRETED = frozenset(("S", "I", "R", "MS", "VS", "SDD", "NS", "SYN-S", "SYN-R"))
_IN_WORDS = frozenset(("susceptible", "resistant", "intermediate", "sensitive", "susceptible dose dependent"))


def found_in(scene: MessageContext, request: Request, observed: Segment) -> Found | None:
    """What an observation is: by its own code; by that of its request, or of the result that it comes of, where it has none or grew."""
    if own := coded_in(scene, observed, 3):
        return own
    asked = coded_in(scene, request.asked, 4) if request.asked else None
    unnamed = not (observed.part(3, 1) or observed.part(3, 4))
    if asked and (unnamed or asked[0].concept == "culture"):
        return asked
    parent = _parent(scene, request)
    return parent if parent and parent[0].concept == "culture" and _names(scene, observed) else None


def reports(
    scene: MessageContext, request: Request, into: DecodeResult
) -> Iterator[tuple[Segment, Found | None, Sent | None]]:
    """Each observation of a request with what it is; the lines of one report of a culture as one, with what they say together."""
    together: dict[tuple[str, ...], list[tuple[Segment, Found]]] = {}
    beside: list[tuple[Segment, Found]] = []
    for observed in request.observed:
        found = found_in(scene, request, observed)
        if found is None or found[0].concept != "culture":
            yield observed, found, None
        elif _is_beside(scene, request, observed):
            beside.append((observed, found))
        else:
            key = (found[2], *(observed.part(n) for n in (4, 11, 14)))
            together.setdefault(key, []).append((observed, found))
    if beside and not together and not request.is_of_a_result:
        together["",] = [beside.pop(0)]  # that a culture was taken is said all the same
    for observed, _ in beside:
        into.problems.append(Problem("unused", SUSCEPTIBILITY, observed.part(3, 3), observed.part(3, 1)))
    for lines in together.values():
        yield from _one_report(scene, lines)


def _one_report(
    scene: MessageContext, lines: list[tuple[Segment, Found]]
) -> Iterator[tuple[Segment, Found, Sent | None]]:
    sent = [(line, value_of(line[0], "culture")) for line in lines]
    texts = [said.text for _, said in sent if not said.reason and said.text != DELETE]
    if len(texts) < len(sent) or len(sent) == 1:
        yield from ((*line, None) for line in lines)
        return
    whole = "\n".join(dict.fromkeys(texts))
    if _read(scene, whole) is Growth.NOT_KNOWN:
        known = [text for text in texts if _read(scene, text) is not Growth.NOT_KNOWN]
        whole = "\n".join(dict.fromkeys(known or texts))
    yield *lines[0], Sent(whole)


def _read(scene: MessageContext, text: str) -> Growth:
    return read_culture(scene.site.local.word("culture", text))


def _names(scene: MessageContext, observed: Segment) -> bool:
    said = value_of(observed, "culture")
    return not said.reason and bool(organisms_named(scene.site.local.word("culture", said.text)))


def _is_beside(scene: MessageContext, request: Request, observed: Segment) -> bool:
    """Whether an observation under a culture, without a culture's code of its own, says something else than what grew."""
    if coded_in(scene, observed, 3) or not (observed.part(3, 1) or observed.part(3, 4)):
        return False
    answers = {part.upper() for part in observed.repeats(8)} & INTERPRETED
    said = observed.words(5, 2) or observed.words(5, 1)
    if answers or observed.part(2).upper() in ("NM", "SN"):
        return True
    if said.upper() in INTERPRETED or said.lower() in _IN_WORDS:
        return True
    return request.is_of_a_result and not _names(scene, observed)


def _parent(scene: MessageContext, request: Request) -> Found | None:
    """What the result is of which a request comes (OBR-26)."""
    if not request.asked or not request.is_of_a_result:
        return None
    code, _, system, *_ = [*request.asked.parts_of(request.asked.raw(26), 1), "", "", ""]
    return coded(scene, code, system)
