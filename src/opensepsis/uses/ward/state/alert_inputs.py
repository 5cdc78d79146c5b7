"""What the alert policy has to say of one patient now. Times are whole microseconds (UTC)."""

from functools import cache

from opensepsis.definitions.phenotypes import PHENOTYPES
from opensepsis.definitions.scores import SCORES
from opensepsis.definitions.signals.carried import expecting, recently_pregnant
from opensepsis.definitions.signals.children import age_months
from opensepsis.definitions.single_parameter import SINGLE_PARAMETER
from opensepsis.engine.clocks.evaluate import State
from opensepsis.engine.live.explain import Reason as RowReason
from opensepsis.engine.live.explain import reasons_for
from opensepsis.engine.live.phenotypes import Episode
from opensepsis.engine.live.score_tables import ScorePoints
from opensepsis.engine.semantics.time import to_microseconds
from opensepsis.rules import Score
from opensepsis.uses.ward.state.alert_policy import AlertPolicy, EpisodeFound, Level, ScoreReaches, SignsMet
from opensepsis.uses.ward.state.alert_record import SIGN, AlertInputs, Reason
from opensepsis.uses.ward.state.detection import evidence_of
from opensepsis.uses.ward.state.patient import Patient
from opensepsis.uses.ward.state.treatment import Treatment, treatment_of

VERSIONS = 100_000  # microseconds
SHORT = {
    "news2": "NEWS2",
    "qsofa": "qSOFA",
    "sirs": "SIRS",
    "sofa": "SOFA",
    "phoenix": "Phoenix",
    "npews": "NPEWS",
    "omsofa": "omSOFA",
    "cmqcc_step_1": "CMQCC step 1",
    "cmqcc_step_2": "CMQCC step 2",
}
ADULT, CHILD = "age not known, scored as an adult", "age not known, scored as a child"
NO_VALIDATED_SCORE = "not a validated score"
CHOOSES_CELL = (
    f"{age_months.label} ",
    f"{expecting.signal.label} ",
    f"{recently_pregnant.signal.label} ",
)  # says which cell is read, and is no sign
SUSPECTED = EpisodeFound("suspected_infection", Level.WATCH)


def situation(
    patient: Patient, found: dict[str, list[Episode]], now: int, policy: AlertPolicy
) -> AlertInputs:
    """Everything that alerting looks at, at a moment."""
    points, signs = _points(patient, now), _signs(patient, now, policy)
    reasons, unclear = _by_policy(patient, found, points | signs, now, policy)
    visit, treatment = patient.visit, _treatment(patient, reasons, now, policy)
    return AlertInputs(
        time=now,
        reasons=(*reasons, *_missed(patient, now, policy)),
        unclear=unclear,
        corrected="; ".join(dict.fromkeys(patient.corrections)),
        stood=_stood(patient, found, now, policy) if patient.corrections else frozenset(),
        organs=_organs(points, policy) | _met(signs),
        points=tuple(
            (name, total)
            for name in policy.rise_of
            if name in points and (total := points[name].total) is not None
        ),
        treated=treatment.treated,
        lapsed=treatment.over,
        recheck=treatment.until,
        comfort_care=comfort_care(patient, now),
        gone=_gone(patient, now),
        ward=visit.ward if visit else "",
    )


def _treatment(patient: Patient, reasons: list[Reason], now: int, policy: AlertPolicy) -> Treatment:
    """How the patient is treated, looked up where that can suppress something."""
    matters = any(r.suppressible and r.level > Level.WATCH for r in (*reasons, *patient.alert_record.held))
    return treatment_of(patient, now, policy) if matters else Treatment()


def _gone(patient: Patient, now: int) -> str:
    """Died, or left; empty for somebody who is here."""
    visit = patient.visit
    died = patient.died
    if died is not None and died <= now:
        return "died"
    return "left" if visit is None or (visit.discharged is not None and visit.discharged <= now) else ""


def _points(patient: Patient, now: int) -> dict[str, ScorePoints]:
    refused = patient.refusals(now)
    return {s.name: patient.bedside.points(s, now) for s in patient.watching.shown if s.name not in refused}


