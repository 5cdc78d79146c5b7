"""The requests (OBR) of ORU and OUL, with their observations and specimens, and what their codes mean."""

from dataclasses import dataclass, field
from functools import cached_property

from opensepsis.data.decode.origins import word
from opensepsis.data.decode.site import Coded
from opensepsis.data.intake.code_systems import system_name
from opensepsis.uses.ward.decode.hl7.context import MessageContext
from opensepsis.uses.ward.decode.hl7.identity import DELETE, entity, entity_number
from opensepsis.uses.ward.decode.hl7.parser import Segment
from opensepsis.uses.ward.model.result_names import RESULT, number_word

SPECIMEN_FIRST = frozenset(("R22", "R23"))  # OUL: the specimen stands before its orders
OF_A_PATIENT = frozenset(("", DELETE, "P", "R"))  # of SPM-11 and SPS.7, table 0369: R is a replicate


@dataclass
class Request:
    """One OBR with its observations and specimens; without OBR, observations of the patient."""

    asked: Segment | None
    observed: list[Segment] = field(default_factory=list)
    specimens: list[Segment] = field(default_factory=list)
    notes: dict[Segment, list[str]] = field(default_factory=dict)  # NTE by the observation before it
    order: Segment | None = None  # the ORC before it
    is_own_order: bool = False  # no other OBR stands between the two
    feed: str = ""
    parent: "Request | None" = None  # the request of the result that it comes of, where the message has it

    @cached_property
    def number(self) -> str:
        """The filler's number of the order, else the placer's."""
        return (entity_number(self.asked, 3) or entity_number(self.asked, 2)) if self.asked else ""

    @cached_property
    def name(self) -> str:
        """By what its results are named: its numbers as they were sent, and what was asked for."""
        numbers = " ".join(number_word(*self._entity(n)) for n in (3, 2))
        asked = self.asked
        return (
            f"{RESULT}{word(self.feed)} {numbers} {word(asked.part(4) or asked.part(4, 4)) if asked else ''}"
        )

    @property
    def is_numbered(self) -> bool:
        """Whether it has a number by which a later message can name it."""
        return any(self._entity(n)[0] for n in (3, 2))

    def _entity(self, number: int) -> tuple[str, str]:
        """The filler's (3) or placer's (2) number of OBR; where OBR has none, that of its ORC, unless the ORC has another order's."""
        if self.asked is None:
            return "", ""
        own, other = entity(self.asked, number), entity(self.asked, 5 - number)
        if own[0] or self.order is None or not self.is_own_order:
            return own
        theirs = entity(self.order, 5 - number)
        return entity(self.order, number) if not other[0] or theirs[0] in ("", other[0]) else own

    @cached_property
    def specimen(self) -> Segment | None:
        """The specimen; none where there are several of different kinds."""
        kinds = {s.part(4) for s in self.specimens}
        return self.specimens[0] if len(kinds) == 1 else None

    @cached_property
    def is_of_a_result(self) -> bool:
        """Whether it was asked for because of a result (OBR-26): a susceptibility, or the name of what grew."""
        return bool(self.asked and self.asked.part(26))

    @cached_property
    def material(self) -> str:
        """The specimen in words, from SPM or OBR-15, else that of the request that it comes of; empty where there are several."""
        if self.specimens:
            return (self.specimen.part(4, 2) or self.specimen.part(4, 1)) if self.specimen else ""
        code, text, *_ = [*self.asked.parts_of(self.asked.raw(15), 1), "", ""] if self.asked else ["", ""]
        return text or code or (self.parent.material if self.parent else "")

    @property
    def is_of_a_patient(self) -> bool:
        """Whether its specimens are the patient's, and no controls, calibrators or pools."""
        source = [self.asked.part(15, 7)] if self.asked else []
        return OF_A_PATIENT.issuperset(
            role.upper() for role in (*source, *(s.part(11) for s in self.specimens))
        )

    @property
    def specimen_text(self) -> str:
        """Every code and text by which its specimens are named, else those of the request that it comes of."""
        places = [(s, 4, (1, 2, 4, 5)) for s in self.specimens]
        places = places or ([(self.asked, 15, (1, 2))] if self.asked else [])
        said = [part for s, field, parts in places for n in parts for part in s.parts_of(s.raw(field), n)]
        return " / ".join(part for part in said if part) or (self.parent.specimen_text if self.parent else "")

    @property
    def site(self) -> str:
        """From where its specimens were taken (SPM-8, or SPS.4 of OBR-15)."""
        told = [(s.raw(8), s, n) for s in self.specimens for n in (1, 2)]
        told = told or ([(self.asked.raw(15), self.asked, 4)] if self.asked else [])
        return " / ".join(part for raw, segment, n in told for part in segment.parts_of(raw, n) if part)


def requests_of(scene: MessageContext) -> list[Request]:
    """The requests in their order; a specimen belongs to the request before it, or where it comes first to those that follow."""
    found = [Request(None, feed=scene.message.feed)]
    ahead: list[Segment] = []
    order: Segment | None = None
    named = None  # the ORC of the OBR before
    for segment in scene.segments:
        if segment.name == "ORC":
            order = segment
        elif segment.name == "OBR":
            own = order is not named
            found.append(Request(segment, [], [*ahead], {}, order, own, scene.message.feed))
            named = order
        elif segment.name == "OBX":
            found[-1].observed.append(segment)
        elif segment.name == "NTE" and found[-1].observed:
            found[-1].notes.setdefault(found[-1].observed[-1], []).append(segment.text(3))
        elif segment.name == "SPM" and (found[-1].asked is None or scene.event in SPECIMEN_FIRST):
            found.append(Request(None, feed=scene.message.feed))
            ahead = [segment]
        elif segment.name == "SPM":
            found[-1].specimens.append(segment)
    by_number = {request.number: request for request in found if request.number}
    for request in found:
        if request.asked and (parent := by_number.get(_number_of_parent(request.asked))) is not request:
            request.parent = parent
    return found


def _number_of_parent(asked: Segment) -> str:
    """The filler's number of the parent order, else the placer's (OBR-29), as the order itself names it."""
    for component in (2, 1) if asked.raw(29) else ():
        own, name, universal, *_ = [*asked.parts_of(asked.raw(29), component), "", ""]
        if own and own != DELETE:
            return (f"{own}^{name or universal}" if name or universal else own).replace(" ", "_")
    return ""


def coded_in(scene: MessageContext, segment: Segment, number: int) -> tuple[Coded, str, str] | None:
    """The first of a field's two codings that is known."""
    for code, system in ((1, 3), (4, 6)):
        value = segment.part(number, code)
        if value and (found := coded(scene, value, segment.part(number, system))):
            return found
    return None


def coded(scene: MessageContext, code: str, system: str) -> tuple[Coded, str, str] | None:
    """What a code of a coding system means, as the site has it."""
    name = system_name(system)
    found = scene.site.coded(scene.message.feed, name, code)
    return (found, name, code) if found else None
