"""A death by its time, as HL7, FHIR and a ward's csv folder tell it."""

from opensepsis.data.decode.timestamps import Stamp

_LONGEST_DAY = 25 * 3_600_000_000  # of the one on which clocks are put back
UNREADABLE = "a time of death that cannot be read"
UNLISTED = "a word on death that no list has"


def death_at(told: Stamp, stated: int) -> dict[str, int | bool]:
    """What a time of death says. A mere day lasts to its end, and at most until it was said; a mere month or year tells no time.

    >>> death_at(Stamp(5, True), 9), death_at(Stamp(0, False, 20), 9), death_at(Stamp(0, False, 2**50), 9)
    ({'died': 5}, {'died': 9}, {'dead': True})
    """
    if told.to_the_minute:
        return {"died": told.time}
    if told.end - told.time > _LONGEST_DAY:
        return {"dead": True}
    return {"died": min(told.end - 1, max(told.time, stated))}
