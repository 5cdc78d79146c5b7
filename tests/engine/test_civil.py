"""Days of a zone: their first moments through every change of the clock, by the tables of the zones."""

from datetime import UTC, datetime

import pytest

from opensepsis.engine.live.bedside import moment
from opensepsis.engine.semantics.calendar import Calendar


def utc(*parts: int) -> int:
    return moment(datetime(*parts, tzinfo=UTC))


@pytest.mark.parametrize(
    "zone, inside, begins, ends",
    [
        (None, utc(2025, 3, 9, 3), utc(2025, 3, 9), utc(2025, 3, 10)),
        # New York springs forward on 9 March 2025: 23 hours, from −5 to −4
        ("America/New_York", utc(2025, 3, 9, 12), utc(2025, 3, 9, 5), utc(2025, 3, 10, 4)),
        # and falls back on 2 November: 25 hours
        ("America/New_York", utc(2025, 11, 2, 12), utc(2025, 11, 2, 4), utc(2025, 11, 3, 5)),
        # Cairo springs forward at midnight of 25 April 2025: its day begins at 01:00
        ("Africa/Cairo", utc(2025, 4, 25, 9), utc(2025, 4, 24, 22), utc(2025, 4, 25, 21)),
    ],
)
def test_a_day_from_its_first_moment_to_its_last(zone, inside, begins, ends):
    calendar = Calendar(zone)
    day = calendar.day_of(inside)
    assert (calendar.begins(day), calendar.begins(day + 1)) == (begins, ends)
    assert calendar.day_of(begins) == calendar.day_of(ends - 1) == day
    assert calendar.day_of(begins - 1) == day - 1
