"""Times without an offset in HL7: the zone of the feed, the offset of the message, and the days on which clocks change."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from opensepsis.data.decode.site import Feed
from opensepsis.uses.ward.model.facts import Charted
from tests.support.ward.hl7_messages import ANN, MINUTE, SITE, found, result

BERLIN = replace(SITE, feeds={"lab": Feed(zone="Europe/Berlin")})


def moment(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000


@pytest.mark.parametrize(
    ("taken", "sent", "at"),
    [
        ("20261024230000", "20261025080000+0100", "2026-10-24T21:00"),  # the evening before clocks went back
        ("20261025070000", "20261025080000+0100", "2026-10-25T06:00"),
        ("20260328230000", "20260329080000+0200", "2026-03-28T22:00"),  # and before they went forward
        (
            "20261025023000",
            "20261025023500+0200",
            "2026-10-25T00:30",
        ),  # the hour that happens twice: as the message says
        ("20261025023000", "20261025023500+0100", "2026-10-25T01:30"),
        ("20260302110000", "20260302110500-0500", "2026-03-02T16:00"),  # a sender elsewhere
        ("20260702110000", "20261202110500-0500", "2026-07-02T16:00"),
        ("20261024230000+0100", "20261025080000+0100", "2026-10-24T22:00"),  # an offset of its own
        ("20261024230000", "20261025080000", "2026-10-24T21:00"),
    ],
)
def test_the_offset_of_a_message_is_that_of_its_own_time(taken, sent, at):
    facts, _ = found(
        ANN, f"OBR|1||o1|x|||{taken}", result("4"), at=sent, site=BERLIN, received=moment("2026-12-03T00:00")
    )
    assert [f.event.time for f in facts if isinstance(f, Charted)] == [moment(at)]


def test_a_feed_without_a_zone_takes_the_offset_of_the_message():
    facts, _ = found(
        ANN,
        "OBR|1||o1|x|||20260702110000",
        result("4"),
        at="20260702110500+0200",
        received=moment("2026-07-02T09:06") + MINUTE,
    )
    assert [f.event.time for f in facts if isinstance(f, Charted)] == [moment("2026-07-02T09:00")]
