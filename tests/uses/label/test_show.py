"""The page of a stay holds what the files hold, at their times, and nothing that another patient or a text could slip in."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

import opensepsis
from opensepsis.cli import app
from opensepsis.errors import FormatError, MissingError, OutputError, StayError
from opensepsis.uses.label.show.view import view

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
HOSPITAL = str(Path(__file__).parents[3] / "examples" / "hospital")
HOSTILE = "</script><script>alert(1)</script>"


def hour(number: float) -> datetime:
    return START + timedelta(hours=number)


def charted(*rows: tuple) -> pl.DataFrame:
    """Events of patient a: concept, hour, value, hour of filing, text, hour of the end."""
    names = ("concept", "time", "value", "known", "text", "end")
    padded = [row + (None,) * (len(names) - len(row)) for row in rows]
    read = {
        name: [
            hour(row[place]) if name in ("time", "known", "end") and row[place] is not None else row[place]
            for row in padded
        ]
        for place, name in enumerate(names)
    }
    zoned = pl.Datetime("us", "UTC")
    kinds = {"time": zoned, "known": zoned, "end": zoned, "value": pl.Float64, "text": pl.String}
    frame = pl.DataFrame(read, schema_overrides=kinds)
    return frame.with_columns(patient=pl.lit("a"), origin=pl.format("lab/{}", pl.int_range(pl.len())))


@pytest.fixture(scope="module")
def labels():
    stays = pl.DataFrame(
        {
            "patient": ["a", "b"], "stay": ["s", "t"], "admitted": [hour(0)] * 2, "discharged": [hour(30)] * 2, "age": [70, 40],
            "sex": ["F", "M"],
        }
    )  # fmt: skip
    mine = charted(
        ("platelets", 1, 200.0, 1), ("platelets", 6, 60.0, 9), ("lactate", 6, 4.0, 7), ("norepinephrine", 5, 0.2, 5, None, 12),
        ("antibiotic", 4, None, 4, "ceftriaxone|iv"), ("culture", 4, None, 4, f"blood {HOSTILE}"),
    )  # fmt: skip
    others = charted(("platelets", 2, 11.0, 2)).with_columns(patient=pl.lit("b"), origin=pl.lit("lab/of-b"))
    return opensepsis.label(
        stays=stays,
        events=pl.concat([mine, others]),
        stay_kind="icu",
        definitions="sofa,sepsis3,septic_shock,ssc2026_adults",
    )


@pytest.fixture(scope="module")
def page(labels):
    return labels.show("s")


def data_of(page) -> dict:
    found = re.search(r'id="data">(.*?)</script>', page.html, re.S)
    assert found
    return json.loads(found[1])


def test_every_hour_and_point_is_that_of_the_files(labels, page):
    shown = next(score for score in data_of(page)["scores"] if score["name"] == "sofa")
    written = labels.scores["sofa"].filter(stay="s")
    assert shown["hours"]["total"] == written["total"].to_list()
    assert shown["hours"]["times"] == [(t - hour(0)).total_seconds() for t in written["time"]]
    for row in ("coagulation", "circulation", "liver"):
        assert shown["hours"]["points"][row] == written[row].to_list()


def test_a_mark_has_value_unit_time_filing_and_origin(page):
    shown = data_of(page)
    platelets = next(lane for lane in shown["lanes"] if lane["name"] == "platelets")
    assert platelets["unit"] == "10³/µL"
    second, value, text, known, origin, end = platelets["marks"][1]
    assert (second, value, text, known, end) == (6 * 3600, 60.0, None, 9 * 3600, None)
    assert shown["origins"][origin] == "lab/1"
    pump = next(lane for lane in shown["lanes"] if lane["name"] == "norepinephrine")
    assert pump["marks"][0][0] == 5 * 3600 and pump["marks"][0][5] == 12 * 3600


def test_what_was_known_then_is_a_track_of_its_own(page):
    """Platelets of 60 at hour 6 were filed at hour 9."""
    shown = next(score for score in data_of(page)["scores"] if score["name"] == "sofa")
    at = shown["hours"]["times"].index(8 * 3600)
    assert shown["hours"]["points"]["coagulation"][at] == 2
    assert shown["other"]["points"]["coagulation"][at] == 0
    assert shown["other"]["points"]["coagulation"][at + 1] == 2


def test_the_reason_of_a_row_begins_at_the_hour_at_which_its_points_change(page):
    shown = next(score for score in data_of(page)["scores"] if score["name"] == "sofa")
    told = [
        (hour, words)
        for hour, words, *_ in shown["reasons"]["coagulation"]
        if "platelets" in words and "60" in words
    ]
    assert [shown["hours"]["times"][number] for number, _ in told] == [6 * 3600]


def test_a_run_as_known_shows_the_reading_in_retrospect_beside_it(labels):
    again = opensepsis.label(
        stays=labels.stays.select("patient", "stay", "admitted", "discharged", "age", "sex"), events=labels.events(),
        stay_kind="icu", definitions="sofa", as_known=True,
    )  # fmt: skip
    shown = view(again, "s")["scores"][0]
    at = shown["hours"]["times"].index(8 * 3600)
    assert (shown["hours"]["points"]["coagulation"][at], shown["other"]["points"]["coagulation"][at]) == (
        0,
        2,
    )


def test_nothing_of_another_patient_is_on_the_page(page):
    assert "of-b" not in page.html and "11.0" not in page.html


def test_a_text_that_looks_like_a_script_stays_text(page):
    assert page.html.count("</script>") == 2 and "<script>alert" not in page.html
    culture = next(lane for lane in data_of(page)["lanes"] if lane["name"] == "culture")
    assert HOSTILE in culture["marks"][0][2]


def test_the_page_loads_nothing(page):
    assert not re.search(r"(?:src|href)\s*=|url\(|@import|fetch\(|https?://(?!www\.w3\.org)", page.html)


def test_in_a_notebook_it_is_a_frame_that_reaches_nothing_outside(page):
    shown = page._repr_html_()
    assert 'sandbox="allow-scripts"' in shown and "<script" not in shown
    assert "lab/1" not in repr(page)


def test_a_stay_that_is_not_there(labels):
    with pytest.raises(StayError, match="not among the 2 labelled") as refused:
        labels.show("somebody")
    assert "somebody" not in str(refused.value)


def test_results_of_another_version(labels, tmp_path):
    from dataclasses import replace

    run = labels.run | {"definitions": [{"kind": "score", "name": "sofa_of_tomorrow"}]}
    with pytest.raises(FormatError, match="Label again"):
        replace(labels, run=run).show("s")


def test_a_run_without_scores_has_a_page():
    stays = pl.DataFrame(
        {"patient": ["a"], "stay": ["s"], "admitted": [hour(0)], "discharged": [hour(3)], "age": [70]}
    )
    found = opensepsis.label(
        stays=stays,
        events=charted(("antibiotic", 1, None, 1, "ceftriaxone|iv")),
        definitions="suspected_infection",
    )
    assert data_of(found.show("s"))["scores"] == []


def test_a_care_bundle_says_what_triggered_it_and_a_variant_gives_way_to_its_definition():
    both, alone = (
        opensepsis.label("csv", HOSPITAL, stay_kind="hospital", definitions=definitions)
        for definitions in ("sep1,sep1:fluid_27,ssc2026_adults", "sep1:fluid_27")
    )
    shown = [(one["title"], one["arm"], one["zero"]) for one in view(both, "S01")["clocks"]]
    assert len(shown) == len(set(shown)) and {one[0] for one in shown} == {
        "CMS SEP-1",
        "Surviving Sepsis Campaign 2026, adults",
    }
    assert {"Severe sepsis", "Possible sepsis without shock", "Shock"} <= {one[1] for one in shown}
    assert view(alone, "S01")["clocks"]


def test_the_command(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    opensepsis.label("csv", HOSPITAL, "out", definitions="sofa")
    done = CliRunner().invoke(app, ["show", "out", "--stay", "S01"])
    assert done.exit_code == 0 and (tmp_path / "stay-S01.html").stat().st_size < 3_000_000
    with pytest.raises(MissingError):
        CliRunner().invoke(app, ["show", "nowhere", "--stay", "S01"], catch_exceptions=False)
    with pytest.raises(OutputError, match="cannot be written"):
        CliRunner().invoke(
            app, ["show", "out", "--stay", "S01", "--out", "no/such/a.html"], catch_exceptions=False
        )
