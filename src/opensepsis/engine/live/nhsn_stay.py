"""What the NHSN draft asks of a stay as a whole: its days, its end and its diagnoses. Plain Python."""

from dataclasses import dataclass

from opensepsis.data.intake.text_codes import kind_of_place
from opensepsis.engine.live.chart import Chart
from opensepsis.engine.semantics.diagnoses import Diagnosis, read_diagnosis
from opensepsis.engine.semantics.finding_codes import counts
from opensepsis.engine.semantics.stays import Stay
from opensepsis.rules import CodeList, NhsnSepsisEvent


@dataclass(frozen=True)
class DaysOfStay:
    """The days of a stay, what ended it, and its coded diagnoses with whether each was present on admission."""

    stay: Stay
    presented_at: int
    presented: int
    first: int
    last: int
    ends: tuple[int, ...]  # days that allow fewer qualifying days
    dead: bool
    hospice: bool
    discharged_alive: bool
    principal_infection: bool
    diagnoses: tuple[tuple[Diagnosis, bool], ...]

    def coded(self, listed: CodeList | None, only_on_admission: bool) -> bool:
        """Whether a diagnosis of the stay is on a list."""
        there = [d for d, on_admission in self.diagnoses if on_admission or not only_on_admission]
        return listed is not None and any(counts(listed, d.code) for d in there)


def days_of_stay(phenotype: NhsnSepsisEvent, stay: Stay, chart: Chart) -> DaysOfStay:
    """The days of a stay from presentation to discharge."""
    day_of = chart.calendar.day_of
    arrived = stay.arrived
    presented_at = stay.admitted if phenotype.from_admission else arrived.presented
    presented, last = day_of(presented_at), day_of(stay.discharged)
    place = kind_of_place(phenotype.places, stay.discharged_to or "")
    died = day_of(stay.died) if stay.died is not None else None
    died = died if died is not None and died <= last else None
    dead = died is not None or place in phenotype.died
    ends = [day for day in (died, last if place in phenotype.died else None) if day is not None]
    if not (arrived.by_itself and phenotype.only_death_ends_a_visit):
        comfort = [day_of(e.time) for e in chart.standing(phenotype.comfort_care.name)]
        ends += [day for day in comfort if day <= last]
        ends += [last] if place in (*phenotype.hospice, *phenotype.transferred) else []
    coded = _diagnoses(phenotype, stay, chart, presented, last)
    principal = [d for d, _ in coded if d.principal]
    return DaysOfStay(
        stay=stay,
        presented_at=presented_at,
        presented=presented,
        first=presented - phenotype.days_before_stay,
        last=last,
        ends=tuple(ends),
        dead=dead,
        hospice=not dead and place in phenotype.hospice,
        discharged_alive=not dead and place not in (*phenotype.hospice, *phenotype.transferred),
        principal_infection=bool(principal) and all(counts(phenotype.principal, d.code) for d in principal),
        diagnoses=coded,
    )


def _diagnoses(phenotype, stay: Stay, chart: Chart, presented: int, last: int):
    """Each diagnosis of the stay, and whether it was present on admission: by its mark, else by its day."""
    day_of = chart.calendar.day_of
    admitted = day_of(stay.admitted)
    # inpatient day 1 is that of admission and no day is 0, so day −1 lies two days before it
    early, late = admitted + phenotype.admission_from - 1, admitted + phenotype.admission_to - 1
    found = []
    for event in chart.standing(phenotype.diagnosis.name):
        day, read = day_of(event.time), read_diagnosis(event.text)
        if presented <= day <= last:
            by_day = early <= day <= late
            found.append((read, by_day if read.on_admission is None else read.on_admission))
    return tuple(found)
