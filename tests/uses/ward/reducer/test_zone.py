"""The ward counts days in its hospital's zone, where one is told."""

from datetime import UTC, datetime, timedelta

import pytest

from opensepsis.engine.live.bedside import moment
from opensepsis.engine.live.chart import Event
from opensepsis.uses.ward.model.facts import Charted, Entry, Move, Visited
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.state.monitored import watched
from opensepsis.uses.ward.state.ward import Ward

ADMITTED = datetime(2025, 1, 6, 13, tzinfo=UTC)  # 08:00 in New York


@pytest.mark.parametrize(
    "zone, onset, kind",
    [
        ("America/New_York", datetime(2025, 1, 7, 5, tzinfo=UTC), "community"),  # 22:00 of day 2
        (None, datetime(2025, 1, 8, tzinfo=UTC), "hospital"),
    ],
)
def test_the_day_of_a_vasopressor(zone, onset, kind):
    started = ADMITTED + timedelta(hours=38)  # 22:00 in New York on 7 January, 03:00 UTC on the 8th
    grown = ADMITTED + timedelta(hours=40)
    events = [
        Event("organism", moment(grown), None, moment(grown), None, "blood|ESCHERICHIA COLI", "o"),
        Event(
            "norepinephrine",
            moment(started),
            moment(started) + 3_600_000_000,
            moment(started),
            0.1,
            None,
            "n",
        ),
    ]
    facts = [Visited("A|1", "v", Move.ADMIT, moment(ADMITTED), moment(ADMITTED))]
    facts += [Charted("A|1", e) for e in sorted(events, key=lambda e: e.known)]
    ward = Ward(watched((), ("bacteremia_shock_event",), (), zone), AlertPolicy())
    now = moment(grown) + 60_000_000
    ward.take([Entry(n, n, moment(ADMITTED) if n == 1 else now, fact) for n, fact in enumerate(facts, 1)])
    (patient,) = ward.patients.values()
    found = patient.found["bacteremia_shock_event"]
    assert [(e.onset, e.onset_type) for e in found] == [(moment(onset), kind)]
