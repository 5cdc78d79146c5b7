"""`opensepsis export --to fhir`: resources that FHIR R4 takes, and every hour, episode and answer of the run in them."""

import importlib
import json
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

import opensepsis
from opensepsis.errors import DefinitionError, MissingError
from opensepsis.uses.export import export_fhir

KINDS = ("Condition", "Observation", "RiskAssessment", "Provenance", "Device")
START = datetime(2026, 3, 2, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The example hospital with its labels, and its resources by kind and id."""
    folder = tmp_path_factory.mktemp("fhir")
    asked = "sofa,news2,suspected_infection,sepsis3,septic_shock,phoenix_sepsis"
    labels = opensepsis.label("csv", "examples/hospital", folder / "results", definitions=asked)
    export_fhir(folder / "results", folder / "out")
    return labels, resources(folder / "out")


def resources(folder) -> dict[str, dict[str, dict]]:
    found = {}
    for kind in KINDS:
        file = folder / f"{kind}.ndjson"
        read = (
            [json.loads(line) for line in file.read_text("utf-8").split("\n") if line]
            if file.exists()
            else []
        )
        found[kind] = {one["id"]: one for one in read}
        assert len(found[kind]) == len(read), "an identifier is there twice"
    return found


def of(kind: dict[str, dict], definition: str) -> list[dict]:
    """The resources of a definition."""
    named = [(one.get("code") or one["method"])["coding"][-1]["code"] == definition for one in kind.values()]
    return [one for one, mine in zip(kind.values(), named, strict=True) if mine]


def stay_of(resource: dict) -> str:
    return resource["encounter"]["identifier"]["value"]


def time(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize("kind", KINDS)
def test_every_resource_is_valid_r4(made, kind):
    model = getattr(importlib.import_module(f"fhir.resources.R4B.{kind.lower()}"), kind)
    assert made[1][kind]
    for one in made[1][kind].values():
        model.model_validate(one)


def test_every_hour_of_a_score_is_told_with_its_rows(made):
    labels, told = made
    rows = [row for row in labels.scores["sofa"].columns if f"{row}_basis" in labels.scores["sofa"].columns]
    hours = {}
    for one in of(told["Observation"], "sofa"):
        span = one.get("effectivePeriod") or dict.fromkeys(("start", "end"), one.get("effectiveDateTime"))
        points = [part.get("valueQuantity", {}).get("value") for part in one["component"]]
        at = time(span["start"])
        while at <= time(span["end"]):
            hours[stay_of(one), at] = (one["valueQuantity"]["value"], *points)
            at += timedelta(hours=1)
    scored = labels.scores["sofa"].drop_nulls("total").select("stay", "time", "total", *rows)
    assert hours == {(stay, at): tuple(points) for stay, at, *points in scored.iter_rows()}


def test_points_that_were_not_observed_say_so(made):
    labels, told = made
    parts = [part for one in of(told["Observation"], "sofa") for part in one["component"]]
    assert all(("valueQuantity" in part) != ("dataAbsentReason" in part) for part in parts)
    shown = {part["interpretation"][0]["text"] for part in parts if "interpretation" in part}
    scored = labels.scores["sofa"].drop_nulls("total")
    held = {word for column in scored.columns if column.endswith("_basis") for word in scored[column]}
    assert shown == held - {"observed", "not known"}


def test_each_episode_is_a_condition_that_no_one_confirmed(made):
    labels, told = made
    for name in ("suspected_infection", "sepsis3", "septic_shock"):
        episodes = labels.episodes.filter(pl.col("definition").cast(pl.String) == name)
        mine = of(told["Condition"], name)
        seen = sorted((stay_of(one), time(one["onsetDateTime"]), time(one["recordedDate"])) for one in mine)
        whole = episodes.with_columns(pl.col("onset", "known").dt.truncate("1s"))
        assert seen == sorted(whole.select("stay", "onset", "known").iter_rows())
        assert {one["verificationStatus"]["coding"][0]["code"] for one in mine} == {"unconfirmed"}
    sepsis = of(told["Condition"], "sepsis3")
    assert {one["code"]["coding"][0]["code"] for one in sepsis} == {"91302008"}


def test_an_episode_rests_on_the_score_at_its_organ_failure(made):
    labels, told = made
    failed = {
        (row["stay"], row["onset"].replace(microsecond=0)): row["points"]
        for row in labels.episodes.filter(pl.col("definition").cast(pl.String) == "sepsis3").iter_rows(
            named=True
        )
    }
    for one in of(told["Condition"], "sepsis3"):
        scored = told["Observation"][one["evidence"][0]["detail"][0]["reference"].split("/")[1]]
        assert scored["valueQuantity"]["value"] == failed[stay_of(one), time(one["onsetDateTime"])]
        assert stay_of(scored) == stay_of(one)


def test_each_stay_is_answered_and_one_that_was_not_judged_says_so(made):
    labels, told = made
    for name in ("sepsis3", "phoenix_sepsis"):
        answers = {stay_of(one): one.get("valueBoolean") for one in of(told["Observation"], name)}
        assert answers == dict(labels.stays.select("stay", name).iter_rows())
    assert any("dataAbsentReason" in one for one in of(told["Observation"], "phoenix_sepsis"))


def test_bands_and_stated_risks_are_risk_assessments(made):
    labels, told = made
    news = labels.scores["news2"].filter(pl.col("total") >= 7)
    high = [
        one
        for one in of(told["RiskAssessment"], "news2")
        if one["prediction"][0]["qualitativeRisk"]["text"] == "high"
    ]
    assert {stay_of(one) for one in high} == set(news["stay"])
    assert {one["prediction"][0]["rationale"] for one in high} == {"a total of 7 or more"}
    stated = of(told["RiskAssessment"], "septic_shock")
    assert len(stated) == len(of(told["Condition"], "septic_shock"))
    assert {one["prediction"][0]["probabilityRange"]["low"]["value"] for one in stated} == {40}


def test_all_that_is_told_has_its_provenance_and_every_reference_is_there(made):
    labels, told = made
    targets = [target["reference"] for one in told["Provenance"].values() for target in one["target"]]
    every = [f"{kind}/{name}" for kind in KINDS[:3] for name in told[kind]]
    assert sorted(targets) == sorted(every)
    evidence = {
        entity["what"]["identifier"]["value"]
        for one in told["Provenance"].values()
        for entity in one.get("entity", [])
    }
    assert evidence == set(labels.episodes["evidence"].explode())


def test_one_definition_comes_with_its_scores(tmp_path, made):
    labels, _ = made
    rows = export_fhir(labels.path, tmp_path / "out", "sepsis3").rows
    told = resources(tmp_path / "out")
    assert rows["Condition"] == len(of(told["Condition"], "sepsis3")) == len(told["Condition"])
    assert of(told["Observation"], "sofa") and not of(told["Observation"], "news2")


def test_what_was_made_twice_has_the_same_identifiers(tmp_path, made):
    labels, told = made
    export_fhir(labels.path, tmp_path / "out")
    assert {kind: set(ids) for kind, ids in resources(tmp_path / "out").items()} == {
        kind: set(ids) for kind, ids in told.items()
    }


def _frames(patient: str, stay: str):
    stays = pl.DataFrame(
        {
            "patient": [patient],
            "stay": [stay],
            "admitted": [START],
            "discharged": [START + timedelta(hours=6)],
            "age": [60],
        }
    )
    events = pl.DataFrame(
        {
            "patient": patient,
            "concept": "platelets",
            "time": [START + timedelta(hours=1)],
            "value": 40.0,
            "origin": ['a "b"'],
        }
    )
    return stays, events


def test_names_of_any_signs_come_through(tmp_path):
    patient, stay = 'o\'n\t"x"\\', "å/1"
    stays, events = _frames(patient, stay)
    opensepsis.label(stays=stays, events=events, definitions="sofa", out=tmp_path / "r")
    export_fhir(tmp_path / "r", tmp_path / "out")
    (one,) = resources(tmp_path / "out")["Observation"].values()
    assert one["subject"]["identifier"]["value"] == patient and stay_of(one) == stay


def test_patients_and_stays_of_fhir_are_referred_to_as_resources(tmp_path):
    stays, events = _frames("p-1", "e-1/icu-1")
    opensepsis.label(stays=stays, events=events, definitions="sofa", out=tmp_path / "r")
    run = json.loads((tmp_path / "r" / "run.json").read_text())
    run["source"]["kind"] = "fhir"
    (tmp_path / "r" / "run.json").write_text(json.dumps(run))
    export_fhir(tmp_path / "r", tmp_path / "out")
    (one,) = resources(tmp_path / "out")["Observation"].values()
    assert (one["subject"], one["encounter"]) == (
        {"reference": "Patient/p-1"},
        {"reference": "Encounter/e-1"},
    )


def test_faults_are_told(tmp_path, made):
    with pytest.raises(DefinitionError, match=r"no score or phenotype 'sofaa'\. Did you mean 'sofa'"):
        export_fhir(made[0].path, tmp_path / "out", "sofaa")
    with pytest.raises(MissingError, match="holds no results"):
        export_fhir(tmp_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()
