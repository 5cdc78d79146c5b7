"""What phenotypes are found for one patient now, what starts the clocks, and how every task stands. Times in microseconds."""

from dataclasses import replace

from opensepsis.definitions.phenotypes import PHENOTYPES
from opensepsis.definitions.scores import SCORES
from opensepsis.engine.clocks.evaluate import State, TaskState, evaluate
from opensepsis.engine.clocks.record import record_of
from opensepsis.engine.clocks.tasks import Admission
from opensepsis.engine.clocks.time_zero import TimeZero, follow, found_by_band, found_by_episodes
from opensepsis.engine.live.explain import at_bedside
from opensepsis.engine.live.phenotypes import Episode, episodes, suspicions
from opensepsis.engine.semantics.perspective import Perspective
from opensepsis.engine.semantics.stays import Stay
from opensepsis.engine.semantics.time import to_microseconds
from opensepsis.rules import BandTrigger, Phenotype, Shock, scores_of
from opensepsis.uses.ward.model.facts import Acted
from opensepsis.uses.ward.state.acts import ticked
from opensepsis.uses.ward.state.hours import HourlyEvaluations
from opensepsis.uses.ward.state.monitored import INFECTION_READS
from opensepsis.uses.ward.state.patient import Patient

BY_PERSON, RETRACTED = "start", "retract"


def found_now(patient: Patient, now: int) -> dict[str, list[Episode]]:
    """The episodes of each phenotype in the present visit, from everything told so far."""
    visit, hours = patient.visit, patient.ticks
    if visit is None or hours is None:
        return {}
    chart, reads = patient.bedside.chart, patient.watching.infection_reads
    charted = {n for n in INFECTION_READS if n in chart.series and chart.series[n].times}
    found: dict[str, list[Episode]] = {name: [] for name in reads}
    asked = [p for p in patient.watching.looked_for if charted.issuperset(reads[p.name])]
    if asked:
        end = now if visit.discharged is None else min(now, visit.discharged)
        stay = patient.stay(visit, max(end, visit.admitted))
        found |= {p.name: _episodes(p, stay, patient, hours, now) for p in asked}
    return found


def note_first_found(patient: Patient, found: dict[str, list[Episode]], now: int) -> None:
    """When each episode was first found here: what is filed days late could be known before, and was not."""
    for name, courses in found.items():
        for course in courses:
            patient.first_found.setdefault((name, course.suspected), now)


def _episodes(
    phenotype: Phenotype, stay: Stay, patient: Patient, hours: HourlyEvaluations, now: int
) -> list[Episode]:
    chart = patient.bedside.chart
    watching = patient.watching
    for infection in watching.infections[phenotype.name]:
        for suspicion in suspicions(infection, chart):
            hours.look_at(suspicion.time, infection.name)
    resting_on, only = watching.resting_on[phenotype.name], watching.matters[phenotype.name]
    suspected = tuple(infection.name for infection in watching.infections[phenotype.name])
    times = hours.of(resting_on or watching.scores[:1], now, only, suspected)
    return episodes(phenotype, stay, chart, times) if times else []


def labelled(patient: Patient, phenotype: Phenotype, now: int) -> list[Episode]:
    """The episodes as `label --as-known` tells them: from the hours of the visit, each as it was known then."""
    visit, hours = patient.visit, patient.ticks
    if visit is None or hours is None:
        return []
    places = [hours.scores.index(s) for s in scores_of(phenotype)]
    known = [(time, *(totals[p] for p in places)) for time, totals in hours.as_known if time <= now]
    end = now if visit.discharged is None else min(now, visit.discharged)
    stay = patient.stay(visit, end, Perspective.HOUR_BY_HOUR)
    return episodes(phenotype, stay, patient.bedside.chart, known) if known else []


def bring_findings_up_to_date(patient: Patient, found: dict[str, list[Episode]], now: int) -> None:
    """Time zeros: new ones with their evidence, those that no longer hold withdrawn, those that persons set kept."""
    if not patient.findings and not patient.acts and not any(found.values()):
        return  # as of nearly every patient
    for trigger in patient.watching.triggers:
        before = patient.findings.get(trigger.name, [])
        banded = isinstance(trigger, BandTrigger)
        name = trigger.infection if banded else trigger.phenotype
        courses = found.get(name, [])
        if not before and not courses:
            continue
        if not courses or patient.ticks is None:
            fresh = []
        elif banded:
            for course in courses:
                patient.ticks.look_at(course.suspected - to_microseconds(trigger.before), trigger.score)
            fresh = found_by_band(
                trigger, courses, patient.ticks.of((SCORES[trigger.score],), now, None, (trigger.infection,))
            )
        else:
            fresh = found_by_episodes(trigger, courses)
        fresh = [_as_held(f, before, courses, name, patient, now) for f in fresh]
        patient.findings[trigger.name] = follow(before, fresh, now)
    for act in patient.acts:
        if act.act == BY_PERSON:
            mine = patient.findings.setdefault(act.trigger, [])
            if all((f.time, f.set_by) != (act.time, act.user) for f in mine):
                mine.append(TimeZero(act.trigger, act.time, act.time, (), act.user))
        elif act.act == RETRACTED:
            _take_back(patient.findings.get(act.trigger, []), act)


