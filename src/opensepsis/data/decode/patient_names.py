"""What a patient is called in the ward: `space|number`. No sender can say the name of a space that is not its own.

| space | whose numbers |
| --- | --- |
| `HOSP`, `urn:mrn` | of an issuer, as the sender or a feed's `authority` names it |
| `feed lab` | of which no issuer is told: the feed's own |
| `number AN of feed lab` | the same for a number that is no record number, by its kind (CX.5) |
| `server ehr`, `server https://a.example/fhir` | ids of resources on the server of a feed, or on another server |
| `issuer feed lab` | of an issuer whose own name reads as one of the others |

A database of an older version knows some spaces by other names (`Site.older_spaces`); an issuer with such a name is marked there too.
"""

import re
from collections.abc import Collection

_WORDS = (
    "feed ",
    "number ",
    "server ",
    "issuer ",
    "resource of ",
)  # the last begins what is kept of resources
_READ_AS_ESCAPE = re.compile("%(?=25|7C)")


def named(space: str, number: str) -> str:
    """The name of a patient. A bar in the number is written %7C, so that the last bar ends the space.

    >>> named("HOSP", "7"), named("HOSP", " 7|8"), named("HOSP|7", "8")
    ('HOSP|7', 'HOSP|7%7C8', 'HOSP|7|8')
    """
    return f"{space}|{_READ_AS_ESCAPE.sub('%25', number.strip()).replace('|', '%7C')}"


def parts_of(name: str) -> tuple[str, str]:
    """The space and the number of a name.

    >>> parts_of("HOSP|77 1"), parts_of("HOSP|7%7C8"), parts_of("77")
    (('HOSP', '77 1'), ('HOSP', '7|8'), ('', '77'))
    """
    space, _, number = name.rpartition("|")
    return space, number.replace("%7C", "|").replace("%25", "%")


def of_issuer(issuer: str, taken: Collection[str] = ()) -> str:
    """The space of an issuer's numbers; marked where its name is one of the ward's own spaces, or is `taken`.

    >>> of_issuer("HOSP"), of_issuer("server ehr"), of_issuer("ehr", {"ehr"})
    ('HOSP', 'issuer server ehr', 'issuer ehr')
    """
    issuer = issuer.strip()
    return f"issuer {issuer}" if issuer.startswith(_WORDS) or issuer in taken else issuer


def is_marked(space: str) -> bool:
    """Whether a space is not the plain name of an issuer.

    >>> is_marked("server https://a.example"), is_marked("https://a.example")
    (True, False)
    """
    return space.startswith(_WORDS)


def of_feed(feed: str) -> str:
    """The space of the numbers of a feed of which no issuer is told.

    >>> of_feed("lab")
    'feed lab'
    """
    return f"feed {feed}"


def of_kind(kind: str, space: str) -> str:
    """The space of the numbers of a kind, such as accounts, beside that of the record numbers.

    >>> of_kind("AN", of_feed("lab"))
    'number AN of feed lab'
    """
    return f"number {kind} of {space}"


def is_of_kind(name: str, space: str) -> bool:
    """Whether a space is that of the numbers of any kind beside another.

    >>> is_of_kind("number AN of feed lab", "feed lab"), is_of_kind("feed lab", "feed lab")
    (True, False)
    """
    return name.startswith("number ") and name.endswith(f" of {space}")


def of_server(server: str) -> str:
    """The space of the ids on a server: that of a feed by the feed's name, another one by its address.

    >>> of_server("ehr")
    'server ehr'
    """
    return f"server {server}"
