"""Earlier names of options work for one version and say so on stderr."""

import json
from pathlib import Path

import pytest
import typer

from opensepsis.errors import OutputError, SimulationError
from opensepsis.uses.simulate.cli import simulate_command
from opensepsis.uses.ward.cli import ward
from tests.support.commands import command

HOSPITAL = Path(__file__).parents[1] / "examples" / "hospital"


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


@pytest.mark.parametrize(
    ("earlier", "now"),
    [
        (["--listen", "lab:2576"], "--mllp"),
        (["--speaking", "3B"], "--active-wards"),
        (["--clock", "sep1"], "--overdue-alerts-for"),
        (["--clients", "ca.pem"], "--client-ca"),
        (["--anchors", "anchors.txt"], "--audit-anchor-file"),
    ],
)
def test_options_of_the_ward(earlier, now, capsys):
    with pytest.raises(OutputError, match="Refusing to start without TLS"):  # where the last of them is read
        ward([*earlier, "--key", "key.pem", "--database", "none.sqlite"], standalone_mode=False)
    assert f"{earlier[0]} is now called {now}" in capsys.readouterr().err


def test_options_of_the_simulator(tmp_path, capsys):
    run = typer.Typer()
    run.command()(simulate_command)
    with pytest.raises(SimulationError, match="Unknown format"):
        run(["--also", "omop", "--truth-every", "2", "--out", str(tmp_path)], standalone_mode=False)
    warned = capsys.readouterr().err
    assert (
        "--also is now called --export" in warned and "--truth-every is now called --truth-interval" in warned
    )


@pytest.mark.parametrize(
    ("words", "named", "not_named"),
    [
        (["label"], ("--definitions", "--stay-kind", "--daily"), ("--only", "--stays", "--days")),
        (["ward"], ("--active-wards", "--mllp"), ("--speaking", "--listen", "--clients", "--zone")),
        (["simulate"], ("--export", "--plot-patient"), ("--also", "--show", "--truth-every")),
    ],
)
def test_help_shows_the_names_of_now(words, named, not_named):
    shown = command(*words, "--help").stdout
    assert all(name in shown for name in named)
    assert not any(f"{name} " in shown for name in not_named)


def test_a_parameter_of_simulate():
    from opensepsis import simulate

    with (
        pytest.raises(SimulationError, match="number of patients"),
        pytest.warns(FutureWarning, match="truth_interval"),
    ):
        simulate(0, truth_every=0)