def _infected(patient: Patient, found, now: int, policy: AlertPolicy) -> bool:
    return any(_standing(patient, SUSPECTED, e, now, policy) for e in found.get(SUSPECTED.phenotype, ()))


def _label(spoken: ScoreReaches) -> str:
    return f"{spoken.score}>={spoken.points}{' infection' * spoken.infection}"


def _by_policy(
    patient: Patient, found, points, now: int, policy: AlertPolicy
) -> tuple[list[Reason], frozenset[str]]:
    reasons, unclear = [], set()
    infected = _infected(patient, found, now, policy)
    for spoken in policy.reasons:
        match spoken:
            case ScoreReaches(score=name) if name in points and (infected or not spoken.infection):
                given = points[name]
                if given.total is not None and given.total >= spoken.points:
                    reasons.append(_reached(patient, spoken, given, now))
                elif _may_reach(SCORES[name], given, spoken.points):
                    unclear.add(_label(spoken))
            case ScoreReaches(score=name) if name not in points:
                unclear.add(_label(spoken))  # not made any more
            case SignsMet(chart=name) if name in points:
                _by_signs(patient, spoken, points[spoken.chart], now, reasons, unclear)
            case EpisodeFound(phenotype=name):
                for i, episode in enumerate(found.get(name, ())):
                    if _standing(patient, spoken, episode, now, policy):
                        reasons.append(_episode(patient, spoken, f"{name} {i}", episode, now))
    return reasons, frozenset(unclear)


def _by_signs(
    patient: Patient, spoken: SignsMet, given: ScorePoints, now: int, reasons: list[Reason], unclear: set[str]
) -> None:
    """The signs of a single-parameter chart that are met, as one reason."""
    chart, bedside = SINGLE_PARAMETER[spoken.chart], patient.bedside
    if given.total:
        met = _giving(patient, chart, given, now)
        parts = (part for r in met for part in r.words.split("; "))
        signs = dict.fromkeys(part for part in parts if not part.startswith(CHOOSES_CELL))
        words = f"{chart.title}: {'; '.join(signs)} ({NO_VALIDATED_SCORE})"
        messages = _messages(patient, [o for r in met for o in r.origins])
        reasons.append(
            Reason(
                chart.name, spoken.level, words, False, messages, measured=_newest(patient, met), found=now
            )
        )
    elif _may_reach(chart, given, 1) or bedside.refusal(chart, now):
        unclear.add(chart.name)


def _signs(patient: Patient, now: int, policy: AlertPolicy) -> dict[str, ScorePoints]:
    """The single-parameter charts of the policy; those of children only for somebody who is known to be one."""
    charts = [SINGLE_PARAMETER[s.chart] for s in policy.reasons if isinstance(s, SignsMet)]
    made = [c for c in charts if c.age_below is None or patient.born is not None]
    return {chart.name: patient.bedside.points(chart, now) for chart in made}


def _met(signs: dict[str, ScorePoints]) -> frozenset[str]:
    """The single signs that are met: another one than before is news."""
    return frozenset(
        f"{SIGN}{_titles()[name, row]}"
        for name, given in signs.items()
        for row, points in given.rows.items()
        if points.points
    )


@cache
def _titles() -> dict[tuple[str, str], str]:
    """What each row of a single-parameter chart is called."""
    return {(name, row.name): row.title for name, chart in SINGLE_PARAMETER.items() for row in chart.rows}


def _stood(patient: Patient, found, now: int, policy: AlertPolicy) -> frozenset[str]:
    """The reasons that were held and, with everything that was corrected, did hold when they were last found."""
    held = {reason.name: reason.found for reason in patient.alert_record.held}
    infected = _infected(patient, found, now, policy)
    stood = set()
    for spoken in policy.reasons:
        match spoken:
            case ScoreReaches() if _label(spoken) in held and (infected or not spoken.infection):
                total = patient.bedside.points(SCORES[spoken.score], held[_label(spoken)]).total
                known = total is not None and total >= spoken.points
                if known or spoken.score in patient.refusals(now):
                    stood.add(_label(spoken))
            case SignsMet(chart=name) if name in held:
                if patient.bedside.points(SINGLE_PARAMETER[name], held[name]).total:
                    stood.add(name)
    return frozenset(stood)


