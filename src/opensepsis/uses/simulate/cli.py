"""The command `opensepsis simulate`; cli.py registers `simulate_command`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from opensepsis.counted import counted
from opensepsis.data.io.paths import as_path
from opensepsis.errors import SimulationError
from opensepsis.renamed_options import renamed_option
from opensepsis.uses.simulate.export.csv import write_csv
from opensepsis.uses.simulate.export.fhir import write_fhir
from opensepsis.uses.simulate.export.hl7 import write_hl7
from opensepsis.uses.simulate.population import Cohort
from opensepsis.uses.simulate.simulation import MARKER, Simulation, open_simulation, simulate

WRITERS = {"fhir": write_fhir, "hl7": write_hl7, "csv": write_csv}


def simulate_command(
    out: Annotated[Path, typer.Option(help="Folder for the simulated hospital.")] = Path("simulated"),
    patients: Annotated[int, typer.Option(help="Number of patients.")] = 1000,
    hours: Annotated[int, typer.Option(help="Maximum hours of each hospital stay.")] = 168,
    seed: Annotated[int, typer.Option(help="Random seed; the same seed gives identical files.")] = 1,
    what_if: Annotated[
        str | None, typer.Option(help="Counterfactual arm, such as delay_antibiotics=3h.")
    ] = None,
    infected: Annotated[float, typer.Option(help="Share of patients with an infection.")] = 0.65,
    truth_interval: Annotated[int, typer.Option(help="Hours between recorded true states; 0 for none.")] = 1,
    threads: Annotated[int | None, typer.Option(help="Number of threads. Default: all.")] = None,
    export: Annotated[
        list[str] | None, typer.Option(help="Also export as fhir, hl7 or csv; may be repeated.")
    ] = None,
    plot_patient: Annotated[
        int | None, typer.Option(help="Plot the patient of this number and exit.")
    ] = None,
    truth_every: Annotated[int | None, typer.Option(hidden=True)] = None,
    also: Annotated[list[str] | None, typer.Option(hidden=True)] = None,
    show: Annotated[int | None, typer.Option(hidden=True)] = None,
) -> None:
    """Simulate patients from infection to charted ICU stay, with the ground truth alongside."""
    console, out = Console(), as_path(out)
    truth_interval = renamed_option("--truth-every", truth_every, "--truth-interval", truth_interval)
    formats = renamed_option("--also", also, "--export", export) or []
    number = renamed_option("--show", show, "--plot-patient", plot_patient)
    if number is not None:
        from opensepsis.uses.simulate.report.patient_figure import save_patient  # needs the extra `report`

        simulation = (
            open_simulation(out)
            if (out / MARKER).is_file()
            else _run(out, max(number + 1, 1), hours, seed, console)
        )
        console.print(f"Figure: {save_patient(simulation, number, out / f'patient-{number}.svg')}")
        return
    unknown = set(formats) - set(WRITERS)
    if unknown:
        raise SimulationError(f"Unknown format {sorted(unknown)}; known: {', '.join(WRITERS)}.")
    writers = {name: WRITERS[name] for name in formats}
    simulation = _run(
        out,
        patients,
        hours,
        seed,
        console,
        what_if,
        Cohort(infected=infected),
        truth_interval,
        threads,
        writers,
    )
    for name in writers:
        for arm in simulation.arms:
            console.print(f"{name}: {out / name / arm}")
    console.print(f"{counted(patients, 'patient')}: {out}")


def _run(
    out, patients, hours, seed, console, what_if=None, cohort=None, truth_interval=1, threads=None, also=None
) -> Simulation:
    passes = 2 * (1 if what_if is None else 2)
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task("Simulating", total=passes * patients)
        return simulate(
            patients,
            hours,
            seed,
            out,
            what_if,
            cohort=cohort,
            truth_interval=truth_interval,
            threads=threads,
            also=also,
            progress=lambda done: bar.advance(task, done),
        )
