"""Infection with criteria that hold together, for one stay: the reference for `criteria.py`.

`ticks` are (time, total of each score in the order of `scores_of`), in order of time.
"""

from opensepsis.engine.moment import micro
from opensepsis.engine.stay import Episode
from opensepsis.rules import CriteriaMet, Worsened, scores_of

Ticks = list[tuple]


def criteria_met(phenotype: CriteriaMet, groups, ticks: Ticks) -> list[Episode]:
    """For each course of infection (in `groups`) the first suspicion around which all criteria are met."""
    place = {score.name: i + 1 for i, score in enumerate(scores_of(phenotype))}
    good = []
    for tick in ticks:
        totals = [(tick[place[c.score.name]], c.points) for c in phenotype.criteria]
        if all(total is not None and total >= points for total, points in totals):
            good.append((tick[0], totals[0][0]))
    found = []
    for group in groups:
        episode = next((e for s in group if (e := _around(phenotype, s, good))), None)
        found += [episode] if episode else []
    return found


def _around(phenotype: CriteriaMet, suspicion, good: list[tuple[int, int]]) -> Episode | None:
    """The episode of one suspicion: the first tick near it at which all criteria hold."""
    at = suspicion.time
    for time, points in good:
        if at - micro(phenotype.before) <= time <= at + micro(phenotype.after):
            onset = max(at, time) if phenotype.complete else min(at, time)
            return Episode(
                onset=onset, known=max(suspicion.known, time), suspected=at, organ_failure=time, points=points
            )
    return None


def worsened(phenotype: Worsened, groups, ticks: Ticks) -> list[Episode]:
    """For each episode of criteria met, the first tick from its onset on with the further sign."""
    scores = [score.name for score in scores_of(phenotype)]
    inner = [scores.index(score.name) + 1 for score in scores_of(phenotype.after)]
    sign = scores.index(phenotype.sign.score.name) + 1
    before = criteria_met(phenotype.after, groups, [(t[0], *(t[i] for i in inner)) for t in ticks])
    found = []
    for e in before:
        last = e.onset + micro(phenotype.within)
        signs = (t[0] for t in ticks if t[sign] is not None and t[sign] >= phenotype.sign.points)
        time = next((t for t in signs if e.onset <= t <= last), None)
        if time is not None:
            found.append(
                Episode(
                    onset=time,
                    known=max(e.known, time),
                    suspected=e.suspected,
                    organ_failure=e.organ_failure,
                    shock=time,
                    points=e.points,
                )
            )
    return found
