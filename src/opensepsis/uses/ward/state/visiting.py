"""What of a patient depends on who it is and on the visits: which visit is looked at, its hours, and where what runs ends."""

from opensepsis.definitions.concepts.person import SEX
from opensepsis.engine.live.bedside import Bedside
from opensepsis.engine.semantics.perspective import Perspective
from opensepsis.engine.semantics.stays import Stay
from opensepsis.uses.ward.model.facts import Described, Visited
from opensepsis.uses.ward.state.hours import HourlyEvaluations, refusals_at
from opensepsis.uses.ward.state.monitored import Watched
from opensepsis.uses.ward.state.person import SEXES, YEAR, Person, is_refuted, person_of
from opensepsis.uses.ward.state.seen_in import SeenIn
from opensepsis.uses.ward.state.since_leaving import SinceLeaving, since_leaving
from opensepsis.uses.ward.state.versions import Source
from opensepsis.uses.ward.state.visits import (
    Visit,
    arrival_of,
    assumed_stay,
    called,
    death_in,
    ends_of,
    present,
    visits_of,
)


class Visiting:
    """A patient as far as the visits go; what is charted is the patient's own."""

    watching: Watched
    rest_after: int
    bedside: Bedside
    steps: set[Visited]
    visits: list[Visit]
    seen_in: SeenIn
    looked_at: Visit | None  # the present visit when the visits were worked out last
    ended: set[int]
    alive: dict[str, int]  # by the number it was told of: the last vital sign
    values: dict[tuple[str, int, str], Source]  # by concept, time and origin
    first_charted: int | None
    last_charted: dict[str, int]
    assumed_moved: bool  # the stay assumed from the first value on begins earlier now
    described: dict[Described, Described]
    _person: Person | None
    sex: str | None  # as the definitions have it
    changed: set[str]
    ticks: HourlyEvaluations | None
    heard: int
    unheard: list[tuple[int, int]]  # spans whose hours are not judged

    def settle_visits(self) -> None:
        """Works out the assumed stay after all that came together, and in which stay the patient is by what was charted.

        Earlier and earlier values move the assumed stay many times.
        """
        if self.assumed_moved or self.visit != self.looked_at:
            self._visits_changed()
        else:
            self._ends_changed()

    def _visits_changed(self, anew: bool = False) -> None:
        """Works out the visits; when the present one begins at another time, its hours begin anew."""
        self.assumed_moved = False
        self.changed.add("visit")
        self.visits = visits_of(self.steps) or assumed_stay(
            self.steps, self.first_charted, self.bedside.chart
        )
        self.ended |= {visit.discharged for visit in self.visits if visit.discharged is not None}
        self._ends_changed()
        self.sex = self._told_sex()
        self.bedside.stays_begin((v.admitted for v in self.visits), self.sex)
        visit = self.looked_at = self.visit
        if visit is None:
            self.ticks = None
        elif anew or self.ticks is None or self.ticks.admitted != visit.admitted:
            self._new_ticks(visit.admitted)

    def _ends_changed(self) -> None:
        """Open-ended infusions end with the visit; a cancelled discharge takes that back."""
        ends = ends_of(self.visits, self._is_seen)
        if ends != self.bedside.chart.ends:
            self.bedside.stays_end(ends)
            if self.ticks:
                self.ticks.stale(self.ticks.admitted)

    def _new_ticks(self, admitted: int) -> None:
        self.ticks = HourlyEvaluations(self.watching.scores, self.bedside, admitted)
        for name in self.bedside.chart.concepts:
            for time in self.bedside.chart.seen[name]:
                self.ticks.charted(time, name)

    @property
    def visit(self) -> Visit | None:
        """The present visit."""
        return present(self.visits, self._is_seen)

    @property
    def since_leaving(self) -> SinceLeaving:
        """What was measured since the end of the present visit."""
        visit = self.visit
        return since_leaving(self.bedside.chart, visit.discharged if visit else None)

    def _is_seen(self, visit: str, since: int) -> bool:
        chart = self.bedside.chart
        return any(self.seen_in.after(name, since, self.values, chart) for name in called(visit, self.steps))

    @property
    def next_hour(self) -> int | None:
        """The next hour of the visit to be judged; None while no message about the patient is near it."""
        if self.ticks is None:
            return None
        hour = self.ticks.unjudged
        for begin, end in self.unheard:
            if begin < hour < end:
                hour = self.ticks.next_hour(end - 1)
        return hour if hour <= self.heard + self.rest_after else None

    @property
    def person(self) -> Person:
        """Who it is, each part as stated last."""
        if self._person is None:
            self._person = person_of(self.described.values())
        return self._person

    @property
    def died(self) -> int | None:
        """When the patient died; None as well where what was charted since says otherwise."""
        died = self.person.died
        if died is not None:
            holding = (said for said in self.described.values() if not is_refuted(said, self.alive))
            died = person_of(holding).died
        return death_in(died, self.visit, self.last_charted.values())

    def age(self, at: int) -> float | None:
        """Age in years at a moment; None when the birth is not known."""
        born = self.person.born
        return None if born is None else (at - born) / YEAR

    def stay(self, visit: Visit, until: int, judged: Perspective = Perspective.NOW) -> Stay:
        """A visit as the engine judges it, up to a moment."""
        person, age = self.person, self.age(visit.admitted)
        came = arrival_of(visit, self.visits, person.born, SEXES.get(person.sex), self.watching.calendar)
        return Stay(visit.admitted, until, age, self.died, visit.discharged_to, judged, came)

    def refusals(self, at: int) -> dict[str, str]:
        """The scores that are not made for this patient, and why."""
        return refusals_at(at, self.watching.scores, self.bedside)

    def _told_sex(self) -> str | None:
        """The sex as the definitions read it; None where none of them does, or where it is neither or not known."""
        return SEXES.get(self.person.sex) if SEX.name in self.bedside.chart.concepts else None
