"""The course of one case, from one patient's chart. Plain Python; times are whole microseconds (UTC).

The reference for `batch/findings.py`, which does the same for many stays.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import inf

from opensepsis.data.intake.text_codes import kind_of_place
from opensepsis.engine.live.chart import Chart, Event
from opensepsis.engine.semantics.finding_codes import counts, rank
from opensepsis.engine.semantics.finding_reasons import (
    DEATH_NOT_KNOWN,
    EVIDENCE,
    NO_AGE,
    NO_CULTURE,
    NO_PLACE,
    NO_RESULT,
    NO_WEIGHT,
    NOT_KNOWN,
    STAYS,
    YES,
    silence,
    uncoded,
    unscored,
)
from opensepsis.engine.semantics.provenance import named
from opensepsis.engine.semantics.time import to_microseconds
from opensepsis.rules import (
    Aged,
    Course,
    Criterion,
    Died,
    EarlierStay,
    Edge,
    Finding,
    Had,
    Kind,
    LaterStay,
    Narrowed,
    NothingGrew,
    PerWeight,
    Reached,
    Sign,
    Span,
    WentTo,
    untold,
)


@dataclass(frozen=True)
class FindingStay:
    """A stay: `hospital` is the hospital stay around it, `others` the patient's other hospital stays (start, end)."""

    admitted: int
    discharged: int
    hospital: tuple[int, int]
    died: int | None = None
    age: float | None = None
    discharged_to: str | None = None
    others: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Basis:
    """What was worked out of the stay: episodes by phenotype (onset, known, evidence), ticks by what is reached
    (time, points), the evidence of the tick that reaches it; `silent`: concepts that the source never gives."""

    episodes: Mapping[str, list[tuple[int, int, tuple[str, ...]]]] = field(default_factory=dict)
    ticks: Mapping[str, list[tuple[int, int | None]]] = field(default_factory=dict)
    evidence: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    silent: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Match:
    """One thing that shows a finding."""

    time: int
    known: int | None
    origin: str
    text: str | None = None
    value: float | None = None


@dataclass(frozen=True)
class FindingResult:
    """A finding that is there, or that is not known and why."""

    finding: str
    state: str
    time: int | None = None
    known: int | None = None
    value: float | None = None
    text: str | None = None
    reason: str | None = None
    evidence: tuple[str, ...] = ()


def course_of(course: Course, chart: Chart, stay: FindingStay, basis: Basis) -> list[FindingResult]:
    """What is found of a stay, in the order of the findings; what is absent is left out."""
    case = _StayFindings(course, chart, stay, basis)
    return [found for finding in course.findings if (found := _judged(finding, case)) is not None]


class _StayFindings:
    """A stay with its chart and the moment of infection."""

    def __init__(self, course: Course, chart: Chart, stay: FindingStay, basis: Basis):
        self.chart, self.stay, self.basis = chart, stay, basis
        onsets = [onset for onset, *_ in basis.episodes.get(course.infection.name, [])]
        self.infection = min(onsets, default=None)

    def bounds(self, span: Span) -> tuple[float, float]:
        """From and to when something counts; both count."""
        starts = {Edge.STAY: self.stay.admitted, Edge.ADMISSION: self.stay.hospital[0], Edge.EVER: -inf}
        until = self.stay.discharged if self.infection is None else self.infection
        ends = {Edge.STAY: self.stay.discharged, Edge.ADMISSION: self.stay.hospital[1], Edge.INFECTION: until}
        return starts[span.start] - to_microseconds(span.before), ends[span.end]


def _judged(finding: Finding, case: _StayFindings) -> FindingResult | None:
    answers = [_told(mark, case) for mark in finding.marks]
    hits = [hit for hits, _ in answers for hit in hits]
    reasons = [reason for _, reason in answers if reason]
    if not hits:
        return FindingResult(finding.name, NOT_KNOWN, reason=reasons[0]) if reasons else None
    hits.sort(key=lambda h: (h.time, h.time if h.known is None else h.known, h.origin, h.text or ""))
    known = [h.known for h in hits if h.known is not None]
    values = [h.value for h in hits if h.value is not None]
    origins = tuple(dict.fromkeys(h.origin for h in hits))[:EVIDENCE]
    first = hits[0]
    return FindingResult(
        finding.name,
        YES,
        first.time,
        min(known, default=None),
        max(values, default=None),
        first.text,
        None,
        origins,
    )


