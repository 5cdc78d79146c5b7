"""`opensepsis export --to meds`: one label for each subject and prediction time, by the onset within the window."""

import json
from datetime import UTC, datetime, timedelta

import meds
import polars as pl
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

import opensepsis
from opensepsis.cli import app
from opensepsis.errors import DefinitionError, MissingError
from opensepsis.uses.export import export_meds

START = datetime(2026, 3, 2, 8, tzinfo=UTC)


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


@pytest.fixture
def results(tmp_path):
    """Made-up results: subject 7 has an onset at hour 5, told at hour 7; 8 has none; 9 was not judged; 10 came with it."""

    def made(patients=("7", "8", "9", "10")):
        folder = tmp_path / "results"
        folder.mkdir()
        stays = {
            "patient": list(patients), "stay": ["a", "b", "c", "d"], "admitted": [at(0)] * 4, "discharged": [at(10)] * 4,
            "sepsis3": [True, False, None, True],
        }  # fmt: skip
        episodes = {"definition": ["sepsis3", "sepsis3", "septic_shock"], "stay": ["a", "d", "b"], "onset": [at(5), at(-1), at(2)],
                    "known": [at(7), at(1), at(3)]}  # fmt: skip
        pl.DataFrame(stays).write_parquet(folder / "stays.parquet")
        pl.DataFrame(episodes).write_parquet(folder / "episodes.parquet")
        run = {
            "definitions": [{"name": "sepsis3", "kind": "phenotype"}, {"name": "sofa", "kind": "score"}],
            "files": [],
            "as_known": False,
        }
        (folder / "run.json").write_text(json.dumps(run))
        return folder

    return made


def labels(folder, subject: int) -> list[tuple[float, bool]]:
    found = pl.read_parquet(folder / "labels" / "0.parquet").filter(subject_id=subject)
    start = START.replace(tzinfo=None)
    return [
        ((time - start) / timedelta(hours=1), value)
        for time, value in found.select("prediction_time", "boolean_value").rows()
    ]


def test_a_label_is_true_where_the_onset_lies_in_the_window(tmp_path, results):
    told = export_meds(results(), tmp_path / "out", "sepsis3", horizon=2)
    assert labels(tmp_path / "out", 7) == [(0, False), (1, False), (2, False), (3, True), (4, True)]
    assert labels(tmp_path / "out", 8) == [(hour, False) for hour in range(10)]
    assert (told.labels, told.positive, told.stays, told.not_judged) == (15, 2, 3, 1)


def test_what_lies_in_the_gap_does_not_count(tmp_path, results):
    export_meds(results(), tmp_path / "out", "sepsis3", gap=2, horizon=2)
    assert [hour for hour, true in labels(tmp_path / "out", 7) if true] == [1, 2]


def test_as_known_an_episode_counts_from_when_it_could_be_told(tmp_path, results):
    export_meds(results(), tmp_path / "out", "sepsis3", horizon=2, as_known=True)
    assert labels(tmp_path / "out", 7) == [*((hour, False) for hour in range(5)), (5, True), (6, True)]
    assert labels(tmp_path / "out", 10) == [(0, True)]


def test_nothing_is_asked_of_a_stay_that_began_with_it_or_was_not_judged(tmp_path, results):
    export_meds(results(), tmp_path / "out", "sepsis3")
    assert labels(tmp_path / "out", 10) == [] and labels(tmp_path / "out", 9) == []


def test_the_step_may_be_another(tmp_path, results):
    export_meds(results(), tmp_path / "out", "sepsis3", every=4)
    assert [hour for hour, _ in labels(tmp_path / "out", 8)] == [0, 4, 8]


@pytest.mark.parametrize("patients", [("a", "b", "c", "d"), ("07", "8", "9", "10")])
def test_names_that_are_no_whole_numbers_are_numbered_and_told(tmp_path, results, patients):
    told = export_meds(results(patients), tmp_path / "out", "sepsis3")
    subjects = pl.read_parquet(tmp_path / "out" / "subjects.parquet")
    assert (
        told.numbered
        and sorted(subjects["subject_id"]) == [1, 2, 3, 4]
        and set(subjects["patient"]) == set(patients)
    )


