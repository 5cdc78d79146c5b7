"""Patients of whom nothing is heard: for how long, and what of one who left stays in memory."""

from collections.abc import Iterable
from dataclasses import dataclass

from opensepsis.engine.clocks.time_zero import TimeZero
from opensepsis.uses.ward.state.alert_record import AlertRecord
from opensepsis.uses.ward.state.since_leaving import NOTHING, SinceLeaving

# before every moment that a message can say: an admission of the year 1 has no hours to judge until 1970
EVER = -(2**62)


@dataclass(frozen=True)
class Left:
    """What stays in memory of a patient who left long ago: the alert, what was found, when it was last looked at, and what came since."""

    alert_record: AlertRecord
    findings: dict[str, list[TimeZero]]
    first_found: dict[tuple[str, int], int]
    seen_until: int
    discharged: bool
    since: SinceLeaving = NOTHING


def unheard(received: Iterable[int], rest_after: int, last: int | None = None) -> list[tuple[int, int]]:
    """The spans that are further than `rest_after` from every message about a patient; `last` came before these.

    >>> unheard([10, 12, 30], 5, last=2)
    [(17, 25)]
    """
    found = []
    for moment in received:
        begin = EVER if last is None else last + rest_after
        if moment - rest_after > begin:
            found.append((begin, moment - rest_after))
        last = moment
    return found