def _told(mark: Criterion, case: _StayFindings) -> tuple[list[Match], str]:
    """As `_answer`, or why it cannot be told: the source never gives what the mark needs."""
    concept = untold(mark, case.basis.silent)
    if concept is None or (isinstance(mark, LaterStay) and not _back(mark, case)):
        return _answer(mark, case)
    return [], silence(concept.label)


def _answer(mark: Criterion, case: _StayFindings) -> tuple[list[Match], str]:
    """What shows a mark, and why it is not known if it is not; neither when it is absent."""
    match mark:
        case Sign():
            return _sign(mark, case)
        case NothingGrew():
            return _nothing_grew(mark, case)
        case Reached():
            return _reached(mark, case)
        case PerWeight():
            return _per_weight(mark, case)
        case Narrowed():
            return _narrowed(mark, case)
        case LaterStay():
            return _later_stay(mark, case)
        case Had(phenotype=phenotype):
            episodes = case.basis.episodes.get(phenotype.name, [])
            return [Match(t, k, o) for t, k, origins in episodes for o in origins], ""
    return _of_stay(mark, case.stay)


def _of_stay(mark: Aged | EarlierStay | Died | WentTo, stay: FindingStay) -> tuple[list[Match], str]:
    """What the stays alone tell."""
    died_here = stay.died is not None and stay.died <= stay.discharged
    if isinstance(mark, Died | WentTo) and stay.died is None:
        place = kind_of_place(mark.places, stay.discharged_to or "")
        if place in DEATH_NOT_KNOWN:
            return [], DEATH_NOT_KNOWN[place]
    match mark:
        case Aged(at_least=at_least, below=below):
            if stay.age is None:
                return [], NO_AGE
            hit = Match(stay.admitted, stay.admitted, STAYS, None, stay.age)
            return ([hit] if at_least <= stay.age < below else []), ""
        case EarlierStay(within=within):
            ends = [end for _, end in stay.others if 0 <= stay.hospital[0] - end <= to_microseconds(within)]
            return [Match(end, end, STAYS) for end in ends], ""
        case Died(in_stay=True, places=places, kind=kind):
            by_place = stay.discharged_to is not None and kind_of_place(places, stay.discharged_to) == kind
            at = stay.died if died_here and stay.died is not None else stay.discharged
            return ([Match(at, at, STAYS)] if died_here or by_place else []), ""
        case Died():
            later = [] if stay.died is None or died_here else [Match(stay.died, stay.died, STAYS)]
            return later, ""
        case WentTo(places=places, kind=kind):
            if died_here:
                return [], ""
            if stay.discharged_to is None:
                return [], NO_PLACE
            there = kind_of_place(places, stay.discharged_to) == kind
            hit = Match(stay.discharged, stay.discharged, STAYS, stay.discharged_to)
            return ([hit] if there else []), ""
    raise TypeError(f"no reading for {mark!r}")


def _sign(mark: Sign, case: _StayFindings) -> tuple[list[Match], str]:
    concept = mark.concept
    from_, to = case.bounds(mark.span)
    standing = case.chart.standing(concept.name)
    if concept.kind is Kind.INTERVAL:
        there = [e for e in standing if e.time <= to and case.chart.end_of(e) >= from_]
        there = [e for e in there if e.value is None or e.value > 0]
    else:
        there = [e for e in standing if from_ <= e.time <= to]
    hits = [_hit(e, case.chart, concept.kind) for e in there if counts(mark.reading, e.text)]
    coded = not mark.each_stay or _any_within(standing, case.stay.hospital)
    return hits, "" if coded else uncoded(concept.label)


def _hit(event: Event, chart: Chart, kind: Kind) -> Match:
    known = chart.first_known(event) if kind is Kind.EVENT else event.known
    return Match(event.time, max(event.time, known), named(event), event.text)


def _any_within(events: Iterable[Event], stay: tuple[int, int]) -> bool:
    return any(stay[0] <= e.time <= stay[1] for e in events)


