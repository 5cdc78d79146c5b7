"""Exports are read, without a change, by the tools that others read MEDS with; these are installed for the test."""

import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

import opensepsis
from opensepsis.uses.export import export_meds

pytestmark = pytest.mark.services
ES_ACES = ("es-aces==0.7.3", "meds==0.4.1")
MEDS_EVALUATION = ("meds-evaluation==0.0.6", "meds==0.4.1")
SCHEMAS = """
import json, sys, meds, pyarrow.parquet as pq
folder = sys.argv[1]
meds.LabelSchema.validate(pq.read_table(f"{folder}/labels/0.parquet"))
meds.DataSchema.validate(pq.read_table(f"{folder}/data/0.parquet"))
meds.CodeMetadataSchema.validate(pq.read_table(f"{folder}/{meds.code_metadata_filepath}"))
meds.DatasetMetadataSchema.validate(json.load(open(f"{folder}/{meds.dataset_metadata_filepath}")))
"""
TASK = """
predicates:
  admission: {{code: stay//hospital//start}}
  sepsis: {{code: sepsis3//onset}}
trigger: admission
windows:
  seen:
    start: null
    end: trigger + {hour}h
    start_inclusive: true
    end_inclusive: true
    index_timestamp: end
    has: {{sepsis: "(None, 0)"}}
  target:
    start: seen.end
    end: start + 24h
    start_inclusive: false
    end_inclusive: true
    label: sepsis
"""


@pytest.fixture(scope="module")
def exported(tmp_path_factory) -> Path:
    """Labels of Sepsis-3 and the events of the example hospital."""
    folder = tmp_path_factory.mktemp("outside")
    opensepsis.label("csv", "examples/hospital", folder / "results", definitions="sofa,sepsis3")
    export_meds(folder / "results", folder / "out", "sepsis3", horizon=24, events=True)
    return folder / "out"


def installed(folder: Path, packages: tuple[str, ...]) -> Path:
    """The `bin` of a new environment with these packages; the test skips where they cannot be had."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    programs = folder / "bin"
    asked = [programs / "pip", "install", "--quiet", "--disable-pip-version-check", *packages]
    if subprocess.run(asked, capture_output=True).returncode:
        pytest.skip(f"{', '.join(packages)} cannot be installed")
    return programs


@pytest.fixture(scope="module")
def aces(tmp_path_factory) -> Path:
    return installed(tmp_path_factory.mktemp("aces") / "venv", ES_ACES)


def run(*words: object) -> None:
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


def test_the_schemas_of_meds_take_labels_events_and_metadata(exported, aces):
    run(aces / "python", "-c", SCHEMAS, exported)


@pytest.mark.parametrize("hour", [2, 12, 40])
def test_es_aces_finds_the_same_labels_in_the_events(exported, aces, tmp_path, hour):
    task = tmp_path / "task.yaml"
    task.write_text(TASK.format(hour=hour))
    run(
        aces / "aces-cli", "cohort_name=task", f"cohort_dir={tmp_path}", "data=single_file", "data.standard=meds",
        f"data.path={exported / 'data' / '0.parquet'}", f"config_path={task}",
        f"output_filepath={tmp_path / 'found.parquet'}", f"hydra.run.dir={tmp_path}",
    )  # fmt: skip
    keys = ["subject_id", "prediction_time"]
    found = pl.read_parquet(tmp_path / "found.parquet").select(*keys, "boolean_value")
    ours = pl.read_parquet(exported / "labels" / "0.parquet")
    both = found.join(ours, on=keys, suffix="_ours")
    assert found.height == both.height > 3
    assert (both["boolean_value"] == both["boolean_value_ours"]).all()
    assert hour == 12 or both["boolean_value"].any()


def test_meds_evaluation_takes_the_labels_with_predictions_beside_them(exported, tmp_path):
    programs = installed(tmp_path / "venv", MEDS_EVALUATION)
    labels = pl.read_parquet(exported / "labels" / "0.parquet")
    foreseen = {
        "predicted_boolean_value": pl.col("boolean_value"),
        "predicted_boolean_probability": pl.col("boolean_value").cast(pl.Float32),
    }
    labels.with_columns(**foreseen).write_parquet(tmp_path / "predictions.parquet")
    run(
        programs / "meds-evaluation-cli", f"predictions_path={tmp_path / 'predictions.parquet'}",
        f"output_file={tmp_path / 'result.json'}", f"hydra.run.dir={tmp_path}",
    )  # fmt: skip
    found = json.loads((tmp_path / "result.json").read_text())
    assert found["samples_equally_weighted"]["roc_auc_score"] == 1.0
