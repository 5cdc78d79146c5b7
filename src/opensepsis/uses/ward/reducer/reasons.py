"""What the alert policy has to say of one patient now. Times are whole microseconds (UTC)."""

from opensepsis.definitions.phenotypes import PHENOTYPES
from opensepsis.definitions.scores import SCORES
from opensepsis.engine.chart import current_versions
from opensepsis.engine.clock import State
from opensepsis.engine.course import Episode
from opensepsis.engine.doses import dose_counts
from opensepsis.engine.explain import at_bedside
from opensepsis.engine.moment import micro
from opensepsis.engine.table import ScorePoints
from opensepsis.rules import Score
from opensepsis.uses.ward.alerts import Reason, Situation
from opensepsis.uses.ward.policy import AlertPolicy, Found, Level, ScoreReaches
from opensepsis.uses.ward.reducer.finding import evidence_of
from opensepsis.uses.ward.reducer.patient import Patient

VERSIONS = 100_000  # microseconds
SHORT = {"news2": "NEWS2", "qsofa": "qSOFA", "sirs": "SIRS", "sofa": "SOFA", "phoenix": "Phoenix"}


def situation(patient: Patient, found: dict[str, list[Episode]], now: int, policy: AlertPolicy) -> Situation:
    """Everything that alerting looks at, at a moment."""
    points = _points(patient, now)
    reasons, unclear = _by_policy(patient, found, points, now, policy)
    visit, dose = patient.visit, _last_dose(patient, now, policy)
    gone = visit is None or (visit.discharged is not None and visit.discharged <= now)
    died = patient.person.died is not None and patient.person.died <= now
    return Situation(
        time=now,
        reasons=(*reasons, *_missed(patient, now, policy)),
        unclear=unclear,
        corrected="; ".join(dict.fromkeys(patient.corrections)),
        organs=_organs(points, policy),
        points=tuple(
            (n, points[n].total) for n in policy.rise_of if n in points and points[n].total is not None
        ),
        treated=dose is not None and now - dose < micro(policy.treated_within),
        lapsed=dose is None or now - dose >= micro(policy.lapsed_after),
        comfort_care=comfort_care(patient, now),
        gone=gone or died,
        ward=visit.ward if visit else "",
    )


def _points(patient: Patient, now: int) -> dict[str, ScorePoints]:
    refused = patient.refusals(now)
    return {s.name: patient.bedside.points(s, now) for s in patient.watching.shown if s.name not in refused}


def _by_policy(
    patient: Patient, found, points, now: int, policy: AlertPolicy
) -> tuple[list[Reason], frozenset[str]]:
    reasons, unclear = [], set()
    suspected = Found("suspected_infection", Level.WATCH)
    infected = any(_standing(patient, suspected, e, now, policy) for e in found.get(suspected.phenotype, ()))
    for spoken in policy.reasons:
        match spoken:
            case ScoreReaches(score=name) if name in points and (infected or not spoken.infection):
                given, label = points[name], f"{name}>={spoken.points}{' infection' * spoken.infection}"
                if given.total is not None and given.total >= spoken.points:
                    reasons.append(_reached(patient, spoken, given, label, now))
                elif _may_reach(SCORES[name], given, spoken.points):
                    unclear.add(label)
            case ScoreReaches(score=name) if name not in points:
                unclear.add(f"{name}>={spoken.points}{' infection' * spoken.infection}")  # not made any more
            case Found(phenotype=name):
                for i, episode in enumerate(found.get(name, ())):
                    if _standing(patient, spoken, episode, now, policy):
                        reasons.append(_episode(patient, spoken, f"{name} {i}", episode, now))
    return reasons, frozenset(unclear)


def _may_reach(score: Score, given: ScorePoints, points: int) -> bool:
    """Whether the rows that are not known could still bring a score to so many points."""
    most = sum(
        max(c for p in row.parts for c in p.cells)
        for row in score.rows
        if given.rows[row.name].points is None
    )
    return (given.total or 0) + most >= points and most > 0