def _may_reach(score: Score, given: ScorePoints, points: int) -> bool:
    """Whether the rows that are not known could still bring a score to so many points."""
    if given.rows_known == len(score.rows):
        return False
    most = [row.most for row in score.rows if given.rows[row.name].points is None]
    if score.by_worst_row:
        return max(most, default=0) >= points
    return (given.total or 0) + sum(most) >= points and bool(most)


def _episode(patient: Patient, spoken: EpisodeFound, label: str, episode: Episode, now: int) -> Reason:
    """An episode as a reason; what it rests on is looked up when it is first told, or has moved."""
    words, about = PHENOTYPES[spoken.phenotype].title, f"{spoken.phenotype} {episode.onset}"
    held = next((r for r in patient.alert_record.held if (r.name, r.about) == (label, about)), None)
    origins = () if held else evidence_of(patient, spoken.phenotype, episode)
    messages = held.evidence if held else _messages(patient, origins)
    words += _assumed(patient, spoken.phenotype.startswith("phoenix"))
    return Reason(
        label, spoken.level, words, spoken.suppressible, messages, about, measured=episode.onset, found=now
    )


def _messages(patient: Patient, origins) -> tuple[int, ...]:
    """The messages in which these rows of the chart came."""
    return tuple(dict.fromkeys(patient.sources[o].message for o in origins if o in patient.sources))


def _standing(
    patient: Patient, spoken: EpisodeFound, episode: Episode, now: int, policy: AlertPolicy
) -> bool:
    """Whether an episode is told of; a later version of a row is known some microseconds after its receipt.

    What came late is told from when it was found here, unless it is history by then.
    """
    known = max(episode.known, episode.onset)
    found = patient.first_found.get((spoken.phenotype, episode.suspected), known)
    if known < found <= episode.onset + to_microseconds(policy.late_until):
        known = found
    return now - to_microseconds(spoken.lasting) <= known <= now + VERSIONS


def _reached(patient: Patient, spoken: ScoreReaches, given: ScorePoints, now: int) -> Reason:
    """A score that reaches its limit; only one that rests on infection can be suppressed by treatment."""
    score, label = SCORES[spoken.score], _label(spoken)
    held = next((r for r in patient.alert_record.held if r.name == label), None)
    known = f"{given.rows_known} of {len(score.rows)} rows known"
    words = f"{SHORT.get(score.name, score.title)} {given.total} ({known}){' with suspected infection' * spoken.infection}"
    words += _assumed(patient, score.age_below is not None)
    giving = _giving(patient, score, given, now)
    messages = held.evidence if held else _messages(patient, [o for r in giving for o in r.origins])
    return Reason(
        label,
        spoken.level,
        words,
        spoken.infection,
        messages,
        spoken.score,
        measured=_newest(patient, giving),
        found=now,
    )


def _giving(patient: Patient, score: Score, given: ScorePoints, now: int) -> list[RowReason]:
    """The reasons of the rows that give points; those of others are told to nobody."""
    return reasons_for(patient.bedside, score, given, now)


def _newest(patient: Patient, giving) -> int | None:
    """When the newest of the values that give points was measured."""
    times = [patient.sources[o].time for r in giving for o in r.origins if o in patient.sources]
    return max(times, default=None)


def _assumed(patient: Patient, child: bool) -> str:
    """Which chart is taken for somebody whose age is not known."""
    return "" if patient.born is not None else f", {CHILD if child else ADULT}"


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
            breaks_through=True,
            measured=t.due_by,
            found=now,
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


def comfort_care(patient: Patient, now: int) -> bool:
    """Whether comfort care runs at a moment; an order ends with the visit in which it was given."""
    chart = patient.bedside.chart
    return "comfort_care" in chart.concepts and any(
        begin <= now < end for begin, end, _, _ in chart.intervals("comfort_care")
    )
