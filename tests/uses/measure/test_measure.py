"""The measures on a few made-up patients, counted by hand, through `label`."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

import opensepsis
from opensepsis.errors import MissingError
from opensepsis.uses.measure import bacteremia_rates, sepsis_mortality
from opensepsis.uses.measure.mortality import _cohort, _ratio
from opensepsis.uses.measure.predictors import PREDICTORS
from opensepsis.uses.measure.results import runs_of

START = datetime(2026, 1, 1, 8, tzinfo=UTC)
DRAFTS = "adult_sepsis_event:nhsn_draft,bacteremia:nhsn_draft"


def septic(
    patient: str, day: int, days: float, place: str | None, died: bool = False
) -> tuple[dict, list[dict]]:
    """A stay with a community-onset event on its first day."""
    came = START + timedelta(days=day)
    left = came + timedelta(days=days)
    stay = {
        "patient": patient,
        "stay": patient,
        "admitted": came,
        "discharged": left,
        "age": 60.0,
        "sex": "F",
        "died": left if died else None,
        "discharged_to": place,
    }
    at = came + timedelta(hours=1)
    told = [("culture", at, None, "blood"), ("lactate", at, 4.0, None)]
    told += [("antibiotic", at + timedelta(days=i), None, "ceftriaxone|iv") for i in range(5)]
    return stay, [{"patient": patient, "concept": c, "time": t, "value": v, "text": x} for c, t, v, x in told]


def labelled(folder, people) -> str:
    stays = pl.DataFrame([stay for stay, _ in people], infer_schema_length=None)
    events = pl.DataFrame([row for _, rows in people for row in rows], infer_schema_length=None)
    opensepsis.label(stays=stays, events=events, out=folder, definitions=DRAFTS)
    return str(folder)


@pytest.fixture(scope="module")
def sites(tmp_path_factory):
    folder = tmp_path_factory.mktemp("measure")
    north = [
        septic("a", 0, 8, "HOME"), septic("b", 1, 8, "DIED", died=True), septic("c", 30, 8, "HOSPICE"), septic("d", 31, 8, "HOME"),
        septic("e", 2, 8, "ACUTE HOSPITAL"), septic("f", 3, 8, None), septic("g", -150, 130, "HOME"),
    ]  # fmt: skip
    south = [septic(f"s{i}", i, 8, "DIED" if i == 0 else "HOME", died=i == 0) for i in range(4)]
    return {"north": labelled(folder / "north", north), "south": labelled(folder / "south", south)}


def test_deaths_and_hospice_are_counted_by_site_and_month(sites):
    found = sepsis_mortality(sites)
    rows = [row[:4] for row in found.ratios.rows()]
    assert rows == [
        (None, None, 8, 3),
        ("north", None, 4, 2),
        ("north", "2026-01", 2, 1),
        ("north", "2026-02", 2, 1),
        ("south", None, 4, 1),
        ("south", "2026-01", 4, 1),
    ]
    assert found.ratios["expected"][0] == pytest.approx(3) and not found.verified


def test_every_exclusion_is_counted(sites):
    assert sepsis_mortality(sites).excluded.rows() == [
        ("with a community-onset event", 11),
        ("stay above 120 days", 1),
        ("transfer to another acute hospital", 1),
        ("outcome not recorded", 1),
        ("in the measure", 8),
    ]


def test_too_few_expected_give_no_ratio(sites):
    ratios = sepsis_mortality(sites).ratios
    few = ratios.filter(pl.col("expected") < 1)
    assert few.height and few["ratio"].null_count() == few.height
    assert ratios.filter(pl.col("expected") >= 1)["ratio"].null_count() == 0


def test_a_model_without_predictors_tells_no_calibration(sites):
    found = sepsis_mortality(sites)
    assert (found.intercept, found.slope, found.auroc) == (None, None, None)
    assert found.model["coefficient"].count() == 1
    assert dict(found.model.select("predictor", "measured").iter_rows())["lactate"] == 1


def test_the_tables_and_the_figure_are_written(sites, tmp_path):
    found = sepsis_mortality(sites, tmp_path / "out")
    assert pl.read_parquet(tmp_path / "out" / "ratios.parquet").equals(found.ratios)
    assert (tmp_path / "out" / "mortality.svg").read_text() == found.svg


def test_an_interval_holds_the_poisson_limits():
    ratio, low, high = _ratio(4, 2.0)
    assert (ratio, round(low * 2, 2), round(high * 2, 2)) == (2, 1.08, 10.24)  # exact: 1.09 to 10.24
    assert _ratio(0, 2.0)[1] == 0


def test_the_predictors_are_those_of_the_first_six_hours(tmp_path):
    stay, events = septic("a", 0, 8, "HOME")
    told = [
        ("lactate", 5.9, None, 6.0),
        ("lactate", 6.1, None, 9.0),
        ("systolic_pressure", 2, None, 85.0),
        ("systolic_pressure", 3, None, 80.0),
    ]
    told += [("norepinephrine", 5, 9, 0.1), ("systolic_pressure", -1, None, 60.0)]
    events += [
        {
            "patient": "a",
            "concept": name,
            "time": START + timedelta(hours=hour),
            "end": end and START + timedelta(hours=end),
            "value": value,
        }
        for name, hour, end, value in told
    ]
    run = runs_of({"here": labelled(tmp_path / "r", [(stay, events)])}, "adult_sepsis_event:nhsn_draft")[0]
    _, found = _cohort(run)
    assert found.columns == [predictor.name for predictor in PREDICTORS]
    row = found.row(0, named=True)
    assert row["lactate"] == pytest.approx(np.log(6)) and row["systolic_pressure"] == 80
    assert (row["vasopressor"], row["female"], row["age"]) == (1, 1, 60)
    assert row["invasive_ventilation"] is None and row["wbc"] is None  # nothing of it in the source


def test_a_run_without_the_draft_is_refused(tmp_path):
    stay, events = septic("a", 0, 8, "HOME")
    opensepsis.label(
        stays=pl.DataFrame([stay]), events=pl.DataFrame(events), out=tmp_path / "r", definitions="sofa"
    )
    with pytest.raises(MissingError, match="nhsn_draft"):
        sepsis_mortality({"here": tmp_path / "r"})


def test_bacteremia_is_held_against_stays_and_days(tmp_path):
    """Of two stays of 8 days each (9 calendar days) one grows E. coli on day 5: 6 days at risk, and 2 to the event."""
    people = [septic("a", 0, 8, "HOME"), septic("b", 0, 8, "HOME"), septic("c", 0, 2, "HOME")]
    stay, events = people[1]
    grown = {
        "patient": "b",
        "concept": "organism",
        "time": START + timedelta(days=4),
        "value": None,
        "text": "blood|E. coli",
    }
    people[1] = stay, [*events, grown]
    rates = bacteremia_rates({"here": labelled(tmp_path / "r", people)}).rates
    told = {row["metric"]: row for row in rates.filter(stratum="all").to_dicts()}
    assert (told["hospital crude risk"]["events"], told["hospital crude risk"]["of"]) == (1, 2)
    assert told["hospital incidence density"]["of"] == 6 + 2
    assert told["hospital incidence density"]["rate"] == pytest.approx(1 / 8 * 10_000)
    assert told["community prevalence"]["of"] == 3 and told["outpatient prevalence"]["rate"] is None
    assert rates.filter(stratum="paediatric")["events"].sum() == 0


def test_an_outpatient_event_is_held_against_visits(tmp_path):
    """Two visits led to one stay, in the first of which E. coli was taken; a third visit led to none."""
    stay, events = septic("a", 0, 8, "HOME")
    hours = {"first": (-9, -5), "second": (-5, -0.5), "third": (400, 404)}
    visits = [
        stay
        | {
            "stay": name,
            "kind": "emergency",
            "admitted": START + timedelta(hours=came),
            "discharged": START + timedelta(hours=left),
        }
        for name, (came, left) in hours.items()
    ]
    grown = {
        "patient": "a",
        "concept": "organism",
        "time": START - timedelta(hours=8),
        "value": None,
        "text": "blood|E. coli",
    }
    stays = pl.DataFrame([stay | {"kind": "hospital"}, *visits])
    for kind in ("hospital", "emergency"):
        frame = pl.DataFrame([*events, grown], infer_schema_length=None)
        opensepsis.label(stays=stays, events=frame, out=tmp_path / kind, definitions=DRAFTS, stay_kind=kind)
    rates = bacteremia_rates({"here": [tmp_path / "hospital", tmp_path / "emergency"]}).rates
    told = {row["metric"]: row for row in rates.filter(stratum="all").to_dicts()}
    assert (told["outpatient prevalence"]["events"], told["outpatient prevalence"]["of"]) == (1, 3)
    assert told["community prevalence"]["of"] == 1
