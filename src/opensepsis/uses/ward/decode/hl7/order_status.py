"""Whether an order stands, by ORC-1 (table 0119) and ORC-5 (table 0038)."""

from enum import StrEnum

from opensepsis.uses.ward.decode.hl7.identity import entity_number
from opensepsis.uses.ward.decode.hl7.parser import Segment
from opensepsis.uses.ward.model.result_names import number_in_feed


class Standing(StrEnum):
    """What a message says of an order."""

    STANDS = "stands"
    ENDED = "ended"
    NOT_SAID = "not said"


ENDING = frozenset(
    ("CA", "OC", "CR", "DC", "OD", "DR", "DE", "HD", "OH", "HR", "RP", "RQ", "RU")
)  # cancelled, discontinued, data errors, held, replaced
BEGINNING = frozenset(
    ("", "NW", "OK", "NA", "SN", "XO", "XR", "XX", "RL", "OE", "OR", "RO", "RE", "PA", "CH", "SC", "SR", "RF", "AF", "LI")
)  # fmt: skip
CHANGING = frozenset(("XO", "XR", "XX", "RO"))  # say anew what is ordered under a number
CANCELLED = frozenset(("CA", "OC", "CR"))
ENDED = frozenset(("CA", "DC", "ER", "HD", "RP"))  # of ORC-5
COMPLETED = "CM"


def standing_of(order: Segment | None) -> Standing:
    """Whether an order stands; one that is held or replaced does not, and a request or refusal that changes nothing says nothing."""
    if order is None:
        return Standing.STANDS
    if order.part(1).upper() in ENDING or order.part(5).upper() in ENDED:
        return Standing.ENDED
    return Standing.STANDS if order.part(1).upper() in BEGINNING else Standing.NOT_SAID


def is_changed(order: Segment | None) -> bool:
    """Whether an order takes the place of what was ordered under its numbers: it was changed, or replaces another."""
    return order is not None and order.part(1).upper() in CHANGING


def is_cancelled(order: Segment | None) -> bool:
    """Whether an order was cancelled, so that no result of it holds; one that was discontinued keeps those it had."""
    return order is not None and (order.part(1).upper() in CANCELLED or order.part(5).upper() == "CA")


def name_of(order: Segment | None) -> str:
    """The filler's and the placer's number of an order (ORC, OBR) as one word, `filler|placer`, or the one that was sent; else empty.

    What was said under one of them may be ended under the other: `state/order_numbers.py` knows which belong together.
    """
    sent = [number for n in (3, 2) if (number := entity_number(order, n))] if order else []
    return "|".join(dict.fromkeys(sent))


def name_in_feed(order: Segment | None, feed: str) -> str:
    """The same where a number without an issuer is one of its feed: two feeds may number what they gave alike."""
    sent = [number for n in (3, 2) if (number := entity_number(order, n))] if order else []
    return "|".join(dict.fromkeys(number_in_feed(number, feed) for number in sent))
