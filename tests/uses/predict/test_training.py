"""What is fitted has not seen who is judged; a model on disk is the one that was trained, or is refused."""

import json
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from opensepsis.errors import DefinitionError, FormatError, MissingError
from opensepsis.uses.predict.batch import all_features
from opensepsis.uses.predict.beside import PLAIN
from opensepsis.uses.predict.catalogue import TAGS, layout
from opensepsis.uses.predict.data import Cohort, check, pooled
from opensepsis.uses.predict.evaluate import evaluate, without_nan
from opensepsis.uses.predict.judged_rows import prepared
from opensepsis.uses.predict.labels import from_onsets
from opensepsis.uses.predict.learners import LABEL, PROFILES, Member
from opensepsis.uses.predict.live import PatientState
from opensepsis.uses.predict.model import read_model, write_model
from opensepsis.uses.predict.score import check_inputs, score_grid
from opensepsis.uses.predict.splits import check_by_patient, patient_folds
from opensepsis.uses.predict.train import train
from opensepsis.uses.predict.training_patients import folds_of_training
from tests.support.hospitals.hourly_tables import QUICK

pytest.importorskip("lightgbm")


@pytest.fixture(scope="module")
def written(trained, tmp_path_factory):
    return write_model(trained.model, tmp_path_factory.mktemp("models") / "model")


def test_a_model_on_disk_scores_the_same(trained, written, b):
    read = read_model(written)
    before, after = (score_grid(model, b.grid, 1) for model in (trained.model, read))
    assert (before.risk == after.risk).all() and (before.state == after.state).all()
    assert all(file.suffix in (".json", ".txt") for file in written.rglob("*") if file.is_file())


def test_scores_of_training_patients_come_from_other_folds(trained, written, a):
    """The cross-fitted score is that of the boosters of the patient's fold, which never saw him."""
    model = read_model(written)
    folds = folds_of_training(model, a)
    assert (folds == trained.folds).all()
    at = a.counted
    assert (score_grid(model, a.grid, 1, folds).score[at] == trained.score[at]).all()


def test_a_planted_identifier_tells_nothing(a):
    """A lab value that is the same in all hours of a septic patient, and no other's, would tell him in a split by rows."""
    drawn = np.random.default_rng(0)
    values = np.full_like(a.grid.values, np.nan)
    own = drawn.permutation(len(a.septic)).astype(np.float32)
    names = [one.concept for one in a.grid.inputs]
    for name in ("glucose", "sodium", "albumin"):
        values[:, names.index(name)] = own[a.stay_of_row]
    planted = Cohort(replace(a.grid, values=values), a.labels)
    model = train(planted, threads=1, members=QUICK)
    found = evaluate(prepared(model.model, planted, model.folds, threads=1))["discrimination"][0]
    assert found["hour_matched"] < 0.65  # by rows it is near 1


def test_nothing_that_is_fitted_for_a_fold_holds_a_number_of_its_patients(a):
    """A value far beyond all others stands in the edges of bins of whoever sorts it in."""
    column = [one.concept for one in a.grid.inputs].index("glucose")
    values = a.grid.values.copy()
    values[:, column] = 100 + np.arange(len(values)) % 50
    told = a.stay_of_row == np.flatnonzero(a.septic)[0]
    values[told, column] = 987654.0
    trained = train(Cohort(replace(a.grid, values=values), a.labels), threads=1, members=QUICK)
    own = int(trained.folds[np.flatnonzero(a.septic)[0]])
    held = ["987654" in one.text for one in trained.model.members[0].trees]
    assert held == [fold != own for fold in range(len(held))]


def test_other_patients_of_a_fold_change_nothing_that_is_fitted_for_it(a):
    """Values of every patient of one fold are multiplied: trees, scales, familiar ranges and the plain regression stay, to the last bit."""
    members = (*QUICK, replace(QUICK[0], name="gain", target="gain"))
    folds = patient_folds(a.patients, a.strata)
    values, planted = a.grid.values.copy(), folds[a.stay_of_row] == 2
    values[planted] *= np.linspace(3, 40, planted.sum(), dtype=np.float32)[:, None]
    before, after = (
        train(Cohort(replace(a.grid, values=v), a.labels), folds=folds, threads=1, members=members).model
        for v in (a.grid.values, values)
    )
    for fold in range(5):
        own, other = before.of_fold(fold), after.of_fold(fold)
        same = (own.members == other.members, own.beside == other.beside)
        assert same == ((True, True) if fold == 2 else (False, False))
    assert before.beside.plain != after.beside.plain


