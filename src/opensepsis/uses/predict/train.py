"""Learn, and never test on who was learned from: every score comes from boosters that have not seen its patient."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version

import numpy as np

from opensepsis.counted import counted
from opensepsis.errors import DefinitionError, nearest
from opensepsis.uses.predict.alarms import BUDGETS, budget_threshold
from opensepsis.uses.predict.batch import all_features
from opensepsis.uses.predict.beside import fit_plain
from opensepsis.uses.predict.calibration import calibrate, clock_of_hours
from opensepsis.uses.predict.catalogue import PHYSIOLOGY, TIME, layout
from opensepsis.uses.predict.conformal import conformal_scores
from opensepsis.uses.predict.data import Cohort, check, patients_digest, usable_inputs, with_local
from opensepsis.uses.predict.familiarity import familiar_ranges
from opensepsis.uses.predict.learners import (
    CORE_ALONE,
    GAIN,
    PROFILES,
    Binned,
    Member,
    drawn_stays,
    paired_weights,
)
from opensepsis.uses.predict.logistic import Logistic
from opensepsis.uses.predict.metrics import WITHOUT_SEPSIS_LEAVE
from opensepsis.uses.predict.model import Beside, FittedMember, Model, Trees
from opensepsis.uses.predict.promise import promise
from opensepsis.uses.predict.splits import FOLDS, check_by_patient, patient_folds
from opensepsis.uses.predict.utility import best_threshold

_UNSET = Logistic((0.0, 1.0, 0.0))
_SCALED = 50_000  # hours from which the scale of a booster's scores is taken
EVERYWHERE = -1  # the fold of patients who are learned from in every fold and never scored
Say = Callable[[str], None]


@dataclass(frozen=True)
class Trained:
    """A model, and the cross-fitted score of every row that counts (NaN elsewhere): none from a booster that saw the row's patient."""

    model: Model
    score: np.ndarray
    folds: np.ndarray


def train(
    cohort: Cohort,
    profile: str = "portable",
    folds: np.ndarray | None = None,
    seed: int = 0,
    threads: int = 2,
    base: Model | None = None,
    say: Say = lambda words: None,
    members: tuple[Member, ...] | None = None,
) -> Trained:
    """Train on all hospitals of a cohort; thresholds, calibration and promise come from cross-fitted scores.

    `folds` is the fold of each stay (drawn by patient within hospital and outcome without it; a split that parts a patient is
    refused); stays of fold -1 are learned from in every fold and never scored. With `base` the members go on from its log odds, and may
    read what this site has beside its inputs: a few local patients are then enough. DefinitionError: nothing to learn from.
    """
    if profile not in PROFILES:
        raise DefinitionError(f"There is no profile '{profile}'. {nearest(profile, PROFILES)}")
    check(cohort)
    chosen = members or PROFILES[profile]
    cohort = cohort.with_inputs(
        usable_inputs(cohort, core=profile in CORE_ALONE) if base is None else with_local(cohort, base.inputs)
    )
    folds = patient_folds(cohort.patients, cohort.strata, FOLDS, seed) if folds is None else np.asarray(folds)
    check_by_patient(cohort.patients, folds)
    plan = layout(cohort.grid.inputs)
    tags = {tag for member in chosen for tag in member.tags}
    say(f"features of {counted(cohort.grid.hours, 'hour')}")
    columns = plan.tagged(*tags)
    rows = all_features(cohort.grid, columns)
    varying = _varying(rows, cohort.counted)
    say(f"{len(varying)} features; {len(columns) - len(varying)} never differ and are left out")
    scored = cohort.counted[folds[cohort.stay_of_row[cohort.counted]] >= 0]
    model = Model(cohort.grid.inputs, tuple(columns), (), _UNSET, (), {}, Beside({}, {}), (), {}, {}, base)
    start = model.start(rows, threads) if base is not None else None
    fitted, score = _cross_fit(cohort, chosen, rows, columns, varying, folds, start, threads, say)
    fold_of = folds[cohort.stay_of_row[cohort.counted]]
    beside = [
        _beside(cohort, rows, columns, tags, cohort.counted[fold_of != fold])
        for fold in (None, *_tested(folds))
    ]
    model = replace(model, members=fitted, beside=beside[0], beside_of_folds=tuple(beside[1:]))
    model = settled(model, cohort, scored, score[scored])
    about = {
        "opensepsis": version("opensepsis"),
        "made": datetime.now(UTC).strftime("%Y-%m-%d"),
        "profile": profile,
        "label": cohort.labels.about,
        "left_out": cohort.labels.left_out,
        "training": _training(cohort, folds, seed),
        "not_a_medical_device": "For research and teaching. Not a medical device.",
    }
    return Trained(replace(model, about=about), score, folds)


def _beside(
    cohort: Cohort, rows: np.ndarray, columns: list[int], tags: set[str], learned: np.ndarray
) -> Beside:
    """What stands beside the trees, fitted to some rows; nothing where the kinds of features lack what it reads."""
    plan = layout(cohort.grid.inputs)
    names = [plan.names[i] for i in columns]
    familiar = familiar_ranges(rows[learned], names) if PHYSIOLOGY in tags else {}
    plain = fit_plain(cohort, rows, columns, plan, learned) if {PHYSIOLOGY, TIME} <= tags else {}
    return Beside(familiar, plain)


