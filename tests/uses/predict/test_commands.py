"""The commands, from a timeline to a page; wrong requests are refused and write nothing."""

import json
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from opensepsis.cli import app
from opensepsis.errors import DefinitionError, MissingError
from opensepsis.uses.predict.learners import PROFILES
from tests.support.hospitals.hourly_tables import QUICK

pytest.importorskip("lightgbm")


@pytest.fixture(autouse=True)
def quick_profiles(monkeypatch):
    for name in PROFILES:
        monkeypatch.setitem(PROFILES, name, QUICK)


def run(*words: object) -> str:
    found = CliRunner().invoke(app, ["predict", *map(str, words)], catch_exceptions=False)
    if found.exception is not None and not isinstance(found.exception, SystemExit):
        raise found.exception
    assert found.exit_code == 0, found.output
    return found.output


@pytest.fixture(scope="module")
def labels(hospitals, tmp_path_factory) -> Path:
    """The labels of both hospitals as one folder."""
    folder = tmp_path_factory.mktemp("labels")
    for name in "ab":
        table = pl.read_parquet(
            hospitals / f"{name}.parquet", columns=["patient_id", "ICULOS", "SepsisLabel"]
        )
        table.write_parquet(folder / f"{name}.parquet")
    return folder


def test_from_a_timeline_to_a_page(hospitals, labels, tmp_path):
    timelines = {name: f"{name}={hospitals / f'timeline-{name}'}" for name in "ab"}
    told = run("train", timelines["a"], "--labels", labels, "--out", tmp_path / "model", "--threads", 1)
    assert "each judged by other folds" in told and "clock alone" in told
    pytest.importorskip("vl_convert")
    run(
        "evaluate",
        tmp_path / "model",
        timelines["b"],
        "--labels",
        labels,
        "--out",
        tmp_path / "page",
        "--threads",
        1,
    )
    page = (tmp_path / "page" / "index.html").read_text()
    found = json.loads((tmp_path / "page" / "evaluation.json").read_text())
    assert (
        "TRIPOD+AI" in page and "clock alone" in page and "://" not in page.replace("http://www.w3.org", "")
    )
    assert found["about"]["judged_by"] == "the model as it was trained" and found["about"]["hospitals"] == [
        "b"
    ]
    assert not any(name in page for name in pl.read_parquet(hospitals / "b.parquet")["patient_id"].unique())
    run(
        "evaluate",
        tmp_path / "model",
        timelines["a"],
        "--labels",
        labels,
        "--out",
        tmp_path / "page",
        "--threads",
        1,
        "-q",
    )
    again = json.loads((tmp_path / "page" / "evaluation.json").read_text())
    assert "other folds" in again["about"]["judged_by"]


def test_scores_of_a_timeline_are_a_table_with_reasons(hospitals, trained, tmp_path):
    from opensepsis.uses.predict.model import write_model

    write_model(trained.model, tmp_path / "model")
    run(
        "score",
        tmp_path / "model",
        hospitals / "timeline-b",
        "--out",
        tmp_path / "scores.parquet",
        "--budget",
        "0.05",
    )
    table = pl.read_parquet(tmp_path / "scores.parquet")
    above = table.filter("above")
    assert (
        0 < above.height < table.height / 5
        and min(above["risk"].to_list()) >= table.filter(state="ok").select(pl.median("risk")).item()
    )
    assert (
        min(above["reasons"].list.len().to_list()) > 0
        and table.filter(~pl.col("above"))["reasons"].list.len().max() == 0
    )
    assert table.filter(pl.col("state") != "ok")["risk"].null_count() == (table["state"] != "ok").sum()
    assert any("/min" in words for words in above["reasons"].explode().to_list())


def test_wrong_requests_write_nothing(hospitals, labels, tmp_path):
    timeline, out = f"a={hospitals / 'timeline-a'}", tmp_path / "model"
    for words, error, match in (
        ((timeline, "--out", out), DefinitionError, "either --definition"),
        ((timeline, "--definition", "sepsis", "--out", out), DefinitionError, "no phenotype"),
        (
            (timeline, "--definition", "sepsis3", "--out", out),
            DefinitionError,
            "No hour has a label",
        ),  # infection is not known there
        (
            (timeline, "--labels", labels, "--hold-out", "a", "--out", out),
            DefinitionError,
            "must be left for training",
        ),
        ((timeline, "--labels", labels, "--profile", "best", "--out", out), DefinitionError, "no profile"),
        ((timeline, timeline, "--labels", labels, "--out", out), DefinitionError, "Two hospitals"),
        ((tmp_path / "nothing", "--labels", labels, "--out", out), MissingError, "no timeline"),
    ):
        with pytest.raises(error, match=match):
            run("train", *words)
        assert not out.exists()


def test_patients_of_the_training_are_not_judged_beside_others(hospitals, labels, trained, tmp_path):
    from opensepsis.uses.predict.model import write_model

    write_model(trained.model, tmp_path / "model")
    both = [f"{name}={hospitals / f'timeline-{name}'}" for name in "ab"]
    with pytest.raises(DefinitionError, match="The model was trained on some of these patients"):
        run("evaluate", tmp_path / "model", *both, "--labels", labels, "--out", tmp_path / "page")


def test_a_gate_tells_by_its_exit_code(hospitals, labels, trained, tmp_path):
    from opensepsis.uses.predict.model import write_model

    write_model(trained.model, tmp_path / "model")
    words = [
        "predict",
        "gate",
        tmp_path / "model",
        tmp_path / "model",
        f"b={hospitals / 'timeline-b'}",
        "--labels",
        labels,
    ]
    found = CliRunner().invoke(app, [*map(str, words)])
    assert found.exit_code == 0 and "AUROC within the hour" in found.output
    assert CliRunner().invoke(app, [*map(str, words), "--margin", "-0.5"]).exit_code == 8
