"""What is answered never depends on what else was asked: any definitions give what they give in a full run."""

import os
import random
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import polars as pl
import pytest

from opensepsis.data.sources import open_source
from opensepsis.data.timeline.writer import write_timeline
from opensepsis.definitions import CLOCKS, DEFINITIONS
from opensepsis.uses.label import label

HOSPITAL = Path(__file__).parents[3] / "examples" / "hospital"
SHARED = Path(os.environ.get("OPENSEPSIS_SHARED", Path(__file__).parents[4] / "shared"))
EVERY = [name for name in DEFINITIONS if ":" not in name]
SUBSETS = [random.Random(seed).sample(EVERY, 2 + seed % 5) for seed in range(100)]
KEYS = ("definition", "clock")


@cache
def example() -> Path:
    folder = Path(mkdtemp(prefix="opensepsis-test-"))
    write_timeline(open_source("csv", HOSPITAL, None), folder / "timeline")
    return folder / "timeline"


@cache
def simulated() -> Path:
    from opensepsis.uses.simulate import simulate

    return simulate(500, 96, 11, Path(mkdtemp(prefix="opensepsis-test-")) / "hospital").timeline().path


@cache
def demo() -> Path:
    hospital = SHARED / "data" / "mimic-iv-demo"
    if not hospital.is_dir():
        pytest.skip(f"the MIMIC-IV demo is not in {SHARED} (OPENSEPSIS_SHARED)")
    folder = Path(mkdtemp(prefix="opensepsis-test-"))
    write_timeline(open_source("mimic-iv", hospital, None), folder / "timeline")
    return folder / "timeline"


@cache
def full(timeline: Path, as_known: bool = False, kind: str = "hospital"):
    return label("timeline", timeline, stay_kind=kind, as_known=as_known)


def of_these(frame: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """The rows of a table of a full run that these definitions alone would have written."""
    column = next((c for c in KEYS if c in frame.columns), None)
    return frame if column is None or frame.is_empty() else frame.filter(pl.col(column).is_in(names))


def assert_as_in_full_run(timeline: Path, names: list[str], **options) -> None:
    some, every = label("timeline", timeline, definitions=names, **_asked(options)), full(timeline, **options)
    for name, ticks in some.scores.items():
        assert ticks.equals(every.scores[name]), f"{name}, asked with {names}"
    for table in ("episodes", "clocks", "course"):
        found = getattr(some, table)
        if found.width:
            assert found.equals(of_these(getattr(every, table), names)), f"{table}, asked with {names}"
    assert some.stays.equals(every.stays.select(some.stays.columns)), f"stays, asked with {names}"
    for part in ("found", "tasks", "too_young", "too_old"):
        assert some.run[part] == {n: v for n, v in every.run[part].items() if n in some.run[part]}


def _asked(options: dict) -> dict:
    return {{"kind": "stays"}.get(name, name): value for name, value in options.items()}


@pytest.mark.parametrize("name", EVERY)
def test_alone_on_the_example_hospital(name):
    assert_as_in_full_run(example(), [name])


@pytest.mark.parametrize("name", CLOCKS)
def test_a_clock_alone_as_known(name):
    if ":" not in name:
        assert_as_in_full_run(example(), [name], as_known=True)


@pytest.mark.parametrize("names", SUBSETS[:4], ids=",".join)
def test_random_subsets_on_the_example_hospital(names):
    assert_as_in_full_run(example(), names)


@pytest.mark.parametrize("name", ["nice_ng253", "hour1", "sep1"])
def test_a_variant_beside_it_makes_no_difference(name):
    some = label("timeline", example(), definitions=[name])
    more = label("timeline", example(), definitions=[name], variants=True)
    assert some.clocks.equals(more.clocks.filter(pl.col("clock") == name))


PLACES = {"simulated": (simulated, "hospital"), "demo": (demo, "icu"), "all of the demo": (demo, "hospital")}


@pytest.mark.long
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", EVERY)
def test_alone(place, name):
    hospital, kind = PLACES[place]
    assert_as_in_full_run(hospital(), [name], kind=kind)


@pytest.mark.long
@pytest.mark.parametrize("names", SUBSETS, ids=",".join)
def test_random_subsets(names):
    for hospital, kind in PLACES.values():
        assert_as_in_full_run(hospital(), names, kind=kind)


@pytest.mark.long
@pytest.mark.parametrize("name", EVERY)
def test_alone_as_known(name):
    assert_as_in_full_run(example(), [name], as_known=True)
    assert_as_in_full_run(simulated(), [name], as_known=True)


def test_a_condition_is_looked_for_in_all_of_its_hours(tmp_path):
    """Three pressures after time zero, and only the third is low."""
    stay = "patient,stay,kind,admitted,discharged,age\np,s,hospital,2026-01-01T00:00Z,2026-01-04T00:00Z,50\n"
    (tmp_path / "stays.csv").write_text(stay)
    rows = ["respiratory_rate,06:00,28,", "heart_rate,06:00,135,", "temperature,06:00,39.5,"]
    rows += [
        f"systolic_pressure,{time},{value},"
        for time, value in (("07:00", 120), ("08:00", 118), ("11:00", 84))
    ]
    rows += ["antibiotic,06:00,,cefepime|iv", "culture,06:00,,blood", "crystalloid,11:10,500,iv"]
    lines = [
        f"p,{r.split(',')[0]},2026-01-01T{r.split(',', 1)[1].split(',')[0]}Z,{r.split(',', 2)[2]}"
        for r in rows
    ]
    (tmp_path / "events.csv").write_text("\n".join(["patient,concept,time,value,text", *lines]) + "\n")
    tasks = label("csv", tmp_path, definitions="nice_ng253").clocks
    fluid = tasks.filter(pl.col("task") == "fluid_now", pl.col("trigger") == "news2_high")
    assert fluid["state"].to_list() == ["done in time"]


def test_an_open_stay_ends_when_anything_was_last_charted(tmp_path):
    stay = "patient,stay,kind,admitted,discharged,age\np,s,hospital,2026-01-01T00:00Z,,50\n"
    (tmp_path / "stays.csv").write_text(stay)
    rows = ["p,lactate,2026-01-01T02:00Z,2.5,", "p,heart_rate,2026-01-02T09:00Z,90,"]
    (tmp_path / "events.csv").write_text("\n".join(["patient,concept,time,value,text", *rows]) + "\n")
    ends = [
        label("csv", tmp_path, definitions=only).stays["discharged"][0] for only in ("sofa", "news2", None)
    ]
    assert len(set(ends)) == 1
    assert ends[0].day == 2
