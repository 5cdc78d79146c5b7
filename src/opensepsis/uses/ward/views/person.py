"""Who a patient is, as the pages show it: record number, age, and what chooses the chart."""

from opensepsis.definitions.concepts.person import PREGNANCY
from opensepsis.definitions.signals.carried import expecting, recently_pregnant
from opensepsis.definitions.single_parameter import ADULT_AGE
from opensepsis.engine.live.signals import value_at
from opensepsis.engine.semantics.time import to_microseconds
from opensepsis.rules import hours
from opensepsis.uses.ward.model.facts import Flagged
from opensepsis.uses.ward.model.views import FlagView, PlaceView
from opensepsis.uses.ward.state.patient import Patient

MOVED_LATELY = to_microseconds(hours(24))


def is_adult(patient: Patient, now: int) -> bool:
    """Whether the scores of adults are made; an unknown age counts as an adult's, which is told."""
    age = patient.age(now)
    return age is None or age >= ADULT_AGE


def is_pregnant(patient: Patient, now: int) -> bool:
    """Whether somebody is charted as pregnant or recently pregnant."""
    chart = patient.bedside.chart
    return PREGNANCY.name in chart.series and any(
        value_at(told.signal, now, chart)[0] in told.words for told in (expecting, recently_pregnant)
    )


def flags_of(patient: Patient, now: int) -> tuple[FlagView, ...]:
    """What the flags on the record say that stand now, each once; of those about one thing the last of this visit."""
    standing = sorted((f for f in patient.flags.values() if _holds(f, patient, now)), key=_held_since)
    last = {flag.about or flag.words: flag for flag in standing}
    return tuple(
        FlagView(flag.words, _held_since(flag)[0]) for flag in sorted(last.values(), key=_held_since)
    )


def _held_since(flag: Flagged) -> tuple[int, int, str]:
    return flag.stated if flag.since is None else flag.since, flag.stated, flag.origin


def _holds(flag: Flagged, patient: Patient, now: int) -> bool:
    """Whether a flag stands now: what is about one thing, as code status, only in the visit in which it was said."""
    ends = [v.discharged for v in patient.visits if v.discharged is not None]
    over = flag.about and any(_held_since(flag)[0] < end <= now for end in ends)
    return flag.stands and not over and (flag.until is None or flag.until > now)


def places_of(patient: Patient) -> tuple[PlaceView, ...]:
    """Where the patient was during this visit, the first first."""
    return tuple(
        PlaceView(ward, bed, time) for time, ward, bed in (patient.visit.places if patient.visit else ())
    )


def moved_from(patient: Patient, now: int) -> PlaceView | None:
    """The ward of which the patient came in the last day, and since when they are here; None without a transfer."""
    places = [p for p in places_of(patient) if p.since <= now]
    for before, after in zip(places[-2::-1], places[:0:-1], strict=True):
        if now - after.since >= MOVED_LATELY:
            return None
        if before.ward != after.ward:
            return PlaceView(before.ward, before.bed, after.since)
    return None