def test_what_stands_beside_a_judged_patient_has_not_seen_him(a):
    """The plain regression and the abstention of the patients of a fold are those of a model that was fitted to the others alone."""
    folds = patient_folds(a.patients, a.strata)
    trained = train(a, folds=folds, threads=1, members=QUICK)
    rows = prepared(trained.model, a, folds, threads=1).scored
    stays = np.flatnonzero(folds != 1)
    others = train(a.of_stays(stays), folds=folds[stays], threads=1, members=QUICK).model
    assert others.inputs == trained.model.inputs
    at = np.flatnonzero(folds[a.stay_of_row] == 1)
    alone = score_grid(others, a.of_stays(np.flatnonzero(folds == 1)).grid, 1, beside=True)
    np.testing.assert_array_equal(rows.beside[PLAIN][at], alone.beside[PLAIN])
    np.testing.assert_array_equal(rows.state[at], alone.state)


def test_a_split_by_rows_is_refused(a):
    doubled = pooled([a, a])
    folds = np.arange(len(doubled.septic)) // len(a.septic)
    with pytest.raises(DefinitionError, match="more than one fold"):
        train(doubled, folds=folds, threads=1, members=QUICK)
    with pytest.raises(DefinitionError, match="Split by patient"):
        check_by_patient(np.array([0, 0, 1]), np.array([0, 1, 0]))


def test_the_figures_of_another_hospital(trained, b):
    found = without_nan(evaluate(prepared(trained.model, b, threads=1)))
    json.dumps(found, allow_nan=False)
    ours, clock = found["discrimination"][0], found["discrimination"][-1]
    assert ours["hour_matched"] > 0.7 and clock["hour_matched"] == 0.5
    assert {one["score"] for one in found["discrimination"]} >= {
        "news2",
        "sofa",
        "sirs",
        "qsofa",
        "logistic regression",
    }
    assert found["utility"]["all hours"]["gain over the clock"]["low"] is not None
    assert [one["budget"] for one in found["alarms"]] == [0.01, 0.02, 0.05]
    assert {one["way"] for one in found["three_ways"]} == {"every hour", "fixed horizon", "per patient"}
    assert "until local labels confirm it" in found["promise"].get("words", "until local labels confirm it")


def test_a_few_local_patients_adapt_a_model(trained, written, b, tmp_path):
    base = read_model(written)
    adapted = train(b, base=base, threads=1, members=QUICK)
    again = read_model(write_model(adapted.model, tmp_path / "adapted"))
    at = b.counted
    assert (score_grid(again, b.grid, 1, adapted.folds).score[at] == adapted.score[at]).all()
    assert again.base is not None and again.base.digest == base.digest


def test_an_adapted_model_reads_what_its_site_alone_has_and_its_base_what_it_read_before(a, b, tmp_path):
    """The base knows neither platelets, which SOFA reads, nor the respiratory rate, a sign; its log odds stay, bit for bit."""
    names = [one.concept for one in a.grid.inputs]
    lacking = a.grid.values.copy()
    lacking[:, [names.index("platelets"), names.index("respiratory_rate")]] = np.nan
    base = train(Cohort(replace(a.grid, values=lacking), a.labels), "local", threads=1, members=QUICK).model
    everything = (replace(QUICK[0], tags=TAGS),)
    model = read_model(
        write_model(train(b, "adapted", base=base, threads=1, members=everything).model, tmp_path / "adapted")
    )
    assert {one.concept for one in model.inputs if one.local} == {"platelets", "respiratory_rate"}
    assert {one.concept for one in model.inputs} - {one.concept for one in base.inputs} == {
        "platelets",
        "respiratory_rate",
    }
    assert {"platelets.last", "respiratory_rate.rise_3h"} <= set(model.feature_names)
    grid = b.grid.with_inputs(model.inputs)
    rows = all_features(grid)
    alone = score_grid(base, b.grid, 1)
    np.testing.assert_array_equal(
        model.start(rows[:, list(model.columns)]), base.log_odds(alone.score, b.grid.unit_hours)
    )
    patient = PatientState(model.layout, grid.person[0])
    for at in range(int(grid.begin[1])):
        np.testing.assert_array_equal(patient.advance(grid.values[at]), rows[at])