def _nothing_grew(mark: NothingGrew, case: _StayFindings) -> tuple[list[Match], str]:
    from_, to = case.bounds(mark.span)
    cultures = [e for e in case.chart.standing(mark.culture.name) if from_ <= e.time <= to]
    if not cultures:
        return [], NO_CULTURE
    if any(e.value is not None and e.value > 0 for e in cultures):
        return [], ""
    if any(e.value is None for e in cultures):
        return [], NO_RESULT
    known = max(max(e.time, e.known) for e in cultures)
    return [Match(e.time, known, named(e), e.text) for e in cultures], ""


def _reached(mark: Reached, case: _StayFindings) -> tuple[list[Match], str]:
    ticks = [(t, points) for t, points in case.basis.ticks.get(mark.key, []) if points is not None]
    if not ticks:
        return [], unscored(mark.key)
    reaching = [t for t, points in ticks if points >= mark.at_least]
    if not reaching:
        return [], ""
    highest = float(max(points for _, points in ticks))
    origins = case.basis.evidence.get(mark.key, ())
    return [Match(min(reaching), None, origin, None, highest) for origin in origins], ""


def _per_weight(mark: PerWeight, case: _StayFindings) -> tuple[list[Match], str]:
    anchor = case.stay.admitted if case.infection is None else case.infection
    from_, to = anchor - to_microseconds(mark.before), anchor + to_microseconds(mark.after)
    series = case.chart.series[mark.amount.name]
    total = sum(v for t, v in zip(series.times, series.values, strict=True) if from_ <= t <= to)
    if total <= 0:
        return [], ""
    weight = _weight(mark, case, anchor)
    if weight is None:
        return [], NO_WEIGHT
    given = [e for e in case.chart.standing_measures(mark.amount.name) if from_ <= e.time <= to]
    value = total / (weight * 1000)  # amounts are whole thousandths
    return [Match(e.time, max(e.time, e.known), named(e), None, value) for e in given], ""


def _weight(mark: PerWeight, case: _StayFindings, anchor: int) -> float | None:
    series = case.chart.series[mark.weight.name]
    i = series.last(anchor)
    if i < 0:
        i = 0
        if not series.times or series.times[0] > case.stay.discharged:
            return None
    return series.values[i]


def _narrowed(mark: Narrowed, case: _StayFindings) -> tuple[list[Match], str]:
    from_, to = case.bounds(mark.span)
    grown = [e for e in case.chart.standing(mark.organism.name) if from_ <= e.time <= to]
    reports = [_hit(e, case.chart, Kind.EVENT) for e in grown if counts(mark.grown, e.text)]
    given = [e for e in case.chart.standing(mark.drug.name) if from_ <= e.time <= to]
    ranked = [(rank(mark.spectrum, e.text), _hit(e, case.chart, Kind.EVENT)) for e in given]
    broad = [dose.time for r, dose in ranked if r is not None and r >= mark.broad_from]
    reported = min((h.known for h in reports if h.known is not None), default=None)
    if reported is None or not any(t <= reported for t in broad):
        return [], ""
    narrow = [dose for r, dose in ranked if r and r < mark.broad_from and dose.time > reported]
    lasting = to_microseconds(mark.for_at_least)
    stays = [dose for dose in narrow if not any(0 <= t - dose.time <= lasting for t in broad)]
    first = min((dose.time for dose in stays), default=None)
    return [dose for dose in stays if dose.time == first], ""


def _back(mark: LaterStay, case: _StayFindings) -> list[tuple[int, int]]:
    """The hospital stays soon after the stay."""
    end = case.stay.hospital[1]
    return [other for other in case.stay.others if 0 <= other[0] - end <= to_microseconds(mark.within)]


def _later_stay(mark: LaterStay, case: _StayFindings) -> tuple[list[Match], str]:
    back = _back(mark, case)
    codes = case.chart.standing(mark.concept.name)
    hits = [
        Match(start, max(e.time, case.chart.first_known(e)), named(e), e.text)
        for start, stop in back
        for e in codes
        if start <= e.time <= stop and counts(mark.reading, e.text)
    ]
    coded = all(_any_within(codes, stay) for stay in back)
    return hits, "" if coded else uncoded(mark.concept.label)
