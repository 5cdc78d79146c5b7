"""Which segments of a message are about which patient: each segment goes with the PID before it.

A message in which that cannot be told is not used at all.
"""

from opensepsis.data.decode.site import Feed
from opensepsis.uses.ward.decode.hl7.identity import DELETE, patient_of
from opensepsis.uses.ward.decode.hl7.parser import Segment

HEAD = frozenset(
    ("MSH", "SFT", "UAC", "EVN", "NTE", "ARV", "MSA", "ERR", "QAK", "QRD", "QRF", "QPD", "RCP", "DSC")
)
DEPENDENT = frozenset(("OBX", "RXR", "RXC", "SPM", "NTE", "TQ1", "TQ2"))  # belong to an order before them
NO_PATIENT = "PID-3 is empty: the patient cannot be identified"
BEFORE = "{} precedes the first PID: its patient is not known"
OTHER_BIRTHS = "two PIDs of one number have different dates of birth: whose the values are is not known"
PARTED = "a PID lies between an order and its {}: the patient is not known"


class Unattributable(Exception):
    """Why it cannot be told whose values a message holds; without any value of it."""


def by_patient(segments: list[Segment], feed: Feed) -> list[tuple[str, list[Segment]]]:
    """Each patient of a message, with the head of the message and the patient's segments; Unattributable if that is not clear."""
    head, groups = _parted(segments)
    names = [patient_of(group[0], feed) for group in groups]
    if not names or not all(names):
        raise Unattributable(NO_PATIENT)
    early = next((s.name for s in head if s.name not in HEAD and not s.name.startswith("Z")), None)
    if early:
        raise Unattributable(BEFORE.format(early))
    if len(set(names)) == 1:
        if len({born for group in groups if (born := group[0].part(7)[:8])} - {DELETE}) > 1:
            raise Unattributable(OTHER_BIRTHS)
        return [(names[0], segments)]
    for group in groups[1:]:
        first = next((s.name for s in group[1:] if s.name in ORDERS or s.name in DEPENDENT - {"NTE"}), "")
        if first in DEPENDENT:
            raise Unattributable(PARTED.format(first))
    return [(name, [*head, *group]) for name, group in zip(names, groups, strict=True)]


ORDERS = frozenset(("OBR", "ORC", "RXA", "RXE", "RXO", "RXD", "RXG"))


def _parted(segments: list[Segment]) -> tuple[list[Segment], list[list[Segment]]]:
    head: list[Segment] = []
    groups: list[list[Segment]] = []
    for segment in segments:
        if segment.name == "PID":
            groups.append([segment])
        else:
            (groups[-1] if groups else head).append(segment)
    return head, groups