def _take_back(findings: list[TimeZero], act: Acted) -> None:
    """Takes back what a person started; without a time zero all of it so far."""
    for i, held in enumerate(findings):
        by_person = held.set_by != "engine" and held.withdrawn is None
        if by_person and held.time <= act.time and act.zero in (None, held.time):
            reason = ": ".join(w for w in (f"taken back by {act.user}", act.reason) if w)
            findings[i] = replace(held, withdrawn=act.time, reason=reason)


def _as_held(
    finding: TimeZero, before: list[TimeZero], courses: list[Episode], name: str, patient: Patient, now: int
):
    """A time zero with its evidence, known to the ward from when it first found it."""
    held = next((f for f in before if (f.trigger, f.time) == (finding.trigger, finding.time)), None)
    if held:
        return TimeZero(finding.trigger, finding.time, held.known, held.evidence)
    course = min(courses, key=lambda e: abs(e.suspected - finding.time))
    return replace(finding, known=max(finding.known, now), evidence=evidence_of(patient, name, course))


def evidence_of(patient: Patient, name: str, episode: Episode) -> tuple[str, ...]:
    """The origins of what an episode rests on: the pair of suspicion, the rows of the score, lactate and vasopressor."""
    chart, phenotype = patient.bedside.chart, PHENOTYPES[name]
    found: list[str | None] = []
    for concept in patient.watching.infection_reads[name]:
        if concept in chart.concepts:
            near = [
                e for e in chart.standing(concept) if abs(e.time - episode.suspected) <= 72 * 3_600_000_000
            ]
            first = min(near, key=lambda e: (abs(e.time - episode.suspected), e.time), default=None)
            found.append(first.origin if first else None)
    if episode.organ_failure is not None:
        for score in scores_of(phenotype):
            for reason in at_bedside(patient.bedside, score, episode.organ_failure):
                found += reason.origins
    if episode.shock is not None and isinstance(phenotype, Shock):
        near = [
            e for e in chart.standing(phenotype.lactate.name) if e.value and e.value > phenotype.lactate_above
        ]
        found += [
            e.origin for e in near if abs(e.time - episode.shock) <= to_microseconds(phenotype.paired_within)
        ]
    return tuple(dict.fromkeys(o for o in found if o))


def tasks_now(patient: Patient, now: int, feed_alive_until: dict[str, int] | None = None) -> list[TaskState]:
    """Every task of every clock that has begun; `feed_alive_until`: up to when the feeds of each concept were alive."""
    begun = {name for name, findings in patient.findings.items() if findings}
    clocks = [c for c in patient.watching.clocks if begun & {arm.trigger.name for arm in c.arms}]
    visit = patient.visit
    if not clocks or visit is None:
        return []
    record = record_of(patient.bedside.chart, patient.watching.clock_reads)
    # a later version of a row is known some microseconds after its receipt, which is now
    corrected = {name: {min(m, now) for m in moments} for name, moments in record.corrections.items()}
    record = replace(record, corrections=corrected)
    died = patient.died
    admission = Admission(visit.admitted, visit.discharged, died, patient.age(visit.admitted))
    told = []
    for clock in clocks:
        triggers = {arm.trigger.name for arm in clock.arms}
        findings = [f for name in sorted(triggers) for f in patient.findings.get(name, ())]
        told += evaluate(
            clock,
            record,
            findings,
            now,
            admission,
            ticked=ticked(patient.acts),
            feed_alive_until=feed_alive_until,
        )
    return told


def next_due(tasks: list[TaskState], after: int, silence: int | None = None) -> int | None:
    """When a task changes by itself: it becomes due, its time has passed, or a feed falls silent."""
    open_states = (State.NOT_DUE, State.DUE)
    times = [t.due_from for t in tasks if t.state in open_states and t.due_from is not None]
    times += [t.due_by + 1 for t in tasks if t.state in open_states and t.due_by is not None]
    times += [silence] if silence is not None and times else []
    return min((t for t in times if t > after), default=None)
