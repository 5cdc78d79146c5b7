"""What every OBX has, a value or the code status: how it stands (OBX-11), when it was, and the name by which a correction finds it."""

from dataclasses import dataclass

from opensepsis.data.decode.facts import Corrected, Problem
from opensepsis.data.decode.observations import AGAIN, DecodeResult, filed_as
from opensepsis.data.decode.origins import word
from opensepsis.uses.ward.decode.hl7.context import MessageContext
from opensepsis.uses.ward.decode.hl7.parser import Segment
from opensepsis.uses.ward.decode.hl7.requests import Request
from opensepsis.uses.ward.model.facts import Rejected, Voided

STATUS = {  # table 0085
    "": "final", "F": "final", "U": "final", "B": "corrected", "V": "corrected", "A": "corrected", "C": "corrected",
    "P": "preliminary", "R": "preliminary", "S": "preliminary",
    "D": "withdrawn", "W": "withdrawn", "X": "withdrawn", "N": "withdrawn",
}  # fmt: skip
NO_RESULT = {
    "X": "the result cannot be obtained",
    "N": "it was not asked for",
    "I": "pending",
    "O": "an order only",
}
NOT_HAD = frozenset(("X", "N"))  # no result: it may be of another specimen than the one before
CORRECTED = "C"  # of OBR-25, table 0123
NOT_KNOWN = "its status in OBX-11 is not known"
CORRECTED_TO_NOTHING = "corrected to no value"
WITHDRAWN_ALONE = "a withdrawal without a time or an order: which value it takes back is not known"
Places = tuple[tuple[Segment | None, int], ...]


@dataclass(frozen=True, slots=True)
class When:
    """The clinical time of a value, when it was filed, and the name by which a correction finds it: order, code, sub-id, time."""

    time: int | None
    known: int
    origin: str
    assumed: bool  # the time of the message stands in for it


def when(
    scene: MessageContext,
    request: Request,
    observed: Segment,
    code: str,
    status: str,
    places: Places,
    label: str,
    into: DecodeResult,
) -> When:
    """When a value was measured, by the first of `places` that was sent, and filed; where it is a correction, that is told.

    Of a time that happens twice the receipt tells which, but not for what is said again: then neither keeps its earlier value.
    """
    time, known = scene.first_time(*places), filed(scene, request, observed)
    if status in AGAIN and time is not None and len(both := scene.first_times(*places)) > 1:
        time, second = both
        taken_back = filed_as(known, scene.message.received, status)
        into.facts.append(Voided(scene.patient, _origin(request, observed, code, second), taken_back))
    assumed = scene.feed.message_time and not scene.says_a_time(*places)
    time = scene.stated if assumed else time
    origin = _origin(request, observed, code, time)
    if time is not None and request.is_numbered and (status in AGAIN or _is_corrected(request)):
        stated = filed_as(known, scene.message.received, status)
        perhaps = observed.part(11).upper() in NOT_HAD or status not in AGAIN
        stands = status != "withdrawn"
        into.facts.append(Corrected(scene.patient, origin, stated, label, perhaps=perhaps, stands=stands))
    return When(time, known, origin, assumed)


def _is_corrected(request: Request) -> bool:
    """Whether a whole report is sent again with corrections."""
    return request.asked is not None and request.asked.part(25).upper() == CORRECTED


def _origin(request: Request, observed: Segment, code: str, time: int | None) -> str:
    named = f"{request.name} {word(code)} {word(observed.part(4))}"
    return named if time is None else f"{named} {time}"


def filed(scene: MessageContext, request: Request, observed: Segment | None) -> int:
    """When an observation, or a whole request, was filed."""
    return scene.filed((observed, 19), (request.asked, 22))


def withdraw(
    scene: MessageContext,
    request: Request,
    code: str,
    known: int,
    label: str,
    system: str,
    into: DecodeResult,
) -> None:
    """A withdrawal without a time takes back every value of its code in its order."""
    known = filed_as(known, scene.message.received, "withdrawn")
    if request.is_numbered:
        into.facts.append(Voided(scene.patient, f"{request.name} {word(code)}", known))
    else:
        into.facts.append(Rejected(scene.patient, known, label, WITHDRAWN_ALONE))
        into.problems.append(Problem("time", WITHDRAWN_ALONE, system, code))