def test_a_changed_model_is_refused(written, tmp_path):
    import shutil

    for name, change, problem in (
        (
            "trees/quick-0.txt",
            lambda text: text.replace("leaf_value=", "leaf_value=9"),
            "changed after training",
        ),
        (
            "model.json",
            lambda text: text.replace('"budget_2%": 0.', '"budget_2%": 1.'),
            "changed after training",
        ),
        ("model.json", lambda text: text.replace('"format": 2', '"format": 99'), "format 99"),
        ("model.json", lambda text: text[:100], "damaged"),
    ):
        folder = tmp_path / "copy"
        shutil.copytree(written, folder)
        file = folder / name
        changed = change(file.read_text())
        assert changed != file.read_text()
        file.write_text(changed)
        with pytest.raises(FormatError, match=problem):
            read_model(folder)
        shutil.rmtree(folder)
    with pytest.raises(MissingError, match="no model"):
        read_model(tmp_path)


def test_what_cannot_be_learned_is_refused(a, onsets):
    none = from_onsets(a.grid, onsets.with_columns(onset=pl.lit(None, pl.Datetime("us", "UTC"))), "x")
    with pytest.raises(DefinitionError, match="at least 10"):
        check(Cohort(a.grid, none))
    every = from_onsets(
        a.grid, onsets.with_columns(onset=a.grid.stays["admitted"] + pl.duration(hours=9)), "x"
    )
    with pytest.raises(DefinitionError, match="only one class"):
        check(Cohort(a.grid, every))
    unknown = from_onsets(a.grid, onsets.with_columns(judged=pl.lit(False)), "x")
    with pytest.raises(DefinitionError, match="No hour has a label"):
        check(Cohort(a.grid, unknown))


def test_a_constant_feature_is_left_out(a):
    from dataclasses import replace

    values = a.grid.values.copy()
    names = [one.concept for one in a.grid.inputs]
    values[:, names.index("sodium")] = 140.0
    said: list[str] = []
    train(Cohort(replace(a.grid, values=values), a.labels), threads=1, members=QUICK, say=said.append)
    assert "never differ" in said[1] and not said[1].split(";")[1].strip().startswith("0 ")


def test_a_site_without_an_input_is_refused(trained, b):
    from dataclasses import replace

    values = b.grid.values.copy()
    values[:, [one.concept for one in b.grid.inputs].index("lactate")] = np.nan
    with pytest.raises(MissingError, match="lactate"):
        check_inputs(trained.model, replace(b.grid, values=values))


def test_a_portable_model_reads_core_inputs_alone_and_a_local_one_all(a):
    column = [one.concept for one in a.grid.inputs].index("troponin_i")
    values = a.grid.values.copy()
    values[:, column] = np.arange(len(values)) % 7
    planted = Cohort(replace(a.grid, values=values), a.labels)
    read = {
        profile: {one.concept for one in train(planted, profile, threads=1, members=QUICK).model.inputs}
        for profile in ("portable", "local")
    }
    assert read["local"] - read["portable"] == {"troponin_i"}


def test_a_portable_model_reads_no_hours_before_the_unit_and_its_paired_members_no_clock(a):
    plan = layout(a.grid.inputs)
    names = {
        (profile, member.name): {plan.names[i] for i in plan.tagged(*member.tags)}
        for profile in ("portable", "local")
        for member in PROFILES[profile]
    }
    assert not any("hospital_hours" in read for (profile, _), read in names.items() if profile == "portable")
    assert all("hospital_hours" in read for (profile, _), read in names.items() if profile == "local")
    paired = [member for member in PROFILES["portable"] if member.paired]
    assert paired
    assert not any({"unit_hours", "record_hours"} & names["portable", member.name] for member in paired)


def test_where_hours_are_paired_the_clock_tells_nothing(a):
    """The same trees on the hours alone: paired, their scores hardly differ from one hour to another."""
    alone = Member("clock", LABEL, ("time",), 4, 20, 300)
    spread = {
        paired: [
            one.spread
            for one in train(a, threads=1, members=(replace(alone, paired=paired),)).model.members[0].trees
        ]
        for paired in (False, True)
    }
    assert max(spread[True]) < min(spread[False]) / 4


def test_drawn_splits_are_drawn(a):
    text = {
        drawn: train(a, threads=1, members=(replace(QUICK[0], drawn_splits=drawn),))
        .model.members[0]
        .trees[0]
        .text
        for drawn in (False, True)
    }
    trees = {drawn: one.split("end of trees")[0] for drawn, one in text.items()}
    assert trees[True] != trees[False]