def _episode(patient: Patient, spoken: Found, label: str, episode: Episode, now: int) -> Reason:
    """An episode as a reason; what it rests on is looked up when it is first told, or has moved."""
    words, about = PHENOTYPES[spoken.phenotype].title, f"{spoken.phenotype} {episode.onset}"
    held = next((r for r in patient.book.held if (r.name, r.about) == (label, about)), None)
    origins = () if held else evidence_of(patient, spoken.phenotype, episode)
    messages = held.evidence if held else _messages(patient, origins)
    return Reason(label, spoken.level, words, spoken.suppressible, messages, about)


def _messages(patient: Patient, origins) -> tuple[int, ...]:
    """The messages in which these rows of the chart came."""
    return tuple(dict.fromkeys(patient.sources[o].message for o in origins if o in patient.sources))


def _standing(patient: Patient, spoken: Found, episode: Episode, now: int, policy: AlertPolicy) -> bool:
    """Whether an episode is told of; a later version of a row is known some microseconds after its receipt.

    What came late is told from when it was found here, unless it is history by then.
    """
    known = max(episode.known, episode.onset)
    found = patient.first_found.get((spoken.phenotype, episode.suspected), known)
    if known < found <= episode.onset + micro(policy.late_until):
        known = found
    return now - micro(spoken.lasting) <= known <= now + VERSIONS


def _reached(patient: Patient, spoken: ScoreReaches, given: ScorePoints, label: str, now: int) -> Reason:
    score = SCORES[spoken.score]
    held = next((r for r in patient.book.held if r.name == label), None)
    known = f"{given.rows_known} of {len(score.rows)} rows known"
    words = f"{SHORT.get(score.name, score.title)} {given.total} ({known}){' with suspected infection' * spoken.infection}"
    if held:
        return Reason(label, spoken.level, words, True, held.evidence, spoken.score)
    origins = [o for r in at_bedside(patient.bedside, score, now) if r.points for o in r.origins]
    return Reason(label, spoken.level, words, True, _messages(patient, origins), spoken.score)


def _missed(patient: Patient, now: int, policy: AlertPolicy) -> list[Reason]:
    """The tasks whose time has passed with nothing done."""
    titles = patient.watching.titles
    return [
        Reason(
            f"deadline {t.clock} {t.trigger} {t.task} {t.time_zero}",
            Level.ALERT,
            f"deadline missed: {titles[t.clock, t.trigger, t.task]}",
            suppressible=False,
            evidence=_messages(patient, t.evidence),
        )
        for t in patient.tasks
        if t.clock.partition(":")[0] in policy.deadlines
        and t.state is State.DUE
        and t.due_by is not None
        and now > t.due_by
    ]


def _organs(points: dict[str, ScorePoints], policy: AlertPolicy) -> frozenset[str]:
    return frozenset(
        row
        for name in policy.organs_of
        if name in points
        for row, given in points[name].rows.items()
        if given.points is not None and given.points >= policy.organ_points
    )


def _last_dose(patient: Patient, now: int, policy: AlertPolicy) -> int | None:
    """When the last dose that treats was given or ordered."""
    chart, found = patient.bedside.chart, []
    for name in (n for n in policy.treated_by if n in chart.series):
        times = chart.series[name].times
        for time in reversed(times[: chart.series[name].last(now) + 1]):
            doses = current_versions(chart.seen[name][time], chart.concepts[name].kind)
            if any(dose_counts(policy.treating, dose.text) for dose in doses):
                found.append(time)
                break
    return max(found, default=None)


def comfort_care(patient: Patient, now: int) -> bool:
    """Whether comfort care runs at a moment."""
    if "comfort_care" not in patient.bedside.chart.concepts:
        return False
    return any(
        e.time <= now and (e.end is None or e.end > now)
        for e in patient.bedside.chart.standing("comfort_care")
    )
