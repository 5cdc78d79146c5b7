"""Which patient a field names, by a list of identifiers (HL7 data type CX)."""

from functools import lru_cache

from opensepsis.data.decode.nobody import names_nobody
from opensepsis.data.decode.patient_names import is_of_kind, named, of_issuer, of_kind, parts_of
from opensepsis.data.decode.site import Feed
from opensepsis.uses.ward.decode.hl7.parser import Marks, Segment

RECORD_NUMBERS = {"MR": 0, "MRN": 0, "PI": 1, "PT": 1, "": 2}  # of CX.5, table 0203
OTHER = 3
VISITS = frozenset(("VN", "AN", "PRN"))  # number a visit or an account, not a person
DELETE = '""'


def entity_number(segment: Segment, number: int) -> str:
    """An order's number (EI) with who gave it, as two systems may give the same number; empty where none was sent, or a word for none."""
    own, issuer = entity(segment, number)
    return (f"{own}^{issuer}" if issuer else own).replace(" ", "_")


def entity(segment: Segment, number: int) -> tuple[str, str]:
    """An order's number (EI) and who gave it; empty where none was sent, or a word or number for none."""
    own = segment.part(number)
    if not own or names_nobody(own):
        return "", ""
    return own, segment.part(number, 2) or segment.part(number, 3)


def patient_of(person: Segment, feed: Feed) -> str:
    """The patient of a PID: by PID-3; by PID-2 or PID-4, which older versions fill, only where their issuer is known."""
    found = identity(person, 3, feed)
    others = (identity(person, number, feed) for number in (2, 4))
    return found or next((other for other in others if other and not has_no_issuer(other, feed)), "")


def has_no_issuer(name: str, feed: Feed) -> bool:
    """Whether a patient is known by a number of which nobody tells who gave it."""
    space, _ = parts_of(name)
    return not space or (bool(feed.own) and (space == feed.own or is_of_kind(space, feed.own)))


def identity(segment: Segment, number: int, feed: Feed) -> str:
    """The first identifier of a field by rank: the feed's own authority, then record numbers, then the others."""
    return next((name for _, name in _ranked(segment, number, feed)), "")


def record_numbers(segment: Segment, number: int, feed: Feed) -> list[str]:
    """The record numbers of a field; the identifier to go by where it has none."""
    ranked = _ranked(segment, number, feed)
    numbers = [name for (visit, _, _, kind, _), name in ranked if not visit and kind < OTHER]
    return list(dict.fromkeys(numbers or [name for _, name in ranked[:1]]))


def _ranked(segment: Segment, number: int, feed: Feed) -> list[tuple[tuple[bool, bool, bool, int, int], str]]:
    """Every identifier of a field, the one to go by first: numbers without an expiration date (CX.8) before the others.

    The issuer is CX.4 (its name, else its universal identifier), else the facility in CX.6, else the feed's `authority`,
    else the feed itself, and of a number that is no record number its kind (CX.5) too: an account may have the number of another's record.
    Of a visit or an account the kind belongs to the space of an issuer too: a hospital issues record and account numbers under one name.
    """
    raw = segment.raw(number)
    return list(_ranked_in(raw, segment.marks, feed.authority, feed.own, feed.taken)) if raw else []


@lru_cache(maxsize=10_000)
def _ranked_in(
    raw: str, marks: Marks, authority: str, own: str, taken: frozenset[str]
) -> tuple[tuple[tuple[bool, bool, bool, int, int], str], ...]:
    """The identifiers of a field as it was sent: monitors say the same of a patient every minute."""
    segment = Segment("", (raw,), marks)
    found = []
    for place, text in enumerate(segment.repeats(0)):
        value, kind = segment.component(text, 1), segment.component(text, 5).upper()
        if value != DELETE and not names_nobody(value):
            issuer = _issuer(segment, text, authority, kind)
            space = _with_issuer(of_issuer(issuer, taken), kind) if issuer else _without_issuer(own, kind)
            rank = (
                kind in VISITS,
                bool(segment.component(text, 8)),
                not (authority and issuer == authority),
                RECORD_NUMBERS.get(kind, OTHER),
                place,
            )
            found.append((rank, named(space, value)))
    return tuple(sorted(found))


def _issuer(segment: Segment, text: str, authority: str, kind: str) -> str:
    """Who gave an identifier; empty where nobody is told."""
    for component in (4, 6):
        names = [part for part in segment.parts_of(text, component) if part and part != DELETE]
        if names:
            return authority if authority in names else names[0]
    return authority if kind in RECORD_NUMBERS else ""


def _with_issuer(space: str, kind: str) -> str:
    return of_kind(kind, space) if kind in VISITS else space


def _without_issuer(own: str, kind: str) -> str:
    return of_kind(kind, own) if own and kind not in RECORD_NUMBERS else own
