"""The chart and the files: what a hospital would have, filed when it would be filed, with the truth beside it."""

import json
import subprocess
import sys

import numpy as np
import polars as pl
import pytest

from opensepsis.data.sources.csv_folder import CsvFolder
from opensepsis.data.timeline.writer import write_timeline
from opensepsis.errors import OpensepsisError
from opensepsis.uses.simulate import SimulationError, simulate
from opensepsis.uses.simulate.charting.events import CONCEPTS
from opensepsis.uses.simulate.export.csv import write_csv
from opensepsis.uses.simulate.export.fhir import write_fhir
from opensepsis.uses.simulate.export.hl7 import write_hl7
from opensepsis.uses.simulate.report.patient_figure import draw_patient
from opensepsis.uses.simulate.simulation import open_simulation

PATIENTS = 200


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    out = tmp_path_factory.mktemp("simulated") / "hospital"
    return simulate(PATIENTS, 96, 2, out, "delay_antibiotics=3h")


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return simulate(40, 48, 4, tmp_path_factory.mktemp("small") / "hospital")


@pytest.fixture(scope="module")
def events(simulated):
    return simulated.timeline().events().collect().with_columns(pl.col("patient").cast(pl.String))


def test_nothing_is_rejected_but_artefacts(simulated):
    counts = simulated.timeline().counts
    assert sum(counts["rejected"].values()) < 1e-4 * counts["read"]
    assert counts["without_stay"] == {"events": 0, "patients": 0}
    assert counts["patients"] == PATIENTS


def test_no_result_is_known_before_it_is_taken(events):
    assert events.select((pl.col("known") < pl.col("time")).any()).item() is False
    late = events.filter(pl.col("concept") == "creatinine").select(
        (pl.col("known") - pl.col("time")).dt.total_minutes()
    )
    assert 20 < late.to_series().median() < 120


def test_events_lie_within_the_stay(simulated, events):
    stays = simulated.timeline().stays.filter(pl.col("kind") == "hospital")
    joined = events.join(stays.select("patient", "admitted", "discharged"), on="patient")
    slack = pl.duration(minutes=15)
    before, after = pl.col("time") < pl.col("admitted") - slack, pl.col("time") > pl.col("discharged") + slack
    assert joined.select((before | after).sum()).item() == 0


def test_the_chart_has_what_a_ward_charts(events):
    found = set(events["concept"].unique())
    wanted = {"heart_rate", "spo2", "lactate", "creatinine", "platelets", "bilirubin", "antibiotic", "culture", "norepinephrine",
              "crystalloid", "ventilation", "oxygen", "urine_output", "diagnosis", "consciousness", "gcs_total"}  # fmt: skip
    assert wanted <= found <= set(CONCEPTS)


def test_values_are_rounded_as_charted(events):
    def values(concept):
        return events.filter(pl.col("concept") == concept)["value"].drop_nulls().to_numpy()

    assert (values("heart_rate") % 1 == 0).all()
    np.testing.assert_allclose(values("temperature") * 10, np.round(values("temperature") * 10), atol=1e-6)
    assert values("spo2").max() <= 100 and 0.21 <= values("fio2").min() <= values("fio2").max() <= 1


def test_few_half_degrees_come_from_thermometers_in_fahrenheit(events):
    tenths = events.filter(pl.col("concept") == "temperature")["value"].drop_nulls().to_numpy() * 10
    assert 0.07 < (np.round(tenths) % 5 == 0).mean() < 0.16


def _per_day(simulated, events, concept):
    """How often each stay in intensive care of a day or more has this, per day."""
    stays = simulated.timeline().stays.filter(pl.col("kind") == "icu")
    stays = stays.with_columns(
        pl.col("patient").cast(pl.String), (pl.col("discharged") - pl.col("admitted")).alias("long")
    )
    inside = (pl.col("time") >= pl.col("admitted")) & (pl.col("time") <= pl.col("discharged"))
    found = stays.filter(pl.col("long") >= pl.duration(hours=24)).join(
        events.filter(pl.col("concept") == concept), on="patient"
    )
    days = pl.col("long").first().dt.total_minutes() / 1440
    return found.filter(inside).group_by("stay").agg((pl.len() / days).alias("x")).sort("stay")


def test_teams_differ_in_what_they_look_at(simulated, events):
    """Urine is read hourly in some and per void in others; a few are asked for their consciousness every hour."""
    urine, coma = (_per_day(simulated, events, name)["x"] for name in ("urine_output", "gcs_eye"))
    assert urine.quantile(0.1) < 14 and urine.quantile(0.9) > 20
    assert coma.median() < 7.5 and coma.max() > 12


def test_what_comes_from_the_same_leads_comes_together(simulated, events):
    rate, breaths = (_per_day(simulated, events, name) for name in ("heart_rate", "respiratory_rate"))
    both = rate.join(breaths, on="stay")
    assert both.select(pl.corr("x", "x_right")).item() > 0.95


def test_sicker_patients_are_observed_more_often(simulated, events):
    rounds = events.filter(pl.col("concept") == "heart_rate").group_by("patient").len()
    truth = simulated.truth.filter(pl.col("arm") == "usual").collect()
    joined = rounds.join(truth, on="patient")
    icu = joined.filter(pl.col("icu_from").is_not_null())["len"].mean()
    assert icu > 1.3 * joined.filter(pl.col("icu_from").is_null())["len"].mean()


