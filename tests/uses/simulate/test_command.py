"""The command: a folder with every format, and the figure of one patient."""

import re

import typer
from typer.testing import CliRunner

from opensepsis.errors import SimulationError
from opensepsis.uses.simulate.cli import simulate_command
from opensepsis.uses.simulate.population import Cohort
from opensepsis.uses.simulate.report.patient_figure import draw_patient
from opensepsis.uses.simulate.simulation import simulate

app = typer.Typer()
app.command("simulate")(simulate_command)


def run(*words):
    return CliRunner().invoke(app, list(words))


def test_simulate_export_and_show(tmp_path):
    out = tmp_path / "hospital"
    made = run(
        "--patients",
        "12",
        "--hours",
        "24",
        "--out",
        str(out),
        "--what-if",
        "delay_antibiotics=3h",
        "--export",
        "csv",
    )
    assert made.exit_code == 0, made.output
    assert (out / "csv" / "what_if" / "events.csv").is_file()
    assert run("--out", str(out), "--plot-patient", "2").exit_code == 0
    assert (out / "patient-2.svg").read_text().startswith("<svg")


def test_what_stays_nought_is_drawn_flat_under_a_plain_scale(tmp_path):
    figure = draw_patient(simulate(2, 24, 1, tmp_path / "well", cohort=Cohort(infected=0.0)), 0)
    numbers = [
        word for word in re.findall(r'text-anchor="end"[^>]*>([^<]*)<', figure) if re.match(r"[\d.]", word)
    ]
    assert "1" in numbers[:6] and not any("e" in word for word in numbers)


def test_an_unknown_format_is_refused_before_any_work(tmp_path):
    refused = run("--out", str(tmp_path / "x"), "--export", "omop")
    assert isinstance(refused.exception, SimulationError) and not (tmp_path / "x").exists()
