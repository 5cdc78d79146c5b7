"""What `label` gives back: how it shows itself, its frames in other forms, and what it derives from them."""

import gc
import pickle
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

import opensepsis
from opensepsis.errors import ConceptError, DefinitionError, MissingError, OutputError, StayError
from tests.support.hospitals.csv_folder import moment

HOSPITAL = Path(__file__).parents[3] / "examples" / "hospital"


@pytest.fixture(scope="module")
def labels():
    return opensepsis.label(
        "csv", HOSPITAL, definitions="sofa,sepsis3,septic_shock,phoenix_sepsis,hour1", daily="24h"
    )


def test_it_shows_itself_in_short(labels):
    shown = repr(labels)
    assert len(shown) < 3000
    assert "14 hospital stays" in shown
    assert "sepsis3                      7 of 14 (50.0%)" in shown
    assert "phoenix_sepsis               not judged" in shown


def test_a_notebook_shows_counts_rows_and_one_picture(labels):
    shown = labels._repr_html_()
    assert shown.count("<svg") == 1
    assert "7 of 14 (50.0%)" in shown
    assert "S01" in shown and "S14" not in shown
    assert len(shown) < 20_000


def test_results_without_a_folder_stay_while_something_holds_them():
    scores = opensepsis.label("csv", HOSPITAL, definitions="qsofa").scores
    gc.collect()
    assert scores["qsofa"].height > 0
    held = scores._keeper.path
    assert held.is_dir()
    del scores
    gc.collect()
    assert not held.exists()


def test_pandas(labels):
    found = labels.to_pandas()
    assert set(found) == {"stays", "episodes", "clocks", "days", "rules", "scores/sofa"}
    assert found["scores/sofa"].shape[0] == labels.scores["sofa"].height
    assert str(found["stays"]["admitted"].dtype) == "datetime64[us, UTC]"


def test_csv(labels, tmp_path):
    out = labels.write_csv(tmp_path / "out")
    assert sorted(p.name for p in out.glob("*.csv")) == [
        "clocks.csv",
        "days.csv",
        "episodes.csv",
        "rules.csv",
        "stays.csv",
    ]
    back = pl.read_csv(out / "episodes.csv")
    assert back.height == labels.episodes.height
    assert "; " in back["evidence"][0]
    assert pl.read_csv(out / "scores" / "sofa.csv")["total"].sum() == labels.scores["sofa"]["total"].sum()
    assert pl.read_csv(out / "stays.csv")["admitted"][0].endswith("Z")
    labels.write_csv(out)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("words")
    with pytest.raises(OutputError):
        labels.write_csv(tmp_path / "mine")
    assert (tmp_path / "mine" / "thesis.txt").is_file()


def test_events(labels):
    found = labels.events("platelets", stay="S01")
    assert found["patient"].unique().to_list() == ["P01"]
    assert found["time"].is_sorted()
    assert found.schema["concept"] == pl.String
    assert labels.events().height > found.height
    assert labels.events("albumin").is_empty()  # no definition of the run reads it


def test_events_of_an_unknown_name_are_an_error_and_not_missing(labels):
    with pytest.raises(ConceptError, match="platelets"):
        labels.events("platlets")
    with pytest.raises(StayError, match="no stay"):
        labels.events("platelets", stay="never")


def test_events_of_a_timeline_that_is_gone(tmp_path):
    found = opensepsis.label("csv", HOSPITAL, tmp_path / "out", definitions="qsofa")
    assert found.events().height
    (tmp_path / "out" / "timeline").rename(tmp_path / "elsewhere")
    with pytest.raises(MissingError, match="no longer"):
        found.events()


def test_trajectory(labels):
    found = labels.trajectory("sofa", around="sepsis3", before=6, after=12)
    assert found["stay"].n_unique() == labels.stays["sepsis3"].sum()
    assert found["hour"].is_between(-6, 12).all()
    onset = labels.stays.filter(stay="S01")["sepsis3_onset"].item()
    mine = found.filter(stay="S01")
    hourly = labels.scores["sofa"].filter(
        pl.col("stay") == "S01",
        pl.col("time").is_between(onset - timedelta(hours=6), onset + timedelta(hours=12)),
    )
    assert mine["total"].to_list() == hourly["total"].to_list()
    assert mine["hour"].to_list() == pytest.approx([(t - onset) / timedelta(hours=1) for t in hourly["time"]])
    with pytest.raises(DefinitionError, match="Did you mean 'sofa'"):
        labels.trajectory("sofa2", around="sepsis3")
    with pytest.raises(DefinitionError, match="sepsis3"):
        labels.trajectory("sofa", around="sepsis33")


def test_suspicion_and_organ_failure_of_a_stay_are_those_of_its_first_episode(labels):
    first = labels.episodes.filter(definition="sepsis3").sort("onset").unique("stay", keep="first")
    both = labels.stays.join(first, on="stay", how="left")
    assert both["sepsis3_suspected"].equals(both["suspected"])
    assert both["sepsis3_organ_failure"].equals(both["organ_failure"])
    assert both["sepsis3_suspected"].count() == 7


def test_not_judged_is_null(labels):
    assert labels.stays["phoenix_sepsis"].null_count() == 14


def stays(**columns) -> pl.DataFrame:
    """A hospital stay of 10 h with an ICU stay from hour 2 to 4."""
    return pl.DataFrame(
        {
            "patient": ["a", "a"],
            "stay": ["h", "i"],
            "kind": ["hospital", "icu"],
            "admitted": [moment(0), moment(2)],
            "discharged": [moment(100), moment(4)],
            "age": [70.0, 70.0],
            **columns,
        }
    )


EVENTS = pl.DataFrame({"patient": ["a"], "concept": ["platelets"], "time": [moment(3)], "value": [90.0]})


def deaths(kind, **columns):
    found = opensepsis.label(stays=stays(**columns), events=EVENTS, definitions="sofa", stay_kind=kind).stays
    return found.select("died_in_stay", "died_in_hospital").row(0)


def test_death_in_the_stay_and_in_hospital():
    later = {"died": [moment(90), moment(90)]}
    assert deaths("icu", **later) == (False, True)
    assert deaths("hospital", **later) == (True, True)
    assert deaths("icu", died=[moment(3.5)] * 2) == (True, True)
    assert deaths("hospital", died=[moment(400)] * 2) == (False, False)
    assert deaths("icu", discharged_to=["died", None]) == (False, True)
    assert deaths("icu", discharged_to=["home", "ward"]) == (False, False)


def test_death_is_not_known_where_the_source_tells_no_outcome():
    assert deaths("icu") == (None, None)


def test_a_copy_in_another_process_holds_the_tables(labels):
    copy = pickle.loads(pickle.dumps(labels))
    assert copy.stays.equals(labels.stays)
    assert copy.scores["sofa"].equals(labels.scores["sofa"])
    with pytest.raises(MissingError, match="out=FOLDER"):
        copy.events()
