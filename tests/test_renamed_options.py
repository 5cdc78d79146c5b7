"""Earlier names of options work for one version and say so on stderr."""

import json
import subprocess
import sys
from pathlib import Path

HOSPITAL = Path(__file__).parents[1] / "examples" / "hospital"


def command(*words) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "opensepsis", *map(str, words)], capture_output=True, text=True
    )


def test_label(tmp_path):
    earlier = ("--only", "sofa", "--stays", "icu", "--days", "24h")
    done = command("label", "csv", HOSPITAL, "--out", tmp_path / "out", "--quiet", *earlier)
    assert done.returncode == 0
    run = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    assert (run["stays"]["kind"], run["days"]["kind"]) == ("icu", "24h")
    assert [d["name"] for d in run["definitions"]] == ["sofa"]
    for now in ("--definitions", "--stay-kind", "--daily"):
        assert f"is now called {now}" in done.stderr


def test_ward(tmp_path):
    done = command("ward", "--zone", "Mars/Base", "--database", tmp_path / "ward.sqlite")
    assert done.returncode != 0
    assert "--zone is now called --timezone" in done.stderr
    assert "There is no time zone" in done.stderr


def test_help_shows_the_names_of_now():
    shown = command("label", "--help").stdout
    assert "--definitions" in shown and "--stay-kind" in shown and "--daily" in shown
    assert "--only" not in shown and "--stays" not in shown
