"""Times that cannot be: a year 1 or 1900 where a system had nothing to say, and clocks that run ahead. The ward goes on."""

from datetime import timedelta

import pytest

from opensepsis.uses.ward.decode import read
from opensepsis.uses.ward.model.messages import Message
from opensepsis.uses.ward.web.words import clock_in
from tests.support.ward.feeds import MORNING, SITE, to_microseconds

ICU = "PV1|1|I|3B^1^1||||||||||||||||V1|||||||||||||||||||||||||{admitted}\r"


def admit(day, year: int) -> None:
    began = MORNING.replace(year=year)
    hl7 = day._head("ADT^A01", 0, "1") + ICU.format(admitted=f"{began:%Y%m%d%H%M%S}".zfill(14))
    iso = began.isoformat().zfill(25)
    visit = {"resourceType": "Encounter", "id": "V1", "status": "in-progress", "subject": {"reference": "Patient/1"},
             "class": {"code": "IMP"}, "period": {"start": iso}, "location": [{"location": {"display": "3B"}}]}  # fmt: skip
    day.send(0, hl7, visit)


@pytest.mark.parametrize("year", [1, 1900, 1969])
def test_an_admission_of_the_year_1_does_not_stop_the_ward(day, year):
    """Else every hour since then is scored: for a year 1 the ward would stand still for hours, for everybody."""
    admit(day, year)
    day.ill(10)
    assert day.alerts() == ["alert"]
    assert len(day.patient().ticks.as_known) < 24 * 8
    assert len(day.hospital.board(None)) == 1


def test_a_time_over_the_edge_of_the_calendar_is_shown():
    edge = -62_135_596_800_000_000  # 1 January of the year 1, which no zone west of Greenwich can write
    assert clock_in("America/New_York")(edge) == "at no time"


def test_an_admission_of_a_clock_that_runs_ahead_begins_when_it_is_told(day):
    """Else nothing is looked for until that moment has come: Sepsis-3 would be told seven hours late."""
    day.admit(0, at=420)
    assert day.patient().visit.admitted == to_microseconds(0)
    day.culture(15)
    day.dose(20)
    day.result(30, creatinine=4.2, platelets=40)
    assert day.patient().found["sepsis3"]
    assert [why for *_, why in day.store.database.rows("SELECT words FROM problem WHERE kind = 'time'")]


def test_a_row_of_a_csv_folder_from_the_future_is_quarantined():
    when = (MORNING + timedelta(minutes=6)).isoformat()
    rows = f"patient,concept,time,value\n1,lactate,{when},9\n".encode()
    facts, problems = read(Message(1, "csv", "csv", "k", rows, to_microseconds(0)), SITE)
    assert [type(f).__name__ for f in facts] == ["Rejected"]
    assert [p.kind for p in problems] == ["time"]
