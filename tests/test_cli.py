"""The command as a user meets it: what it prints, what it returns, and that nothing of a patient leaks."""

import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

from tests.support.commands import command

ROOT = Path(__file__).parents[1]
HOSPITAL = ROOT / "examples" / "hospital"
COMMAND = [sys.executable, "-m", "opensepsis"]
CANARY = "PATIENT-7731"


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """What the command writes, as a process of its own."""
    out = tmp_path_factory.mktemp("results") / "out"
    words = ("label", "csv", HOSPITAL, "--out", out, "--variants")
    done = subprocess.run([*COMMAND, *map(str, words)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "sepsis3" in done.stdout
    return out


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """Results of a tiny hospital, to be copied."""
    folder = tmp_path_factory.mktemp("good")
    source = hospital(folder / "hospital")
    command("label", "csv", source, "--out", folder / "out", "--definitions", "sofa", "--quiet", check=0)
    return folder / "out"


def test_output_files(results):
    run = json.loads((results / "run.json").read_text(encoding="utf-8"))
    assert run["stays"] == {"kind": "hospital", "labelled": 14}
    assert "Not a medical device" in run["not_a_medical_device"]
    episodes = pl.read_parquet(results / "episodes.parquet")
    assert {"sepsis3", "sepsis3:lowest_so_far", "septic_shock", "suspected_infection"} <= set(
        episodes["definition"]
    )
    ticks = pl.read_parquet(results / "scores" / "sofa.parquet")
    assert ticks.columns[:5] == ["patient", "stay", "time", "total", "rows_known"]
    assert ticks.schema["brain"] == pl.Int8
    assert pl.read_parquet(results / "stays.parquet").height == 14


def test_why(results):
    told = command("why", results, "--stay", "S01", "--at", "2025-03-03T18:00", check=0).stdout
    assert "circulation     4" in told or "circulation     3" in told
    assert "norepinephrine" in told
    assert command("why", results, "--stay", "S99").returncode == 4


def test_compare_two_and_measure(results, tmp_path):
    two = command("compare", results, "--between", "sofa,sofa2", check=0).stdout
    assert "first rule that differs" in two and "62.7%" in two
    assert command("compare", results, "--between", "sofa").returncode == 2
    measured = command("measure", f"north={results}", "--out", tmp_path / "out", check=0).stdout
    assert "Calibration" in measured and (tmp_path / "out" / "ratios.parquet").is_file()
    assert "per 10,000" in command("measure", results, "--of", "bacteremia", check=0).stdout
    assert "sepsis-mortality or bacteremia" in command("measure", results, "--of", "sofa").stderr


def test_it_says_its_version():
    assert command("--version", check=0).stdout.startswith("opensepsis ")


def test_definitions():
    assert "lowest_so_far" in command("definitions", check=0).stdout
    assert "platelets < 20" in command("definitions", "sofa", check=0).stdout
    wrong = command("definitions", "sofaa", check=2)
    assert "Did you mean" in wrong.stderr


def test_convert_then_label_gives_the_same(results, tmp_path):
    command("convert", "csv", HOSPITAL, "--out", tmp_path / "timeline", check=0)
    command(
        "label",
        "timeline",
        tmp_path / "timeline",
        "--out",
        tmp_path / "out",
        "--variants",
        "--quiet",
        check=0,
    )
    for name in ("episodes.parquet", "stays.parquet", "scores/sofa.parquet"):
        assert pl.read_parquet(tmp_path / "out" / name).equals(pl.read_parquet(results / name)), name


def test_simulate_is_loaded_only_when_asked_for(tmp_path):
    loaded = "import sys; sys.argv = ['opensepsis', '--help']\nimport opensepsis.cli\n"
    loaded += "try:\n opensepsis.cli.main()\nfinally:\n print('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True).stdout.endswith(
        "False\n"
    )
    assert "--what-if" in command("simulate", "--help", check=0).stdout
    made = ("--patients", "3", "--hours", "24", "--out", tmp_path / "made")
    assert command("simulate", *made, check=0).stdout.strip().startswith("3 patients")
    assert command("simulate", *made, "--export", "omop").returncode == 6


def test_quiet_prints_nothing(tmp_path):
    done = command(
        "label", "csv", HOSPITAL, "--out", tmp_path / "out", "--definitions", "sofa", "--quiet", check=0
    )
    assert done.stdout == done.stderr == ""


def hospital(folder: Path, **changes) -> Path:
    """A tiny hospital with one thing wrong."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        "stays.csv": "patient,stay,kind,admitted,discharged,age\n"
        f"{CANARY},S1,hospital,2026-01-01T00:00:00Z,2026-01-03T00:00:00Z,60\n",
        "events.csv": f"patient,concept,time,value,unit\n{CANARY},platelets,2026-01-01T05:00:00Z,41.7731,10*3/uL\n",
    } | changes
    for name, text in files.items():
        if text is not None:
            (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


EVENT = f"patient,concept,time,value,unit\n{CANARY},"
BAD = {
    "no events": ({"events.csv": None}, 3, "events"),
    "empty events": ({"events.csv": ""}, 3, "events.csv"),
    "unknown concept": (
        {"events.csv": EVENT + "platelet,2026-01-01T05:00:00Z,41.7731,10*3/uL\n"},
        3,
        "platelets",
    ),
    "unknown unit": ({"events.csv": EVENT + "lactate,2026-01-01T05:00:00Z,41.7731,furlong\n"}, 3, "lactate"),
    "naive time": ({"events.csv": EVENT + "platelets,2026-01-01T05:00:00,41.7731,10*3/uL\n"}, 3, "timezone"),
    "not a number": (
        {"events.csv": EVENT + "platelets,2026-01-01T05:00:00Z,forty41.7731,10*3/uL\n"},
        3,
        "value",
    ),
    "missing column": ({"events.csv": f"patient,concept,when,value\n{CANARY},platelets,x,1\n"}, 3, "time"),
    "not UTF-8": (
        {"events.csv": (EVENT + "platelets,2026-01-01T05:00:00Z,4,\xff\n").encode("latin-1")},
        3,
        "UTF-8",
    ),
    "stay ends before it starts": (
        {
            "stays.csv": f"patient,stay,admitted,discharged\n{CANARY},S1,2026-01-03T00:00:00Z,2026-01-01T00:00:00Z\n"
        },
        4,
        "stays",
    ),
    "the same stay twice": (
        {
            "stays.csv": "patient,stay,admitted,discharged\n"
            + f"{CANARY},S1,2026-01-01T00:00:00Z,2026-01-02T00:00:00Z\n" * 2
        },
        4,
        "stay",
    ),
    "a patient without a stay": (
        {"events.csv": "patient,concept,time,value\nNOBODY-7731,platelets,2026-01-01T05:00:00Z,41.7731\n"},
        4,
        "stay",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_a_clear_error_and_leaves_the_earlier_output(case, good, tmp_path):
    changes, code, word = BAD[case]
    out = tmp_path / "out"
    shutil.copytree(good, out)
    before = (out / "run.json").read_bytes()
    bad = hospital(tmp_path / "bad", **changes)
    done = command("label", "csv", bad, "--out", out, "--strict", check=code)
    assert word in done.stderr
    assert "Traceback" not in done.stderr
    assert "7731" not in done.stderr + done.stdout
    assert (out / "run.json").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".out")] == []


def test_truncated_file(tmp_path):
    bad = hospital(tmp_path / "bad", **{"events.csv": None})
    whole = gzip.compress((HOSPITAL / "events.csv").read_bytes())
    (bad / "events.csv.gz").write_bytes(whole[: len(whole) // 2])
    shutil.copy(HOSPITAL / "stays.csv", bad / "stays.csv")
    done = command("label", "csv", bad, "--out", tmp_path / "out", check=3)
    assert "events.csv.gz" in done.stderr


def test_impossible_values_are_set_aside_and_counted(tmp_path):
    odd = hospital(
        tmp_path / "odd", **{"events.csv": EVENT + "platelets,2026-01-01T05:00:00Z,99999,10*3/uL\n"}
    )
    command("label", "csv", odd, "--out", tmp_path / "out", "--definitions", "sofa", "--quiet", check=0)
    run = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    assert sum(run["counts"]["rejected"].values()) == 1
    assert pl.read_parquet(tmp_path / "out" / "scores" / "sofa.parquet")["coagulation"].null_count() == 48


def test_foreign_files_are_never_replaced(tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work")
    assert command("label", "csv", HOSPITAL, "--out", mine).returncode == 5
    assert (mine / "thesis.txt").read_text() == "years of work"


def test_killed_run_leaves_the_earlier_output(results, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(results, out)
    before = sorted((p.relative_to(out), p.stat().st_size) for p in out.rglob("*") if p.is_file())
    running = subprocess.Popen([*COMMAND, "label", "csv", str(HOSPITAL), "--out", str(out), "--variants"])
    while running.poll() is None and not list(tmp_path.glob(".out*")):
        time.sleep(0.01)
    if running.poll() is None:
        os.kill(running.pid, signal.SIGTERM)
    running.wait()
    if running.returncode:
        assert sorted((p.relative_to(out), p.stat().st_size) for p in out.rglob("*") if p.is_file()) == before
    assert not list(tmp_path.glob(".out*"))