def test_cultures_are_pending_first_and_answered_later(events):
    cultures = events.filter(pl.col("concept") == "culture")
    pending = cultures.filter(pl.col("value").is_null())
    answered = cultures.filter(pl.col("value").is_not_null())
    keys = ["patient", "concept", "time", "origin"]
    assert pending.height >= answered.height > 0
    assert answered.join(pending, on=keys, how="anti").is_empty()
    waited = answered.select((pl.col("known") - pl.col("time")).dt.total_hours(fractional=True)).to_series()
    assert waited.min() >= 3.9 and set(answered["value"].unique()) == {0.0, 1.0}


def test_corrections_share_their_row_and_come_later(events):
    labs = events.filter(pl.col("origin").str.starts_with("laboratory"))
    twice = labs.group_by("patient", "concept", "time", "origin").agg(
        pl.len(), pl.col("known").n_unique().alias("moments")
    )
    corrected = twice.filter(pl.col("len") > 1)
    assert 0 < corrected.height < 0.02 * twice.height
    assert (corrected["moments"] == corrected["len"]).all()


def test_the_truth_is_told_apart_from_the_chart(simulated):
    truth = simulated.truth.collect()
    assert truth.height == 2 * PATIENTS and set(truth["arm"]) == {"usual", "what_if"}
    assert (
        truth.filter(pl.col("kind") != "infection")["onset"].null_count()
        == truth.filter(pl.col("kind") != "infection").height
    )
    assert truth.filter(pl.col("died").is_not_null())["cause_of_death"].null_count() == 0
    course = simulated.courses.filter(pl.col("arm") == "usual").collect()
    assert course.select(pl.struct("patient", "hour").is_duplicated().any()).item() is False


def test_the_second_arm_has_the_same_patients_and_later_antibiotics(simulated):
    truth = simulated.truth.collect()
    usual, other = (truth.filter(pl.col("arm") == name).sort("patient") for name in ("usual", "what_if"))
    assert (usual["admitted"] == other["admitted"]).all() and usual["suspected"].equals(other["suspected"])
    gap = (other["first_antibiotic"] - usual["first_antibiotic"]).dt.total_hours(fractional=True).drop_nulls()
    assert gap.median() == pytest.approx(3, abs=0.26)


def test_the_same_seed_gives_the_same_files(simulated, tmp_path):
    again = simulate(PATIENTS, 96, 2, tmp_path / "again", threads=1)
    one, two = (s.timeline().events().collect().sort(pl.all()) for s in (simulated, again))
    assert one.equals(two)


def test_a_failed_run_leaves_nothing(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("do not touch")
    with pytest.raises(OpensepsisError):
        simulate(5, 24, 1, tmp_path / "mine")
    with pytest.raises(SimulationError):
        simulate(5, 24, 1, tmp_path / "other", "delay_everything=1h")
    assert [p.name for p in tmp_path.iterdir()] == ["mine"]
    with pytest.raises(SimulationError):
        open_simulation(tmp_path / "mine")


def test_a_full_disk_is_said_and_leaves_nothing(tmp_path):
    words = (
        "import resource, sys; from opensepsis.errors import OutputError; from opensepsis.uses.simulate import simulate\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))\n"
        "try: simulate(200, 96, 2, sys.argv[1])\n"
        "except OutputError as problem: print(problem)"
    )
    ran = subprocess.run([sys.executable, "-c", words, tmp_path / "out"], capture_output=True, text=True)
    assert "The disk is full" in ran.stdout, ran.stderr
    assert list(tmp_path.iterdir()) == []


def test_fhir_bundles(small, tmp_path):
    out = write_fhir(small.timeline(), tmp_path / "fhir")
    lines = [
        json.loads(line) for file in sorted(out.glob("*.ndjson")) for line in file.read_text().splitlines()
    ]
    assert len(lines) == 40 and all(bundle["resourceType"] == "Bundle" for bundle in lines)
    resources = [entry["resource"] for bundle in lines for entry in bundle["entry"]]
    kinds = {resource["resourceType"] for resource in resources}
    assert {
        "Patient",
        "Encounter",
        "Observation",
        "MedicationAdministration",
        "MedicationRequest",
        "Procedure",
    } <= kinds
    lactate = next(
        r
        for r in resources
        if r["resourceType"] == "Observation" and r["code"]["coding"][0]["code"] == "2524-7"
    )
    assert lactate["valueQuantity"]["code"] == "mmol/L" and lactate["issued"] >= lactate["effectiveDateTime"]


def test_hl7_messages_come_in_order(small, tmp_path):
    out = write_hl7(small.timeline(), tmp_path / "hl7")
    text = next(out.glob("*.hl7")).read_bytes().decode()
    messages = text.split("\r\n")[:-1]
    assert all(message.startswith("MSH|^~\\&|") for message in messages)
    stamps = [message.split("|")[6] for message in messages]
    assert stamps == sorted(stamps)
    assert {message.split("|")[8].split("^")[0] for message in messages} == {"ADT", "ORU", "OMP", "RAS"}
    assert any("|C|||" in message for message in messages)


def test_the_csv_folder_reads_back_as_the_same_timeline(small, tmp_path):
    out = write_csv(small.timeline(), tmp_path / "csv")
    back = write_timeline(CsvFolder(out), tmp_path / "timeline")
    mine, theirs = small.timeline().events().collect(), back.events().collect()
    assert mine.height == theirs.height
    for frame in (mine, theirs):
        assert frame["value"].sum() == pytest.approx(mine["value"].sum(), rel=1e-9)


def test_one_patient_is_drawn(simulated):
    figure = draw_patient(simulated, 3)
    assert figure.startswith("<svg") and "line mark" in figure
    with pytest.raises(SimulationError):
        draw_patient(simulated, 10_000)