def test_numbers_beyond_2_53_stay_exact(tmp_path, results):
    export_meds(results(("9007199254740993", "8", "9", "10")), tmp_path / "out", "sepsis3")
    found = pl.read_parquet(tmp_path / "out" / "labels" / "0.parquet")
    assert 9007199254740993 in found["subject_id"].to_list()


def test_the_columns_are_those_of_the_label_schema_of_meds(tmp_path, results):
    export_meds(results(), tmp_path / "out", "sepsis3")
    assert dict(pl.read_parquet_schema(tmp_path / "out" / "labels" / "0.parquet")) == {
        "subject_id": pl.Int64, "prediction_time": pl.Datetime("us"), "boolean_value": pl.Boolean,
    }  # fmt: skip


def test_the_schema_of_the_package_meds_takes_them(tmp_path, results):
    export_meds(results(), tmp_path / "out", "sepsis3")
    meds.LabelSchema.validate(pq.read_table(tmp_path / "out" / "labels" / "0.parquet"))


def test_a_score_begins_with_its_first_hour_of_so_many_points(tmp_path):
    labels = opensepsis.label("csv", "examples/hospital", tmp_path / "r", definitions="sofa", as_known=True)
    told = export_meds(tmp_path / "r", tmp_path / "out", "sofa", at_least=4, horizon=6, as_known=True)
    found = pl.read_parquet(tmp_path / "out" / "labels" / "0.parquet")
    subjects = dict(pl.read_parquet(tmp_path / "out" / "subjects.parquet").iter_rows())
    sofa = labels.scores["sofa"]
    first = dict(sofa.filter(pl.col("total") >= 4).group_by("stay").agg(pl.col("time").min()).iter_rows())
    expected = {}
    for patient, stay, begins, ends in labels.stays.select(
        "patient", "stay", "admitted", "discharged"
    ).iter_rows():
        at = begins
        while at < min(ends, first.get(stay, ends)):
            ahead = stay in first and first[stay] - at <= timedelta(hours=6)
            expected[subjects[patient], at.replace(tzinfo=None)] = ahead
            at += timedelta(hours=1)
    assert {(subject, at): true for subject, at, true in found.iter_rows()} == expected
    assert told.positive == sum(expected.values()) > 10


def test_faults_are_told(tmp_path, results):
    folder = results()
    with pytest.raises(DefinitionError, match=r"no phenotype or score 'sepsis'\. Did you mean 'sepsis3'"):
        export_meds(folder, tmp_path / "out", "sepsis")
    with pytest.raises(DefinitionError, match="--at-least 2"):
        export_meds(folder, tmp_path / "out", "sofa")
    with pytest.raises(DefinitionError, match="has no points"):
        export_meds(folder, tmp_path / "out", "sepsis3", at_least=2)
    with pytest.raises(DefinitionError, match=r"Label again with --as-known"):
        export_meds(folder, tmp_path / "out", "sofa", at_least=2, as_known=True)
    with pytest.raises(DefinitionError, match="horizon"):
        export_meds(folder, tmp_path / "out", "sepsis3", horizon=0)
    with pytest.raises(MissingError, match="holds no results"):
        export_meds(tmp_path, tmp_path / "out", "sepsis3")
    assert not (tmp_path / "out").exists()


def test_the_command_says_what_it_wrote(tmp_path):
    opensepsis.label("csv", "examples/hospital", tmp_path / "results", definitions="sepsis3", variants=True)
    for name in ("sepsis3", "sepsis3:orders"):
        asked = [
            "export",
            str(tmp_path / "results"),
            "--to",
            "meds",
            "--out",
            str(tmp_path / "out"),
            "--definition",
            name,
        ]
        done = CliRunner().invoke(app, asked)
        assert done.exit_code == 0, done.output
        assert "labels of" in done.output and "Subjects are numbered" in done.output
    account = json.loads((tmp_path / "out" / "export.json").read_text())
    assert account["definition"] == "sepsis3:orders" and account["asked"]["horizon_hours"] == 24
