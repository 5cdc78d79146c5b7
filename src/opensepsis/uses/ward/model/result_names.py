"""What a result of HL7 is called: `hl7 result FEED FILLER PLACER SERVICE CODE SUB-ID TIME`, so that a correction finds it.

Each part is one word, empty where it was not sent. A number is `OWN` or `OWN^ISSUER`: without an issuer it is one of its feed. The
number of a result in a log from before schema 12, of which is not known whose it is, is `?NUMBER` in the place of the filler's.
"""

from dataclasses import dataclass
from functools import lru_cache

from opensepsis.data.decode.origins import word

RESULT = "hl7 result "
OF_ORDER, WHOLE = 6, 9  # as many words name the order, and one result of it
Number = tuple[str, str, str]  # feed, the number itself, who gave it


def number_word(own: str, issuer: str) -> str:
    """A number with who gave it, as one word.

    >>> number_word("7", ""), number_word("7^8", "LAB 1")
    ('7', '7%5E8^LAB%201')
    """
    return f"{word(own)}^{word(issuer)}" if own and issuer else word(own)


def number_in_feed(number: str, feed: str) -> str:
    """The number of a dose's order, one of its feed unless it has an issuer.

    >>> number_in_feed("7", "the mar"), number_in_feed("7^PHARM", "the mar"), number_in_feed("7^^mar", "other")
    ('7^^the%20mar', '7^PHARM', '7^^mar')
    """
    return number if "^" in number or not number else f"{number}^^{word(feed)}"


@dataclass(frozen=True)
class OrderOfResult:
    """The order of a result, as it was told with it. `either`: a number that may be the filler's or the placer's."""

    origin: str
    filler: Number | None
    placer: Number | None
    service: str
    either: Number | None = None

    @property
    def numbers(self) -> tuple[Number, ...]:
        """Every number of it."""
        return tuple(one for one in (self.filler, self.placer, self.either) if one)


@lru_cache(maxsize=10_000)
def order_in(origin: str) -> OrderOfResult | None:
    """The order in the first words of an origin; None where it has no number.

    >>> order_in("hl7 result lab F1^LIS  CBC").filler, order_in("hl7 result lab ?F1  ").either, order_in("hl7 result lab   CBC")
    (('lab', 'F1', 'LIS'), ('lab', 'F1', ''), None)
    """
    _, _, feed, filler, placer, service = origin.split(" ")
    either = _number(feed, filler.removeprefix("?")) if filler.startswith("?") else None
    told = None if either else _number(feed, filler)
    found = OrderOfResult(origin, told, _number(feed, placer), service, either)
    return found if found.numbers else None


def _number(feed: str, said: str) -> Number | None:
    own, _, issuer = said.partition("^")
    return (feed, own, issuer) if own else None


def is_same(one: Number, other: Number) -> bool:
    """Whether two numbers are one: of the same issuer, or where one names none, of the same feed.

    >>> bare, issued = ("lab", "7", ""), ("lab", "7", "LIS")
    >>> [is_same(*pair) for pair in ((bare, issued), (bare, ("rad", "7", "LIS")), (issued, ("rad", "7", "LIS")))]
    [True, False, True]
    """
    if one[1] != other[1]:
        return False
    return one[2] == other[2] if one[2] and other[2] else one[0] == other[0]


def result_parts(origin: str) -> list[str]:
    """The order, code, sub-id and time of a result, as far as its origin goes, and the rest.

    >>> result_parts("hl7 result lab F1   2524-7  5 device"), result_parts("hl7 result lab F1  ")
    (['hl7 result lab F1  ', '2524-7', '', '5', 'device'], ['hl7 result lab F1  '])
    """
    said = origin.split(" ", WHOLE)
    return [" ".join(said[:OF_ORDER]), *said[OF_ORDER:]]
