"""A day as HL7 and as FHIR; whatever happened in it, it must leave a whole trail."""

import pytest

from tests.support.ward.feeds import Day


@pytest.fixture(params=["hl7", "fhir"])
def form(request):
    return request.param


@pytest.fixture
def new_day(form, tmp_path):
    """Begins another day in the same form; each is checked in the end."""
    days = []

    def begin(**more) -> Day:
        days.append(Day(form, tmp_path / f"{len(days)}.db", **more))
        return days[-1]

    yield begin
    for day in days:
        day.check()
        day.close()


@pytest.fixture
def day(new_day):
    return new_day()


@pytest.fixture
def mother(new_day):
    """The day of a woman of 30."""
    return new_day(born="19960101")