def settled(model: Model, cohort: Cohort, scored: np.ndarray, score: np.ndarray) -> Model:
    """The model with calibration, clock, thresholds, promise and conformal scores of these rows, which its score was not fitted to."""
    hours, labels = cohort.hours[scored], cohort.labels
    positive, gains, of_row = labels.positive[scored], labels.gain[scored], cohort.stay_of_row[scored]
    model = replace(model, clock=clock_of_hours(hours, positive))
    model = replace(model, calibration=calibrate(score, model.clock_of(hours), positive))
    risk = model.risk_of_score(score, hours)
    early = hours <= WITHOUT_SEPSIS_LEAVE
    thresholds = {
        "utility": best_threshold(risk, gains),
        "utility_early": best_threshold(risk[early], gains[early]),
        **{f"budget_{share:.0%}": budget_threshold(risk, share) for share in BUDGETS},
    }
    clock = model.clock_of(hours)
    thresholds["clock_utility"] = best_threshold(clock, gains)
    thresholds["clock_utility_early"] = best_threshold(clock[early], gains[early])
    made = promise(risk, of_row, hours, labels.onset)
    if made is not None:
        thresholds["promise"] = made.threshold
    conformal = conformal_scores(risk, positive, cohort.patients[of_row])
    return replace(model, thresholds=thresholds, conformal=conformal)


def _cross_fit(cohort, chosen, rows, columns, varying, folds, start, threads, say):
    """The boosters of every member and fold, and the mean of their standardised cross-fitted scores."""
    counted, of_row = cohort.counted, cohort.stay_of_row
    per_stay = np.bincount(of_row[counted], minlength=len(folds))
    drawn, weight = drawn_stays(per_stay, cohort.septic, seed=1)
    learned = counted[drawn[of_row[counted]]]
    fold_of, learned_fold = folds[of_row], folds[of_row[learned]]
    place = {column: at for at, column in enumerate(columns)}
    plan = layout(cohort.grid.inputs)
    total = np.full(len(rows), np.nan)
    trees: list[list[Trees]] = [[] for _ in chosen]
    for fold in _tested(folds):
        its = learned[learned_fold != fold]
        test = counted[fold_of[counted] == fold]
        total[test] = 0.0
        binned = Binned(rows[its], threads)  # of these patients alone: the edges of the bins are fitted too
        for one, member in enumerate(chosen):
            allowed = [place[c] for c in plan.tagged(*member.tags) if c in place and place[c] in varying]
            positive, weighed = _target(member, cohort.labels, cohort.hours, its, weight[of_row[its]])
            booster = binned.fit(member, positive, weighed, allowed, None if start is None else start[its])
            raw = booster.predict(rows[test], raw_score=True, num_threads=threads)
            mean, spread = (
                _scale(booster, rows, its, weight[of_row[its]], threads) if start is None else (0.0, 1.0)
            )
            total[test] += (raw - mean) / spread
            trees[one].append(Trees(booster.model_to_string(), mean, spread))
            say(f"{member.name}, fold {fold + 1}")
    total /= len(chosen)
    fitted = [FittedMember(member.name, tuple(its)) for member, its in zip(chosen, trees, strict=True)]
    return tuple(fitted), total if start is None else total + start


def _scale(booster, rows, its, weight, threads) -> tuple[float, float]:
    """The mean and spread of a booster's scores on hours that it was fitted to: no other patient is in them."""
    some = slice(None, None, max(1, len(its) // _SCALED))
    told = booster.predict(rows[its[some]], raw_score=True, num_threads=threads)
    mean = float(np.average(told, weights=weight[some]))
    spread = float(np.sqrt(np.average((told - mean) ** 2, weights=weight[some])))
    return mean, spread or 1.0


def _tested(folds: np.ndarray) -> list[int]:
    """The folds that are scored."""
    return sorted(set(folds.tolist()) - {EVERYWHERE})


def _target(member: Member, labels, hours, rows, weight):
    positive = labels.positive[rows]
    if member.target == GAIN:
        gains = labels.gain[rows]
        positive, weight = gains > 0, weight * np.abs(gains)
    return positive, paired_weights(positive, hours[rows], weight) if member.paired else weight


def _varying(rows: np.ndarray, counted: np.ndarray) -> set[int]:
    """The columns that are not the same everywhere: a constant tells nothing."""
    found = set()
    for i in range(rows.shape[1]):
        column = rows[counted, i]
        known = column[~np.isnan(column)]
        if len(known) and (known.min() != known.max() or len(known) < len(column)):
            found.add(i)
    return found


def _training(cohort: Cohort, folds: np.ndarray, seed: int) -> Mapping[str, object]:
    grid, kept = cohort.grid, np.unique(cohort.stay_of_row[cohort.counted])
    return {
        "hospitals": {
            name: {
                "patients": patients_digest(cohort, name),
                "stays": int(mine[kept].sum()),
                "hours": int(np.isin(cohort.stay_of_row[cohort.counted], np.flatnonzero(mine)).sum()),
                "septic": int((mine & cohort.septic)[kept].sum()),
            }
            for name in cohort.hospitals
            for mine in [(grid.stays["hospital"] == name).to_numpy()]
        },
        "folds": len(_tested(folds)),
        "seed": seed,
        "positive_hours": int(cohort.labels.positive[cohort.counted].sum()),
    }
