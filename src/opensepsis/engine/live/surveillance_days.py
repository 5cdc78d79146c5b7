"""Calendar days of a stay, support that is new on a day, and which events of several count. Plain Python."""

from collections.abc import Iterator
from dataclasses import dataclass

from opensepsis.engine.live.chart import Chart, Event
from opensepsis.engine.semantics.calendar import UTC_DAYS, Calendar
from opensepsis.engine.semantics.specimens import of_specimen
from opensepsis.engine.semantics.stays import Episode, Stay
from opensepsis.rules import NewSupport, Surveillance


@dataclass(frozen=True)
class Window:
    """The days that count around a culture's day, within those of the stay."""

    culture: int
    suspected: int
    first: int
    last: int
    stay_first: int
    stay_last: int
    admitted: int
    calendar: Calendar

    def holds(self, moment: float) -> bool:
        """Whether a moment lies on one of these days."""
        return self.first <= self.calendar.day_of(moment) <= self.last


def windows(
    phenotype: Surveillance, stay: Stay, cultures: list[Event], calendar: Calendar = UTC_DAYS
) -> Iterator[Window]:
    """One window for each day of the stay on which blood was taken."""
    admitted, last = calendar.day_of(stay.admitted), calendar.day_of(stay.discharged)
    first, reach = admitted - phenotype.days_before_stay, phenotype.window_days
    taken: dict[int, int] = {}
    for culture in cultures:
        day = calendar.day_of(culture.time)
        if first <= day <= last:
            taken[day] = min(taken.get(day, culture.time), culture.time)
    for day, time in sorted(taken.items()):
        from_, to = max(day - reach, first), min(day + reach, last)
        yield Window(day, time, from_, to, first, last, admitted, calendar)


def blood(phenotype, chart: Chart) -> list[Event]:
    """The cultures, or rows of organisms, from blood."""
    wanted, left_out = phenotype.specimens, phenotype.specimens_left_out
    return [e for e in chart.standing(phenotype.culture.name) if of_specimen(wanted, left_out, e.text)]


def new_starts(support: NewSupport, chart: Chart) -> list[tuple[int, int]]:
    """When new support started, and when that was known: none of it ran on the days before."""
    ran = [
        (e.time, chart.end_of(e), e.known)
        for e in chart.standing(support.concept.name)
        if (not support.words or e.text in support.words) and (e.value is None or e.value > 0)
    ]
    ran = [(start, end, known) for start, end, known in ran if start < end]
    return [(start, known) for start, _, known in ran if not _ran_before(support, start, ran, chart.calendar)]


def _ran_before(support: NewSupport, start: int, ran, calendar: Calendar) -> bool:
    """Whether some of it ran on one of the days before."""
    today = calendar.day_of(start)
    from_, to = calendar.begins(today - support.free_days), calendar.begins(today)
    return any(other < to and end > from_ for other, end, _ in ran)


def counted(phenotype: Surveillance, found: list[Episode], calendar: Calendar) -> list[Episode]:
    """The events that count: the earliest of a stay, and later ones far enough from the one before."""
    kept: list[Episode] = []
    last = 0
    for event in sorted(found, key=lambda e: (e.onset, e.suspected)):
        after = phenotype.repeat_after_days
        day = calendar.day_of(event.onset)
        if not kept or (after is not None and day - last >= after):
            kept.append(event)
            last = day
    return kept


def onset_type(phenotype: Surveillance, window: Window, day: int) -> str:
    """Community onset up to hospital day 2, hospital onset after it."""
    return "hospital" if day - window.admitted + 1 >= phenotype.hospital_from_day else "community"


def too_young(phenotype: Surveillance, stay: Stay) -> bool:
    """Whether the patient is known to be below the age the definition was made for."""
    return stay.age is not None and stay.age < phenotype.lowest_age
